//! Bodies that would eat memory, time or the stack are refused soon and readably.

use std::time::Instant;

use phoenix_core::testing::dialect::bombs;

use crate::ask::{EXPERIMENTS, document};
use crate::world::World;

/// Longest answer to a wrong body, in bytes.
const LONGEST: usize = 64 << 10;

#[tokio::test]
async fn every_bomb_is_refused_soon_and_readably() {
    let world = World::new();
    for (what, bomb) in bombs() {
        assert!(bomb.len() <= 1 << 20, "{what} would be refused for its {} bytes", bomb.len());
        for (media_type, path) in [
            ("application/yaml", EXPERIMENTS),
            ("application/json", EXPERIMENTS),
            ("application/json", "/v1/controller/pipelines/generate"),
        ] {
            let begin = Instant::now();
            let answer = world.post_as(media_type, path, bomb.clone()).await;
            answer.problem(400, "VALIDATION_FAILED");
            assert!(answer.body.len() < LONGEST, "{what}: an answer of {} bytes", answer.body.len());
            assert!(begin.elapsed().as_secs() < 10, "{what} took {:?}", begin.elapsed());
        }
    }
    assert_eq!(world.get(EXPERIMENTS).await.good()["items"].as_array().map(Vec::len), Some(0), "nothing was stored");
}

#[tokio::test]
async fn documents_that_are_large_where_the_format_has_room_are_refused_by_field() {
    let world = World::new();
    let huge = "x".repeat(900_000);
    let many: serde_json::Map<String, serde_json::Value> =
        (0..20_000).map(|key| (format!("k{key}"), serde_json::json!("v"))).collect();
    let list: Vec<String> = (0..20_000).map(|number| format!("^p{number}$")).collect();
    for (field, value) in [
        ("/metadata/name", serde_json::json!(huge)),
        ("/metadata/name", serde_json::json!("a\0b")),
        ("/metadata/labels", many.clone().into()),
        ("/spec/description", serde_json::json!(huge)),
        ("/spec/baseline/parameters", many.clone().into()),
        ("/spec/criticalProcesses", serde_json::json!(list)),
        ("/spec/criticalProcesses", serde_json::json!([huge])),
        ("/spec/criticalProcesses", serde_json::json!(["a\0b"])),
        ("/spec/policy", many.into()),
        ("/spec/schedule/duration", serde_json::json!(huge)),
    ] {
        let mut document = document("one");
        let (parent, key) = field.rsplit_once('/').expect("a path");
        document.pointer_mut(parent).expect("it is there")[key] = value;
        let begin = Instant::now();
        let answer = world.post(EXPERIMENTS, &document).await;
        let problem = answer.problem(400, "VALIDATION_FAILED");
        let said = problem.to_string();
        assert!(said.contains(key), "{field} is not named: {said}");
        assert!(answer.body.len() < LONGEST, "{field}: an answer of {} bytes", answer.body.len());
        assert!(begin.elapsed().as_secs() < 10, "{field} took {:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_is_refused() {
    let world = World::new();
    for body in [&b"\xff\xfe"[..], b"metadata: {name: \xc3\x28}", b"\0\0\0\0", b"{\"kind\": \"a\\u0000b\"}"] {
        world.post_as("application/yaml", EXPERIMENTS, body.to_vec()).await.problem(400, "VALIDATION_FAILED");
    }
}

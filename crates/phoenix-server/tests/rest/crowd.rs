//! Many clients at once on one experiment, over the real store: each command has its effect once, everybody gets a clean answer, and the
//! history has no gap.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use phoenix_core::time::Span;
use phoenix_server::http;
use phoenix_store::{DataDir, SqliteStore};
use serde_json::{Value, json};

use crate::ask::{Answer, EXPERIMENTS, ask_at, document, options, request};
use crate::world::World;

/// Clients at the same time.
const CROWD: usize = 2_000;

/// A controller in memory over a real database.
async fn stored() -> (Arc<World>, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let data = DataDir::open(directory.path()).expect("it is free");
    let store = Arc::new(SqliteStore::open(&data, "local").await.expect("opens"));
    let world = World::with(|ports| {
        ports.experiments = store.clone();
        ports.schedule = store.clone();
        ports.outbox = store.clone();
        ports.deployments = store.clone();
        ports.events = store.clone();
        ports.reports = store.clone();
        ports.samples = store.clone();
        ports.control = store;
    });
    (Arc::new(world), directory)
}

/// With more time for the answer than a program's: a slow machine is no defect.
async fn post(world: &World, path: &str, document: &Value) -> Answer {
    let patient = http::Options { write_timeout: Span::from_mins(5), ..options() };
    let request = request(Method::POST, path).header("content-type", "application/json");
    let request = request.body(Body::from(document.to_string())).expect("a request");
    ask_at(http::router(world.api.clone(), &patient), request).await
}

/// All at once; the answers per status. Only a success and a clean refusal are answers.
async fn all(world: &Arc<World>, path: impl Fn(usize) -> String) -> BTreeMap<u16, Vec<Answer>> {
    let ask = |number: usize| {
        let (world, path) = (Arc::clone(world), path(number));
        tokio::spawn(async move { post(&world, &path, &json!({})).await })
    };
    let mut answers: BTreeMap<u16, Vec<Answer>> = BTreeMap::new();
    for answer in join_all((0..CROWD).map(ask)).await {
        let answer = answer.expect("no panic");
        let document = answer.json();
        match answer.status {
            StatusCode::OK => assert!(document["revision"].is_u64(), "{document:#}"),
            StatusCode::CONFLICT => {
                let code = document["code"].as_str().expect("a code");
                assert!(["STATE_TRANSITION_INVALID", "CONFLICT"].contains(&code), "{document:#}");
            }
            other => panic!("{other}: {document:#}"),
        }
        answers.entry(answer.status.as_u16()).or_default().push(answer);
    }
    answers
}

async fn history(world: &World, id: &str) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    loop {
        let page = world.get(&format!("{EXPERIMENTS}/{id}/events?after={}", kinds.len())).await.good();
        let page = page.as_array().expect("a list");
        for event in page {
            assert_eq!(event["seq"].as_u64(), Some(kinds.len() as u64 + 1), "a gap: {event:#}");
            kinds.push(event["kind"].as_str().expect("a word").trim_start_matches("experiment.").to_owned());
        }
        if page.is_empty() {
            return kinds;
        }
    }
}

fn count(answers: &BTreeMap<u16, Vec<Answer>>, status: u16) -> usize {
    answers.get(&status).map_or(0, Vec::len)
}

/// One after the other: each is a crowd.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_clients_at_once_get_one_effect_and_clean_answers() {
    two_thousand_clients_that_start_and_cancel_one_experiment_start_and_cancel_it_once().await;
    two_thousand_clients_that_pause_and_resume_take_turns().await;
    two_thousand_creations_of_one_name_create_one().await;
}

async fn two_thousand_clients_that_start_and_cancel_one_experiment_start_and_cancel_it_once() {
    let (world, _directory) = stored().await;
    let id = world.create("one").await;
    let started = all(&world, |_| format!("{EXPERIMENTS}/{id}/start")).await;
    assert_eq!(history(&world, &id).await, ["created", "started"], "one effect");
    assert!(count(&started, 200) >= 1, "whoever was first is told so");

    let cancelled = all(&world, |_| format!("{EXPERIMENTS}/{id}/cancel")).await;
    assert_eq!(history(&world, &id).await, ["created", "started", "cancelled"], "one effect");
    assert!(count(&cancelled, 200) >= 1);

    let id = world.create("two").await;
    let mixed =
        all(&world, |number| format!("{EXPERIMENTS}/{id}/{}", ["start", "cancel", "stop", "abort"][number % 4])).await;
    let seen = history(&world, &id).await;
    assert_eq!(seen.first().map(String::as_str), Some("created"));
    let ends = seen.iter().filter(|kind| ["cancelled", "failed", "aborted"].contains(&kind.as_str())).count();
    assert!(ends == 1 && seen.iter().filter(|kind| *kind == "started").count() <= 1, "it ends once: {seen:?}");
    assert!(count(&mixed, 409) > 0);
}

async fn two_thousand_clients_that_pause_and_resume_take_turns() {
    let (world, _directory) = stored().await;
    let id = world.create("one").await;
    world.command(&id, "start").await;
    drive(&world).await;
    assert_eq!(world.get(&format!("{EXPERIMENTS}/{id}")).await.good()["state"], "running");
    let before = history(&world, &id).await.len();
    let answers = all(&world, |number| format!("{EXPERIMENTS}/{id}/{}", ["pause", "resume"][number % 2])).await;
    let turns = history(&world, &id).await.split_off(before);
    let wanted = ["paused", "resumed"].into_iter().cycle().take(turns.len());
    assert!(turns.iter().map(String::as_str).eq(wanted), "they alternate: {turns:?}");
    assert!(!turns.is_empty() && turns.len() <= count(&answers, 200), "each effect was told to somebody");
}

async fn two_thousand_creations_of_one_name_create_one() {
    let (world, _directory) = stored().await;
    let create = |_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { post(&world, EXPERIMENTS, &document("one")).await })
    };
    let mut created = 0;
    for answer in join_all((0..CROWD).map(create)).await {
        let answer = answer.expect("no panic");
        match answer.status {
            StatusCode::CREATED => created += 1,
            StatusCode::CONFLICT => drop(answer.problem(409, "ALREADY_EXISTS")),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!(created, 1);
    let list: Value = world.get(EXPERIMENTS).await.good();
    assert_eq!(list["items"].as_array().expect("a list").len(), 1);
}

async fn drive(world: &World) {
    let owner = "replica-1".parse().expect("valid");
    for _ in 0..20 {
        let claims = world.ports.schedule.claim_due(&owner, world.api.queries.now(), 10, Span::from_secs(30)).await;
        for claim in claims.expect("claims") {
            world.reconciler.drive(&claim).await.expect("drives");
        }
        world.clock.advance(Span::from_secs(1));
    }
}

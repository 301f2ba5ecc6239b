//! The list of experiments.

use serde_json::{Value, json};

use crate::ask::EXPERIMENTS;
use crate::world::World;

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn the_newest_come_first_page_by_page() {
    let world = World::new();
    assert_eq!(world.get(EXPERIMENTS).await.good(), json!({"items": []}));
    for name in ["a", "b", "c", "d", "e"] {
        world.create(name).await;
        world.pass(1).await;
    }
    let first = world.get(&format!("{EXPERIMENTS}?pageSize=2")).await.good();
    assert_eq!(names(&first), ["e", "d"]);
    // What is created meanwhile neither repeats nor hides anything.
    world.create("f").await;
    let token = first["nextPageToken"].as_str().expect("more");
    let second = world.get(&format!("{EXPERIMENTS}?pageSize=2&pageToken={token}")).await.good();
    assert_eq!(names(&second), ["c", "b"]);
    let token = second["nextPageToken"].as_str().expect("more");
    let third = world.get(&format!("{EXPERIMENTS}?pageSize=2&pageToken={token}")).await.good();
    assert_eq!((names(&third), third.get("nextPageToken")), (vec!["a"], None));
}

#[tokio::test]
async fn a_list_can_be_narrowed_to_states() {
    let world = World::new();
    for name in ["waits", "runs", "cancelled"] {
        world.create(name).await;
        world.pass(1).await;
    }
    world.command("runs", "start").await;
    world.command("cancelled", "cancel").await;
    world.drive().await;
    for (query, wanted) in [
        ("state=pending", vec!["waits"]),
        ("state=running,cancelled", vec!["cancelled", "runs"]),
        ("state=failed", vec![]),
        ("state=", vec!["cancelled", "runs", "waits"]),
    ] {
        assert_eq!(names(&world.get(&format!("{EXPERIMENTS}?{query}")).await.good()), wanted, "{query}");
    }
}

#[tokio::test]
async fn wrong_queries_say_what_is_allowed() {
    let world = World::new();
    for (query, part) in [
        ("state=runing", "state"),
        ("pageSize=many", "pageSize"),
        ("pagesize=2", "pageToken"),
        ("pageToken=guessed", "guessed"),
    ] {
        let problem = world.get(&format!("{EXPERIMENTS}?{query}")).await.problem(400, "VALIDATION_FAILED");
        assert!(problem["detail"].as_str().expect("a text").contains(part), "{query}: {problem:#}");
    }
}

//! Streams over connections that break and servers that go away: every event comes, and comes once.

use phoenix_client::{Client, Code, RetryPolicy, Updates, v1};

use crate::proxy::Proxy;
use crate::request::{cancel, create, start, watch};
use crate::served::{QUICK, client_of};
use crate::world::{TOKEN, World, soon};

/// The next update that tells an event, as experiment and number.
async fn event(updates: &mut Updates) -> (String, u64) {
    loop {
        let update = soon("an update", updates.next()).await.expect("no end").expect("no error");
        if let Some(event) = update.event {
            return (event.experiment_id, event.seq);
        }
    }
}

async fn events(updates: &mut Updates, count: usize) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(event(updates).await);
    }
    all
}

fn of(id: &str, numbers: impl IntoIterator<Item = u64>) -> Vec<(String, u64)> {
    numbers.into_iter().map(|number| (id.to_owned(), number)).collect()
}

#[tokio::test]
async fn what_happened_during_a_break_is_told_after_it() {
    let world = World::new();
    let served = world.serve().await;
    let direct = served.client().await;
    let id = direct.create_experiment(create("one")).await.expect("created").id;
    let proxy = Proxy::to(served.address).await;
    let mut updates =
        client_of(proxy.address).await.stream_experiment_updates(watch(&["one"], "")).await.expect("open");

    direct.start_experiment(start("one")).await.expect("started");
    assert_eq!(event(&mut updates).await, (id.clone(), 2));
    proxy.cut();
    world.drive().await;
    assert_eq!(events(&mut updates, 2).await, of(&id, 3..=4), "deploying and running");
}

#[tokio::test]
async fn events_survive_the_server() {
    let world = World::new();
    let first = world.serve().await;
    let direct = first.client().await;
    let id = direct.create_experiment(create("one")).await.expect("created").id;
    let proxy = Proxy::to(first.address).await;
    let mut updates =
        client_of(proxy.address).await.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    direct.start_experiment(start("one")).await.expect("started");
    assert_eq!(event(&mut updates).await, (id.clone(), 2));

    // As a process stops: no longer ready, then no longer there.
    world.ready.send_replace(false);
    first.stop.cancel();
    soon("the stop", first.task).await.expect("no panic").expect("no failure");
    world.drive().await;
    world.ready.send_replace(true);
    let second = world.serve().await;
    proxy.lead_to(second.address);

    assert_eq!(events(&mut updates, 2).await, of(&id, 3..=4));
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again_loses_and_repeats_nothing() {
    let world = World::new();
    let served = world.serve().await;
    let direct = served.client().await;
    let proxy = Proxy::to(served.address).await;
    direct.create_experiment(create("first")).await.expect("created");
    let mut updates = client_of(proxy.address).await.stream_experiment_updates(watch(&[], "")).await.expect("open");
    // All of this happens before the stream has told any of it.
    let mut expected = Vec::new();
    for number in 0..20 {
        let id = direct.create_experiment(create(&format!("name-{number}"))).await.expect("created").id;
        direct.cancel_experiment(cancel(&id)).await.expect("cancelled");
        expected.extend(of(&id, 1..=2));
    }
    let mut seen = Vec::new();
    for _ in 0..expected.len() {
        seen.push(event(&mut updates).await);
        proxy.cut();
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn another_process_goes_on_from_a_cursor() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    let present = soon("the present", updates.next()).await.expect("no end").expect("no error");
    assert_eq!((present.event, present.cursor.as_str()), (None, updates.cursor()));
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    // Not even the first event was seen.
    let cursor = updates.cursor().to_owned();
    drop(updates);
    let mut updates = client.stream_experiment_updates(watch(&[&id], &cursor)).await.expect("open");
    assert_eq!(events(&mut updates, 3).await, of(&id, 2..=4));
}

#[tokio::test]
async fn a_stream_that_cannot_be_taken_up_again_is_given_up() {
    let world = World::new();
    let served = world.serve().await;
    served.client().await.create_experiment(create("one")).await.expect("created");
    let proxy = Proxy::to(served.address).await;
    let resume = RetryPolicy { repetitions: 3, ..QUICK };
    let builder = Client::builder(format!("http://{}", proxy.address)).token(TOKEN).resume(resume);
    let client = builder.connect().await.expect("connected");
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    soon("the present", updates.next()).await.expect("no end").expect("no error");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    proxy.lead_to(nobody);
    proxy.cut();
    let error = soon("the end", updates.next()).await.expect("an error").expect_err("given up");
    assert_eq!((error.code(), error.was_answered()), (&Code::Unavailable, false));
    assert!(updates.next().await.is_none());
}

#[tokio::test]
async fn waiting_survives_a_break() {
    let world = World::new();
    let served = world.serve().await;
    let direct = served.client().await;
    direct.create_experiment(create("one")).await.expect("created");
    let proxy = Proxy::to(served.address).await;
    let client = client_of(proxy.address).await;
    let waiting = tokio::spawn(async move { client.wait("one").await });
    direct.start_experiment(start("one")).await.expect("started");
    world.pass(1).await;
    proxy.cut();
    world.pass(70).await;
    let ended = soon("the end", waiting).await.expect("no panic").expect("ended");
    assert_eq!(ended.current_state(), v1::experiment_state::State::Completed);
}

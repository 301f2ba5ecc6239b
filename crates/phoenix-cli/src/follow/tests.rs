//! What ends the waiting when nothing else does.

use axum::routing::get;
use axum::{Json, Router};
use phoenix_core::testing::build::experiment;
use tokio::net::TcpListener;

use super::*;
use crate::args::Connection;

#[tokio::test]
async fn pipelines_that_never_go_are_not_waited_for_for_ever() {
    let mut ended = experiment("e1", "one");
    ended.state = State::Cancelled;
    ended.status.cleanup = Cleanup::Pending;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shown = ended.clone();
    let router = Router::new().route("/v1/controller/experiments/e1", get(async move || Json(shown)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let home = tempfile::tempdir().expect("a directory");
    let connection = Connection { server: Some(format!("http://{address}")), data_dir: Some(home.path().to_owned()) };
    let mut server = Server::find(&connection).expect("an address");

    let patience = Patience { cleanup: Duration::from_millis(1), ..Patience::default() };
    let wishes = Wishes { goal: Goal::Ended, progress: Progress::Quiet, timeout: None, interrupts: None, patience };
    let following = follow(&mut server, ended, wishes);
    let followed = tokio::time::timeout(Duration::from_mins(1), following).await.expect("its patience ends");
    let (experiment, end) = followed.expect("the server answers");
    assert_eq!((end, experiment.status.cleanup), (End::Ended, Cleanup::Pending));
}

//! A wall clock that jumps a day forward and back under a running server, and between two runs of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::{Program, real_collector};
use crate::tools::short;

const DAY: i64 = 86_400;

/// A server whose wall clock is set by a file.
struct Clock {
    offset: PathBuf,
    _directory: tempfile::TempDir,
}

impl Clock {
    /// Compiled by the C compiler that links Rust programs, too.
    fn attach(program: &mut Program) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (library, offset) = (directory.path().join("clock.so"), directory.path().join("offset"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/clock.c");
        let done =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        program.set_variable("LD_PRELOAD", library.to_str().unwrap());
        program.set_variable("CLOCK_OFFSET", offset.to_str().unwrap());
        let clock = Self { offset, _directory: directory };
        clock.set(0);
        clock
    }

    /// By so many seconds ahead of the host's.
    fn set(&self, seconds: i64) {
        // Whole at every instant: it is read whenever the server asks for the time.
        let fresh = self.offset.with_extension("new");
        fs::write(&fresh, seconds.to_string()).unwrap();
        fs::rename(fresh, &self.offset).unwrap();
    }
}

#[tokio::test]
async fn a_day_forward_ends_what_should_have_ended_and_a_day_back_stops_nothing() {
    let mut program = Program::prepare(Some(real_collector()));
    let clock = Clock::attach(&mut program);
    program.restart().await;
    let id = program.create(&short("forward")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    clock.set(DAY);
    let over = program.until_over(&id).await;
    let reason = over["status"]["reason"].as_str().unwrap();
    assert!(["completed", "failed"].contains(&over["state"].as_str().unwrap()), "{over:#}");
    assert_ne!(over["status"]["verdict"], "promote", "{reason}: there is no evidence for it");
    assert_eq!(program.collectors(), [0; 0]);
    assert_eq!(program.get("/ready").await.0, 200);

    clock.set(0);
    let id = program.create(&short("back")).await;
    program.command_experiment(&id, "start").await;
    let over = program.until_over(&id).await;
    assert_eq!(over["state"], "completed", "{over:#}\n{}", program.log());
    assert_eq!(
        program.history(&id).await,
        ["created", "started", "deploying", "running", "analyzing", "completed", "cleaned_up"]
    );
    assert_eq!(program.collectors(), [0; 0]);
    assert!(program.stop().success(), "{}", program.log());
}

#[tokio::test]
async fn a_clock_that_is_set_back_between_two_servers_stops_nothing() {
    let mut program = Program::prepare(Some(real_collector()));
    let clock = Clock::attach(&mut program);
    clock.set(DAY);
    program.restart().await;
    let id = program.create(&short("ahead")).await;
    let waits = program.create(&short("waits")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    program.kill();
    clock.set(0);
    program.restart().await;
    assert!(program.log().contains("was set back"), "it is said:\n{}", program.log());
    let over = program.until_over(&id).await;
    assert_eq!(over["state"], "completed", "{over:#}\n{}", program.log());
    let outcomes = program.samples(&id).await;
    assert!(outcomes.len() >= 8, "sampling went on: {}", json!(outcomes));
    program.command_experiment(&waits, "start").await;
    assert_eq!(program.until_over(&waits).await["state"], "completed");
    assert!(program.stop().success(), "{}", program.log());

    // With nothing under way, the time of the host counts again.
    program.restart().await;
    let id = program.create(&short("later")).await;
    let created = program.experiment(&id).await["createdAt"].as_str().unwrap().to_owned();
    let ahead = over["createdAt"].as_str().unwrap();
    assert!(created.as_str() < ahead, "{created} is the present, {ahead} was a day ahead");
}

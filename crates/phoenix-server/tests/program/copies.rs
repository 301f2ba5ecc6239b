//! A data directory that is copied, moved or damaged under real collectors: the wrong ones are left alone, the right ones are found again.

use std::collections::BTreeSet;
use std::fs;

use procfs::process::Process;
use serde_json::{Value, json};

use crate::support::{Program, real_collector};
use crate::tools::short;

/// An experiment that runs for as long as a test wants.
fn endless(name: &str) -> Value {
    let mut document = short(name);
    document["spec"]["schedule"] = json!({"duration": "10m", "warmUp": "2s", "sampleInterval": "1s"});
    document
}

/// A zombie, which an init process may leave for a while, is not.
fn is_alive(pid: i32) -> bool {
    Process::new(pid).and_then(|process| process.stat()).is_ok_and(|stat| stat.state != 'Z')
}

fn pids(program: &Program) -> BTreeSet<i32> {
    program.collectors().into_iter().collect()
}

#[tokio::test]
async fn a_copy_of_a_directory_in_use_leaves_the_originals_collectors_alone() {
    let mut program = Program::start().await;
    let id = program.create(&endless("one")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    let originals = pids(&program);
    assert_eq!(originals.len(), 2);

    let mut copy = Program::prepare(Some(real_collector()));
    copy.copy_from(&program);
    let (status, error) = copy.run_to_the_end();
    assert_eq!(status.code(), Some(1), "{error}");
    assert!(error.contains(&format!("is a copy of {}", program.data_dir().display())), "{error}");
    assert!(error.contains("phoenix.id"), "says what to do: {error}");
    assert_eq!(pids(&program), originals);

    // Asked to go its own way it starts collectors of its own, on other ports, and ends only those.
    fs::remove_file(copy.data_dir().join("phoenix.id")).unwrap();
    copy.restart().await;
    copy.until(&id, "its own collectors", |_| copy.collectors().len() == 2).await;
    let taken = copy.samples(&id).await.len();
    copy.until_samples(&id, taken + 3).await;
    assert!(pids(&copy).is_disjoint(&originals));
    copy.command_experiment(&id, "cancel").await;
    copy.until_over(&id).await;
    assert_eq!(copy.collectors(), [0; 0]);
    assert!(copy.stop().success(), "{}", copy.log());

    assert_eq!(pids(&program), originals, "nobody ended or replaced them");
    let taken = program.samples(&id).await.len();
    program.until_samples(&id, taken + 3).await;
    assert_eq!(program.history(&id).await, ["created", "started", "deploying", "running"]);
    program.command_experiment(&id, "cancel").await;
    program.until_over(&id).await;
    assert!(program.stop().success(), "{}", program.log());
}

#[tokio::test]
async fn a_directory_that_was_moved_finds_its_collectors_again() {
    let mut program = Program::start().await;
    let id = program.create(&endless("one")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    let collectors = pids(&program);
    assert!(program.stop().success(), "{}", program.log());
    let old = program.data_dir();
    program.move_to("elsewhere");
    assert_ne!(program.data_dir(), old);
    program.restart().await;
    let taken = program.samples(&id).await.len();
    program.until_samples(&id, taken + 3).await;
    assert!(collectors.iter().all(|pid| is_alive(*pid)), "they go on");
    assert_eq!(program.collectors(), [0; 0], "and no others were started at the new place");
    assert!(program.log().contains("was moved"), "{}", program.log());
    program.command_experiment(&id, "cancel").await;
    program.until_over(&id).await;
    for pid in collectors {
        assert!(!is_alive(pid), "collector {pid} was left behind");
    }
    assert_eq!(program.collectors(), [0; 0]);
}

#[tokio::test]
async fn a_damaged_or_lost_database_keeps_the_server_from_starting_and_collectors_running() {
    let mut program = Program::start().await;
    let id = program.create(&endless("one")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    let collectors = pids(&program);
    assert!(program.stop().success(), "{}", program.log());
    let database = program.data_dir().join("phoenix.db");
    let whole = fs::read(&database).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2 / 4_096 * 4_096;
    damaged[middle..middle + 4_096].fill(0xAA);
    for (what, bytes) in [("damaged", damaged), ("is empty", Vec::new())] {
        fs::write(&database, &bytes).unwrap();
        let (status, error) = program.run_to_the_end();
        assert_eq!(status.code(), Some(1), "{error}");
        assert!(error.contains(what) && error.contains(&database.display().to_string()), "{error}");
        assert!(error.contains("restore"), "says what to do: {error}");
        assert!(fs::read(&database).unwrap() == bytes, "{what}: it was overwritten");
        assert_eq!(pids(&program), collectors, "{what}: nobody's collectors were stopped");
    }
    fs::write(&database, whole).unwrap();
    program.restart().await;
    let taken = program.samples(&id).await.len();
    program.until_samples(&id, taken + 3).await;
    assert_eq!(pids(&program), collectors, "restored, and it goes on");
    program.command_experiment(&id, "cancel").await;
    program.until_over(&id).await;
}

//! What the next server finds.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

use phoenix_core::experiment::{PipelinePhase, PipelineType};
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline, Removal};
use phoenix_core::testing::contract::deployer::desired;
use procfs::process::Process;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Host, config, is_alive, signal, wait_until};

fn baseline() -> DesiredPipeline {
    desired("kept", PipelineType::Baseline, &config(0))
}

async fn running() -> (Host, DesiredPipeline, i32) {
    let host = Host::real().await;
    let wanted = baseline();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    let pid = host.recorded_pid(&wanted.key.name);
    (host, wanted, pid)
}

fn edit_record(host: &Host, wanted: &DesiredPipeline, edit: impl FnOnce(&mut Value)) {
    let path = host.dir(&wanted.key.name).join("instance.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut record);
    fs::write(path, record.to_string()).unwrap();
}

/// A process that has nothing to do with us.
struct Bystander(Child);

impl Bystander {
    fn new() -> Self {
        Self(Command::new("sleep").arg("1000").spawn().unwrap())
    }

    fn pid(&self) -> i32 {
        self.0.id().try_into().unwrap()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pipeline that is being removed, and whose collector ends only when there is a file `may-end`; and the number of its starts.
async fn half_removed() -> (Host, DesiredPipeline, impl Fn() -> usize) {
    let body = "echo start >>$STATE/starts; trap 'asked=1' TERM; echo up >$STATE/up; \
                until [ \"$asked\" ] && [ -e $STATE/may-end ]; do sleep 0.05; done";
    let host = Host::scripted(body, |options| options.timing.stop_grace = Duration::from_mins(1)).await;
    let wanted = baseline();
    host.ensure(&wanted).await;
    wait_until("it runs", || host.directory.path().join("up").exists()).await;
    assert_eq!(host.deployer().remove(&wanted.key.name).await.expect("removes"), Removal::Pending);
    let starts = host.directory.path().join("starts");
    (host, wanted, move || fs::read_to_string(&starts).unwrap().lines().count())
}

#[tokio::test]
async fn what_was_being_removed_is_not_started_again_by_the_next_server_but_removed() {
    let (host, wanted, starts) = half_removed().await;
    host.start().await;
    fs::write(host.directory.path().join("may-end"), "").unwrap();
    host.until(&wanted.key, "its removal", |seen| seen.phase == PipelinePhase::Removed).await;
    assert_eq!(starts(), 1);
    assert_eq!(host.processes(), [0; 0]);
    assert!(!host.dir(&wanted.key.name).exists());
}

#[tokio::test]
async fn what_is_wanted_again_while_it_is_removed_is_adopted_by_the_next_server() {
    let (host, wanted, starts) = half_removed().await;
    host.ensure(&wanted).await;
    fs::write(host.directory.path().join("may-end"), "").unwrap();
    wait_until("it is started again", || starts() == 2).await;
    assert!(!host.dir(&wanted.key.name).join("removing").exists());
    host.start().await;
    let seen = host.observe(&wanted.key).await;
    assert_eq!(seen.phase, PipelinePhase::Progressing, "{seen:?}");
    assert!(is_alive(host.recorded_pid(&wanted.key.name)));
}

#[tokio::test]
async fn the_next_server_adopts_the_same_process_and_looks_after_it() {
    let (host, wanted, pid) = running().await;
    host.start().await;
    let seen = host.observe(&wanted.key).await;
    assert!(seen.is_ready(), "an adopted collector is shown as it is from the start: {seen:?}");
    assert_eq!(host.recorded_pid(&wanted.key.name), pid);

    signal(pid, Signal::KILL);
    let seen = host.until(&wanted.key, "a noticed end", |seen| !seen.hosts[0].ready).await;
    assert!(seen.message.contains("its status is unknown"), "{}", seen.message);
    let seen = host.ready(&wanted).await;
    assert_eq!(seen.hosts[0].restarts, 1);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_process_without_a_record_is_adopted() {
    let (host, wanted, pid) = running().await;
    host.crash();
    fs::remove_file(host.dir(&wanted.key.name).join("instance.json")).unwrap();
    host.start().await;
    host.ensure(&wanted).await;
    let seen = host.ready(&wanted).await;
    assert_eq!(seen.hosts[0].restarts, 0);
    assert_eq!(host.processes(), [pid]);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_process_spawned_just_before_the_crash_is_adopted() {
    let (host, wanted, pid) = running().await;
    host.crash();
    edit_record(&host, &wanted, |record| {
        record.as_object_mut().unwrap().remove("process");
    });
    host.start().await;
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    assert_eq!(host.processes(), [pid]);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn an_orphan_of_nobody_is_listed_adopted_and_removed() {
    let host = Host::real().await;
    let wanted = baseline();
    let pid = host.plant(&wanted).await;
    host.start().await;
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    assert_eq!(host.processes(), [pid]);
    host.remove(&wanted.key.name).await;
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_process_id_that_belongs_to_somebody_else_now_is_not_adopted() {
    let (host, wanted, pid) = running().await;
    host.crash();
    signal(pid, Signal::KILL);
    wait_until("it has ended", || !is_alive(pid)).await;
    let bystander = Bystander::new();
    let start_time = Process::new(bystander.pid()).unwrap().stat().unwrap().starttime;
    // With the wrong start time, and even with the right one: it does not run our configuration.
    for start_time in [start_time + 1, start_time] {
        edit_record(&host, &wanted, |record| {
            record["process"] = json!({"pid": bystander.pid(), "startTime": start_time});
        });
        host.start().await;
        let seen = host.observe(&wanted.key).await;
        assert_eq!((seen.phase, seen.message.as_str()), (PipelinePhase::Pending, "the collector is not running"));
        host.crash();
    }
    host.start().await;
    edit_record(&host, &wanted, |record| record["process"] = Value::Null);
    host.start().await;
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    host.remove(&wanted.key.name).await;
    assert!(is_alive(bystander.pid()), "somebody else's process was ended");
}

#[tokio::test]
async fn a_collector_that_died_without_a_server_is_started_when_it_is_wanted() {
    let (host, wanted, pid) = running().await;
    host.crash();
    signal(pid, Signal::KILL);
    wait_until("it has ended", || !is_alive(pid)).await;
    host.start().await;
    assert_eq!(host.observe(&wanted.key).await.phase, PipelinePhase::Pending);
    assert_eq!(host.processes(), [0; 0], "nothing is started that nobody wants");
    host.ensure(&wanted).await;
    let seen = host.ready(&wanted).await;
    assert_eq!(seen.hosts[0].restarts, 1);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_process_with_another_configuration_than_recorded_is_stopped() {
    let (host, wanted, pid) = running().await;
    host.crash();
    let other = desired("kept", PipelineType::Baseline, &config(1));
    edit_record(&host, &wanted, |record| record["configHash"] = json!(other.hash.as_str()));
    host.start().await;
    wait_until("it is stopped", || !is_alive(pid)).await;
    let new = DesiredPipeline { key: wanted.key.clone(), ..other };
    host.ensure(&new).await;
    host.ready(&new).await;
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_duplicate_is_stopped_and_the_recorded_one_kept() {
    let (host, wanted, pid) = running().await;
    host.crash();
    let duplicate = host.plant(&wanted).await;
    host.start().await;
    wait_until("the duplicate is stopped", || !is_alive(duplicate)).await;
    assert_eq!(host.processes(), [pid]);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_changed_file_is_not_started_behind_anybodys_back() {
    let (host, wanted, pid) = running().await;
    host.start().await;
    fs::write(host.dir(&wanted.key.name).join("config.yaml"), "receivers: {}\n").unwrap();
    signal(pid, Signal::KILL);
    let seen = host.until(&wanted.key, "a hindrance", |seen| seen.message.contains("was changed")).await;
    assert!(!seen.is_ready());
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn what_runs_is_listed_even_when_its_directory_is_gone() {
    let (host, wanted, pid) = running().await;
    host.crash();
    fs::remove_dir_all(host.dir(&wanted.key.name)).unwrap();
    host.start().await;
    let owned = host.deployer().list_owned().await.expect("lists");
    assert_eq!(owned.iter().map(|one| &one.name).collect::<Vec<_>>(), [&wanted.key.name]);
    host.remove(&wanted.key.name).await;
    assert!(!is_alive(pid));
}

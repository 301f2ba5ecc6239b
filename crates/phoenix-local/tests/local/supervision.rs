//! Collectors that do not do as they should.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use phoenix_core::experiment::{PipelineObservation, PipelinePhase, PipelineType};
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline};
use phoenix_core::testing::contract::deployer::desired;
use phoenix_local::{LocalDeployer, Options, Supply};
use procfs::process::Process;
use rustix::process::Signal;

use crate::support::{Host, config, is_alive, real_collector, signal, wait_until};

fn candidate() -> DesiredPipeline {
    desired("cut", PipelineType::Candidate, &config(0))
}

#[tokio::test]
async fn a_collector_gets_its_configuration_and_exactly_its_environment() {
    let host = Host::with(real_collector(), |options| {
        options.pass_env.insert("API_KEY".to_owned(), "sesame".into());
    })
    .await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;

    assert_eq!(fs::read_to_string(host.dir(&wanted.key.name).join("config.yaml")).unwrap(), wanted.config);
    let process = Process::new(host.recorded_pid(&wanted.key.name)).unwrap();
    let environment = process.environ().unwrap();
    let mut names: Vec<&str> = environment.keys().map(|name| name.to_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "API_KEY",
            "GOMEMLIMIT",
            "PHOENIX_BIND_ADDRESS",
            "PHOENIX_CONFIG_HASH",
            "PHOENIX_EXPERIMENT_ID",
            "PHOENIX_HEALTH_PORT",
            "PHOENIX_HOST_NAME",
            "PHOENIX_INSTALLATION",
            "PHOENIX_METRICS_PORT",
            "PHOENIX_PIPELINE",
            "PHOENIX_ROOT_PATH",
            "PHOENIX_TELEMETRY_PORT",
            "PHOENIX_VARIANT"
        ]
    );
    assert_eq!(process.stat().unwrap().pgrp, process.pid(), "a process group of its own");
    for file in ["instance.json", "collector.log"] {
        let text = fs::read_to_string(host.dir(&wanted.key.name).join(file)).unwrap();
        assert!(!text.contains("sesame"), "a passed value in {file}");
    }
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_counts_for_nothing() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    for variable in ["PHOENIX_METRICS_PORT", "PHOENIX_TELEMETRY_PORT", "PHOENIX_HEALTH_PORT"] {
        let body = format!(
            "echo start >>$STATE/starts\nif [ $(wc -l <$STATE/starts) -le 2 ]; then {variable}={port}; fi\n\
             export {variable}\nexec $REAL \"$@\""
        );
        let host = Host::scripted(&body, |_| {}).await;
        let wanted = candidate();
        host.ensure(&wanted).await;
        let seen = host.ready(&wanted).await;
        assert_eq!(seen.hosts[0].restarts, 0, "{variable}");
        assert_eq!(fs::read_to_string(host.directory.path().join("starts")).unwrap().lines().count(), 3, "{variable}");
        host.remove(&wanted.key.name).await;
    }
}

#[tokio::test]
async fn a_port_that_is_always_taken_ends_in_a_verdict() {
    let body = "echo 'listen tcp 127.0.0.1:1: bind: address already in use' >&2; exit 1";
    let host = Host::scripted(body, |options| options.timing.port_attempts = 2).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    let seen = host.until(&wanted.key, "a verdict", |seen| seen.phase == PipelinePhase::Failed).await;
    assert!(seen.message.contains("address already in use"), "{}", seen.message);
}

#[tokio::test]
async fn a_collector_that_exits_at_once_is_a_crash_loop_with_its_last_words() {
    let host = Host::scripted("echo start >>$STATE/starts; echo one; echo boom >&2; exit 3", |_| {}).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    let seen = host.until(&wanted.key, "a verdict", |seen| seen.phase == PipelinePhase::Failed).await;
    assert_eq!(seen.message, "crash loop, given up after 3 exits; the last one: exited with status 3: one | boom");
    assert_eq!((seen.hosts[0].restarts, seen.hosts[0].ready), (2, false));

    // Asking again does not undo the verdict; another configuration does.
    host.ensure(&wanted).await;
    assert_eq!(host.observe(&wanted.key).await, seen);
    let other = DesiredPipeline { key: wanted.key.clone(), ..desired("cut", PipelineType::Candidate, &config(1)) };
    host.ensure(&other).await;
    assert_ne!(host.observe(&wanted.key).await.phase, PipelinePhase::Failed);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn last_words_carry_no_passed_value() {
    let host = Host::scripted("echo \"refused: token $API_KEY\"; exit 3", |options| {
        options.pass_env.insert("API_KEY".to_owned(), "sesame".into());
    })
    .await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    let seen = host.until(&wanted.key, "a verdict", |seen| seen.phase == PipelinePhase::Failed).await;
    assert!(seen.message.ends_with("exited with status 3: refused: token ***"), "{}", seen.message);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_talkative_collector_does_not_fill_the_disk() {
    // A hundred times the limit, and only as much as the limit again later.
    let body = "i=0; while [ $i -lt 1000 ]; do echo 0123456789012345678901234567890123456789012345678901234567890; i=$((i+1)); done\n\
        exec $REAL \"$@\"";
    let host = Host::scripted(body, |options| options.log_limit = 600).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    let length = |name: &str| fs::metadata(host.dir(&wanted.key.name).join(name)).map_or(0, |file| file.len());
    wait_until("the log is cut", || length("collector.log") <= 600 && length("collector.log.1") > 0).await;
    assert!(length("collector.log.1") <= 600);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_collector_that_never_gets_ready_is_stopped_with_a_reason() {
    let host = Host::scripted("sleep 1000 & wait", |options| {
        // At least one look must have ended by then.
        options.timing.start_timeout = Duration::from_secs(2);
        options.timing.crash_limit = 1;
    })
    .await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    let seen = host.until(&wanted.key, "a verdict", |seen| seen.phase == PipelinePhase::Failed).await;
    assert!(seen.message.contains("was not ready within 2s: health_check is not up yet"), "{}", seen.message);
    assert_eq!(host.processes(), [0; 0], "the collector's helper still runs");
}

#[tokio::test]
async fn a_killed_collector_is_started_again() {
    let host = Host::real().await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    let first = host.recorded_pid(&wanted.key.name);
    signal(first, Signal::KILL);
    let seen = host.until(&wanted.key, "a degraded pipeline", |seen| !seen.hosts[0].ready).await;
    assert_eq!(seen.phase, PipelinePhase::Degraded);
    assert!(seen.message.starts_with("was killed by SIGKILL"), "{}", seen.message);
    assert!(seen.message.contains("starting again in 300ms (exit 1 of 3)"), "{}", seen.message);
    let seen = host.ready(&wanted).await;
    assert_eq!(seen.hosts[0].restarts, 1);
    assert_ne!(host.recorded_pid(&wanted.key.name), first);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_collector_that_hangs_is_degraded_and_then_replaced() {
    let host = Host::with(real_collector(), |options| {
        options.timing.probe_timeout = Duration::from_secs(1);
        options.timing.hang_timeout = Duration::from_secs(2);
        options.timing.stop_grace = Duration::from_millis(300);
    })
    .await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    let hung = host.recorded_pid(&wanted.key.name);
    signal(hung, Signal::STOP);
    let seen = host.until(&wanted.key, "a degraded pipeline", |seen| !seen.hosts[0].ready).await;
    assert_eq!(seen.phase, PipelinePhase::Degraded);
    assert_eq!(seen.message, "health_check does not answer in time");
    let seen = host.ready(&wanted).await;
    assert_eq!(seen.hosts[0].restarts, 1);
    assert!(!is_alive(hung));
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_collector_that_hangs_again_and_again_is_given_up() {
    let host = Host::with(real_collector(), |options| {
        options.timing.probe_timeout = Duration::from_millis(500);
        options.timing.hang_timeout = Duration::from_millis(500);
        options.timing.stop_grace = Duration::from_millis(300);
        options.timing.crash_limit = 2;
    })
    .await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    // On a busy host one may count as hanging before it is stopped here: the verdict only comes earlier.
    let seen = loop {
        let is_settled = |seen: &PipelineObservation| seen.is_ready() || seen.phase == PipelinePhase::Failed;
        let seen = host.until(&wanted.key, "a start or a verdict", is_settled).await;
        if seen.phase == PipelinePhase::Failed {
            break seen;
        }
        signal(host.recorded_pid(&wanted.key.name), Signal::STOP);
        host.until(&wanted.key, "a hang that is noticed", |seen| !seen.is_ready()).await;
    };
    let (verdict, why) = seen.message.split_at(seen.message.rfind(": ").expect("a reason"));
    assert_eq!(verdict, "crash loop, given up after 2 exits; the last one: hung for 500ms");
    assert!(why.ends_with(" does not answer in time"), "{}", seen.message);
    assert_eq!(host.processes(), [0; 0], "a stopped collector is left");
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_collector_may_finish_its_work_before_it_ends() {
    let body = "trap 'echo flushed >$STATE/flushed; exit 0' TERM; echo up >$STATE/up; while :; do sleep 0.05; done";
    let host = Host::scripted(body, |options| options.timing.stop_grace = Duration::from_mins(1)).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    wait_until("it runs", || host.directory.path().join("up").exists()).await;
    host.remove(&wanted.key.name).await;
    assert!(host.directory.path().join("flushed").exists(), "it was killed");
}

#[tokio::test]
async fn a_data_directory_may_have_any_name() {
    let name = "da ta:x,$y ${z} 50% #'\"";
    let host = Host::with(real_collector(), |options| options.data_dir = options.data_dir.join(name)).await;
    let wanted = candidate();
    let findings = host.deployer().preflight(&wanted.config).await.expect("checks");
    assert_eq!(findings, []);
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    let pid = host.recorded_pid(&wanted.key.name);
    host.start().await;
    host.ensure(&wanted).await;
    assert!(host.observe(&wanted.key).await.is_ready());
    assert_eq!(host.processes(), [pid]);
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn what_a_dead_collector_leaves_in_its_group_is_cleared_before_the_next_start() {
    let host = Host::scripted("sleep 1000 &\nexec $REAL \"$@\"", |_| {}).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    assert_eq!(host.processes().len(), 2);
    signal(host.recorded_pid(&wanted.key.name), Signal::KILL);
    host.until(&wanted.key, "a restart", |seen| seen.is_ready() && seen.hosts[0].restarts == 1).await;
    assert_eq!(host.processes().len(), 2, "the helper of the first start still runs");
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn one_that_ignores_sigterm_is_killed_after_the_grace() {
    let body = "trap '' TERM; echo up >$STATE/up; while :; do sleep 1; done";
    let host = Host::scripted(body, |options| options.timing.stop_grace = Duration::from_millis(200)).await;
    let wanted = candidate();
    host.ensure(&wanted).await;
    wait_until("it ignores the signal", || host.directory.path().join("up").exists()).await;
    host.remove(&wanted.key.name).await;
}

#[tokio::test]
async fn a_configuration_that_is_not_its_hash_is_refused() {
    let host = Host::real().await;
    let wanted = DesiredPipeline { config: config(1), ..candidate() };
    let failure = host.deployer().ensure(&wanted).await.expect_err("refused");
    assert_eq!(failure.reason(), "HashMismatch");
    assert_eq!(host.observe(&wanted.key).await.phase, PipelinePhase::Removed);
}

#[tokio::test]
async fn without_a_collector_the_reason_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let pending = Supply::Pending("compiling the collector: 3m10s".to_owned());
    let deployer = LocalDeployer::start(Options::new(directory.path()), pending).await.expect("starts");
    let wanted = candidate();
    let failure = deployer.ensure(&wanted).await.expect_err("not yet");
    assert_eq!((failure.reason(), failure.message()), ("CollectorPending", "compiling the collector: 3m10s"));
    let seen = deployer.observe(std::slice::from_ref(&wanted.key)).await.expect("observes").remove(0);
    assert_eq!((seen.phase, seen.message.as_str()), (PipelinePhase::Pending, "compiling the collector: 3m10s"));
    deployer.supply(Supply::Unavailable("no Go".to_owned()));
    assert_eq!(deployer.preflight(&config(0)).await.expect_err("none").reason(), "CollectorUnavailable");
}

//! Servers that end by `kill -9`: real processes, whose collectors go on as orphans.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use phoenix_core::experiment::{PipelineObservation, PipelineType};
use phoenix_core::ports::deployer::{Deployer as _, DesiredPipeline, Removal};
use phoenix_core::testing::contract::deployer::desired;
use phoenix_local::collector::{Collector, Search};
use phoenix_local::{LocalDeployer, Options};
use procfs::process::Process;
use rustix::process::{Pid, Signal, WaitOptions, getpid, set_child_subreaper, waitpid};

use crate::support::{Host, PATIENCE, config, is_alive, quick, real_collector, signal, wait_until};

/// Set for the process that is a server: its data directory.
const SERVER: &str = "PHOENIX_TEST_SERVER";

fn both() -> [DesiredPipeline; 2] {
    [PipelineType::Baseline, PipelineType::Candidate].map(|kind| desired("kept", kind, &config(0)))
}

/// Not a test by itself: the server that is killed.
#[tokio::test]
async fn server() {
    let Some(data_dir) = std::env::var_os(SERVER) else { return };
    let search = Search { explicit: Some(real_collector()), ..Search::default() };
    let collector = Collector::locate(&search).await.expect("locates").expect("a collector");
    let options = Options { timing: quick(), ..Options::new(data_dir) };
    let deployer = LocalDeployer::start(options, collector).await.expect("starts");
    println!("serving");
    let keys = both().map(|wanted| wanted.key);
    for wanted in both() {
        deployer.ensure(&wanted).await.expect("ensures");
    }
    while !deployer.observe(&keys).await.expect("observes").iter().all(PipelineObservation::is_ready) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("ready");
    std::future::pending::<()>().await;
}

struct Server {
    child: Child,
    /// What it says, line by line.
    output: Receiver<String>,
}

impl Server {
    /// Over the data directory of a host whose own deployer does not run.
    fn over(host: &Host) -> Self {
        host.crash();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::server", "--nocapture"])
            .env(SERVER, &host.options.data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, output) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Ends with the process, or when nobody listens any more.
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let server = Self { child, output };
        server.until_it_says("serving");
        server
    }

    fn until_it_says(&self, word: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|error| panic!("the server never said {word:?}: {error}"));
            if line.contains(word) {
                return;
            }
        }
    }

    /// `kill -9`; a moment later it is gone.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Removes everything that the host owns, as the sweep does: again and again, because a collector that was spawned at the very moment of the
/// server's end may come up late.
async fn sweep(host: &Host) {
    let deployer = host.deployer();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let owned = deployer.list_owned().await.expect("lists");
        let mut are_gone = true;
        for pipeline in &owned {
            are_gone &= deployer.remove(&pipeline.name).await.expect("removes") == Removal::Gone;
        }
        let (running, left) = (host.processes(), left_directories(host));
        if are_gone && running.is_empty() && left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "never gone: {owned:?}, processes {running:?}, directories {left:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn left_directories(host: &Host) -> Vec<OsString> {
    let entries = std::fs::read_dir(host.options.data_dir.join("pipelines")).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).filter(|name| name != ".trash").collect()
}

fn sorted(mut pids: Vec<i32>) -> Vec<i32> {
    pids.sort_unstable();
    pids
}

fn recorded(host: &Host) -> Vec<i32> {
    both().iter().map(|wanted| host.recorded_pid(&wanted.key.name)).collect()
}

#[tokio::test]
async fn collectors_outlive_a_killed_server_and_the_next_one_looks_after_them() {
    let host = Host::real().await;
    let server = Server::over(&host);
    server.until_it_says("ready");
    let pids = recorded(&host);
    server.kill();
    assert!(pids.iter().all(|pid| is_alive(*pid)), "a collector ended with its server");

    host.start().await;
    for wanted in both() {
        let seen = host.observe(&wanted.key).await;
        assert!(seen.is_ready() && seen.hosts[0].restarts == 0, "{seen:?}");
        host.ensure(&wanted).await;
    }
    assert_eq!(sorted(host.processes()), sorted(pids.clone()));
    assert_eq!(recorded(&host), pids);

    let [baseline, _] = both();
    signal(pids[0], Signal::KILL);
    host.until(&baseline.key, "a restart", |seen| seen.is_ready() && seen.hosts[0].restarts == 1).await;
    assert!(is_alive(pids[1]), "the other one is none of its business");
    sweep(&host).await;
}

#[tokio::test]
async fn a_server_killed_at_any_moment_of_a_start_leaves_nothing_double_and_nothing_lost() {
    type Moment = (&'static str, fn(&Path) -> bool);
    let moments: [Moment; 6] = [
        ("a directory is made", |dir| dir.exists()),
        ("the configuration is written", |dir| dir.join("config.yaml").exists()),
        ("the intent is recorded", |dir| dir.join("instance.json").exists()),
        ("the log is there", |dir| dir.join("collector.log").exists()),
        ("the process says something", |dir| {
            std::fs::metadata(dir.join("collector.log")).is_ok_and(|log| log.len() > 0)
        }),
        ("the process is recorded", |dir| {
            std::fs::read_to_string(dir.join("instance.json")).is_ok_and(|text| text.contains("pid"))
        }),
    ];
    let host = Host::real().await;
    for (index, (moment, has_come)) in moments.into_iter().enumerate() {
        for is_wanted in [true, false] {
            let server = Server::over(&host);
            // Now of the first pipeline, now of the second.
            let dir = host.dir(&both()[index % 2].key.name);
            let deadline = Instant::now() + PATIENCE;
            while !has_come(&dir) {
                assert!(Instant::now() < deadline, "waited in vain until {moment}");
                std::thread::yield_now();
            }
            server.kill();
            host.start().await;
            if is_wanted {
                for wanted in both() {
                    host.ensure(&wanted).await;
                }
                for wanted in both() {
                    host.ready(&wanted).await;
                }
                wait_until("one collector of each pipeline runs", || host.processes().len() == 2).await;
                assert_eq!(sorted(host.processes()), sorted(recorded(&host)), "killed when {moment}");
            }
            sweep(&host).await;
        }
    }
}

#[tokio::test]
async fn a_dead_collector_that_nobody_waits_for_is_dead() {
    // Orphans below this process come to it, and it never waits for them: as under a first process of a container that is none.
    set_child_subreaper(Some(getpid())).unwrap();
    let host = Host::real().await;
    let server = Server::over(&host);
    server.until_it_says("ready");
    let pids = recorded(&host);
    server.kill();
    let state = |pid: i32| Process::new(pid).and_then(|process| process.stat()).map(|stat| (stat.ppid, stat.state));
    let this = getpid().as_raw_nonzero().get();
    wait_until("they are ours", || pids.iter().all(|pid| state(*pid).is_ok_and(|(parent, _)| parent == this))).await;

    host.start().await;
    let [baseline, candidate] = both();
    signal(pids[0], Signal::KILL);
    host.until(&baseline.key, "a restart", |seen| seen.is_ready() && seen.hosts[0].restarts == 1).await;
    assert_eq!(state(pids[0]).unwrap(), (this, 'Z'));
    assert!(host.observe(&candidate.key).await.is_ready());
    sweep(&host).await;
    assert_eq!(state(pids[1]).unwrap(), (this, 'Z'));
    for pid in pids {
        waitpid(Pid::from_raw(pid), WaitOptions::NOHANG).unwrap();
    }
    set_child_subreaper(None).unwrap();
}

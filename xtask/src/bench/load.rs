//! The server under load: stored and running experiments with stand-ins for collectors; how long a command takes to its commit, and how much
//! memory all of it takes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::figure::{Bound, Figure, Quantity};
use super::server::Server;

/// A page of the database, in bytes.
const PAGE: usize = 4096;
const PAUSE: Duration = Duration::from_millis(200);
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Experiments that are stored, the running ones included.
    pub(super) stored: usize,
    pub(super) running: usize,
    /// Samples of an experiment before memory is read.
    pub(super) samples: usize,
    pub(super) sample_interval: &'static str,
    /// Between two commands.
    pub(super) pace: Duration,
}

pub(super) const MEASURED: Load =
    Load { stored: 1_000, running: 100, samples: 12, sample_interval: "5s", pace: Duration::from_millis(25) };
pub(super) const SMALL: Load =
    Load { stored: 6, running: 2, samples: 2, sample_interval: "1s", pace: Duration::from_millis(5) };

/// Stores experiments that wait for their start.
pub(super) fn store(server: &Server, load: Load) -> Result<Vec<String>> {
    (0..load.stored).map(|number| server.client().create(&document(number, load))).collect()
}

/// Starts some of them, gives the others commands, and lets samples be taken. `disk` is a directory on the same disk.
pub(super) fn measure(server: &Server, disk: &Path, ids: &[String], load: Load) -> Result<Vec<Figure>> {
    let (started, others) = ids.split_at(load.running);
    for id in started {
        server.client().command(id, "start")?;
    }
    wait(server, "all of them to run", || Ok(count(server, "running")? == load.running))?;
    let commands = command_all(server, disk, others, load)?;
    let first = started.first().context("no experiment runs")?;
    wait(server, "samples", || Ok(usable_samples(server, first)? >= load.samples))?;
    let memory = server.memory()?;
    ensure!(count(server, "running")? == load.running, "experiments have ended meanwhile\n{}", server.last_words());
    let name = format!("resident memory, {} stored and {} running", load.stored, load.running);
    let note = format!("at most {:.1} MiB since the start", memory.peak / 1_048_576.0);
    let limit = Bound::Below(Quantity::Size(64.0 * 1_048_576.0));
    Ok(vec![commands, Figure::new(name, Quantity::Size(memory.resident), limit).with_note(note)])
}

/// Cancels experiments one by one, at fixed moments: an answer that comes late does not put off the next command. Each answer comes after
/// the commit, so the time to it is at least that to the commit.
///
/// Halfway between two commands something as large as a page of the database is written and synced beside it: what the disk alone takes.
fn command_all(server: &Server, disk: &Path, ids: &[String], load: Load) -> Result<Figure> {
    let mut took = Times::default();
    let mut synced = Times::default();
    let mut file = File::create(disk.join("synced"))?;
    let mut due = Instant::now();
    for id in ids {
        due += load.pace;
        sleep_until(due);
        let answer = server.client().command(id, "cancel")?;
        took.0.push(due.elapsed().as_secs_f64());
        ensure!(answer["state"] == "cancelled", "cancelling {id} answers {answer}");
        sleep_until(due + load.pace / 2);
        let begin = Instant::now();
        file.write_all(&[0; PAGE])?;
        file.sync_data()?;
        synced.0.push(begin.elapsed().as_secs_f64());
    }
    let note = format!(
        "median {:.1} ms, slowest {:.1} ms; the disk alone {:.1} ms, median {:.1} ms",
        took.at(50) * 1e3,
        took.at(100) * 1e3,
        synced.at(99) * 1e3,
        synced.at(50) * 1e3,
    );
    let name = format!("command to commit over REST, {} running, 99th percentile", load.running);
    Ok(Figure::new(name, Quantity::Time(took.at(99)), Bound::Below(Quantity::Time(0.02))).with_note(note))
}

fn sleep_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

/// Times in seconds.
#[derive(Debug, Default)]
struct Times(Vec<f64>);

impl Times {
    /// The time that so many of a hundred stay below.
    fn at(&self, hundredths: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }
}

fn count(server: &Server, state: &str) -> Result<usize> {
    let failed = server.client().read("/v1/controller/experiments?state=failed&pageSize=1")?;
    ensure!(failed["items"] == json!([]), "an experiment has failed: {}", failed["items"][0]["status"]);
    let page = server.client().read(&format!("/v1/controller/experiments?state={state}&pageSize=500"))?;
    page["items"].as_array().map(Vec::len).context("a list without items")
}

/// How many samples of both pipelines have values. Without them nothing of this would be what it claims to be.
fn usable_samples(server: &Server, id: &str) -> Result<usize> {
    let page = server.client().read(&format!("/v1/controller/experiments/{id}/samples?pageSize=500"))?;
    let is_usable = |sample: &&Value| sample["baseline"]["outcome"] == "ok" && sample["candidate"]["outcome"] == "ok";
    page["items"].as_array().map(|items| items.iter().filter(is_usable).count()).context("samples without items")
}

fn wait(server: &Server, what: &str, is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !is_so()? {
        ensure!(begin.elapsed() < PATIENCE, "waited in vain for {what}\n{}", server.last_words());
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

fn document(number: usize, load: Load) -> Value {
    json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": format!("bench-{number:04}"), "labels": {"team": "platform", "number": number.to_string()}},
        "spec": {
            "description": "Leave kernel threads out, and one series where there were two or three",
            "baseline": {"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "5s"}},
            "candidate": {
                "baseTemplate": "process-baseline",
                "parameters": {"collectionInterval": "5s"},
                "optimizations": [{"name": "exclude-kernel-threads"}, {"name": "reaggregate-at-source"}],
            },
            "criticalProcesses": ["^program-1$"],
            "schedule": {"duration": "1h", "warmUp": "0s", "sampleInterval": load.sample_interval},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let times = Times((1..=200).rev().map(|ms| f64::from(ms) / 1e3).collect());
        let millis = [0, 50, 99, 100].map(|hundredths| format!("{:.0}", times.at(hundredths) * 1e3));
        assert_eq!(millis, ["1", "101", "199", "200"]);
        assert!(Times::default().at(99).is_nan());
    }
}

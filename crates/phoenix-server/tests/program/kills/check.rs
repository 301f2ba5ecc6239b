//! What every experiment must have come to, however often its server died.

use std::fs;

use phoenix_core::ports::samples::SampleStore as _;
use phoenix_core::ports::store::{ExperimentStore as _, Outbox as _, Schedule as _};
use phoenix_server::killpoint::Scenario;
use phoenix_store::{DataDir, SqliteStore};
use serde_json::Value;

use super::counts;
use super::player::Player;
use crate::support::Program;
use crate::tools::check_starts;

/// Seconds between two samples.
pub(super) const INTERVAL: i64 = 3;

/// What does not depend on when an experiment runs: the hashes of its configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference(Vec<(String, String)>);

/// An ended experiment, before it was deleted.
pub(super) struct Finale {
    experiment: Value,
    events: Value,
    samples: Vec<Value>,
    configurations: Value,
    report: Value,
}

impl Finale {
    /// All there is to see; nothing when the server stops answering on the way.
    pub(super) async fn see(program: &Program, id: &str) -> Option<Self> {
        let path = |below: &str| format!("/v1/controller/experiments/{id}{below}");
        let read = async |below: &str| {
            let (status, body) = program.get(&path(below)).await;
            (status == 200).then_some(body)
        };
        Some(Self {
            experiment: read("").await?,
            events: read("/events").await?,
            samples: read("/samples?pageSize=500").await?["items"].as_array()?.clone(),
            configurations: read("/configurations").await?,
            report: read("/report").await?,
        })
    }

    pub(super) fn reference(&self) -> Reference {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = self.configurations.as_array().unwrap();
        Reference(all.iter().map(|one| (text(&one["pipelineType"]), text(&one["hash"]))).collect())
    }

    /// Beginning and end of each pause, in seconds.
    fn pauses(&self) -> Vec<(i64, i64)> {
        let at = |kind: &str| -> Vec<i64> {
            let events = self.events.as_array().unwrap().iter();
            let of_kind = events.filter(|event| event["kind"] == format!("experiment.{kind}"));
            of_kind.map(|event| time(&event["at"]).as_second()).collect()
        };
        at("paused").into_iter().zip(at("resumed")).collect()
    }

    /// All that happened, line by line.
    pub(super) fn story(&self) -> String {
        let mut lines = Vec::new();
        for event in self.events.as_array().unwrap() {
            lines.push(format!("{} {} {} {}", event["at"], event["kind"], event["reason"], event["message"]));
        }
        for sample in &self.samples {
            let arm = |arm: &Value| format!("{} {}", arm["outcome"], arm["reason"]);
            lines.push(format!("{} {}, {}", sample["instant"], arm(&sample["baseline"]), arm(&sample["candidate"])));
        }
        lines.sort();
        lines.join("\n")
    }

    pub(super) fn ended(&self) -> String {
        let state = self.experiment["state"].as_str().unwrap();
        match self.experiment["status"]["verdict"].as_str() {
            Some(verdict) => format!("{state}, {verdict}"),
            None => state.to_owned(),
        }
    }
}

/// The kinds of a history.
pub(super) fn kinds(events: &Value) -> Vec<String> {
    let kind = |event: &Value| event["kind"].as_str().unwrap().trim_start_matches("experiment.").to_owned();
    events.as_array().unwrap().iter().map(kind).collect()
}

fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

pub(super) async fn check(player: &mut Player, reference: Option<&Reference>) {
    let history = player.kinds().await;
    let finale = player.finale.as_ref().expect("an experiment that is deleted was seen at its end");
    check_history(player.scenario, &history, finale);
    check_end(player.scenario, finale);
    check_samples(finale);
    if let Some(reference) = reference {
        assert_eq!(finale.reference(), *reference, "other configurations than without a kill");
    }
    check_collectors(player);
    let status = player.program.stop();
    assert!(status.success(), "{status}\n{}", player.program.log());
    check_processes_and_files(&player.program);
    check_store(player).await;
}

/// Each step once, in order and without a gap; a clock that stood went on.
fn check_history(scenario: Scenario, history: &[String], finale: &Finale) {
    let is_outage = |kind: &&String| kind.starts_with("outage_");
    let steps: Vec<&str> = history.iter().filter(|kind| !is_outage(kind)).map(String::as_str).collect();
    let expected: Vec<&str> = scenario
        .history()
        .iter()
        .map(|kind| kind.as_str().trim_start_matches("experiment."))
        .filter(|kind| !kind.starts_with("outage_"))
        .collect();
    assert_eq!(steps, expected, "each step once: {history:?}\n{}", finale.story());
    for (index, outage) in history.iter().filter(is_outage).enumerate() {
        let expected = if index % 2 == 0 { "outage_began" } else { "outage_ended" };
        assert_eq!(outage, expected, "outages begin and end: {history:?}");
    }
    let ends = counts(history);
    let ends: usize = ["completed", "failed", "cancelled"].iter().filter_map(|kind| ends.get(kind)).sum();
    assert_eq!(ends, 1, "ended exactly once: {history:?}");
    let events = finale.events.as_array().unwrap();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["seq"].as_u64(), Some(index as u64 + 1), "a gap: {:#}", finale.events);
    }
    assert_eq!(finale.experiment["revision"].as_u64(), Some(events.len() as u64), "one event for each revision");
    assert_eq!(history.len(), events.len() + 1, "nothing after the end but the deletion: {history:?}");
}

fn check_end(scenario: Scenario, finale: &Finale) {
    let Finale { experiment, report, .. } = finale;
    assert_eq!(experiment["state"], scenario.end().as_str(), "{experiment:#}");
    let (verdict, compared) = (&experiment["status"]["verdict"], &report["comparison"]["verdict"]);
    match scenario {
        Scenario::Undisturbed | Scenario::Hindered | Scenario::Commanded | Scenario::Outage => {
            assert!(verdict.is_string() && verdict == compared, "{experiment:#}\n{report:#}");
            assert_ne!(verdict, "promote", "on so little evidence: {}", report["comparison"]["samples"]);
        }
        Scenario::Cancelled => assert_eq!(experiment["status"]["reason"], "CancelRequested"),
        Scenario::Aborted => assert_eq!(experiment["status"]["reason"], "AbortRequested"),
    }
}

/// One sample of each arm for each instant, from the first to the last, whether it was taken or not; in a pause none is expected.
fn check_samples(finale: &Finale) {
    let instants: Vec<i64> = finale.samples.iter().map(|sample| time(&sample["instant"]).as_second()).collect();
    let pauses = finale.pauses();
    for (earlier, later) in instants.iter().zip(instants.iter().skip(1)) {
        let is_paused = pauses.iter().any(|(since, until)| earlier <= until && later >= since);
        let is_next = later - earlier == INTERVAL || (is_paused && later > earlier);
        assert!(is_next, "doubled or lost: {instants:?}\n{}", finale.story());
    }
    for sample in &finale.samples {
        assert!(sample["baseline"].is_object() && sample["candidate"].is_object(), "half a sample: {sample:#}");
    }
}

/// Each was started once, or again when the first was gone; a collector that was running when its server died is adopted.
fn check_collectors(player: &Player) {
    let twice = fs::read_to_string(player.program.state().join("twice")).unwrap_or_default();
    assert_eq!(twice, "", "two collectors of one pipeline at the same time");
    check_starts(&player.program, "killed");
}

fn check_processes_and_files(program: &Program) {
    assert_eq!(program.processes(), [0; 0], "processes are left");
    for directory in ["pipelines", "pipelines/.trash", "checks"] {
        let Ok(entries) = fs::read_dir(program.data_dir().join(directory)) else { continue };
        let left: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).filter(|name| name != ".trash").collect();
        assert!(left.is_empty(), "{left:?} is left in {directory}");
    }
}

/// No effect waits, nothing is due, nothing is sampled, and of the experiment there is only its history.
async fn check_store(player: &Player) {
    let id = player.id.parse().unwrap();
    let directory = DataDir::open(player.program.data_dir()).unwrap();
    let store = SqliteStore::open(&directory, "local").await.unwrap();
    assert!(store.load(&id).await.unwrap().is_none());
    assert!(store.pending(&id).await.unwrap().is_empty(), "an effect waits");
    assert_eq!(store.next_due().await.unwrap(), None, "something is due");
    assert_eq!(store.next_sampling().await.unwrap(), None, "something is sampled");
    store.close().await;
}

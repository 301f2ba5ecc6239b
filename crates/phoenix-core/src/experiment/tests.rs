//! The JSON forms that stores and clients keep. They may gain keys; what was written before must stay readable.

use serde_json::json;

use super::*;
use crate::analysis::Verdict;
use crate::id::{Actor, ConfigHash};
use crate::testing::build::{at, experiment, generated};
use crate::time::Span;

fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value).expect("serialises").as_str().expect("a word").to_owned()
}

#[test]
fn a_word_is_stored_as_it_is_printed() {
    for state in State::ALL {
        assert_eq!(word(state), state.as_str());
    }
    for kind in PipelineType::ALL {
        assert_eq!(word(kind), kind.as_str());
    }
    for phase in PipelinePhase::ALL {
        assert_eq!(word(phase), phase.as_str());
    }
    for effect in [Effect::GeneratePipelines, Effect::AnalyseSamples] {
        assert_eq!(word(effect), effect.as_str());
    }
    for kind in [
        EventKind::Created,
        EventKind::Started,
        EventKind::Deploying,
        EventKind::Running,
        EventKind::OutageBegan,
        EventKind::OutageEnded,
        EventKind::Redeploying,
        EventKind::Analyzing,
        EventKind::Completed,
        EventKind::Failed,
        EventKind::Cancelled,
        EventKind::CleanedUp,
        EventKind::Deleted,
    ] {
        assert_eq!(word(kind), kind.as_str());
    }
}

#[test]
fn an_event_is_stored_like_this() {
    let event = Event {
        experiment_id: experiment("e1", "one").id,
        seq: Revision(3),
        kind: EventKind::Cancelled,
        at: at(1),
        actor: "ana".parse::<Actor>().expect("valid"),
        tenant: TenantId::default_tenant(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("valid")),
        from: Some(State::Deploying),
        to: State::Failed,
        reason: Reason::CancelRequested,
        message: "changed my mind".to_owned(),
    };
    let stored = json!({
        "experimentId": "e1",
        "seq": 3,
        "kind": "experiment.cancelled",
        "at": "2026-09-21T14:00:01Z",
        "actor": "ana",
        "tenant": "default",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "from": "deploying",
        "to": "failed",
        "reason": "CancelRequested",
        "message": "changed my mind",
    });
    assert_eq!(serde_json::to_value(&event).expect("serialises"), stored);
    assert_eq!(serde_json::from_value::<Event>(stored).expect("and back"), event);
}

#[test]
fn a_status_is_stored_like_this() {
    let experiment = experiment("e1", "one");
    let mut status =
        Status::entered(at(0)).entering(State::Completed, at(90), Reason::Analysed, "saves 20 %", AfterEnd::Remove);
    status.pipelines = Some(generated(&experiment).map(|_, pipeline| PipelineRef::from(pipeline)));
    status.clock = Some(RunClock::start(at(10), 60).stopped(at(30)).resumed(at(40)).ended(at(80)));
    status.ended_by = Some(Reason::DurationElapsed);
    status.verdict = Some(Verdict::Promote);
    let hash = |config: &str| ConfigHash::of(config).to_string();
    let stored = json!({
        "enteredAt": "2026-09-21T14:01:30Z",
        "reason": "Analysed",
        "message": "saves 20 %",
        "pipelines": {
            "baseline": {
                "name": generated(&experiment).baseline.name,
                "hash": hash("# baseline\nreceivers: {}\n"),
                "collectionInterval": "1s",
            },
            "candidate": {
                "name": generated(&experiment).candidate.name,
                "hash": hash("# candidate\nreceivers: {}\n"),
                "collectionInterval": "1s",
            },
        },
        "clock": {
            "readyAt": "2026-09-21T14:00:10Z",
            "elapsed": "1m",
            "runningSince": null,
            "outageSince": null,
            "outageUsed": "10s",
                "paused": "0s",
            "plannedSamples": 60,
        },
        "endedBy": "DurationElapsed",
        "verdict": "promote",
        "cleanup": "confirmed",
        "redeployments": 0,
    });
    assert_eq!(serde_json::to_value(&status).expect("serialises"), stored);
    assert_eq!(serde_json::from_value::<Status>(stored).expect("and back"), status);
}

#[test]
fn a_status_without_its_later_keys_is_read() {
    let status: Status = serde_json::from_value(json!({"enteredAt": "2026-09-21T14:00:00Z"})).expect("readable");
    assert_eq!(status, Status { reason: None, ..Status::entered(at(0)) });
}

#[test]
fn an_observation_is_stored_like_this() {
    let observation = PipelineObservation {
        name: "one-baseline-0a1b2c3d".parse().expect("valid"),
        phase: PipelinePhase::Degraded,
        message: "restarting".to_owned(),
        hosts: vec![HostObservation {
            host: "host-a".parse().expect("valid"),
            ready: false,
            config_hash: Some(ConfigHash::of("")),
            restarts: 2,
            message: "exit 1".to_owned(),
            endpoints: Some(Endpoints {
                metrics: "http://127.0.0.1:4001/metrics".to_owned(),
                telemetry: "http://127.0.0.1:4002/metrics".to_owned(),
            }),
        }],
    };
    let stored = json!({
        "name": "one-baseline-0a1b2c3d",
        "phase": "degraded",
        "message": "restarting",
        "hosts": [{
            "host": "host-a",
            "ready": false,
            "configHash": ConfigHash::of(""),
            "restarts": 2,
            "message": "exit 1",
            "endpoints": {
                "metrics": "http://127.0.0.1:4001/metrics",
                "telemetry": "http://127.0.0.1:4002/metrics",
            },
        }],
    });
    assert_eq!(serde_json::to_value(&observation).expect("serialises"), stored);
    assert_eq!(serde_json::from_value::<PipelineObservation>(stored).expect("and back"), observation);
    let gone = PipelineObservation::absent("one".parse().expect("valid"));
    assert!(!gone.is_ready() && gone.ready_hosts() == 0);
}

#[test]
fn a_new_experiment_waits_and_a_committed_change_counts() {
    let experiment = experiment("e1", "one");
    assert_eq!((experiment.state, experiment.revision), (State::Pending, Revision::FIRST));
    let decision = decide(at(5), &Policy::default(), &experiment, &Input::Command(Command::Start)).expect("allowed");
    let started = experiment.clone().after(&decision.change.expect("a change"), at(5));
    assert_eq!((started.state, started.revision, started.updated_at), (State::Initializing, Revision(2), at(5)));
    assert_eq!((started.created_at, &started.spec), (experiment.created_at, &experiment.spec));
    assert_eq!(started.spec.schedule.duration, Span::from_secs(60));
}

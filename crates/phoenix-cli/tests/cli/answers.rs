//! Experiments and files for the tests.

use phoenix_core::analysis::{Comparison, Verdict};
use phoenix_core::experiment::{Cleanup, Experiment, Reason, RunClock, State};
use phoenix_core::testing::build::experiment;
use phoenix_core::time::{Span, Timestamp};
use serde_json::json;

/// A file that is right in every respect.
pub(crate) const VALID: &str = r#"
apiVersion: phoenix.io/v1
kind: Experiment
metadata:
  name: cut-process-cost
spec:
  baseline:
    baseTemplate: process-baseline
    parameters: {collectionInterval: 10s}
  candidate:
    baseTemplate: process-baseline
    parameters: {collectionInterval: 10s}
    optimizations:
      - {name: exclude-kernel-threads}
      - {name: process-filter, parameters: {patterns: ["^(postgres|nginx)$"]}}
  criticalProcesses: ["^postgres$"]
  schedule: {duration: 30m, warmUp: 2m, sampleInterval: 15s}
"#;

/// The experiment of the file in this state.
pub(crate) fn in_state(state: State) -> Experiment {
    let mut experiment = experiment("e1", "cut-process-cost");
    experiment.state = state;
    experiment.spec.schedule.duration = Span::from_mins(30);
    experiment.spec.schedule.sample_interval = Span::from_secs(15);
    if state == State::Running {
        experiment.status.clock = Some(RunClock::start(now(), 120));
    }
    experiment
}

/// The experiment after an analysis.
pub(crate) fn completed(verdict: Verdict) -> Experiment {
    let mut experiment = ended(State::Completed, Reason::Analysed);
    experiment.status.verdict = Some(verdict);
    experiment
}

/// The experiment after its end.
pub(crate) fn ended(state: State, reason: Reason) -> Experiment {
    let mut experiment = in_state(state);
    experiment.status.reason = Some(reason);
    experiment.status.cleanup = Cleanup::Confirmed;
    experiment
}

/// The whole way to an end.
pub(crate) fn way_to(end: Experiment) -> [Experiment; 4] {
    [in_state(State::Deploying), in_state(State::Running), in_state(State::Analyzing), end]
}

/// A comparison in the server's own form.
pub(crate) fn comparison(verdict: Verdict) -> Comparison {
    let comparison = json!({
        "verdict": verdict,
        "reasons": ["active_series: -79.3 % (each sample -79.3 %), held in all 112 samples; a saving of 10 % is sought"],
        "indicators": [{
            "indicator": "active_series", "role": "saving", "baseline": 474.0, "candidate": 98.0, "change": -0.793, "interval": [-0.793, -0.793],
            "margin": 0.1, "outcome": "improved", "judged": true, "reason": "held", "samples": 112,
        }],
        "lost": [{ "executable": "kcompactd0", "host": "host-a", "critical": false, "seenByBaseline": 112, "seenByCandidate": 0 }],
        "samples": { "taken": 120, "warmUp": 8, "warmUpUsable": 8, "missing": 0, "judged": 112 },
        "hosts": ["host-a"],
    });
    serde_json::from_value(comparison).expect("a comparison")
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(since.as_micros().try_into().expect("before 294247"))
}

//! The Prometheus metrics of the controller. No experiment id is ever a label.

use std::sync::Arc;

use phoenix_core::experiment::invariant::{Broken, INVARIANTS};
use phoenix_core::experiment::{Effect, State};
use phoenix_core::ports::instruments::Instruments;
use phoenix_core::time::Span;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing::error;

/// The default buckets of Prometheus' client libraries, in seconds.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transition {
    from_state: &'static str,
    to_state: &'static str,
    success: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Template {
    template: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EffectLabels {
    effect: &'static str,
    success: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InvariantNumber {
    invariant: u32,
}

/// Counts and times use-cases, and shows them on `/metrics`.
pub struct PrometheusInstruments {
    transitions: Family<Transition, Counter>,
    generation: Family<Template, Histogram>,
    active: Family<InState, Gauge>,
    effects: Family<EffectLabels, Counter>,
    samples: Counter,
    missing: Counter,
    swept: Counter,
    frozen: Gauge,
    broken: Family<InvariantNumber, Counter>,
}

impl PrometheusInstruments {
    /// Registers every metric.
    pub fn register() -> (Arc<Self>, Arc<Registry>) {
        let instruments = Self {
            transitions: Family::default(),
            generation: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            active: Family::default(),
            effects: Family::default(),
            samples: Counter::default(),
            missing: Counter::default(),
            swept: Counter::default(),
            frozen: Gauge::default(),
            broken: Family::default(),
        };
        // All of them from the start: an alert on a series that is not there never fires.
        for one in INVARIANTS {
            let _ = instruments.broken.get_or_create(&InvariantNumber { invariant: one.number.into() });
        }
        // Counters get their suffix `_total` from the exposition.
        let mut registry = Registry::with_prefix("phoenix_controller");
        registry.register("state_transitions", "Experiment state transitions", instruments.transitions.clone());
        registry.register(
            "pipeline_generation_duration_seconds",
            "Time taken to generate and check a pipeline configuration",
            instruments.generation.clone(),
        );
        registry.register("active_experiments", "Experiments by state", instruments.active.clone());
        registry.register("effects", "Attempts at one-shot effects", instruments.effects.clone());
        registry.register("samples", "Stored samples, one per pipeline and instant", instruments.samples.clone());
        registry.register("samples_missing", "Stored samples without a value", instruments.missing.clone());
        registry.register("orphans_removed", "Pipelines removed because nobody wants them", instruments.swept.clone());
        registry.register("frozen", "1 while nothing new starts, else 0", instruments.frozen.clone());
        registry.register(
            "invariant_violations",
            "Decisions that were refused because they would have broken an invariant; any is a defect",
            instruments.broken.clone(),
        );
        (Arc::new(instruments), Arc::new(registry))
    }

    /// Sets whether the controller is frozen.
    pub fn set_frozen(&self, is_frozen: bool) {
        self.frozen.set(i64::from(is_frozen));
    }

    /// Sets the number of experiments per state; states that are not named have none.
    pub fn set_active(&self, counts: &[(State, u64)]) {
        for state in State::ALL {
            let count = counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
            self.active.get_or_create(&InState { state: state.as_str() }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

const fn word(success: bool) -> &'static str {
    if success { "true" } else { "false" }
}

impl Instruments for PrometheusInstruments {
    fn transition(&self, from: State, to: State, success: bool) {
        let labels = Transition { from_state: from.as_str(), to_state: to.as_str(), success: word(success) };
        self.transitions.get_or_create(&labels).inc();
    }

    fn generated(&self, template: &str, took: Span) {
        self.generation.get_or_create(&Template { template: template.to_owned() }).observe(took.as_secs_f64());
    }

    fn effect(&self, effect: Effect, success: bool) {
        self.effects.get_or_create(&EffectLabels { effect: effect.as_str(), success: word(success) }).inc();
    }

    fn sampled(&self, stored: u64, missing: u64) {
        self.samples.inc_by(stored);
        self.missing.inc_by(missing);
    }

    fn invariant_broken(&self, broken: &Broken) {
        self.broken.get_or_create(&InvariantNumber { invariant: broken.number.into() }).inc();
        error!(invariant = broken.number, detail = broken.detail, "a decision was refused: {broken}; please report it");
    }

    fn swept(&self, removed: u64) {
        self.swept.inc_by(removed);
    }
}

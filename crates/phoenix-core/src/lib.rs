//! The domain of the Phoenix experiment controller.
//!
//! Reading order: [`spec`] (what a user asks for), [`experiment`] (the state machine: `decide` is a pure function),
//! [`analysis`] (samples in, verdict out), [`ports`] (what the outside must provide), [`app`] (use-cases over the ports).
//!
//! What this crate does **not** know: any database, cluster, collector process, HTTP or gRPC; the clock, randomness, the environment and
//! the async runtime. Time arrives as a value, identifiers arrive from a port, and every effect leaves as data.
//!
//! # Invariants
//!
//! 1. A state changes only along the table of transitions.
//! 2. State, history event and effects of one decision are committed together or not at all.
//! 3. `revision` counts committed decisions and nothing else; the history has one event for each, in order, for ever.
//! 4. The result of an effect is applied once; a superseded one changes nothing.
//! 5. In a terminal state nothing is desired to be deployed, unless the user asked to keep it.
//! 6. No path leads from "no usable samples" to the verdict `promote`.
//! 7. There is a verdict in `completed` and nowhere else.
//! 8. The clock of a run counts no time twice, as run, as outage or as pause, and none that has not passed.
//! 9. What is fixed once stays: the pipelines, the beginning of the run, the planned samples, why the run ended.
//! 10. A decision is committed only on the revision that it was made about and, under a lease, only under the current fence.
//! 11. No state is stayed in beyond its deadline while a replica is at work.
//! 12. There is one sample per pipeline and instant, at multiples of the interval, and it never changes.
//! 13. The evidence is sealed when the run ends.
//! 14. In the end nothing runs that is not desired.
//! 15. Whatever has started comes to its end, and its cleanup is confirmed.
//! 16. The time of an experiment never goes back, whatever the clock does.
//! 17. A tenant has at most one experiment of a name that has not ended.
//! 18. A candidate that broke a guardrail or fell silent is rejected, whatever the samples say.
//!
//! Each is a predicate in `experiment/invariant.rs`. What a single decision can show of them is asserted at every decision of a debug build
//! and guards every commit in production; the rest is what the simulator looks for (feature `testing`, `testing::sim`).
//!
//! # How to add a state
//!
//! Add the variant and its successors in `experiment/state.rs`, a file in `experiment/decide/`, and the arm in `experiment/decide.rs`; the
//! compiler names every other place, because no match over a state has a wildcard arm.
#![deny(missing_docs)]
// What is pure stays so: clippy.toml beside Cargo.toml lists what the core must not call.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::wildcard_enum_match_arm, clippy::match_wildcard_for_single_variants)
)]

pub mod analysis;
pub mod app;
pub mod error;
pub mod experiment;
pub mod id;
pub mod ports;
pub mod spec;
pub mod time;

#[cfg(any(test, feature = "testing"))]
#[expect(clippy::disallowed_types, reason = "nobody sees the order of a fake's map")]
#[expect(
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a contract suite may panic and pick its cases"
)]
pub mod testing;

//! Every point there is, generated from what an experiment does.
//!
//! The sources are the core's own enumerations: states, kinds of events, one-shot effects, and the levels that the deployer is asked for.
//! Each is matched exhaustively, so that a new one does not compile before somebody has said which calls it makes; and the tests compare
//! the list with the trace of experiments that nothing disturbs, so that no point is never reached, and no call has no point.

use phoenix_core::experiment::{Desired, Effect, EventKind, PipelineType, State};

use crate::killpoint::{Call, Moment, Place, Point};

/// A way through the states. Together they pass every kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Started, and never touched until it is deleted.
    Undisturbed,
    /// The same, and its first attempt to generate fails in passing.
    Hindered,
    /// Paused, resumed and deployed again while it runs.
    Commanded,
    /// Nobody could sample for a while.
    Outage,
    /// Cancelled while it runs.
    Cancelled,
    /// Aborted while it runs.
    Aborted,
}

/// Every kind of event with the scenario in which it is met: the list and the exhaustive match from one table.
macro_rules! met_in {
    ($($kind:ident => $scenario:ident,)*) => {
        #[cfg(test)]
        const KINDS: &[EventKind] = &[$(EventKind::$kind),*];

        /// The scenario in which an experiment has an event of this kind.
        #[cfg(test)]
        const fn scenario_of(kind: EventKind) -> Scenario {
            match kind {
                $(EventKind::$kind => Scenario::$scenario,)*
            }
        }
    };
}

met_in! {
    Created => Undisturbed,
    Started => Undisturbed,
    Deploying => Undisturbed,
    Running => Undisturbed,
    OutageBegan => Outage,
    OutageEnded => Outage,
    Paused => Commanded,
    Resumed => Commanded,
    Redeploying => Commanded,
    Analyzing => Undisturbed,
    Completed => Undisturbed,
    Failed => Aborted,
    Cancelled => Cancelled,
    CleanedUp => Undisturbed,
    Deleted => Undisturbed,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 6] =
        [Self::Undisturbed, Self::Hindered, Self::Commanded, Self::Outage, Self::Cancelled, Self::Aborted];

    /// The history of an experiment that goes this way.
    pub const fn history(self) -> &'static [EventKind] {
        use EventKind::{
            Analyzing, Cancelled, CleanedUp, Completed, Created, Deleted, Deploying, Failed, OutageBegan, OutageEnded,
            Paused, Redeploying, Resumed, Running, Started,
        };
        match self {
            Self::Undisturbed | Self::Hindered => {
                &[Created, Started, Deploying, Running, Analyzing, Completed, CleanedUp, Deleted]
            }
            Self::Commanded => &[
                Created,
                Started,
                Deploying,
                Running,
                Paused,
                Resumed,
                Redeploying,
                Analyzing,
                Completed,
                CleanedUp,
                Deleted,
            ],
            Self::Outage => &[
                Created,
                Started,
                Deploying,
                Running,
                OutageBegan,
                OutageEnded,
                Analyzing,
                Completed,
                CleanedUp,
                Deleted,
            ],
            Self::Cancelled => &[Created, Started, Deploying, Running, Cancelled, CleanedUp, Deleted],
            Self::Aborted => &[Created, Started, Deploying, Running, Failed, CleanedUp, Deleted],
        }
    }

    /// The state in which it ends.
    pub fn end(self) -> State {
        self.history().iter().fold(State::Pending, |state, kind| state_after(state, *kind))
    }
}

/// The state after an event of this kind.
const fn state_after(before: State, kind: EventKind) -> State {
    match kind {
        EventKind::Created => State::Pending,
        EventKind::Started => State::Initializing,
        EventKind::Deploying => State::Deploying,
        EventKind::Running => State::Running,
        EventKind::Analyzing => State::Analyzing,
        EventKind::Completed => State::Completed,
        EventKind::Failed => State::Failed,
        EventKind::Cancelled => State::Cancelled,
        EventKind::OutageBegan
        | EventKind::OutageEnded
        | EventKind::Paused
        | EventKind::Resumed
        | EventKind::Redeploying
        | EventKind::CleanedUp
        | EventKind::Deleted => before,
    }
}

/// The call that an event is the record of.
const fn call_of(kind: EventKind) -> Call {
    match kind {
        EventKind::Created => Call::Create,
        EventKind::Deleted => Call::Delete,
        EventKind::Started
        | EventKind::Deploying
        | EventKind::Running
        | EventKind::OutageBegan
        | EventKind::OutageEnded
        | EventKind::Paused
        | EventKind::Resumed
        | EventKind::Redeploying
        | EventKind::Analyzing
        | EventKind::Completed
        | EventKind::Failed
        | EventKind::Cancelled
        | EventKind::CleanedUp => Call::Commit(kind),
    }
}

/// Every one-shot effect with the state in which it is asked for and the calls that it makes, in order: list and exhaustive matches from one
/// table.
macro_rules! effects {
    ($($effect:ident in $state:ident makes [$($call:ident),*],)*) => {
        const EFFECTS: &[Effect] = &[$(Effect::$effect),*];

        const fn state_of_effect(effect: Effect) -> State {
            match effect {
                $(Effect::$effect => State::$state,)*
            }
        }

        const fn calls_of_effect(effect: Effect) -> &'static [Call] {
            match effect {
                $(Effect::$effect => &[$(Call::$call),*],)*
            }
        }
    };
}

effects! {
    GeneratePipelines in Initializing makes [Generate, Validate, Preflight],
    AnalyseSamples in Analyzing makes [ReadSamples],
}

/// What the deployer is asked for: [`Desired`] without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Untouched,
    Present,
    Absent,
}

impl From<&Desired> for Level {
    fn from(desired: &Desired) -> Self {
        match desired {
            Desired::Untouched => Self::Untouched,
            Desired::Present(_) => Self::Present,
            Desired::Absent(_) => Self::Absent,
        }
    }
}

const fn calls_of_level(level: Level) -> &'static [Call] {
    match level {
        Level::Untouched => &[],
        Level::Present => &[Call::Ensure, Call::Observe, Call::RecordObservations],
        Level::Absent => &[Call::Remove, Call::Observe, Call::RecordObservations],
    }
}

/// What the deployer is asked for in a state before the state ends.
const fn level_in(state: State) -> Level {
    match state {
        // While samples are analysed it would be asked for what there is already, but the state ends before.
        State::Pending | State::Initializing | State::Analyzing => Level::Untouched,
        State::Deploying | State::Running => Level::Present,
        State::Completed | State::Failed | State::Cancelled => Level::Absent,
    }
}

/// False where the next decision is made under the claim of the last one.
const fn waits_in(state: State) -> bool {
    match state {
        State::Initializing | State::Analyzing => false,
        State::Pending | State::Deploying | State::Running | State::Completed | State::Failed | State::Cancelled => {
            true
        }
    }
}

/// True when the state is entered by whoever holds no claim, so that it begins with one.
const fn is_entered_by_command(scenario: Scenario, state: State) -> bool {
    match state {
        State::Pending | State::Initializing | State::Cancelled => true,
        State::Failed => matches!(scenario, Scenario::Aborted),
        State::Deploying | State::Running | State::Analyzing | State::Completed => false,
    }
}

/// True when the state is left by whoever holds no claim, so that nobody claims the experiment in it once more.
const fn is_left_by_command(scenario: Scenario, state: State) -> bool {
    match state {
        State::Pending => true,
        State::Running => matches!(scenario, Scenario::Cancelled | Scenario::Aborted),
        State::Initializing
        | State::Deploying
        | State::Analyzing
        | State::Completed
        | State::Failed
        | State::Cancelled => false,
    }
}

fn places_in(scenario: Scenario, state: State) -> Vec<Place> {
    let mut calls = Vec::new();
    if is_entered_by_command(scenario, state) {
        calls.push(Call::Claim);
    }
    for effect in EFFECTS.iter().filter(|effect| state_of_effect(**effect) == state) {
        calls.push(Call::Take(*effect));
        calls.extend(calls_of_effect(*effect));
        if scenario == Scenario::Hindered && *effect == Effect::GeneratePipelines {
            calls.extend([Call::Postpone, Call::Settle, Call::Claim]);
        }
    }
    calls.extend(calls_of_level(level_in(state)));
    if waits_in(state) {
        calls.push(Call::Settle);
    }
    if state == State::Running {
        calls.extend([Call::ClaimSampling, Call::Read, Call::RecordSamples]);
    }
    if waits_in(state) && !is_left_by_command(scenario, state) {
        calls.push(Call::Claim);
    }
    calls.into_iter().flat_map(|call| places_of(call, state)).collect()
}

fn places_of(call: Call, state: State) -> Vec<Place> {
    let arms: &[Option<PipelineType>] =
        if call.has_arms() { &[Some(PipelineType::Baseline), Some(PipelineType::Candidate)] } else { &[None] };
    arms.iter().map(|arm| Place { call, arm: *arm, state }).collect()
}

/// Every place that an experiment passes on this way, each once, in order.
pub fn places(scenario: Scenario) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let mut state = State::Pending;
    for kind in scenario.history() {
        let mut next = vec![Place::of(call_of(*kind), state)];
        let after = state_after(state, *kind);
        if after != state || *kind == EventKind::Created {
            next.extend(places_in(scenario, after));
        }
        for place in next {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        state = after;
    }
    places
}

/// Every point, each once, with the scenario in which an experiment comes by.
pub fn points() -> Vec<(Scenario, Point)> {
    let mut points: Vec<(Scenario, Point)> = Vec::new();
    for scenario in Scenario::ALL {
        for place in places(scenario) {
            for moment in place.call.moments() {
                let point = Point::of(place, *moment);
                if !points.iter().any(|(_, known)| *known == point) {
                    points.push((scenario, point));
                }
            }
        }
    }
    points
}

/// One point for every call and moment, of a pipeline the candidate's: what a change is tested with every time.
pub fn representative() -> Vec<(Scenario, Point)> {
    let mut chosen: Vec<(Scenario, Point)> = Vec::new();
    let all = points().into_iter().filter(|(_, point)| point.place.arm != Some(PipelineType::Baseline));
    for (scenario, point) in all {
        let stands_for = |known: &Point| known.place.call == point.place.call && known.moment == point.moment;
        if !chosen.iter().any(|(_, known)| stands_for(known)) {
            chosen.push((scenario, point));
        }
    }
    chosen
}

/// The point behind the record of a call: from there on a restart knows of it. A record is its own.
pub fn recorded_at(scenario: Scenario, place: Place) -> Point {
    let record = match place.call {
        Call::Create
        | Call::Commit(_)
        | Call::Delete
        | Call::Settle
        | Call::Postpone
        | Call::RecordObservations
        | Call::RecordSamples => place,
        Call::Ensure | Call::Observe => Place::of(Call::RecordObservations, place.state),
        Call::ClaimSampling | Call::Read => Place::of(Call::RecordSamples, place.state),
        Call::Claim
        | Call::Take(_)
        | Call::Generate
        | Call::Validate
        | Call::Preflight
        | Call::Remove
        | Call::ReadSamples => end_of(scenario, place.state).unwrap_or(place),
    };
    Point::of(record, Moment::After)
}

/// The commit that ends a state; of the last one, the commit that confirms its cleanup.
fn end_of(scenario: Scenario, state: State) -> Option<Place> {
    let mut before = State::Pending;
    for kind in scenario.history() {
        let after = state_after(before, *kind);
        let ends = after != before || *kind == EventKind::CleanedUp;
        if before == state && ends {
            return Some(Place::of(call_of(*kind), state));
        }
        before = after;
    }
    None
}

/// The worst point of every kind of call, to die at twice in a row: done and not recorded; of a record, not yet done.
pub fn twice() -> Vec<(Scenario, Point)> {
    let scenario = Scenario::Undisturbed;
    let mut points: Vec<(Scenario, Point)> = Vec::new();
    for place in places(scenario).into_iter().filter(|place| place.arm != Some(PipelineType::Baseline)) {
        let is_record = recorded_at(scenario, place).place == place;
        let point = Point::of(place, if is_record { Moment::Before } else { Moment::After });
        if !points.iter().any(|(_, known)| known.place.call == place.call) {
            points.push((scenario, point));
        }
    }
    points
}

#[cfg(test)]
mod tests;

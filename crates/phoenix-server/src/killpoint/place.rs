//! What a point is: a call of a port, the state of the experiment in which it is made, and a moment of the call.

use std::fmt;
use std::str::FromStr;

use phoenix_core::experiment::{Effect, EventKind, PipelineType, State};

use crate::killpoint::list;

/// A call of a port that changes something, or whose answer the next change rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// An experiment is stored.
    Create,
    /// A decision is committed.
    Commit(EventKind),
    /// An experiment is deleted.
    Delete,
    /// An experiment is claimed.
    Claim,
    /// A claim is given back.
    Settle,
    /// A one-shot effect is taken from the outbox.
    Take(Effect),
    /// A one-shot effect is put off.
    Postpone,
    /// A configuration is generated.
    Generate,
    /// A configuration is checked.
    Validate,
    /// The deployer is asked whether it could run a configuration.
    Preflight,
    /// A pipeline is deployed.
    Ensure,
    /// The pipelines are looked at.
    Observe,
    /// A pipeline is removed.
    Remove,
    /// What was seen of the pipelines is stored.
    RecordObservations,
    /// The samples of an instant are claimed.
    ClaimSampling,
    /// The collectors are read.
    Read,
    /// Samples are stored.
    RecordSamples,
    /// Samples are read for the comparison.
    ReadSamples,
}

impl Call {
    /// The moments at which a process can die of it.
    pub const fn moments(self) -> &'static [Moment] {
        match self {
            // What was not claimed or taken was not touched: that is the moment after the record before it.
            Self::Claim | Self::ClaimSampling | Self::Take(_) => &[Moment::After],
            // These ask processes, or wait for a disk: there is something to be in the middle of.
            Self::Commit(_) | Self::Preflight | Self::Ensure | Self::Remove | Self::Read | Self::RecordSamples => {
                &[Moment::Before, Moment::Within, Moment::After]
            }
            Self::Create
            | Self::Delete
            | Self::Settle
            | Self::Postpone
            | Self::Generate
            | Self::Validate
            | Self::Observe
            | Self::RecordObservations
            | Self::ReadSamples => &[Moment::Before, Moment::After],
        }
    }

    /// At which of its repetitions the process dies: of samples there are to be some before, and some behind.
    pub const fn nth(self) -> u32 {
        match self {
            Self::ClaimSampling | Self::Read | Self::RecordSamples => 2,
            Self::Create
            | Self::Commit(_)
            | Self::Delete
            | Self::Claim
            | Self::Settle
            | Self::Take(_)
            | Self::Postpone
            | Self::Generate
            | Self::Validate
            | Self::Preflight
            | Self::Ensure
            | Self::Observe
            | Self::Remove
            | Self::RecordObservations
            | Self::ReadSamples => 1,
        }
    }

    /// True when it is made for each of the two pipelines.
    pub const fn has_arms(self) -> bool {
        matches!(self, Self::Generate | Self::Validate | Self::Preflight | Self::Ensure | Self::Remove)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "store.create",
            Self::Commit(_) => "store.commit",
            Self::Delete => "store.delete",
            Self::Claim => "schedule.claim_due",
            Self::Settle => "schedule.settle",
            Self::Take(_) => "outbox.pending",
            Self::Postpone => "outbox.postpone",
            Self::Generate => "generator.generate",
            Self::Validate => "validator.validate",
            Self::Preflight => "deployer.preflight",
            Self::Ensure => "deployer.ensure",
            Self::Observe => "deployer.observe",
            Self::Remove => "deployer.remove",
            Self::RecordObservations => "deployments.record_observations",
            Self::ClaimSampling => "samples.claim_sampling",
            Self::Read => "metrics.read",
            Self::RecordSamples => "samples.record_samples",
            Self::ReadSamples => "samples.samples",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Commit(kind) => write!(f, "/{}", kind.as_str().trim_start_matches("experiment.")),
            Self::Take(effect) => write!(f, "/{effect}"),
            _ => Ok(()),
        }
    }
}

/// A call in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The call.
    pub call: Call,
    /// For which pipeline, if it is made for each.
    pub arm: Option<PipelineType>,
    /// The state of the experiment when the call begins.
    pub state: State,
}

impl Place {
    /// A call that is made once for the experiment.
    pub const fn of(call: Call, state: State) -> Self {
        Self { call, arm: None, state }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        if let Some(arm) = self.arm {
            write!(f, "/{arm}")?;
        }
        write!(f, "@{}", self.state)
    }
}

/// A moment of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The call has not begun.
    Before,
    /// It has begun, and has not returned.
    Within,
    /// It has returned, and nobody has done anything about its answer.
    After,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::Within => "within",
            Self::After => "after",
        })
    }
}

/// A point at which a process can die: a moment of the n-th call at a place. Its text is what `PHOENIX_KILL_AT` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// The place.
    pub place: Place,
    /// The moment.
    pub moment: Moment,
    /// Which of the calls at this place, from 1.
    pub nth: u32,
}

impl Point {
    /// The point at the call whose turn it is by [`Call::nth`].
    pub const fn of(place: Place, moment: Moment) -> Self {
        Self { place, moment, nth: place.call.nth() }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}#{}", self.place, self.moment, self.nth)
    }
}

/// A text that names no point.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no kill point\n  they read like deployer.ensure/candidate@deploying:after#1, and the tests print them all"
)]
pub struct UnknownPoint(String);

impl FromStr for Point {
    type Err = UnknownPoint;

    /// Only a point of the list is one: another would never be reached, and nobody would notice.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownPoint(text.to_owned());
        let (at, nth) = text.rsplit_once('#').ok_or_else(unknown)?;
        let nth = nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(unknown)?;
        let listed = list::points().into_iter().map(|(_, point)| point);
        let mut named = listed.filter(|point| format!("{}:{}", point.place, point.moment) == at);
        named.next().map(|point| Self { nth, ..point }).ok_or_else(unknown)
    }
}

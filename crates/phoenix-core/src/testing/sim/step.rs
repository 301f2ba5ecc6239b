//! What can happen in a history. The `Debug` form of a step is the Rust expression that makes it.

use crate::experiment::PipelineType;
use crate::testing::sim::Plan;

/// One step. Replicas and experiments are numbers; a number that is too large means the one that is left after counting round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client asks a replica to create an experiment; the same number again is the same request.
    Create(u8, u8, Plan),
    /// A client gives a command about an experiment to a replica.
    Submit(u8, u8, Order),
    /// An operator, or a timer, has a replica do something for all experiments.
    Do(u8, Chore),
    /// So many tenths of a second pass, in which every replica that is awake does what is due.
    Live(u32),
    /// So many tenths of a second pass in which nobody does anything.
    Skip(u32),
    /// The clock jumps by so many seconds, forward or back.
    Jump(i32),
    /// All replicas that are awake do at the same time what is due, interleaved in an order that the number picks.
    Together(u8),
    /// So many points of calls from now, a replica is struck.
    Arm(u8, u16, Blow),
    /// A replica dies between two calls.
    Kill(u8),
    /// A replica that is dead is started again.
    Restart(u8),
    /// A replica that was suspended goes on.
    Wake(u8),
    /// What becomes of the collectors of a pipeline type from now on.
    Collectors(PipelineType, Fate),
    /// So many calls of a method of the deployer fail.
    Deployer(Trouble, u8),
    /// What the collectors of a pipeline type report from now on.
    Reports(PipelineType, Source),
    /// The metrics source as a whole fails from now on, or is well again.
    Outage(bool),
    /// The target lacks a component that every candidate needs from now on, or has it again.
    Lacks(bool),
    /// So many generations fail in passing.
    Generator(u8),
    /// What goes wrong with the outbox for so many calls.
    Effects(Outbox, u8),
}

/// A client's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Start.
    Start,
    /// Stop and judge.
    Stop,
    /// Cancel.
    Cancel,
    /// Abort.
    Abort,
    /// Let the clock stand.
    Pause,
    /// Let the clock go on.
    Resume,
    /// Deploy the candidate again.
    Redeploy,
    /// Delete it.
    Delete,
}

/// What a replica is asked to do for all experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Nothing new starts.
    Freeze,
    /// Things may start again.
    Thaw,
    /// Remove orphans.
    Sweep,
    /// Delete what ended long ago.
    Expire,
}

/// What strikes a replica at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// It dies.
    Die,
    /// It is suspended.
    Suspend,
    /// The call fails; behind the call its outcome is unknown.
    Fail,
}

/// What becomes of collectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Ready at the first look.
    Well,
    /// Ready at the third look.
    Slow,
    /// Never ready.
    Stuck,
    /// Was ready and is not any more.
    Degraded,
    /// Fails for good at the second look.
    Broken,
    /// Crashes again and again and is given up.
    Crashes,
}

/// A method of the deployer that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Asking whether a configuration can run.
    Preflight,
    /// Deploying.
    Ensure,
    /// Looking.
    Observe,
    /// Removing.
    Remove,
    /// Removing takes so many calls.
    SlowRemoval,
}

/// What collectors report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What is normal for the pipeline type.
    Normal,
    /// More memory than any guardrail allows.
    Bloated,
    /// They are up and emit nothing.
    Silent,
    /// They are down.
    Down,
    /// They run an older configuration.
    Outdated,
    /// The source fails for this arm.
    Failing,
}

/// What goes wrong with the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbox {
    /// It shows nothing: the effect is lost for the time being.
    Lost,
    /// It shows superseded effects first: late and repeated ones.
    Late,
}

impl Order {
    /// Every command.
    pub const ALL: [Self; 8] =
        [Self::Start, Self::Stop, Self::Cancel, Self::Abort, Self::Pause, Self::Resume, Self::Redeploy, Self::Delete];
}

impl Fate {
    /// Every fate.
    pub const ALL: [Self; 6] = [Self::Well, Self::Slow, Self::Stuck, Self::Degraded, Self::Broken, Self::Crashes];
}

impl Source {
    /// Everything that collectors may report.
    pub const ALL: [Self; 6] = [Self::Normal, Self::Bloated, Self::Silent, Self::Down, Self::Outdated, Self::Failing];
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Self; 5] = [Self::Preflight, Self::Ensure, Self::Observe, Self::Remove, Self::SlowRemoval];
}

impl Blow {
    /// Every blow.
    pub const ALL: [Self; 3] = [Self::Die, Self::Suspend, Self::Fail];
}

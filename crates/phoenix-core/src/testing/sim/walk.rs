//! Every input in every situation that a few steps lead to: breadth first, equal situations once.
//!
//! Two situations are equal when nothing that a decision could see tells them apart: times are taken relative to the moment, results of
//! effects relative to the revision.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::analysis::Verdict;
use crate::experiment::invariant::{Broken, check, check_wait};
use crate::experiment::{
    Analysed, Command, EffectOutcome, Experiment, HostObservation, Input, Pair, Party, PipelineObservation,
    PipelinePhase, PipelineType, Policy, Reason, RunClock, State, decide,
};
use crate::id::{ConfigHash, EffectId, Revision};
use crate::testing::build::{at, experiment, generated};
use crate::time::{Span, Timestamp};

/// What an input came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// It led into another state.
    Moved(State),
    /// The state stays; the history has a new event.
    Noted,
    /// Nothing changed.
    Unchanged,
    /// It was refused.
    Refused,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved(to) => write!(f, "-> {to}"),
            Self::Noted => f.write_str("accepted"),
            Self::Unchanged => f.write_str("no change"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// An input that is tried in every situation.
#[derive(Clone, Copy)]
pub struct Letter {
    /// Its name.
    pub name: &'static str,
    /// True for a client's command.
    pub is_command: bool,
    /// How long nothing happens before it arrives.
    wait: Span,
    frozen: bool,
    input: fn(Timestamp, &Experiment) -> Input,
}

/// What a walk has seen.
#[derive(Debug, Default)]
pub struct Walk {
    /// Different situations.
    pub situations: usize,
    /// Decisions that were made.
    pub decisions: usize,
    /// What each input came to in each state.
    pub outcomes: BTreeMap<(State, &'static str), BTreeSet<Ended>>,
}

/// Tries every letter in everything that `depth` inputs lead to from a creation. The first step that breaks an invariant ends the walk.
pub fn walk(depth: usize) -> Result<Walk, Broken> {
    let mut seen = BTreeSet::new();
    let mut walk = Walk::default();
    let mut level = beginnings();
    for _ in 0..depth {
        let mut next = Vec::new();
        for situation in &level {
            for letter in alphabet() {
                let after = walk.take(situation, letter)?;
                if let Some(after) = after.filter(|after| seen.insert(key(after))) {
                    next.push(after);
                }
            }
        }
        level = next;
    }
    walk.situations = seen.len();
    Ok(walk)
}

impl Walk {
    /// Takes one input in one situation; the situation that follows, if it lasts.
    fn take(&mut self, before: &Experiment, letter: Letter) -> Result<Option<Experiment>, Broken> {
        let policy = Policy { frozen: letter.frozen, ..Policy::default() };
        let now = at(0) + letter.wait;
        let input = (letter.input)(now, before);
        self.decisions += 1;
        let outcomes = self.outcomes.entry((before.state, letter.name)).or_default();
        let Ok(decision) = decide(now, &policy, before, &input) else {
            outcomes.insert(Ended::Refused);
            return Ok(None);
        };
        let Some(change) = &decision.change else {
            outcomes.insert(Ended::Unchanged);
            check_wait(now, &policy, before, decision.wake_at)?;
            return Ok((!letter.wait.is_zero()).then(|| from_now(before.clone(), letter.wait)));
        };
        check(now, before, &input, change)?;
        outcomes.insert(if change.to == before.state { Ended::Noted } else { Ended::Moved(change.to) });
        let after = before.clone().after(change, now);
        check_wait(now, &policy, &after, decision.wake_at)?;
        Ok(Some(from_now(after, letter.wait)))
    }
}

/// Experiments that were just created: one that waits, one that begins and ends by itself, one whose pipelines are kept.
fn beginnings() -> Vec<Experiment> {
    let plain = experiment("e1", "one");
    let mut scheduled = plain.clone();
    scheduled.spec.schedule.start = Some(at(10));
    scheduled.spec.schedule.end = Some(at(90));
    scheduled.spec.deadlines.pending = Some(Span::from_secs(30));
    let mut kept = plain.clone();
    kept.spec.keep_pipelines = true;
    vec![plain, scheduled, kept]
}

/// The same experiment, told as if `at(0)` had come `passed` later.
fn from_now(mut experiment: Experiment, passed: Span) -> Experiment {
    let back = |at: Timestamp| at - passed;
    experiment.created_at = back(experiment.created_at);
    experiment.updated_at = back(experiment.updated_at);
    experiment.revision = Revision(7);
    let schedule = &mut experiment.spec.schedule;
    schedule.start = schedule.start.map(back);
    schedule.end = schedule.end.map(back);
    let status = &mut experiment.status;
    status.entered_at = back(status.entered_at);
    status.redeployments = status.redeployments.min(1);
    status.clock = status.clock.map(|clock| RunClock {
        ready_at: back(clock.ready_at),
        running_since: clock.running_since.map(back),
        outage_since: clock.outage_since.map(back),
        paused_since: clock.paused_since.map(back),
        ..clock
    });
    experiment
}

fn key(experiment: &Experiment) -> String {
    format!("{:?} {:?} {:?} {}", experiment.state, experiment.status, experiment.spec.schedule, experiment.updated_at)
}

const fn command(name: &'static str, input: fn(Timestamp, &Experiment) -> Input) -> Letter {
    Letter { name, is_command: true, wait: Span::ZERO, frozen: false, input }
}

const fn arrives(name: &'static str, input: fn(Timestamp, &Experiment) -> Input) -> Letter {
    Letter { name, is_command: false, wait: Span::ZERO, frozen: false, input }
}

const fn passes(name: &'static str, secs: u64) -> Letter {
    Letter { name, is_command: false, wait: Span::from_secs(secs), frozen: false, input: |_, _| Input::Tick }
}

/// Every command and every kind of input. A new command has no arm in [`command_name`] and stops the compiler there.
pub fn alphabet() -> impl Iterator<Item = Letter> {
    COMMANDS.into_iter().chain(TIMES).chain(OBSERVATIONS).chain(RESULTS).chain(EVIDENCE)
}

/// The name of a command in the alphabet.
pub const fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Start => "start",
        Command::Stop { .. } => "stop",
        Command::Cancel { .. } => "cancel",
        Command::Abort { .. } => "abort",
        Command::Pause { .. } => "pause",
        Command::Resume { .. } => "resume",
        Command::Redeploy { .. } => "redeploy",
    }
}

const COMMANDS: [Letter; 8] = [
    command("start", |_, _| Input::Command(Command::Start)),
    Letter { frozen: true, ..command("start while frozen", |_, _| Input::Command(Command::Start)) },
    command("stop", |_, _| Input::Command(Command::Stop { message: String::new() })),
    command("cancel", |_, _| Input::Command(Command::Cancel { message: String::new() })),
    command("abort", |_, _| Input::Command(Command::Abort { message: String::new() })),
    command("pause", |_, _| Input::Command(Command::Pause { message: String::new() })),
    command("resume", |_, _| Input::Command(Command::Resume { message: String::new() })),
    command("redeploy", |_, _| Input::Command(Command::Redeploy { pipeline: PipelineType::Candidate })),
];

const TIMES: [Letter; 5] = [
    passes("a moment", 0),
    passes("10 s", 10),
    passes("1 min", 60),
    passes("11 min", 660),
    Letter { frozen: true, ..passes("10 s while frozen", 10) },
];

const OBSERVATIONS: [Letter; 10] = [
    arrives("both ready", |_, _| seen(PipelinePhase::Ready, PipelinePhase::Ready)),
    arrives("ready with an older configuration", |_, _| outdated()),
    arrives("both pending", |_, _| seen(PipelinePhase::Pending, PipelinePhase::Pending)),
    arrives("candidate progressing", |_, _| seen(PipelinePhase::Ready, PipelinePhase::Progressing)),
    arrives("candidate degraded", |_, _| seen(PipelinePhase::Ready, PipelinePhase::Degraded)),
    arrives("candidate failed", |_, _| seen(PipelinePhase::Ready, PipelinePhase::Failed)),
    arrives("baseline failed", |_, _| seen(PipelinePhase::Failed, PipelinePhase::Ready)),
    arrives("both failed", |_, _| seen(PipelinePhase::Failed, PipelinePhase::Failed)),
    arrives("candidate removing", |_, _| seen(PipelinePhase::Removed, PipelinePhase::Removing)),
    arrives("both removed", |_, _| seen(PipelinePhase::Removed, PipelinePhase::Removed)),
];

const RESULTS: [Letter; 8] = [
    arrives("generated", |_, e| {
        result(e, 0, EffectOutcome::Generated { pipelines: Box::new(generated(e)), warnings: String::new() })
    }),
    arrives("generated, superseded", |_, e| {
        result(e, 1, EffectOutcome::Generated { pipelines: Box::new(generated(e)), warnings: String::new() })
    }),
    arrives("analysed: promote", |_, e| result(e, 0, analysed(Verdict::Promote, 60))),
    arrives("analysed: reject", |_, e| result(e, 0, analysed(Verdict::Reject, 60))),
    arrives("analysed: no sample", |_, e| result(e, 0, analysed(Verdict::Promote, 0))),
    arrives("analysed, superseded", |_, e| result(e, 1, analysed(Verdict::Promote, 60))),
    arrives("effect failed", |_, e| result(e, 0, failed())),
    arrives("effect failed, superseded", |_, e| result(e, 1, failed())),
];

const EVIDENCE: [Letter; 7] = [
    arrives("outage since before", |now, _| Input::OutageBegan { since: now - Span::from_secs(3) }),
    arrives("outage since later", |now, _| Input::OutageBegan { since: now + Span::from_secs(3) }),
    arrives("outage over", |now, _| Input::OutageEnded { at: now }),
    arrives("baseline breaches", |_, _| breach(Party::Baseline)),
    arrives("candidate breaches", |_, _| breach(Party::Candidate)),
    arrives("both breach", |_, _| breach(Party::Both)),
    arrives("candidate silent", |_, _| Input::CandidateEmitsNothing),
];

fn seen(baseline: PipelinePhase, candidate: PipelinePhase) -> Input {
    Input::Observed(Box::new(observed(&Pair { baseline, candidate })))
}

fn outdated() -> Input {
    let mut pair = observed(&Pair { baseline: PipelinePhase::Ready, candidate: PipelinePhase::Ready });
    for host in &mut pair.candidate.hosts {
        host.config_hash = Some(ConfigHash::of("older"));
    }
    Input::Observed(Box::new(pair))
}

#[expect(clippy::expect_used, reason = "test support: a literal")]
fn observed(phases: &Pair<PipelinePhase>) -> Pair<PipelineObservation> {
    generated(&experiment("e1", "one")).map(|kind, pipeline| PipelineObservation {
        name: pipeline.name.clone(),
        phase: *phases.get(kind),
        message: String::new(),
        hosts: vec![HostObservation {
            host: "host-a".parse().expect("a valid host name"),
            ready: *phases.get(kind) == PipelinePhase::Ready,
            config_hash: Some(pipeline.hash.clone()),
            restarts: 0,
            message: String::new(),
            endpoints: None,
        }],
    })
}

fn result(experiment: &Experiment, behind: u64, outcome: EffectOutcome) -> Input {
    let revision = Revision(experiment.revision.0.saturating_sub(behind));
    Input::EffectEnded { id: EffectId { experiment_id: experiment.id.clone(), revision, ordinal: 0 }, outcome }
}

const fn analysed(verdict: Verdict, usable_samples: u64) -> EffectOutcome {
    EffectOutcome::Analysed(Analysed { verdict, message: String::new(), usable_samples })
}

const fn failed() -> EffectOutcome {
    EffectOutcome::Failed { reason: Reason::GenerationFailed, message: String::new() }
}

const fn breach(by: Party) -> Input {
    Input::GuardrailBreached { by, message: String::new() }
}

//! Random histories of an experiment against the numbered invariants. [`decide`] itself asserts those that a single step can show.

use proptest::prelude::*;

use super::*;
use crate::experiment::Event;
use crate::experiment::invariant::{check_wait, world};
use crate::id::ConfigHash;
use crate::ports::store::created_event;

/// One step of a history: how long after the one before it, by a clock that may be set back, and what arrives.
#[derive(Clone, Debug)]
struct Step {
    secs: i64,
    arrives: Arrives,
}

/// What arrives, relative to the moment and to the experiment as it then is.
#[derive(Clone, Debug)]
enum Arrives {
    Command(Command),
    Tick,
    Observed(PipelinePhase, PipelinePhase, bool),
    /// A result of an effect that was asked for so many revisions ago.
    Ended(u64, EffectOutcome),
    OutageBegan(i64),
    OutageEnded(i64),
    Breach(Party),
    Silence,
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => Just(Command::Start),
        2 => Just(Command::Stop { message: String::new() }),
        1 => "\\PC{0,600}".prop_map(|message| Command::Cancel { message }),
        1 => "\\PC{0,9}".prop_map(|message| Command::Abort { message }),
        1 => Just(Command::Pause { message: String::new() }),
        2 => Just(Command::Resume { message: String::new() }),
        2 => prop::sample::select(PipelineType::ALL.to_vec()).prop_map(|pipeline| Command::Redeploy { pipeline }),
    ]
}

fn any_outcome() -> impl Strategy<Value = EffectOutcome> {
    let verdict = prop::sample::select(vec![Verdict::Promote, Verdict::Reject, Verdict::Inconclusive]);
    prop_oneof![
        4 => Just(made()),
        4 => (verdict, prop_oneof![Just(0), 1..100_u64]).prop_map(|(verdict, usable_samples)| {
            EffectOutcome::Analysed(Analysed { verdict, message: "found".to_owned(), usable_samples })
        }),
        1 => Just(failed()),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let phase = || prop_oneof![8 => Just(PipelinePhase::Ready), 2 => prop::sample::select(PipelinePhase::ALL.to_vec())];
    let party = prop::sample::select(vec![Party::Baseline, Party::Candidate, Party::Both]);
    let arrives = prop_oneof![
        4 => any_command().prop_map(Arrives::Command),
        3 => Just(Arrives::Tick),
        6 => (phase(), phase(), prop::bool::weighted(0.9))
            .prop_map(|(baseline, candidate, current)| Arrives::Observed(baseline, candidate, current)),
        6 => (prop_oneof![4 => Just(0), 1 => 1..4_u64], any_outcome())
            .prop_map(|(behind, outcome)| Arrives::Ended(behind, outcome)),
        3 => (-20..100_i64).prop_map(Arrives::OutageBegan),
        3 => (-20..100_i64).prop_map(Arrives::OutageEnded),
        1 => party.prop_map(Arrives::Breach),
        1 => Just(Arrives::Silence),
    ];
    let secs = prop_oneof![8 => 0..5_i64, 4 => 5..90_i64, 2 => 90..2_000_i64, 1 => -4_000..0_i64];
    (secs, arrives).prop_map(|(secs, arrives)| Step { secs, arrives })
}

/// An experiment with any schedule and any deadlines.
fn any_experiment() -> impl Strategy<Value = Experiment> {
    let instant = || prop::option::of((0..900_i64).prop_map(at));
    let limit = || prop::option::of((1..300_u64).prop_map(Span::from_secs));
    (instant(), instant(), 2..300_u64, limit(), limit(), any::<bool>()).prop_map(
        |(start, end, duration, pending, deploying, keep_pipelines)| {
            let mut experiment = experiment("e1", "one");
            experiment.spec.schedule.start = start;
            experiment.spec.schedule.end = end;
            experiment.spec.schedule.duration = Span::from_secs(duration);
            experiment.spec.schedule.warm_up = Span::from_secs(duration / 4);
            experiment.spec.deadlines.pending = pending;
            experiment.spec.deadlines.deploying = deploying;
            experiment.spec.keep_pipelines = keep_pipelines;
            experiment
        },
    )
}

fn input_at(now: Timestamp, experiment: &Experiment, arrives: &Arrives) -> Input {
    let around = |secs: i64| Timestamp::from_micros(now.as_micros() - secs * 1_000_000);
    match arrives {
        Arrives::Command(command) => Input::Command(command.clone()),
        Arrives::Tick => Input::Tick,
        Arrives::Observed(baseline, candidate, current) => {
            let mut pair = seen(*baseline, *candidate);
            if !current {
                pair.candidate.hosts[0].config_hash = Some(ConfigHash::of("older"));
            }
            Input::Observed(Box::new(pair))
        }
        Arrives::Ended(behind, outcome) => ended(experiment.revision.0.saturating_sub(*behind), outcome.clone()),
        Arrives::OutageBegan(secs) => Input::OutageBegan { since: around(*secs) },
        Arrives::OutageEnded(secs) => Input::OutageEnded { at: around(*secs) },
        Arrives::Breach(by) => breach(*by),
        Arrives::Silence => Input::CandidateEmitsNothing,
    }
}

/// Lives through the steps; the history and the experiment at their end, and when that is.
fn live(mut experiment: Experiment, steps: &[Step]) -> Result<(Experiment, Vec<Event>, Timestamp), TestCaseError> {
    let mut now = at(0);
    let mut history = vec![created_event(&experiment, &Cause::system())];
    for step in steps {
        now = Timestamp::from_micros(now.as_micros() + step.secs * 1_000_000);
        let input = input_at(now, &experiment, &step.arrives);
        let decided = decide(now, &Policy::default(), &experiment, &input);
        prop_assert_eq!(&decided, &decide(now, &Policy::default(), &experiment, &input), "the same twice");
        let Ok(decision) = decided else {
            prop_assert!(matches!(input, Input::Command(_)), "only commands are refused");
            continue;
        };
        let Some(change) = decision.change else {
            prop_assert_eq!(check_wait(now, &Policy::default(), &experiment, decision.wake_at), Ok(()));
            continue;
        };
        history.push(change.event(&experiment, now, &Cause::system()));
        experiment = experiment.after(&change, now);
    }
    Ok((experiment, history, now))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_history_is_complete_and_leads_to_the_present_state(
        experiment in any_experiment(),
        steps in proptest::collection::vec(any_step(), 0..40),
    ) {
        let first = experiment.clone();
        let (last, history, _) = live(experiment, &steps)?;
        prop_assert_eq!(world::check_history(&history), Ok(()));
        let told = history.last().map(|event| (event.seq, event.to, event.at));
        prop_assert_eq!(told, Some((last.revision, last.state, last.updated_at)));
        prop_assert_eq!(&last.spec, &first.spec, "the specification never changes");
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was(
        experiment in any_experiment(),
        steps in proptest::collection::vec(any_step(), 0..20),
    ) {
        let (experiment, history, _) = live(experiment, &steps)?;
        let text = serde_json::to_string(&experiment).expect("serialises");
        prop_assert_eq!(serde_json::from_str::<Experiment>(&text).expect("and back"), experiment);
        let text = serde_json::to_string(&history).expect("serialises");
        prop_assert_eq!(serde_json::from_str::<Vec<Event>>(&text).expect("and back"), history);
    }

    #[test]
    fn whatever_has_happened_time_alone_brings_a_started_experiment_to_its_end(
        experiment in any_experiment(),
        steps in proptest::collection::vec(any_step(), 0..20),
    ) {
        let (mut experiment, _, mut now) = live(experiment, &steps)?;
        let is_paused = experiment.status.clock.is_some_and(|clock| clock.paused_since.is_some());
        prop_assume!(experiment.state != State::Pending && !is_paused);
        for _ in 0..8 {
            if experiment.state.is_terminal() {
                return Ok(());
            }
            let decision = decide_at_instant(now, &experiment);
            if let Some(change) = decision.change {
                experiment = experiment.after(&change, now);
            }
            now = decision.wake_at.unwrap_or(now).max(now);
        }
        prop_assert!(experiment.state.is_terminal(), "still {} after 8 wake-ups", experiment.state);
    }
}

fn decide_at_instant(now: Timestamp, experiment: &Experiment) -> Decision {
    decide(now, &Policy::default(), experiment, &Input::Tick).expect("a tick is never refused")
}

//! What the list must be like whatever it holds. That it agrees with what really happens is shown by the tests of the program.

use phoenix_core::experiment::{Cleanup, Pair, PipelineRef, desired};
use phoenix_core::testing::build;

use super::*;

#[test]
fn every_kind_of_event_is_met_in_its_scenario() {
    for kind in KINDS {
        assert!(scenario_of(*kind).history().contains(kind), "{kind}");
    }
}

#[test]
fn histories_go_along_the_table_of_transitions() {
    for scenario in Scenario::ALL {
        let mut state = State::Pending;
        for kind in scenario.history() {
            let after = state_after(state, *kind);
            assert!(after == state || state.may_become(after), "{scenario:?}: {state} -> {after}");
            state = after;
        }
        assert!(state.is_terminal() && state == scenario.end(), "{scenario:?}");
    }
}

#[test]
fn levels_are_what_the_core_desires() {
    let mut experiment = build::experiment("e1", "levels");
    let generated: Pair<PipelineRef> = build::generated(&experiment).map(|_, pipeline| PipelineRef::from(pipeline));
    experiment.status.pipelines = Some(generated);
    experiment.status.cleanup = Cleanup::Pending;
    for state in State::ALL.into_iter().filter(|state| *state != State::Analyzing) {
        experiment.state = state;
        assert_eq!(level_in(state), Level::from(&desired(&experiment)), "{state}");
    }
}

#[test]
fn every_effect_is_taken_and_makes_its_calls() {
    let places = places(Scenario::Undisturbed);
    for effect in EFFECTS {
        let state = state_of_effect(*effect);
        assert!(places.contains(&Place::of(Call::Take(*effect), state)), "{effect}");
        for call in calls_of_effect(*effect) {
            assert!(places_of(*call, state).iter().all(|place| places.contains(place)), "{effect} makes {call}");
        }
    }
}

#[test]
fn every_call_has_a_point_behind_its_record() {
    let points = points();
    for scenario in Scenario::ALL {
        for place in places(scenario) {
            let record = recorded_at(scenario, place);
            assert!(points.iter().any(|(_, point)| *point == record), "{place} is recorded at {record}");
            let is_record = record.place == place;
            let records = matches!(place.call, Call::Create | Call::Commit(_) | Call::Delete | Call::RecordSamples)
                || matches!(place.call, Call::Settle | Call::Postpone | Call::RecordObservations);
            assert_eq!(is_record, records, "{place} is recorded at {record}");
        }
    }
}

#[test]
fn every_call_and_moment_is_represented() {
    let representative = representative();
    for (_, point) in points() {
        let stands_for = |known: &Point| known.place.call == point.place.call && known.moment == point.moment;
        assert!(representative.iter().any(|(_, known)| stands_for(known)), "{point}");
    }
    assert!(representative.len() < points().len());
}

#[test]
fn the_text_of_a_point_names_it_and_nothing_else_does() {
    for (_, point) in points().into_iter().chain(twice()) {
        assert_eq!(point.to_string().parse::<Point>().expect("named"), point);
    }
    let point = "deployer.ensure/candidate@deploying:after#2".parse::<Point>().expect("a point");
    assert_eq!((point.place.call, point.moment, point.nth), (Call::Ensure, Moment::After, 2));
    for text in ["", "deployer.ensure", "deployer.ensure/candidate@pending:after#1", "store.create@pending:before#0"] {
        let error = text.parse::<Point>().expect_err("unknown").to_string();
        assert!(error.contains("is no kill point"), "{error}");
    }
}

#[test]
fn every_call_that_is_not_a_record_has_points_before_and_behind_unless_it_only_claims() {
    for (_, point) in points() {
        let moments = point.place.call.moments();
        let claims = matches!(point.place.call, Call::Claim | Call::ClaimSampling | Call::Take(_));
        assert_eq!(moments.contains(&Moment::Before), !claims, "{point}");
        assert!(moments.contains(&Moment::After), "{point}");
    }
}

//! `kill -9` of the server at every boundary of what an experiment does, one run for each, with real collectors.
//!
//! The points come from `phoenix_server::killpoint::points`: before a call of a port, in the middle of it, and behind it, when nothing of
//! its answer is recorded; behind the record is the same point as behind the call that records. First, experiments that nobody disturbs
//! show that the list is complete and that every point of it is passed. Then a server dies at each point, some twice in a row, the next one
//! sees the experiment through, and what it comes to must be what would have been.
//!
//! The table is printed, and written to `target/kill-table.md`. One point for every call and moment is taken; with `PHOENIX_KILL_POINTS=all`
//! every point in every state and for both pipelines, and with a part of their names those that have it.

mod check;
mod player;
mod table;
mod trace;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use phoenix_server::killpoint::{Moment, Point, Scenario, places, points, representative, twice};

use crate::support::Program;
use crate::tools::short;
use check::Reference;
use player::Player;
use table::{Row, Table};
use trace::Trace;

/// The program that has kill points.
const KILLABLE: &str = env!("CARGO_BIN_EXE_phoenix-server-killable");
/// Runs at the same time. Most of a run is waiting.
const AT_ONCE: usize = 10;

/// A run: where the server dies, and how often in a row.
#[derive(Clone, Copy)]
struct Run {
    scenario: Scenario,
    point: Point,
    lives: u32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_boundary_survives_a_kill() {
    let undisturbed = stream::iter(Scenario::ALL).map(discover).buffered(Scenario::ALL.len());
    let traces: Vec<(Trace, Reference)> = undisturbed.collect().await;
    for (scenario, (trace, _)) in Scenario::ALL.into_iter().zip(&traces) {
        agree(scenario, trace);
    }
    let reference = traces[0].1.clone();
    assert!(traces.iter().all(|(_, other)| *other == reference), "the same specification gives the same bytes");

    let runs = runs(std::env::var("PHOENIX_KILL_POINTS").ok().as_deref());
    let reference = Arc::new(reference);
    let rows = stream::iter(runs).map(|run| report(run, Arc::clone(&reference))).buffered(AT_ONCE);
    let table = Table::new(rows.collect().await);
    table.publish();
    assert!(table.failures().is_empty(), "{} of these points are not survived:\n{}", table.len(), table.failures());
}

/// The runs that are asked for.
fn runs(asked: Option<&str>) -> Vec<Run> {
    let once = if asked.is_some() { points() } else { representative() };
    let once = once.into_iter().map(|(scenario, point)| Run { scenario, point, lives: 1 });
    let again = twice().into_iter().map(|(scenario, point)| Run { scenario, point, lives: 2 });
    let part = asked.filter(|asked| *asked != "all").unwrap_or_default();
    let runs: Vec<Run> = once.chain(again).filter(|run| run.point.to_string().contains(part)).collect();
    assert!(!runs.is_empty(), "no point has {part:?} in its name");
    runs
}

/// Runs an experiment that nobody disturbs, and answers with the points that it passed and what it came to.
async fn discover(scenario: Scenario) -> (Trace, Reference) {
    let mut player = Player::new(scenario);
    player.begin(None);
    player.see_through().await;
    let trace = player.trace();
    player.check(None).await;
    (trace, player.reference())
}

/// The list and what really happens say the same: every point of the scenario was passed, and every call has points. When a pipeline changes
/// while nobody expects it, there is a turn more, whose calls other scenarios have.
fn agree(scenario: Scenario, trace: &Trace) {
    let listed: HashSet<String> = points().iter().map(|(_, point)| point.place.to_string()).collect();
    let passed: HashSet<String> = trace.places();
    let unlisted: Vec<&String> = passed.difference(&listed).collect();
    assert!(unlisted.is_empty(), "{scenario:?}: no point for {unlisted:?}\n{trace}");
    for place in places(scenario) {
        for moment in place.call.moments().iter().filter(|moment| **moment != Moment::Within) {
            let point = Point::of(place, *moment);
            assert!(trace.passed(&point.to_string()), "{scenario:?}: never at {point}\n{trace}");
        }
    }
}

/// Makes a run in a task of its own, so that its failure is a row and not the end.
async fn report(run: Run, reference: Arc<Reference>) -> Row {
    let played = tokio::spawn(play(run, reference)).await;
    let row = Row::new(run.point, run.lives, played.map_err(panic_text));
    row.cry();
    row
}

/// What a panic says.
fn panic_text(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".to_owned())
}

async fn play(run: Run, reference: Arc<Reference>) -> table::Played {
    let mut player = Player::new(run.scenario);
    let mut died_in = Vec::new();
    for _ in 0..run.lives {
        player.begin(Some(run.point));
        died_in.push(player.die(run.point).await);
    }
    player.begin(None);
    player.see_through().await;
    player.check(Some(&reference)).await;
    table::Played { died_in, ended: player.ended(), started: player.started() }
}

/// Whatever the environment says: only the program that exists for these tests has kill points.
#[tokio::test]
async fn the_program_that_is_delivered_has_no_kill_points() {
    let mut program = Program::prepare_scripted("exec $REAL \"$@\"");
    let trace = program.directory().join("trace");
    program.set_variable("PHOENIX_KILL_AT", "store.create@pending:before#1");
    program.set_variable("PHOENIX_KILL_TRACE", trace.to_str().unwrap());
    program.restart().await;
    let id = program.create(&short("alive")).await;
    assert_eq!(program.experiment(&id).await["state"], "pending");
    assert!(!trace.exists(), "it leaves no trace");
}

#[tokio::test]
async fn a_point_that_there_is_not_is_refused_at_the_start() {
    let mut program = Program::prepare_scripted("exec $REAL \"$@\"");
    program.set_server(KILLABLE);
    program.set_variable("PHOENIX_KILL_AT", "deployer.ensure/candidate@pending:before#1");
    let (status, said) = program.run_to_the_end();
    assert!(!status.success(), "{said}");
    assert!(said.contains("PHOENIX_KILL_AT") && said.contains("is no kill point"), "{said}");
}

/// The kinds of an event list, each with how often it is there.
fn counts(kinds: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind.as_str()).or_default() += 1;
    }
    counts
}

//! `report`: on the terminal, as data, as documents, in files, and before there is a verdict.

use std::path::Path;

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::State;

use crate::answers::{comparison, completed, in_state};
use crate::fake::{Fake, World};
use crate::program::{Ended, run};

fn promoted() -> Fake {
    let mut world = World::of(completed(Verdict::Promote));
    world.comparison = Some(comparison(Verdict::Promote));
    Fake::start(world)
}

async fn report(server: &Fake, home: &Path, args: &[&str]) -> Ended {
    let url = server.url();
    let args: Vec<&str> = ["report", "e1", "--server", url.as_str()].into_iter().chain(args.iter().copied()).collect();
    run(home, &args).await
}

#[tokio::test]
async fn a_report_lists_what_was_lost() {
    let server = promoted();
    let home = tempfile::tempdir().expect("a directory");
    let ended = report(&server, home.path(), &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("not seen by the candidate (1, none critical): kcompactd0   all: phoenixctl report"),
        "{ended:?}"
    );
    let ended = report(&server, home.path(), &["--lost"]).await;
    assert!(ended.stdout.ends_with("kcompactd0   host-a     112 of 112 samples   0 of 112 samples\n"), "{ended:?}");
    let ended = report(&server, home.path(), &["--lost", "-o", "json"]).await;
    let lost = &ended.json()[0];
    assert_eq!(
        (&lost["executable"], &lost["host"], &lost["seenByBaseline"]),
        (&"kcompactd0".into(), &"host-a".into(), &112.into())
    );
}

#[tokio::test]
async fn documents_and_data_ask_for_every_part_and_the_terminal_for_what_it_shows() {
    let server = promoted();
    let home = tempfile::tempdir().expect("a directory");
    let ended = report(&server, home.path(), &["--format", "markdown"]).await;
    assert!(ended.stdout.starts_with("# Experiment cut-process-cost: PROMOTE\n"), "{ended:?}");
    let ended = report(&server, home.path(), &["--format", "html"]).await;
    assert!(ended.stdout.starts_with("<!DOCTYPE html>") && ended.stdout.ends_with("</html>\n"), "{ended:?}");
    let ended = report(&server, home.path(), &["-o", "json"]).await;
    assert_eq!(ended.json()["comparison"]["verdict"], "promote");
    report(&server, home.path(), &[]).await;
    let asked = server.world().requests.clone();
    let whole = asked.iter().filter(|request| request.ends_with("?include=series,configurations,events")).count();
    assert_eq!((whole, asked.len()), (3, 4), "{asked:?}");
}

#[tokio::test]
async fn a_file_is_written_in_the_form_that_it_is_called_after() {
    let server = promoted();
    let home = tempfile::tempdir().expect("a directory");
    for (name, begins) in [
        ("report.html", "<!DOCTYPE html>"),
        ("report.md", "# Experiment cut-process-cost"),
        ("report.json", "{\n"),
        ("report.txt", "experiment cut-process-cost"),
    ] {
        let file = home.path().join(name);
        let shown = file.display().to_string();
        let ended = report(&server, home.path(), &["--out", &shown]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
        assert_eq!(ended.stderr, format!("written: {shown}\n"));
        let text = std::fs::read_to_string(&file).expect("written");
        assert!(text.starts_with(begins) && !text.contains('\u{1b}'), "{name}: {text}");
    }
    let ended = report(&server, home.path(), &["--out", "/nonexistent/x/report.html"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("cannot write /nonexistent/x/report.html: "), "{ended:?}");
}

#[tokio::test]
async fn wishes_that_do_not_go_together_are_wrong_usage() {
    let server = promoted();
    let home = tempfile::tempdir().expect("a directory");
    for args in [
        &["--format", "html", "-o", "json"][..],
        &["--lost", "--format", "html"],
        &["--lost", "--out", "lost.html"],
        &["--format", "pdf"],
    ] {
        let ended = report(&server, home.path(), args).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}: {ended:?}");
    }
    assert!(server.world().requests.is_empty(), "nobody was asked");
}

#[tokio::test]
async fn an_experiment_that_runs_is_reported_with_what_it_waits_for() {
    let server = Fake::start(World::of(in_state(State::Deploying)));
    let home = tempfile::tempdir().expect("a directory");
    let ended = report(&server, home.path(), &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("\n  now: deploying: baseline not seen yet, candidate not seen yet"), "{ended:?}");
    let ended = report(&server, home.path(), &["--format", "markdown"]).await;
    assert!(ended.stdout.contains("\nNow: deploying: baseline not seen yet"), "{ended:?}");
    let ended = report(&server, home.path(), &["--lost"]).await;
    assert_eq!(ended.stdout, "nothing was compared: the experiment is deploying\n");
}

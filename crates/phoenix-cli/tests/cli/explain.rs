//! `explain`: offline, in any spelling, and what it says to a word that nobody knows.

use crate::program::{Ended, run};

async fn explain(args: &[&str]) -> Ended {
    let home = tempfile::tempdir().expect("a directory");
    let args: Vec<&str> = ["explain"].into_iter().chain(args.iter().copied()).collect();
    run(home.path(), &args).await
}

#[tokio::test]
async fn codes_reasons_and_rules_are_explained_without_a_server() {
    for (word, begin, part) in [
        ("STATE_TRANSITION_INVALID", "STATE_TRANSITION_INVALID (error code)\n\n", "## What to do"),
        ("guardrail-breached", "GuardrailBreached (reason)\n\n", "What to do"),
        ("UnusedComponent", "UnusedComponent (rule for configurations and hosts)\n\n", "a warning"),
        ("ProcessesHidden", "ProcessesHidden (rule for configurations and hosts)\n\n", "phoenixctl doctor"),
    ] {
        let ended = explain(&[word]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{word}: {ended:?}");
        assert!(ended.stdout.starts_with(begin) && ended.stdout.contains(part), "{word}: {ended:?}");
    }
    let both = explain(&["HeadRoomMissing"]).await.stdout;
    assert!(both.contains("HeadRoomMissing (reason)\n") && both.contains("HeadRoomMissing (rule for"), "{both}");
}

#[tokio::test]
async fn an_unknown_word_gets_the_nearest_ones_and_the_list() {
    let ended = explain(&["GuardRailBroken"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert!(
        ended.stderr.starts_with("nothing is known about \"GuardRailBroken\"\n  did you mean: GuardrailBreached"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("\nerror codes:\n  STATE_TRANSITION_INVALID  "), "{ended:?}");
    let list = explain(&[]).await;
    assert_eq!(list.code, Some(0));
    assert!(list.stdout.contains("reasons of experiments:\n  Created  "), "{list:?}");
}

#[tokio::test]
async fn programs_get_the_word_its_kind_and_the_text() {
    let ended = explain(&["frozen", "-o", "json"]).await;
    let answer = &ended.json()[0];
    assert_eq!((&answer["word"], &answer["kind"]), (&"FROZEN".into(), &"error code".into()));
    assert!(answer["text"].as_str().is_some_and(|text| text.contains("## What to do")), "{ended:?}");
}

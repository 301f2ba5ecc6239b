//! What is made from the definition of the command line: completions and manual pages. Both follow every new command by themselves.

use std::collections::BTreeSet;

use crate::program::run;

/// The commands that the program names in its help.
async fn commands() -> Vec<String> {
    let home = tempfile::tempdir().expect("a directory");
    let help = run(home.path(), &["--help"]).await.stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned));
    let names: Vec<String> = names.filter(|name| !name.is_empty() && name != "help").collect();
    assert!(names.len() > 12, "{help}");
    names
}

#[tokio::test]
async fn every_shell_completes_every_command_and_bash_understands_the_script() {
    let home = tempfile::tempdir().expect("a directory");
    for shell in ["bash", "zsh", "fish"] {
        let ended = run(home.path(), &["completions", shell]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{shell}");
        for command in commands().await {
            assert!(ended.stdout.contains(&command), "{shell}: {command}");
        }
    }
    let script = run(home.path(), &["completions", "bash"]).await.stdout;
    let tried = format!(
        "{script}\nCOMP_WORDS=(phoenixctl hist); COMP_CWORD=1; _phoenixctl phoenixctl hist phoenixctl; echo \"${{COMPREPLY[@]}}\""
    );
    let output = std::process::Command::new("bash").args(["--norc", "-c", &tried]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "history\n", "{output:?}");
}

#[tokio::test]
async fn an_unknown_shell_is_told_which_there_are() {
    let home = tempfile::tempdir().expect("a directory");
    let ended = run(home.path(), &["completions", "tcsh"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("bash") && ended.stderr.contains("fish"), "{}", ended.stderr);
}

#[tokio::test]
async fn every_command_has_a_manual_page() {
    let home = tempfile::tempdir().expect("a directory");
    let ended = run(home.path(), &["man", "."]).await;
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    let pages: BTreeSet<String> = std::fs::read_dir(home.path())
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let mut expected: BTreeSet<String> =
        commands().await.into_iter().map(|command| format!("phoenixctl-{command}.1")).collect();
    expected.insert("phoenixctl.1".to_owned());
    assert_eq!(pages, expected);
    let page = std::fs::read_to_string(home.path().join("phoenixctl-run.1")).expect("readable");
    assert!(page.contains(".TH") && page.contains("Ctrl\\-C"), "{page}");

    let ended = run(home.path(), &["man", "missing"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("name an existing directory: missing"), "{}", ended.stderr);
}

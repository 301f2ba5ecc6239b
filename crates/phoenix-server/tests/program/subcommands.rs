//! What the program does instead of serving: it checks and prints a configuration, and applies migrations.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::support::Program;

fn run(program: &Program, words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = program.subcommand(words).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_configuration_that_can_be_used_is_said_to_be_and_nothing_is_made() {
    let program = Program::prepare(None);
    let (code, said, _) = run(&program, &["config", "check"]);
    assert_eq!(code, Some(0));
    let wanted = format!("the configuration can be used; data directory {}\n", program.data_dir().display());
    assert_eq!(said, wanted);
    assert!(!program.data_dir().exists());
}

#[test]
fn what_the_start_would_refuse_is_refused_by_the_check_with_the_same_code() {
    for (name, value, text) in [
        ("PHOENIX__LOGGING__LEVEL", "a=b=c", "logging.level: \"a=b=c\" is not a filter"),
        ("PHOENIX__COLLECTOR__INSTALLATION", "\u{1}", "collector.installation: "),
        (
            "PHOENIX__COLLECTOR__PASS_ENV",
            "[API_KEY]",
            "collector.pass_env: the environment variable API_KEY is not set",
        ),
        ("PHOENIX__SERVER__GRPC__MAX_CONNECTION_AGE", "0s", "server.grpc.max_connection_age: 0s is not allowed"),
        ("PHOENIX__SERVER__HTTP__PROT", "1", "server.http.prot: unknown field"),
        ("PHOENIX__AUTH__MODE", "off", "auth.mode: unknown variant `off`"),
        ("REDIS_URL", "redis://:sesame@cache", "REDIS_URL: version"),
    ] {
        let mut program = Program::prepare(None);
        program.set_variable(name, value);
        for words in [&["config", "check"][..], &["config", "print"], &["migrate"], &[]] {
            let (code, said, error) = run(&program, words);
            assert_eq!((code, said.as_str()), (Some(2), ""), "{words:?} {name}: {error}");
            assert!(error.contains(text) && !error.contains("sesame"), "{words:?}: {error}");
        }
        assert!(!program.data_dir().exists(), "{name}");
    }
}

#[test]
fn what_is_printed_is_in_effect_and_can_be_read_again() {
    let mut program = Program::prepare(None);
    program.set_variable("PHOENIX__LOGGING__LEVEL", "debug");
    program.set_variable("PHOENIX__COLLECTOR__PASS_ENV", "[API_KEY]");
    program.set_variable("API_KEY", "sesame");
    program.set_flags(&["--http-port", "7001", "--grpc-port", "7002"]);
    let (code, printed, _) = run(&program, &["config", "print"]);
    assert_eq!(code, Some(0));
    assert!(!printed.contains("sesame"), "{printed}");
    let config: Value = phoenix_server::yaml::parse(&printed).unwrap();
    assert_eq!((&config["server"]["http"]["port"], &config["server"]["grpc"]["port"]), (&7001.into(), &7002.into()));
    assert_eq!((&config["logging"]["level"], &config["auth"]["mode"]), (&"debug".into(), &"token".into()));

    let file = program.state();
    fs::write(&file, &printed).unwrap();
    let mut second = Program::prepare(None);
    second.set_variable("API_KEY", "sesame");
    second.set_flags(&["--config", file.to_str().unwrap()]);
    assert_eq!(run(&second, &["config", "print"]).1, printed);
}

#[tokio::test]
async fn migrations_are_applied_once_and_never_under_a_running_server() {
    let mut program = Program::prepare(Some(crate::support::real_collector()));
    let done = format!("the database {} is up to date\n", program.data_dir().join("phoenix.db").display());
    for _ in 0..2 {
        let (code, said, error) = run(&program, &["migrate"]);
        assert_eq!((code, said.as_str()), (Some(0), done.as_str()), "{error}");
    }
    program.restart().await;
    let (code, said, error) = run(&program, &["migrate"]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(error.contains("is in use by process"), "{error}");
    assert!(program.stop().success());
    assert_eq!(run(&program, &["migrate"]).0, Some(0));
}

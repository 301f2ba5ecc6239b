//! `doctor`: this host with a server and without one. What is found depends on the host; what is made up here does not.

use std::path::Path;

use phoenix_core::experiment::State;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::answers::in_state;
use crate::fake::{Fake, World};
use crate::program::{Ended, run};

async fn doctor(home: &Path, args: &[&str]) -> Ended {
    let args: Vec<&str> = ["doctor"].into_iter().chain(args.iter().copied()).collect();
    run(home, &args).await
}

fn check<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let checks = answer["checks"].as_array().expect("a list");
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

/// A home whose data directory holds these files.
fn home(files: &[(&str, &str)]) -> TempDir {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join(".local/state/phoenix");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).expect("made");
    for (name, text) in files {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(data.join(name))
            .expect("made");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    }
    home
}

#[tokio::test]
async fn a_bare_host_is_told_what_it_lacks_and_nothing_is_made() {
    let home = tempfile::tempdir().expect("a directory");
    let ended = doctor(home.path(), &["-o", "json"]).await;
    let answer = ended.json();
    assert_eq!((ended.code, &answer["fine"]), (Some(1), &json!(false)), "no collector and no Go: {ended:?}");
    let names: Vec<&str> =
        answer["checks"].as_array().expect("a list").iter().filter_map(|one| one["check"].as_str()).collect();
    let expected = [
        "data directory",
        "lock",
        "database",
        "collector",
        "left running",
        "ports",
        "processes",
        "head-room",
        "server",
        "token",
        "clock",
    ];
    assert_eq!(names, expected);
    for name in ["data directory", "lock", "database", "left running"] {
        assert_eq!(check(&answer, name)["level"], "ok", "{answer}");
    }
    let collector = check(&answer, "collector");
    assert_eq!(collector["level"], "wrong", "{answer}");
    assert!(collector["advice"].as_str().is_some_and(|advice| advice.contains("PHOENIX_COLLECTOR")), "{answer}");
    assert_eq!(std::fs::read_dir(home.path()).expect("a directory").count(), 0, "it changes nothing");
}

#[tokio::test]
async fn the_table_reads_without_colours_and_ends_with_the_result() {
    let home = tempfile::tempdir().expect("a directory");
    let ended = doctor(home.path(), &[]).await;
    assert!(ended.stdout.starts_with("check            result\ndata directory   ok      "), "{ended:?}");
    assert!(ended.stdout.contains("\ncollector        wrong   no collector found"), "{ended:?}");
    assert!(ended.stdout.lines().any(|line| line.starts_with("                         -> ")), "{ended:?}");
    assert!(
        ended.stdout.lines().last().is_some_and(|line| line.starts_with("wrong: ") && line.ends_with(" of 11 checks")),
        "{ended:?}"
    );
    assert!(!ended.stdout.contains('\u{1b}') && ended.stderr.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn a_damaged_database_and_an_open_directory_are_found() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home(&[("phoenix.db", &"this is no database ".repeat(100)), ("token", "")]);
    let data = home.path().join(".local/state/phoenix");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).expect("changed");
    let answer = doctor(home.path(), &["-o", "json"]).await.json();
    for name in ["data directory", "database", "token"] {
        assert_eq!(check(&answer, name)["level"], "wrong", "{answer}");
    }
    assert!(check(&answer, "database")["result"].as_str().is_some_and(|text| text.contains("damaged")), "{answer}");
}

#[tokio::test]
async fn a_server_is_asked_for_its_version_and_takes_the_token() {
    let mut world = World::of(in_state(State::Running));
    world.token = Some("right".to_owned());
    let server = Fake::start(world);
    let endpoint = json!({ "pid": 1, "http": server.address(), "grpc": server.address() }).to_string();
    let home = home(&[("token", "right\n"), ("endpoint.json", &endpoint)]);
    let answer = doctor(home.path(), &["-o", "json"]).await.json();
    let expected = format!("{} answers, version {}", server.url(), env!("CARGO_PKG_VERSION"));
    assert_eq!(check(&answer, "server")["result"], expected, "{answer}");
    let token = check(&answer, "token");
    assert_eq!(token["level"], "ok", "{answer}");
    assert!(token["result"].as_str().is_some_and(|text| text.ends_with("token, accepted by the server")), "{answer}");
    assert!(!answer.to_string().contains("right"), "{answer}");

    server.world().version = "0.0.1".to_owned();
    server.world().token = Some("another".to_owned());
    let answer = doctor(home.path(), &["-o", "json"]).await.json();
    assert_eq!(check(&answer, "server")["level"], "wrong", "{answer}");
    assert_eq!(check(&answer, "token")["level"], "wrong", "{answer}");
}

#[tokio::test]
async fn a_server_that_was_named_and_does_not_answer_is_wrong() {
    let home = tempfile::tempdir().expect("a directory");
    let silent = tokio::net::TcpSocket::new_v4().expect("a socket");
    silent.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let answer = doctor(home.path(), &["-o", "json", "--server", &url]).await.json();
    let server = check(&answer, "server");
    assert_eq!(server["level"], "wrong", "{answer}");
    assert!(server["result"].as_str().is_some_and(|text| text.contains("does not answer")), "{answer}");
}

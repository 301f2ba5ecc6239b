//! Starts that cannot succeed say why and what to do, and change nothing.

use std::fs;
use std::net::TcpListener;

use crate::support::{Program, real_collector};

#[tokio::test]
async fn a_second_server_on_one_data_directory_is_refused_and_told_who_holds_it() {
    let program = Program::start().await;
    let pid = fs::read_to_string(program.data_dir().join("phoenix.lock")).unwrap().trim().to_owned();
    let (status, error) = program.run_to_the_end();
    assert_eq!(status.code(), Some(1));
    assert!(error.contains(&format!("is in use by process {pid}")), "{error}");
    assert!(error.contains("PHOENIX_DATA_DIR"), "says what to do: {error}");
    assert_eq!(program.get("/ready").await.0, 200, "the first one is not disturbed");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_key_to_change() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut program = Program::prepare(Some(real_collector()));
    for (flags, key) in [
        (["--http-port", &port, "--grpc-port", "0"], "--http-port"),
        (["--http-port", "0", "--grpc-port", &port], "--grpc-port"),
    ] {
        program.set_flags(&flags);
        let (status, error) = program.run_to_the_end();
        assert_eq!(status.code(), Some(1));
        assert!(error.contains(&format!("cannot listen on 127.0.0.1:{port}")) && error.contains(key), "{error}");
        assert!(!program.data_dir().join("endpoint.json").exists(), "no addresses are promised");
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_or_written_is_named() {
    let program = Program::prepare(Some(real_collector()));
    // A file in the way, and a file system that nobody can write to.
    fs::write(program.data_dir(), "").unwrap();
    let (status, error) = program.run_to_the_end();
    assert_eq!(status.code(), Some(1));
    assert!(error.contains(program.data_dir().to_str().unwrap()) && error.contains("PHOENIX_DATA_DIR"), "{error}");

    let output = std::process::Command::new(env!("CARGO_BIN_EXE_phoenix-server"))
        .args(["--http-port", "0", "--grpc-port", "0", "--data-dir", "/proc/phoenix"])
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PHOENIX_COLLECTOR", real_collector())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("cannot create the data directory /proc/phoenix: "), "{error}");
    assert!(error.contains("PHOENIX_DATA_DIR"), "says what to do: {error}");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_ends_with_2_and_names_the_key() {
    let mut program = Program::prepare(Some(real_collector()));
    program.set_variable("PHOENIX__SERVER__HTTP__PROT", "1");
    let (status, error) = program.run_to_the_end();
    assert_eq!(status.code(), Some(2));
    assert!(error.contains("server.http.prot: unknown field"), "{error}");

    let mut program = Program::prepare(Some(real_collector()));
    program.set_variable("DATABASE_URL", "postgres://ada:sesame@db/phoenix");
    let (status, error) = program.run_to_the_end();
    assert_eq!(status.code(), Some(2));
    assert!(error.contains("DATABASE_URL") && !error.contains("sesame"), "{error}");
}

#[tokio::test]
async fn a_named_collector_that_is_none_is_refused_at_the_start() {
    let mut program = Program::prepare(None);
    for (path, text) in
        [("/nonexistent/otelcol", "there is no collector at"), ("/bin/true", "is no OpenTelemetry Collector")]
    {
        program.set_flags(&["--http-port", "0", "--grpc-port", "0", "--collector", path]);
        let (status, error) = program.run_to_the_end();
        assert_eq!(status.code(), Some(1));
        assert!(error.contains(text) && error.contains(path), "{error}");
    }
}

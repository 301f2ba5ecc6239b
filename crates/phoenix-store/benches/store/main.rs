//! Two figures of the SQLite store. Each is a ratio of two things that are measured in turns in one run, so that a busy machine or a slow
//! disk changes both sides alike: transitions against the bare driver, and a tick with 100 000 finished experiments against one without.
//!
//! Not Criterion, which measures one thing after the other and knows no ratios. Prints a line `figure {json}` for each, for
//! `cargo xtask bench`. Without the flag `--bench`, which `cargo bench` passes, everything runs once in a small size, and no time is told.
#![expect(clippy::expect_used, reason = "a benchmark: a panic is how it reports")]
#![expect(clippy::print_stdout, reason = "a program that talks to whoever started it")]

mod bare;
mod paired;
mod recorder;
mod tick;
mod transitions;

use std::path::Path;

use paired::Figure;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_measured = arguments.iter().any(|argument| argument == "--bench");
    let filter = arguments.iter().find(|argument| !argument.starts_with('-')).cloned().unwrap_or_default();
    let is_wanted = |name: &str| name.contains(&filter);
    // On the disk of the project: a temporary directory may be in memory, where nothing is durable.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let subdirectory = |name: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir(&path).expect("a directory");
        path
    };
    if is_wanted(transitions::NAME) {
        let sizes = if is_measured { transitions::MEASURED } else { transitions::SMALL };
        report(is_measured, &transitions::measure(&subdirectory("transitions"), sizes).await);
    }
    if is_wanted(tick::NAME) {
        let sizes = if is_measured { tick::MEASURED } else { tick::SMALL };
        for figure in tick::measure(&subdirectory("tick"), sizes).await {
            report(is_measured, &figure);
        }
    }
}

fn report(is_measured: bool, figure: &Figure) {
    if is_measured {
        println!("figure {}", figure.to_json());
    } else {
        println!("Testing {}: success", figure.name);
    }
}

/// Opens the store of a directory, which nobody may hold.
async fn open(directory: &Path) -> phoenix_store::SqliteStore {
    let data = phoenix_store::DataDir::open(directory).expect("nobody holds the directory");
    phoenix_store::SqliteStore::open(&data, "local").await.expect("the database opens")
}

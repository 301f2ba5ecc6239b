//! A real collector: asked about documents, and run with them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// The real collector.
pub(crate) fn real_collector() -> PathBuf {
    match std::env::var_os("PHOENIX_COLLECTOR") {
        Some(path) => path.into(),
        None => panic!("these tests need a real collector in PHOENIX_COLLECTOR: run cargo xtask test"),
    }
}

/// What the collector says with these arguments before and a file with the document behind `--config`: its output, or its complaint.
pub(crate) fn ask(arguments: &[&str], document: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a file");
    std::fs::write(file.path(), document).expect("written");
    let output = Command::new(real_collector())
        .args(arguments)
        .arg("--config")
        .arg(file.path())
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("a collector that runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr) + &text(&output.stdout)) }
}

/// What `validate` says, without any variable set.
pub(crate) fn validate(document: &str) -> Result<(), String> {
    ask(&["validate"], document, &[]).map(drop)
}

/// What `check` says of every item, in their order; two at a time, because a collector takes a while to start.
pub(crate) fn complaints<T: Sync>(items: &[T], check: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let next = Mutex::new(items.iter().enumerate());
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let item = next.lock().expect("no thread panics with it").next();
                    let Some((index, item)) = item else { break };
                    if let Some(complaint) = check(item) {
                        found.lock().expect("no thread panics with it").push((index, complaint));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no thread panics with it");
    found.sort();
    found.into_iter().map(|(_, complaint)| complaint).collect()
}

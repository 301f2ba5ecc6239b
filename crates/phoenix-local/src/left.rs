//! The collectors that run from a data directory, whether or not a server looks after them.

use std::io;
use std::path::Path;

use phoenix_core::id::PipelineName;

use crate::disk::PIPELINES;
use crate::process::find_collectors;

/// A collector that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningCollector {
    /// Its process.
    pub pid: i32,
    /// The pipeline that it was started for.
    pub pipeline: PipelineName,
}

/// The collectors of this user that run from a data directory, in the order of their names. Changes nothing.
///
/// # Errors
///
/// There is no `/proc`.
pub fn running_collectors(data_dir: &Path) -> io::Result<Vec<RunningCollector>> {
    // One that is not there has no collectors.
    let Ok(root) = std::fs::canonicalize(data_dir) else { return Ok(Vec::new()) };
    let found = find_collectors(&root.join(PIPELINES))?;
    let mut running: Vec<RunningCollector> =
        found.into_iter().map(|one| RunningCollector { pid: one.id.pid, pipeline: one.pipeline }).collect();
    running.sort_by(|one, other| (&one.pipeline, one.pid).cmp(&(&other.pipeline, other.pid)));
    Ok(running)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_program_with_a_configuration_below_the_directory_is_a_collector_of_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("a path");
        let config = root.join("pipelines/a-baseline-1/config.yaml");
        // The shell stays, because it has something to wait for; what it is given is what a collector is given.
        let mut child = Command::new("sh")
            .args(["-c", "echo up; read line", "sh", "--config"])
            .arg(&config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("spawns");
        // A process that was made just now may not show its command line yet.
        let mut up = [0; 3];
        child.stdout.as_mut().expect("an output").read_exact(&mut up).expect("says that it is up");
        let pid = i32::try_from(child.id()).expect("a pid");
        let found = running_collectors(&root).expect("a Linux host");
        child.kill().expect("kills");
        child.wait().expect("waits");
        assert_eq!(found, [RunningCollector { pid, pipeline: "a-baseline-1".parse().expect("a name") }]);
        assert_eq!(running_collectors(&root).expect("a Linux host"), []);
        assert_eq!(running_collectors(&root.join("missing")).expect("a Linux host"), []);
    }
}

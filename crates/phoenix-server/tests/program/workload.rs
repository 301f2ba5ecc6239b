//! Processes with names of their own, so that what an experiment sees does not depend on what happens to run on the host.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Processes that sleep, under the names that a test gives them. They end with it.
pub(crate) struct Workload {
    // The programs themselves, to be removed at the end.
    _directory: tempfile::TempDir,
    children: Vec<Child>,
}

impl Workload {
    /// Starts so many processes of each name. The kernel keeps 15 characters of a name.
    pub(crate) fn start(roles: &[(&str, usize)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut children = Vec::new();
        for (name, count) in roles {
            let program = directory.path().join(name);
            // By another process: a descriptor of ours, open for writing in a fork of a parallel test, would make the copy "busy".
            let copied = Command::new("/bin/cp").arg("/bin/sleep").arg(&program).status().unwrap();
            assert!(copied.success(), "cannot copy /bin/sleep");
            for _ in 0..*count {
                // Longer than any test, and not for ever should the test be killed.
                let mut command = Command::new(&program);
                command.arg0("sleep").arg("900").env_clear().stdin(Stdio::null());
                children.push(command.spawn().unwrap());
            }
        }
        Self { _directory: directory, children }
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

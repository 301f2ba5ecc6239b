//! The demo's workload: processes with names of its own, some large, some small, one of them critical.
//!
//! Each is a copy of this program under another name, which is what the kernel, and so every collector, calls it. A process of the workload
//! ends when its standard input does, so none of them outlives the demo.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::demo::guard::OWN_PROGRAM;

/// The process that the experiments call critical: small and idle, as databases of little use are.
pub(super) const CRITICAL: &str = "phx-db";

/// One executable of the workload.
struct Role {
    name: &'static str,
    processes: u32,
    memory_mib: usize,
    busy_percent: u64,
}

const ROLES: [Role; 4] = [
    Role { name: CRITICAL, processes: 1, memory_mib: 4, busy_percent: 0 },
    Role { name: "phx-web", processes: 1, memory_mib: 80, busy_percent: 3 },
    Role { name: "phx-cache", processes: 1, memory_mib: 64, busy_percent: 0 },
    Role { name: "phx-batch", processes: 4, memory_mib: 2, busy_percent: 1 },
];

/// One turn of work and rest.
const TURN: Duration = Duration::from_millis(100);

/// Flags of one process.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    memory_mib: usize,
    #[arg(long)]
    busy_percent: u64,
}

/// Names of its executables.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROLES.iter().map(|role| role.name)
}

/// The processes of a workload.
#[derive(Debug)]
pub(super) struct Workload(Vec<Child>);

impl Workload {
    /// Starts all of them from copies in the directory.
    pub(super) fn start(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let original = directory.join("xtask");
        fs::copy(OWN_PROGRAM, &original).context("cannot copy this program")?;
        let mut workload = Self(Vec::new());
        for role in &ROLES {
            let program = directory.join(role.name);
            fs::hard_link(&original, &program)?;
            for _ in 0..role.processes {
                let mut command = Command::new(&program);
                command.args(["workload", "--memory-mib", &role.memory_mib.to_string()]);
                command.args(["--busy-percent", &role.busy_percent.to_string()]);
                command.env_clear().current_dir(directory).process_group(0).stdin(Stdio::piped());
                workload.0.push(command.spawn().with_context(|| format!("cannot start {}", role.name))?);
            }
        }
        Ok(workload)
    }

    /// For people.
    pub(super) fn describe() -> String {
        let describe = |role: &Role| {
            let critical = if role.name == CRITICAL { ", critical" } else { "" };
            format!("{} ({} of {} MiB{critical})", role.name, role.processes, role.memory_mib)
        };
        ROLES.iter().map(describe).collect::<Vec<_>>().join(", ")
    }

    /// Ends all of them; each must have lived until now, and end well.
    pub(super) fn end(mut self) -> Result<()> {
        for child in &mut self.0 {
            ensure!(child.try_wait()?.is_none(), "a process of the workload has ended by itself");
        }
        for child in &mut self.0 {
            drop(child.stdin.take());
        }
        for child in &mut self.0 {
            let status = child.wait()?;
            ensure!(status.success(), "a process of the workload ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// What one process does: it has its memory, keeps a core busy for its share of the time, and waits for the end of its input.
pub(crate) fn work(args: &Args) -> Result<()> {
    let memory = vec![1_u8; args.memory_mib << 20];
    let busy = TURN * u32::try_from(args.busy_percent.min(100))? / 100;
    if !busy.is_zero() {
        std::thread::spawn(move || {
            loop {
                let begin = Instant::now();
                while begin.elapsed() < busy {
                    std::hint::spin_loop();
                }
                std::thread::sleep(TURN.saturating_sub(busy));
            }
        });
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    std::hint::black_box(memory);
    Ok(())
}

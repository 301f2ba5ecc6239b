//! Where a demo is played: a directory for everything, the guard, the server, the workload and the command line.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::demo::Candidate;
use crate::demo::guard::Guard;
use crate::demo::interrupt::{Interrupt, PAUSE};
use crate::demo::server::{Server, plain};
use crate::demo::workload::Workload;
use crate::programs::Programs;
use crate::{command, processes, workspace};

/// Longest time of an experiment, from its creation to the verdict.
const EXPERIMENT: Duration = Duration::from_mins(4);
/// Longest time until its collectors are confirmed to be gone.
const CLEANUP: Duration = Duration::from_secs(30);
/// Longest time of an order to cancel.
const CANCEL: Duration = Duration::from_secs(30);

/// Everything of one demo.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    candidate: Candidate,
    programs: &'a Programs,
    interrupt: &'a Interrupt,
    directory: TempDir,
    guard: Option<Guard>,
    server: Option<Server>,
    workload: Option<Workload>,
    /// True from the submission of the experiment until its cleanup is confirmed.
    unfinished: bool,
}

impl<'a> Stage<'a> {
    pub(super) fn set(candidate: Candidate, programs: &'a Programs, interrupt: &'a Interrupt) -> Result<Self> {
        let directory =
            tempfile::Builder::new().prefix("phoenix-demo-").tempdir().context("cannot make a directory")?;
        let guard = Some(Guard::post(directory.path())?);
        Ok(Self { candidate, programs, interrupt, directory, guard, server: None, workload: None, unfinished: false })
    }

    pub(super) fn start_server(&mut self, collector: &Path) -> Result<()> {
        let data = self.directory.path().join("data");
        self.server = Some(Server::start(self.programs.path("phoenix-server")?, &data, collector, self.interrupt)?);
        Ok(())
    }

    pub(super) fn start_workload(&mut self) -> Result<()> {
        self.workload = Some(Workload::start(&self.directory.path().join("bin"))?);
        println!("workload: {}", Workload::describe());
        Ok(())
    }

    /// `phoenixctl run`, which shows progress and the report itself; its exit code. A signal to us becomes a Ctrl-C for it, which cancels.
    pub(super) fn run_experiment(&mut self, file: &Path) -> Result<i32> {
        let mut command = self.phoenixctl()?;
        let timeout = format!("{}s", EXPERIMENT.as_secs());
        command.arg("run").arg("--file").arg(file).args(["--timeout", &timeout]);
        let mut child = command.spawn().context("cannot start phoenixctl")?;
        self.unfinished = true;
        match self.interrupt.wait(&mut child, EXPERIMENT + CANCEL) {
            Ok(Some(status)) => status.code().with_context(|| format!("phoenixctl ended with {status}")),
            Ok(None) => {
                println!("\ninterrupted: cancelling the experiment");
                let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
                kill_process(pid, Signal::INT)?;
                let begin = std::time::Instant::now();
                while child.try_wait()?.is_none() && begin.elapsed() < CANCEL {
                    std::thread::sleep(PAUSE);
                }
                bail!("interrupted")
            }
            Err(error) => Err(error.context("phoenixctl run does not end")),
        }
    }

    /// The report, once the experiment's collectors are confirmed to be gone.
    pub(super) fn report_after_cleanup(&mut self) -> Result<Value> {
        let report = self.await_cleanup()?;
        ensure!(report["experiment"]["state"] == "completed", "the experiment is {}", report["experiment"]["state"]);
        Ok(report)
    }

    fn await_cleanup(&mut self) -> Result<Value> {
        let begin = std::time::Instant::now();
        loop {
            let report = self.report()?;
            if report["experiment"]["status"]["cleanup"] == "confirmed" {
                self.unfinished = false;
                return Ok(report);
            }
            ensure!(begin.elapsed() < CLEANUP, "the experiment's collectors are not confirmed to be gone: {report}");
            std::thread::sleep(PAUSE * 5);
        }
    }

    fn report(&self) -> Result<Value> {
        let mut command = self.phoenixctl()?;
        let answer = command::capture(command.args(["report", &self.candidate.experiment(), "--output", "json"]))?;
        serde_json::from_str(&answer).context("phoenixctl report -o json prints no JSON")
    }

    pub(super) fn end_workload(&mut self) -> Result<()> {
        self.workload.take().map_or(Ok(()), Workload::end)
    }

    pub(super) fn stop_server(&mut self) -> Result<()> {
        self.server.take().map_or(Ok(()), Server::stop)
    }

    fn phoenixctl(&self) -> Result<Command> {
        let mut command = plain(self.programs.path("phoenixctl")?);
        command.arg("--data-dir").arg(self.directory.path().join("data"));
        Ok(command)
    }

    /// Puts the server's log where it survives the demo.
    pub(super) fn keep_log(&self) {
        let Some(server) = &self.server else { return };
        let kept = workspace::root().join("target").join(format!("demo-{}.log", self.candidate));
        match std::fs::copy(server.log(), &kept) {
            Ok(_) => println!("the server's log: {}", kept.display()),
            Err(error) => println!("the server's log is lost: {error}"),
        }
    }

    /// Ends whatever still runs, in order; then nothing may be left that belongs to this demo.
    pub(super) fn clear(mut self) -> Result<()> {
        let orderly = self.end_in_order();
        self.server = None;
        self.workload = None;
        let left: Vec<String> = processes::belonging_to(self.directory.path())
            .iter()
            .map(|process| format!("{} ({})", process.name, process.pid))
            .collect();
        let guarded = self.guard.take().map_or(Ok(()), Guard::dismiss);
        orderly?;
        ensure!(left.is_empty(), "left behind, and killed now: {}", left.join(", "));
        guarded
    }

    fn end_in_order(&mut self) -> Result<()> {
        if self.unfinished && self.server.is_some() {
            let mut cancel = self.phoenixctl()?;
            // Refused when the experiment has just been cancelled or has ended, which is as good.
            let _ =
                command::capture(cancel.args(["cancel", &self.candidate.experiment(), "--reason", "the demo ends"]));
            self.await_cleanup()?;
        }
        self.stop_server()?;
        self.end_workload()
    }
}

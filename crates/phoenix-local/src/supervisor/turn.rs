//! What a supervisor does when something happens.

use std::time::Duration;

use phoenix_core::ports::failure::Failure;
use rustix::process::Signal;
use tokio::time::Instant;

use crate::launch::{self, Attempt};
use crate::log::{self, Tail};
use crate::probe::Look;
use crate::process::{Exit, ProcessId};
use crate::record::Record;
use crate::shared::blocking;
use crate::supervisor::Supervisor;
use crate::supervisor::crashes::Verdict;
use crate::supervisor::stage::{Event, Running, Stage, Stopping, Then};

/// How often ending processes are looked at.
const STOPPING_LOOK: Duration = Duration::from_millis(50);
/// Pause after something that should have worked did not.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// So many looks in a row must find a ready collector not ready before it is believed: one may be lost on a busy host.
const MISSES: u32 = 2;
/// How many looks at a ready collector go by between two looks at the size of its log.
const LOG_LOOKS: u32 = 15;

impl Supervisor {
    /// Something happened.
    pub(super) async fn react(&mut self, event: Event) {
        match event {
            Event::Exited(exit) => self.exited(exit).await,
            Event::Looked(look) => self.looked(look).await,
            Event::Due => self.due().await,
        }
    }

    async fn due(&mut self) {
        match &self.stage {
            Stage::Running(running) => {
                let patience = running.patience_ends.duration_since(running.since);
                let message = if running.was_ready {
                    format!("hung for {:?}: {}", self.shared.options.timing.hang_timeout, self.message)
                } else {
                    format!("was not ready within {patience:?}: {}", self.message)
                };
                self.stop(Then::Crash(message)).await;
            }
            Stage::Stopping(_) => self.look_at_stopping().await,
            Stage::Waiting(_) => self.try_launch().await,
            Stage::Idle | Stage::Failed | Stage::Gone => {}
        }
    }

    async fn exited(&mut self, exit: Exit) {
        let Stage::Running(running) = &self.stage else {
            return;
        };
        let (was_ready, since, begin) = (running.was_ready, running.since, running.log_begin);
        let log = self.shared.layout.pipeline(&self.name).log();
        let tail = blocking(move || Ok(Tail::read(&log, begin))).await;
        let is_port_taken = !was_ready && tail.as_ref().is_ok_and(Tail::says_port_taken);
        if is_port_taken && self.port_attempts < self.shared.options.timing.port_attempts {
            self.port_attempts += 1;
            return self.move_ports().await;
        }
        if was_ready && since.elapsed() >= self.shared.options.timing.forgiven_after {
            self.crashes.forgive();
        }
        let said = tail.map(|tail| tail.summary(|text| self.shared.options.redact(text))).unwrap_or_default();
        let message = if said.is_empty() { exit.describe() } else { format!("{}: {said}", exit.describe()) };
        self.crashed(&message);
    }

    /// Somebody took a port between the search and the start: not the collector's fault.
    async fn move_ports(&mut self) {
        tracing::info!(pipeline.name = %self.name, "a port was taken in the meantime, trying others");
        "a port was taken in the meantime, starting with others".clone_into(&mut self.message);
        match (self.shared.find_ports(&self.name), &mut self.record) {
            (Ok(ports), Some(record)) => {
                record.ports = ports;
                // So that the next start does not count as a restart.
                record.process = None;
                self.try_launch().await;
            }
            (Ok(_), None) => self.stage = Stage::Idle,
            (Err(failure), _) => self.hinder(&failure),
        }
    }

    fn crashed(&mut self, message: &str) {
        let timing = &self.shared.options.timing;
        match self.crashes.count(Instant::now(), timing) {
            Verdict::Again(count, pause) => {
                let limit = timing.crash_limit;
                tracing::warn!(pipeline.name = %self.name, count, message, "collector ended");
                self.message = format!("{message}; starting again in {pause:?} (exit {count} of {limit})");
                self.stage = Stage::Waiting(Instant::now() + pause);
            }
            Verdict::Never(count) => {
                tracing::error!(pipeline.name = %self.name, count, message, "collector is in a crash loop");
                self.message = format!("crash loop, given up after {count} exits; the last one: {message}");
                self.stage = Stage::Failed;
            }
        }
    }

    async fn looked(&mut self, look: Look) {
        let Stage::Running(running) = &mut self.stage else {
            return;
        };
        let timing = &self.shared.options.timing;
        match look.trouble {
            None => {
                running.hash = look.hash;
                running.is_ready = true;
                running.was_ready = true;
                running.misses = 0;
                self.was_ready = true;
                self.port_attempts = 0;
                self.message.clear();
            }
            Some(trouble) => {
                running.misses += 1;
                if running.is_ready && running.misses < MISSES {
                    return;
                }
                if running.is_ready {
                    running.is_ready = false;
                    running.patience_ends = Instant::now() + timing.hang_timeout;
                }
                running.hash = look.hash;
                self.message = trouble;
            }
        }
        self.log_looks = (self.log_looks + 1) % LOG_LOOKS;
        if self.log_looks == 0 {
            self.trim_log().await;
        }
    }

    async fn trim_log(&self) {
        let (dir, limit) = (self.shared.layout.pipeline(&self.name), self.shared.options.log_limit);
        let trimmed = tokio::task::spawn_blocking(move || log::trim(&dir, limit)).await;
        if let Ok(Err(error)) = trimmed {
            tracing::warn!(pipeline.name = %self.name, %error, "a log cannot be kept short");
        }
    }

    /// Starts what is wanted. An error is told to whoever asked, shown, and tried again.
    pub(super) async fn launch(&mut self) -> Result<(), Failure> {
        let launched = self.attempt().await;
        if let Err(failure) = &launched {
            self.hinder(failure);
        }
        launched
    }

    async fn try_launch(&mut self) {
        if let Err(failure) = self.launch().await {
            tracing::warn!(pipeline.name = %self.name, %failure, "a collector could not be started");
        }
    }

    async fn attempt(&mut self) -> Result<(), Failure> {
        let Some(mut record) = self.next_record()? else {
            self.stage = Stage::Idle;
            return Ok(());
        };
        let config = self.wanted.as_ref().map(|wanted| wanted.config.clone());
        let attempt = launch::launch(&self.shared, &self.name, &mut record, config).await;
        let record = self.record.insert(record);
        match attempt? {
            Attempt::Started(launched) => {
                let running = Running::begin(&self.shared, &self.name, record, launched.exit, launched.log_begin);
                self.is_hindered = false;
                if self.port_attempts == 0 {
                    "starting".clone_into(&mut self.message);
                }
                self.stage = Stage::Running(running);
            }
            Attempt::Occupied(processes) => {
                "an unrecorded collector of this pipeline is being stopped".clone_into(&mut self.message);
                self.stop_these(processes, Then::Start).await;
            }
        }
        Ok(())
    }

    /// The record to start with: the present one, or a fresh one for another configuration.
    fn next_record(&self) -> Result<Option<Record>, Failure> {
        let Some(wanted) = &self.wanted else {
            return Ok(self.record.clone());
        };
        if let Some(record) = self.record.as_ref().filter(|record| record.config_hash == wanted.hash) {
            return Ok(Some(record.clone()));
        }
        Ok(Some(Record {
            experiment_id: wanted.experiment_id.clone(),
            variant: wanted.variant,
            config_hash: wanted.hash.clone(),
            ports: self.shared.find_ports(&self.name)?,
            restarts: 0,
            process: None,
        }))
    }

    fn hinder(&mut self, failure: &Failure) {
        self.is_hindered = true;
        failure.message().clone_into(&mut self.message);
        self.stage = Stage::Waiting(Instant::now() + self.shared.options.timing.longest_pause);
    }

    /// Stops everything of this pipeline.
    pub(super) async fn stop(&mut self, then: Then) {
        let recorded: Vec<ProcessId> = self.record.iter().filter_map(|record| record.process).collect();
        match launch::remaining(&self.shared, &self.name, recorded.clone()).await {
            Ok(processes) if processes.is_empty() => self.finish(then).await,
            Ok(processes) => self.stop_these(processes, then).await,
            Err(failure) => {
                tracing::warn!(pipeline.name = %self.name, %failure, "looking for processes failed");
                self.stop_these(recorded, then).await;
            }
        }
    }

    pub(super) async fn stop_these(&mut self, processes: Vec<ProcessId>, then: Then) {
        launch::signal(processes.clone(), Signal::TERM).await;
        let now = Instant::now();
        self.stage = Stage::Stopping(Stopping {
            processes,
            kill_at: now + self.shared.options.timing.stop_grace,
            is_killed: false,
            next_look: now + STOPPING_LOOK,
            then,
        });
    }

    async fn look_at_stopping(&mut self) {
        let Stage::Stopping(stopping) = &mut self.stage else {
            return;
        };
        let known = stopping.processes.clone();
        let alive = blocking(move || Ok(known.into_iter().filter(|one| one.is_alive()).collect::<Vec<_>>())).await;
        let alive = match alive {
            // Those that were signalled have ended; perhaps others came, or were left in their groups.
            Ok(alive) if alive.is_empty() => {
                launch::remaining(&self.shared, &self.name, stopping.processes.clone()).await
            }
            other => other,
        };
        let now = Instant::now();
        match alive {
            Ok(alive) if alive.is_empty() => {
                let then = std::mem::replace(&mut stopping.then, Then::Rest);
                self.finish(then).await;
            }
            Ok(alive) => {
                let is_new = alive.iter().any(|one| !stopping.processes.contains(one));
                let is_late = now >= stopping.kill_at && !stopping.is_killed;
                if is_new || is_late {
                    stopping.is_killed |= is_late;
                    stopping.processes.extend(alive.iter().filter(|one| is_new && one.is_alive()));
                    launch::signal(alive, Signal::KILL).await;
                }
                stopping.next_look = now + STOPPING_LOOK;
            }
            Err(failure) => {
                failure.message().clone_into(&mut self.message);
                stopping.next_look = now + TROUBLE_PAUSE;
            }
        }
    }

    /// Everything has ended.
    async fn finish(&mut self, then: Then) {
        match then {
            Then::Start => self.try_launch().await,
            Then::Crash(message) => self.crashed(&message),
            Then::Rest => {
                "the collector is not running".clone_into(&mut self.message);
                self.stage = Stage::Idle;
            }
            Then::Remove => self.delete().await,
        }
    }

    async fn delete(&mut self) {
        let dir = self.shared.layout.pipeline(&self.name);
        match blocking(move || dir.delete()).await {
            Ok(()) => {
                tracing::info!(pipeline.name = %self.name, "pipeline removed");
                self.stage = Stage::Gone;
            }
            Err(failure) => {
                tracing::warn!(pipeline.name = %self.name, %failure, "a directory cannot be deleted");
                failure.message().clone_into(&mut self.message);
                let now = Instant::now();
                self.stage = Stage::Stopping(Stopping {
                    processes: Vec::new(),
                    kill_at: now,
                    is_killed: true,
                    next_look: now + TROUBLE_PAUSE,
                    then: Then::Remove,
                });
            }
        }
    }
}

//! One task per pipeline. It alone starts, stops and replaces the pipeline's collector; everybody else asks it, or reads what it shows.
//!
//! When the deployer goes, its supervisors end and the collectors live on.

mod crashes;
mod stage;
mod turn;
mod view;

use std::sync::Arc;
use std::time::Duration;

use phoenix_core::experiment::{PipelineObservation, PipelinePhase, PipelineType};
use phoenix_core::id::{ConfigHash, ExperimentId, PipelineName};
use phoenix_core::ports::deployer::{DesiredPipeline, Removal};
use phoenix_core::ports::failure::Failure;
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot, watch};

use crate::launch;
use crate::process::{ProcessId, watch_adopted};
use crate::record::Record;
use crate::recovery::Remains;
use crate::shared::{Shared, blocking};
use crashes::Crashes;
use stage::{Running, Stage, Then};

/// How many commands may wait; each is answered before the next one is taken.
const QUEUE: usize = 16;

/// What everybody else has of a supervisor.
#[derive(Clone)]
pub(crate) struct Handle {
    commands: mpsc::Sender<Command>,
    view: watch::Receiver<PipelineObservation>,
}

enum Command {
    Ensure(Box<DesiredPipeline>, oneshot::Sender<Result<(), Failure>>),
    Remove(oneshot::Sender<Removal>),
}

impl Handle {
    /// Brings the pipeline to this configuration; none when the supervisor has ended.
    pub(crate) async fn ensure(&self, desired: &DesiredPipeline) -> Option<Result<(), Failure>> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Ensure(Box::new(desired.clone()), reply)).await.ok()?;
        self.answered(answer).await
    }

    /// Removes the pipeline; none when the supervisor has ended.
    pub(crate) async fn remove(&self) -> Option<Removal> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Remove(reply)).await.ok()?;
        self.answered(answer).await
    }

    /// The answer; none when the supervisor has ended. A command that is sent while it ends may be left in the queue, which lives as long as
    /// any handle does: nobody would ever answer or drop it.
    async fn answered<T>(&self, mut answer: oneshot::Receiver<T>) -> Option<T> {
        tokio::select! {
            biased;
            told = &mut answer => told.ok(),
            () = self.commands.closed() => answer.try_recv().ok(),
        }
    }

    /// The pipeline as it is now.
    pub(crate) fn observation(&self) -> PipelineObservation {
        self.view.borrow().clone()
    }

    /// True once the pipeline is removed and the supervisor has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.commands.is_closed()
    }

    /// Waits until an adopted collector was looked at, but not for long.
    pub(crate) async fn settle(mut self, patience: Duration) {
        let settled = self.view.wait_for(|seen| seen.phase != PipelinePhase::Progressing);
        // Whatever it is by then is what is shown.
        let _ = tokio::time::timeout(patience, settled).await;
    }
}

/// What somebody has asked for.
struct Wanted {
    experiment_id: ExperimentId,
    variant: PipelineType,
    hash: ConfigHash,
    config: String,
}

/// Looks after one pipeline.
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    name: PipelineName,
    commands: mpsc::Receiver<Command>,
    view: watch::Sender<PipelineObservation>,
    /// None after a recovery, until somebody asks again; then the record stands for it.
    wanted: Option<Wanted>,
    /// What is on disk.
    record: Option<Record>,
    /// Whom to tell of changes about; kept when the record goes.
    experiment_id: Option<ExperimentId>,
    stage: Stage,
    crashes: Crashes,
    /// True once the present configuration was ready.
    was_ready: bool,
    /// How often other ports were tried since the last collector that came up.
    port_attempts: u32,
    /// True while the last attempt to start could not even be made.
    is_hindered: bool,
    /// What it waits for or died of.
    message: String,
    /// Processes that an earlier server left and that are not ours to keep.
    strangers: Vec<ProcessId>,
    /// Looks since the size of the log was looked at.
    log_looks: u32,
}

impl Supervisor {
    /// Begins to look after a pipeline, adopting what is there.
    pub(crate) fn start(shared: &Arc<Shared>, name: &PipelineName, remains: Remains) -> Handle {
        let (sender, commands) = mpsc::channel(QUEUE);
        let (view, receiver) = watch::channel(PipelineObservation::absent(name.clone()));
        let mut supervisor = Self {
            shared: Arc::clone(shared),
            name: name.clone(),
            commands,
            view,
            wanted: None,
            experiment_id: remains.record.as_ref().map(|record| record.experiment_id.clone()),
            record: remains.record,
            stage: Stage::Idle,
            crashes: Crashes::default(),
            was_ready: false,
            port_attempts: 0,
            is_hindered: false,
            message: String::new(),
            strangers: remains.strangers,
            log_looks: 0,
        };
        if remains.is_being_removed {
            supervisor.adopt(None);
            tokio::spawn(supervisor.go_on_removing());
        } else {
            supervisor.adopt(remains.adopted);
            tokio::spawn(supervisor.run());
        }
        Handle { commands: sender, view: receiver }
    }

    fn adopt(&mut self, adopted: Option<ProcessId>) {
        let Some(record) = &self.record else {
            return;
        };
        self.shared.promise_ports(&self.name, record.ports);
        if let Some(process) = adopted {
            tracing::info!(pipeline.name = %self.name, process.pid = process.pid, "collector adopted");
            let log = self.shared.layout.pipeline(&self.name).log();
            let log_begin = std::fs::metadata(log).map_or(0, |metadata| metadata.len());
            let running = Running::begin(&self.shared, &self.name, record, watch_adopted(process), log_begin);
            self.stage = Stage::Running(running);
            "an earlier server started it; its health is being checked".clone_into(&mut self.message);
        } else {
            "the collector is not running".clone_into(&mut self.message);
        }
        // Nobody watches yet.
        self.view.send_replace(self.observe());
    }

    /// An earlier server was asked for it and died meanwhile.
    async fn go_on_removing(mut self) {
        tracing::info!(pipeline.name = %self.name, "going on with the removal that an earlier server began");
        self.strangers.clear();
        self.remove().await;
        self.publish();
        self.run().await;
    }

    async fn run(mut self) {
        self.dismiss_strangers().await;
        while !matches!(self.stage, Stage::Gone) {
            tokio::select! {
                // Commands first: when the deployer is gone, nothing else may be done.
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                event = self.stage.next() => {
                    self.react(event).await;
                    self.publish();
                }
            }
        }
        self.shared.release_ports(&self.name);
    }

    async fn dismiss_strangers(&mut self) {
        let strangers = std::mem::take(&mut self.strangers);
        if strangers.is_empty() {
            return;
        }
        let count = strangers.len();
        tracing::warn!(pipeline.name = %self.name, count, "stopping collectors that nobody has recorded");
        if matches!(self.stage, Stage::Running(_)) {
            // Duplicates of the one that is kept; they have nothing to finish.
            launch::signal(strangers, Signal::KILL).await;
        } else {
            self.stop_these(strangers, Then::Rest).await;
            self.publish();
        }
    }

    async fn obey(&mut self, command: Command) {
        // An asker who has gone away is not told.
        match command {
            Command::Ensure(desired, reply) => {
                let result = self.ensure(*desired).await;
                self.publish();
                let _ = reply.send(result);
            }
            Command::Remove(reply) => {
                let removal = self.remove().await;
                self.publish();
                let _ = reply.send(removal);
            }
        }
    }

    async fn ensure(&mut self, desired: DesiredPipeline) -> Result<(), Failure> {
        let present = self.wanted.as_ref().map(|wanted| &wanted.hash);
        let is_same = present.or(self.record.as_ref().map(|record| &record.config_hash)) == Some(&desired.hash);
        self.experiment_id = Some(desired.key.experiment_id.clone());
        self.wanted = Some(Wanted {
            experiment_id: desired.key.experiment_id,
            variant: desired.key.pipeline_type,
            hash: desired.hash,
            config: desired.config,
        });
        if !is_same {
            self.forget();
        }
        match &mut self.stage {
            Stage::Stopping(stopping) => {
                match &stopping.then {
                    Then::Remove => {
                        // A new deployment, not a restart of the old one.
                        self.record = None;
                        stopping.then = Then::Start;
                    }
                    Then::Crash(_) if is_same => {}
                    Then::Crash(_) | Then::Start | Then::Rest => stopping.then = Then::Start,
                }
                Ok(())
            }
            Stage::Running(_) | Stage::Failed | Stage::Gone if is_same => Ok(()),
            Stage::Waiting(_) if is_same && !self.is_hindered => Ok(()),
            Stage::Running(_) => {
                "the collector of the former configuration is being stopped".clone_into(&mut self.message);
                self.stop(Then::Start).await;
                Ok(())
            }
            Stage::Idle | Stage::Waiting(_) | Stage::Failed | Stage::Gone => self.launch().await,
        }
    }

    async fn remove(&mut self) -> Removal {
        self.forget();
        if let Stage::Stopping(stopping) = &mut self.stage {
            stopping.then = Then::Remove;
            self.mark_removal().await;
        } else {
            "being stopped".clone_into(&mut self.message);
            self.mark_removal().await;
            self.stop(Then::Remove).await;
        }
        if matches!(self.stage, Stage::Gone) { Removal::Gone } else { Removal::Pending }
    }

    /// Before a process is told to end: the next server must not take its end for a crash and start it again.
    async fn mark_removal(&self) {
        let dir = self.shared.layout.pipeline(&self.name);
        if let Err(failure) = blocking(move || dir.mark_removal()).await {
            // It is removed all the same, unless the server dies before; then whoever asked asks again.
            tracing::warn!(pipeline.name = %self.name, %failure, "a removal is not recorded");
        }
    }

    /// Nothing that happened before counts for what comes now.
    fn forget(&mut self) {
        self.crashes.forgive();
        self.was_ready = false;
        self.port_attempts = 0;
        self.is_hindered = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_is_left_in_the_queue_of_one_that_has_ended_is_not_waited_for() {
        let (commands, queue) = mpsc::channel(QUEUE);
        let name = "a-baseline-1".parse().expect("a name");
        let (_, view) = watch::channel(PipelineObservation::absent(name));
        let handle = Handle { commands, view };
        let (reply, answer) = oneshot::channel();
        let place = handle.commands.reserve().await.expect("a place");
        drop(queue);
        place.send(Command::Remove(reply));
        let told = tokio::time::timeout(Duration::from_secs(10), handle.answered(answer)).await;
        assert_eq!(told, Ok(None));
    }
}

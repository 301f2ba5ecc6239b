//! Follows an experiment to its end, or to a state on the way, through restarts of the server, and shows all the while what is waited for.
//!
//! Reading order: [`follow`] (the loop), `goal` (what is waited for), `watcher` (when the server is asked), `look` (what it is asked),
//! `describe` (the line that is shown), `interrupt` (Ctrl-C).

mod describe;
mod goal;
mod interrupt;
mod look;
#[cfg(test)]
mod tests;
mod watcher;

use std::ops::ControlFlow;
use std::time::Duration;

use phoenix_core::experiment::{Cleanup, Experiment, State};
use phoenix_core::time::Span;
use tokio::time::{Instant, sleep, sleep_until};

use crate::follow::look::View;
use crate::follow::watcher::Watcher;
use crate::output::progress::{Progress, Waiting};
use crate::server::{RequestError, Server};

pub(crate) use goal::Goal;
pub(crate) use interrupt::Interrupts;

/// How often the line is redrawn although nothing was heard.
const REDRAW: Duration = Duration::from_secs(1);

/// How long is waited for what may never come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a server that does not answer: longer than a restart takes.
    pub(crate) server: Duration,
    /// For the removal of the pipelines after the end.
    pub(crate) cleanup: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { server: Duration::from_mins(2), cleanup: Duration::from_mins(1) }
    }
}

/// Why following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The experiment ended.
    Ended,
    /// It has come as far as was wanted, and goes on.
    Reached,
    /// It took longer than was allowed.
    TimedOut,
    /// The user does not want to wait any more.
    Interrupted,
}

/// How an experiment is followed.
pub(crate) struct Wishes<'a> {
    /// What is waited for.
    pub(crate) goal: Goal,
    /// How that is shown.
    pub(crate) progress: Progress,
    /// Longest time to wait.
    pub(crate) timeout: Option<Span>,
    /// The first interrupt cancels the experiment, the second one ends the waiting. Without it interrupts end the program.
    pub(crate) interrupts: Option<&'a mut Interrupts>,
    /// How long is waited for what may never come.
    pub(crate) patience: Patience,
}

/// Follows the experiment until it has come as far as is wanted, or has ended and its pipelines are gone, and answers with what it was at last. The server may be found at
/// another address afterwards.
pub(crate) async fn follow(
    server: &mut Server,
    experiment: Experiment,
    wishes: Wishes<'_>,
) -> Result<(Experiment, End), RequestError> {
    let mut following = Following {
        watcher: Watcher::new(server.clone(), &experiment),
        view: View::of(experiment),
        goal: wishes.goal,
        progress: wishes.progress,
        deadline: wishes.timeout.and_then(|timeout| Instant::now().checked_add(timeout.to_std())),
        cleanup_deadline: None,
        interrupts: wishes.interrupts,
        patience: wishes.patience,
        cancel: Cancel::NotWanted,
        silent_since: None,
    };
    let end = following.run().await;
    following.progress.finish();
    *server = following.watcher.server;
    end.map(|end| (following.view.experiment, end))
}

/// What an experiment waits for, in one line; nothing of one that has ended and is cleaned up, or whose server cannot say.
pub(crate) async fn waits_for(server: &Server, experiment: &Experiment) -> Option<String> {
    let is_over = experiment.state.is_terminal() && experiment.status.cleanup != Cleanup::Pending;
    if is_over {
        return None;
    }
    let view = look::look(server.clone(), experiment.id.to_string()).await.ok()?;
    Some(describe::describe(&view, server.now(), usize::MAX).text)
}

/// What has become of the wish to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    NotWanted,
    /// The server does not know yet.
    Wanted,
    /// The server was told, or refused.
    Answered,
}

/// What the loop wakes up for.
enum Step {
    Interrupted,
    TimedOut,
    Looked(Box<Result<View, RequestError>>),
    Redraw,
}

struct Following<'a> {
    watcher: Watcher,
    view: View,
    goal: Goal,
    progress: Progress,
    deadline: Option<Instant>,
    cleanup_deadline: Option<Instant>,
    interrupts: Option<&'a mut Interrupts>,
    patience: Patience,
    cancel: Cancel,
    silent_since: Option<Instant>,
}

impl Following<'_> {
    async fn run(&mut self) -> Result<End, RequestError> {
        loop {
            if let Some(end) = self.end() {
                return Ok(end);
            }
            self.draw();
            match self.step().await {
                Step::Interrupted if self.cancel != Cancel::NotWanted => return Ok(End::Interrupted),
                Step::Interrupted => {
                    self.cancel = Cancel::Wanted;
                    self.progress.note("cancelling the experiment; another Ctrl-C stops waiting for it");
                }
                Step::TimedOut if self.has_ended() => return Ok(End::Ended),
                Step::TimedOut => return Ok(End::TimedOut),
                Step::Looked(looked) => match *looked {
                    Ok(view) => self.heard(view),
                    Err(error) => self.unheard(error)?,
                },
                Step::Redraw => {}
            }
            if self.cancel == Cancel::Wanted && self.request_cancel().await.is_break() {
                return Ok(End::Interrupted);
            }
        }
    }

    async fn step(&mut self) -> Step {
        tokio::select! {
            biased;
            () = interrupted(self.interrupts.as_deref_mut()) => Step::Interrupted,
            () = until(self.deadline) => Step::TimedOut,
            looked = self.watcher.next() => Step::Looked(Box::new(looked)),
            () = sleep(REDRAW) => Step::Redraw,
        }
    }

    fn has_ended(&self) -> bool {
        self.view.experiment.state.is_terminal()
    }

    /// Whether nothing is left to wait for, and why. The removal of the pipelines is waited for, but not for ever.
    fn end(&mut self) -> Option<End> {
        if self.goal.is_passed_by(&self.view.experiment) {
            return Some(End::Reached);
        }
        if !self.has_ended() {
            return None;
        }
        if self.view.experiment.status.cleanup != Cleanup::Pending {
            return Some(End::Ended);
        }
        let deadline = *self.cleanup_deadline.get_or_insert_with(|| Instant::now() + self.patience.cleanup);
        if Instant::now() < deadline {
            return None;
        }
        let waited = self.patience.cleanup.as_secs();
        self.progress.note(&format!(
            "after {waited}s the pipelines are not confirmed to be gone; the server goes on removing them"
        ));
        Some(End::Ended)
    }

    fn heard(&mut self, view: View) {
        if self.silent_since.take().is_some() {
            self.progress.note(&format!("the server at {} answers again", self.watcher.server.url()));
        }
        // A look that began before a command was accepted shows the time before it.
        if view.experiment.revision >= self.view.experiment.revision {
            self.view = view;
        }
    }

    /// A server that is started again is waited for. Any other error ends the following.
    fn unheard(&mut self, error: RequestError) -> Result<(), RequestError> {
        let is_first = self.silent_since.is_none();
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        if !error.may_pass() || since.elapsed() >= self.patience.server {
            return Err(error);
        }
        if is_first {
            let text = error.to_string();
            let said = text.lines().next().unwrap_or_default();
            let patience = self.patience.server.as_secs();
            self.progress
                .note(&format!("{said}; asking again for {patience}s (experiments go on when their server is back)"));
        }
        self.watcher.find_again();
        Ok(())
    }

    /// Asks the server to cancel. What cannot be asked now is asked again after the next step; a break is a second interrupt.
    async fn request_cancel(&mut self) -> ControlFlow<()> {
        let experiment = &self.view.experiment;
        // Being judged lasts a moment and cannot be cancelled.
        if experiment.state == State::Analyzing {
            return ControlFlow::Continue(());
        }
        if self.has_ended() {
            self.cancel = Cancel::Answered;
            return ControlFlow::Continue(());
        }
        let answer = tokio::select! {
            biased;
            () = interrupted(self.interrupts.as_deref_mut()) => return ControlFlow::Break(()),
            answer = self.watcher.server.command(experiment.id.as_str(), "cancel", "interrupted (Ctrl-C)") => answer,
        };
        match answer {
            Ok(experiment) => {
                self.cancel = Cancel::Answered;
                self.view = View::of(experiment);
            }
            Err(error) if error.may_pass() => {}
            Err(error) => {
                self.cancel = Cancel::Answered;
                self.progress.note(&format!("the experiment cannot be cancelled: {error}"));
            }
        }
        ControlFlow::Continue(())
    }

    fn draw(&mut self) {
        let server = &self.watcher.server;
        let waiting = match self.silent_since {
            Some(since) => Waiting {
                topic: "silence".to_owned(),
                text: format!(
                    "waiting for the server at {} to answer: {}s of {}s",
                    server.url(),
                    since.elapsed().as_secs(),
                    self.patience.server.as_secs()
                ),
            },
            None => describe::describe(&self.view, server.now(), self.progress.width()),
        };
        self.progress.show(&waiting);
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn interrupted(interrupts: Option<&mut Interrupts>) {
    match interrupts {
        Some(interrupts) => interrupts.next().await,
        None => std::future::pending().await,
    }
}

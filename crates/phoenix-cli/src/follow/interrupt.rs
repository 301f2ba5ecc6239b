//! Ctrl-C, and the signal by which a build server ends a job: both mean that the user does not want the experiment any more.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::output::note;

/// Interrupts since the listening began; none is lost between two waits.
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    /// One that came while something else was done.
    is_kept: bool,
}

impl Interrupts {
    /// From now on interrupts do not end the program by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            is_kept: false,
        })
    }

    /// The result of the work, unless a second interrupt comes before it. A first one is kept for [`Interrupts::next`].
    pub(crate) async fn unless_twice<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                result = &mut work => return Some(result),
                () = self.receive() => {}
            }
            if self.is_kept {
                return None;
            }
            self.is_kept = true;
            note("waiting for the server to answer, then the experiment is cancelled; another Ctrl-C stops waiting");
        }
    }

    /// The next interrupt.
    pub(super) async fn next(&mut self) {
        if !std::mem::take(&mut self.is_kept) {
            self.receive().await;
        }
    }

    async fn receive(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

//! Ctrl-C and SIGTERM as something that can be looked at: the demo ends in order instead of at once.

use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

/// How often somebody who waits looks around.
pub(super) const PAUSE: Duration = Duration::from_millis(50);
/// Exit code of a second Ctrl-C, which does not wait for anything; the guard clears up.
const IMPATIENT: i32 = 130;

/// Watches for signals as long as it lives.
#[derive(Debug)]
pub(super) struct Interrupt {
    raised: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl Interrupt {
    pub(super) fn watch() -> Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and only raises it, the second one ends the program.
            registered.push(flag::register_conditional_shutdown(signal, IMPATIENT, Arc::clone(&raised))?);
            registered.push(flag::register(signal, Arc::clone(&raised))?);
        }
        Ok(Self { raised, registered })
    }

    pub(super) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// Waits for the end of a child; none when a signal came first.
    pub(super) fn wait(&self, child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
        self.wait_until(patience, || child.try_wait().context("cannot wait for a child"))
    }

    /// Asks again and again until there is an answer; none when a signal came first.
    pub(super) fn wait_until<T>(
        &self,
        patience: Duration,
        mut ask: impl FnMut() -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let begin = Instant::now();
        loop {
            if let Some(answer) = ask()? {
                return Ok(Some(answer));
            }
            if self.is_raised() {
                return Ok(None);
            }
            if begin.elapsed() > patience {
                bail!("waited {} s in vain", patience.as_secs());
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}

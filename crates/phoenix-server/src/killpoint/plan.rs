//! Where this process is to die, and the trace of the points that it passes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use crate::killpoint::{Moment, Place, Point};

/// How far a call gets that the process dies within. A commit waits for its disk about as long.
const WITHIN: Duration = Duration::from_millis(2);

/// Counts points, and strikes at one of them.
pub(super) struct Plan {
    at: Option<Point>,
    passed: Mutex<Passed>,
}

struct Passed {
    counts: HashMap<(Place, Moment), u32>,
    trace: Option<File>,
}

impl Plan {
    /// Dies at this point, if there is one, and appends what it passes to the trace, if there is one.
    pub(super) fn new(at: Option<Point>, trace: Option<&Path>) -> io::Result<Self> {
        let trace = trace.map(|path| File::options().create(true).append(true).open(path)).transpose()?;
        Ok(Self { at, passed: Mutex::new(Passed { counts: HashMap::new(), trace }) })
    }

    /// Makes a call at a place.
    pub(super) async fn pass<T>(&self, place: Place, call: impl Future<Output = T>) -> T {
        self.reach(place, Moment::Before);
        let answer = if self.passed().is_struck(self.at, place, Moment::Within) {
            let struck = self.at;
            tokio::select! {
                _ = call => {}
                () = tokio::time::sleep(WITHIN) => {}
            }
            self.die(struck)
        } else {
            call.await
        };
        self.reach(place, Moment::After);
        answer
    }

    /// The same for a call that nobody waits for.
    pub(super) fn pass_at_once<T>(&self, place: Place, call: impl FnOnce() -> T) -> T {
        self.reach(place, Moment::Before);
        let answer = call();
        self.reach(place, Moment::After);
        answer
    }

    /// Comes by a point, and dies there if it is the one.
    pub(super) fn reach(&self, place: Place, moment: Moment) {
        if !place.call.moments().contains(&moment) {
            return;
        }
        if self.passed().is_struck(self.at, place, moment) {
            self.die(self.at);
        }
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `kill -9`, and not a line of code more.
    fn die(&self, point: Option<Point>) -> ! {
        let mut passed = self.passed();
        if let Some(point) = point {
            passed.note(&format!("{point} dies"));
        }
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

impl Passed {
    /// Counts, and says whether this is the point.
    fn is_struck(&mut self, at: Option<Point>, place: Place, moment: Moment) -> bool {
        let count = self.counts.entry((place, moment)).or_default();
        *count += 1;
        let here = Point { place, moment, nth: *count };
        if moment != Moment::Within {
            self.note(&here.to_string());
        }
        at == Some(here)
    }

    /// The kernel has the line before the process can die.
    fn note(&mut self, line: &str) {
        if let Some(trace) = &mut self.trace {
            let _ = trace.write_all(format!("{line}\n").as_bytes());
        }
    }
}

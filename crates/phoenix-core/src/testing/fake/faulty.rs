//! Faults at the boundary between use-cases and ports: at any chosen point the process dies or sleeps, a call fails, or others get their turn.
//!
//! A point lies before each call (nothing has happened) and behind it (it has happened, and nobody learns of it). [`Faults`] counts them, so
//! that a test can first run without a fault and then once for every point.

mod ports;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use crate::ports::failure::Failure;

/// What happens at the chosen point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The process stops: no call returns before [`Faults::wake_up`]. A test that drops whoever waits for it lets the process die.
    Stop,
    /// The call fails in passing; behind the call its outcome is unknown.
    Failure,
}

/// A place in the sequence of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The method.
    pub call: &'static str,
    /// Whether the call has happened.
    pub happened: bool,
}

/// Decides at which point something happens. Shared by all ports of one process.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    /// Points so far.
    trace: Vec<Point>,
    at: Option<(usize, Fault)>,
    of: Option<(Point, Fault)>,
    /// Strikes to come: at the point of a number.
    armed: BTreeMap<usize, Fault>,
    struck: Option<Point>,
    strikes: u64,
    is_stopped: bool,
    /// Where others get their turn, for each kind of schedule.
    schedule: Option<u64>,
}

impl Faults {
    /// Nothing happens; points are counted.
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    /// Strikes once, at the point of this number, from 0.
    pub fn at(number: usize, fault: Fault) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Plan { at: Some((number, fault)), ..Plan::default() })))
    }

    /// Nothing happens, but at every point others get their turn, more or less often by this number.
    pub fn interleaved(schedule: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Plan { schedule: Some(schedule), ..Plan::default() })))
    }

    /// Strikes once, at the next point of this kind.
    pub fn strike(&self, point: Point, fault: Fault) {
        self.plan().of = Some((point, fault));
    }

    /// Strikes once, so many points from now: 0 is the next one.
    pub fn arm(&self, after: usize, fault: Fault) {
        let mut plan = self.plan();
        let number = plan.trace.len() + after;
        plan.armed.insert(number, fault);
    }

    /// Nothing that was armed strikes any more.
    pub fn disarm(&self) {
        self.plan().armed.clear();
    }

    /// From now on others get their turn at every point, more or less often by this number; `None` lets the process work in one go.
    pub fn interleave(&self, schedule: Option<u64>) {
        self.plan().schedule = schedule;
    }

    /// A process that stopped goes on, as one that was suspended does.
    pub fn wake_up(&self) {
        self.plan().is_stopped = false;
    }

    /// True while the process is stopped.
    pub fn is_stopped(&self) -> bool {
        self.plan().is_stopped
    }

    /// The points so far, in order.
    pub fn trace(&self) -> Vec<Point> {
        self.plan().trace.clone()
    }

    /// How often it struck.
    pub fn strikes(&self) -> u64 {
        self.plan().strikes
    }

    /// Where it struck the last time, if it did.
    pub fn struck(&self) -> Option<Point> {
        self.plan().struck
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self, call: &'static str, happened: bool) -> Result<(), Failure> {
        let (fault, turns) = self.plan().next(Point { call, happened });
        for _ in 0..turns {
            let_others().await;
        }
        match fault {
            None => {
                // Another part of the process may have stopped all of it.
                self.while_stopped().await;
                Ok(())
            }
            Some(Fault::Stop) => {
                self.plan().is_stopped = true;
                self.while_stopped().await;
                Ok(())
            }
            Some(Fault::Failure) => {
                let failure = Failure::transient("FakeOutage", format!("{call} fails as asked"));
                Err(if happened { failure.outcome_unknown() } else { failure })
            }
        }
    }
}

impl Faults {
    async fn while_stopped(&self) {
        poll_fn(|_| if self.is_stopped() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

/// Waits until whoever else is polled was polled.
async fn let_others() {
    let mut has_waited = false;
    poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Plan {
    /// What happens at this point, and how often others get their turn before.
    fn next(&mut self, point: Point) -> (Option<Fault>, u64) {
        let number = self.trace.len();
        self.trace.push(point);
        (self.fault(number, point), self.turns(number))
    }

    fn fault(&mut self, number: usize, point: Point) -> Option<Fault> {
        let here = self.at.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
        let kind = self.of.take_if(|(of, _)| *of == point).map(|(_, fault)| fault);
        let fault = here.or(kind).or(self.armed.remove(&number));
        if fault.is_some() {
            self.struck = Some(point);
            self.strikes += 1;
        }
        fault
    }

    fn turns(&self, number: usize) -> u64 {
        let Some(schedule) = self.schedule else { return 0 };
        let number = u64::try_from(number).unwrap_or_default();
        // Any spread will do, as long as it is the same every time.
        (schedule.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17).wrapping_mul(number | 1) >> 62
    }
}

/// A port behind which faults strike.
pub struct Faulty<T: ?Sized> {
    port: Arc<T>,
    faults: Arc<Faults>,
}

impl<T: ?Sized> Faulty<T> {
    /// The port, with these faults.
    pub fn new(port: &Arc<T>, faults: &Arc<Faults>) -> Arc<Self> {
        Arc::new(Self { port: Arc::clone(port), faults: Arc::clone(faults) })
    }
}

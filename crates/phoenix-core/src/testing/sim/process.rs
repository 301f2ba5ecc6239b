//! The process that a replica runs in: it works, is suspended, dies and is started again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::testing::fake::{Fault, Faults};
use crate::testing::sim::Blow;
use crate::testing::sim::replica::Replica;

/// Something that a process is doing.
pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Most polls of one piece of work: more is a task that waits for nothing.
const MOST_POLLS: u32 = 100_000;

/// A process and what it is doing.
pub(super) struct Process {
    pub(super) number: u8,
    pub(super) incarnation: u32,
    /// `None` while it is dead.
    replica: Option<Arc<Replica>>,
    faults: Arc<Faults>,
    /// What becomes of it when it stops.
    blow: Blow,
    tasks: Vec<Task>,
}

impl Process {
    pub(super) fn started(number: u8, incarnation: u32, replica: Arc<Replica>, faults: Arc<Faults>) -> Self {
        Self { number, incarnation, replica: Some(replica), faults, blow: Blow::Die, tasks: Vec::new() }
    }

    /// The replica, while it can work.
    pub(super) fn awake(&self) -> Option<Arc<Replica>> {
        self.replica.clone().filter(|_| !self.faults.is_stopped())
    }

    pub(super) const fn is_dead(&self) -> bool {
        self.replica.is_none()
    }

    pub(super) fn strikes(&self) -> u64 {
        self.faults.strikes()
    }

    /// Where it was struck the last time.
    pub(super) fn struck(&self) -> Option<(&'static str, bool)> {
        self.faults.struck().map(|point| (point.call, point.happened))
    }

    pub(super) fn arm(&mut self, after: u16, blow: Blow) {
        let fault = match blow {
            Blow::Fail => Fault::Failure,
            Blow::Die | Blow::Suspend => {
                self.blow = blow;
                Fault::Stop
            }
        };
        self.faults.arm(usize::from(after), fault);
    }

    pub(super) fn disarm(&self) {
        self.faults.disarm();
    }

    pub(super) fn die(&mut self) {
        self.tasks.clear();
        self.replica = None;
    }

    /// Goes on after a suspension.
    pub(super) fn wake(&mut self) {
        self.faults.wake_up();
        together(std::slice::from_mut(self), None);
    }

    pub(super) fn begin(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Box::pin(task));
    }

    /// Polls everything once; true while there is something left to be polled.
    fn poll(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        if !self.faults.is_stopped() {
            return !self.tasks.is_empty();
        }
        match self.blow {
            Blow::Die => self.die(),
            Blow::Suspend | Blow::Fail => {}
        }
        false
    }
}

/// Lets all of them do what they have begun, in turns by this schedule or each in one go, until they are done or stopped.
pub(super) fn together(processes: &mut [Process], schedule: Option<u64>) {
    for process in processes.iter() {
        process.faults.interleave(schedule.map(|schedule| schedule * 16 + u64::from(process.number)));
    }
    let mut polls = 0_u32;
    let mut going_on = vec![true; processes.len()];
    while going_on.contains(&true) {
        for (process, goes_on) in processes.iter_mut().zip(&mut going_on) {
            *goes_on = *goes_on && process.poll();
        }
        polls += 1;
        assert!(polls < MOST_POLLS, "a task waits for nothing");
    }
}

//! Lives through a history, step by step, and then lets faults stop and time pass.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::experiment::invariant::{Broken, world};
use crate::experiment::{Policy, State};
use crate::testing::sim::checker::Checker;
use crate::testing::sim::generate::REPLICAS;
use crate::testing::sim::process::{Process, together};
use crate::testing::sim::stage::Stage;
use crate::testing::sim::{Chore, Coverage, Mutant, Order, Step};
use crate::time::{Span, Timestamp};

/// The shortest time after which anybody looks again.
const HOP: Span = Span::from_millis(250);
/// How long it may take until everything is over, once faults have stopped and a clock that was set back has caught up.
const PATIENCE: Span = Span::from_mins(30);
/// Longest detail of a panic that is kept, in characters.
const LONGEST_DETAIL: usize = 1_000;
/// A tenth of a second.
const TENTH: Span = Span::from_millis(100);

/// What a history came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
    /// What was reached.
    pub coverage: Coverage,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number; 0 is a panic that names none.
    pub invariant: u8,
    /// What was seen.
    pub detail: String,
    /// After which step; the number of steps means afterwards, when faults had stopped.
    pub step: usize,
}

/// Lives through these steps, with a defect or without.
pub fn run(steps: &[Step], mutant: Option<Mutant>) -> Outcome {
    let mut history = History::new(mutant);
    let lived = catch_unwind(AssertUnwindSafe(|| history.live(steps)));
    let violation = match lived {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => Some(Violation { invariant: broken.number, detail: broken.to_string(), step: history.step }),
        Err(panic) => Some(Violation::of_panic(&*panic, history.step)),
    };
    Outcome { violation, coverage: history.coverage() }
}

impl Violation {
    /// The debug assertions of the core are the same invariants; anything else that panics is none of them.
    fn of_panic(panic: &(dyn std::any::Any + Send), step: usize) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text");
        let number = text.strip_prefix("invariant ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        Self { invariant: number.unwrap_or(0), detail: text.chars().take(LONGEST_DETAIL).collect(), step }
    }
}

struct History {
    stage: Stage,
    processes: Vec<Process>,
    checker: Checker,
    policy: Policy,
    step: usize,
    strikes: u64,
    coverage: Coverage,
}

impl History {
    fn new(mutant: Option<Mutant>) -> Self {
        let stage = Stage::new(mutant);
        let processes = (0..REPLICAS).map(|number| stage.started(number, 0)).collect();
        Self {
            stage,
            processes,
            checker: Checker::default(),
            policy: Policy::default(),
            step: 0,
            strikes: 0,
            coverage: Coverage::default(),
        }
    }

    fn live(&mut self, steps: &[Step]) -> Result<(), Broken> {
        for (number, step) in steps.iter().enumerate() {
            self.step = number;
            self.take(*step)?;
            self.look()?;
        }
        self.step = steps.len();
        self.wind_up()
    }

    fn coverage(mut self) -> Coverage {
        self.checker.cover(&mut self.coverage);
        self.coverage
    }

    fn take(&mut self, step: Step) -> Result<(), Broken> {
        match step {
            Step::Create(replica, number, plan) => {
                let document = plan.document(number, self.stage.now());
                self.ask(replica, |replica| replica.create(document));
            }
            Step::Submit(replica, number, order) => self.submit(replica, &format!("e{number}"), order),
            Step::Do(replica, chore) => self.see_to(replica, chore),
            Step::Live(tenths) => return self.pass(tenths),
            Step::Skip(tenths) => {
                self.stage.pass(Span::from_micros(TENTH.as_micros() * u64::from(tenths)));
                self.checker.disturbed();
            }
            Step::Jump(secs) => {
                let from = self.stage.now();
                self.stage.clock.set(Timestamp::from_micros(from.as_micros() + i64::from(secs) * 1_000_000));
                self.checker.jumped(from);
            }
            Step::Together(schedule) => self.work(Some(schedule.into())),
            Step::Arm(replica, after, blow) => self.process(replica).arm(after, blow),
            Step::Kill(replica) => self.process(replica).die(),
            Step::Restart(replica) => self.restart(replica),
            Step::Wake(replica) => self.process(replica).wake(),
            Step::Collectors(kind, fate) => self.stage.fate(kind, fate),
            Step::Deployer(trouble, times) => self.stage.trouble(trouble, times),
            Step::Reports(kind, source) => self.stage.report(kind, source),
            Step::Outage(fails) => self.stage.outage(fails),
            Step::Lacks(lacks) => self.stage.lacks(lacks),
            Step::Generator(times) => self.stage.generator_fails(times),
            Step::Effects(outbox, times) => self.stage.effects(outbox, times),
        }
        Ok(())
    }

    fn process(&mut self, replica: u8) -> &mut Process {
        let number = usize::from(replica) % self.processes.len();
        #[expect(clippy::indexing_slicing, reason = "counted round")]
        &mut self.processes[number]
    }

    /// Hands something to a replica that is awake; a client of one that is not gets no answer.
    fn ask<T: Future<Output = ()> + 'static>(
        &mut self,
        replica: u8,
        task: impl FnOnce(std::sync::Arc<super::replica::Replica>) -> T,
    ) {
        let process = self.process(replica);
        if let Some(replica) = process.awake() {
            process.begin(task(replica));
            together(std::slice::from_mut(process), None);
        }
    }

    fn submit(&mut self, replica: u8, id: &str, order: Order) {
        let id = id.to_owned();
        self.ask(replica, |replica| replica.submit(id, order));
    }

    fn see_to(&mut self, replica: u8, chore: Chore) {
        self.ask(replica, |replica| replica.see_to(chore));
        self.policy.frozen = self.stage.is_frozen();
    }

    fn restart(&mut self, replica: u8) {
        let process = self.process(replica);
        if process.is_dead() {
            let (number, incarnation) = (process.number, process.incarnation + 1);
            let started = self.stage.started(number, incarnation);
            *self.process(replica) = started;
        }
    }

    /// Every replica that is awake does what is due.
    fn work(&mut self, schedule: Option<u64>) {
        for process in &mut self.processes {
            if let Some(replica) = process.awake() {
                process.begin(replica.clone().drive());
                process.begin(replica.sample());
            }
        }
        together(&mut self.processes, schedule);
    }

    fn look(&mut self) -> Result<(), Broken> {
        let strikes = self.processes.iter().map(Process::strikes).sum();
        if strikes != self.strikes {
            self.strikes = strikes;
            self.coverage.faults.extend(self.processes.iter().filter_map(Process::struck));
            self.checker.disturbed();
        }
        self.checker.look(&self.stage)
    }

    /// Time passes from one thing that is due to the next.
    fn pass(&mut self, tenths: u32) -> Result<(), Broken> {
        let end = self.stage.now() + Span::from_micros(TENTH.as_micros() * u64::from(tenths));
        while self.stage.now() < end {
            self.hop(end)?;
        }
        Ok(())
    }

    /// Works, and lets the time pass until something is due, but not beyond `end`.
    fn hop(&mut self, end: Timestamp) -> Result<(), Broken> {
        self.work(None);
        self.look()?;
        let now = self.stage.now();
        let next = self.stage.next().unwrap_or(end).max(now + HOP).min(end);
        let passed = next.since(now);
        self.stage.pass(passed);
        if self.processes.iter().any(|process| process.awake().is_some()) {
            self.checker.waited(next, passed, &self.policy)?;
        } else {
            self.checker.disturbed();
        }
        Ok(())
    }

    /// Faults stop, clients end what would wait for ever, and time passes until everything is over and clean.
    fn wind_up(&mut self) -> Result<(), Broken> {
        for replica in 0..REPLICAS {
            self.process(replica).disarm();
            self.process(replica).wake();
            self.restart(replica);
            self.process(replica).disarm();
        }
        self.stage.heal();
        self.see_to(0, Chore::Thaw);
        self.look()?;
        self.checker.disturbed();
        let waiting: Vec<(String, Order)> = self
            .checker
            .rows()
            .filter_map(|row| {
                let is_paused = row.status.clock.is_some_and(|clock| clock.paused_since.is_some());
                let order = match row.state {
                    State::Pending => Order::Cancel,
                    State::Running if is_paused => Order::Resume,
                    _ => return None,
                };
                Some((row.id.to_string(), order))
            })
            .collect();
        for (id, order) in waiting {
            self.submit(0, &id, order);
        }
        self.look()?;
        let end = self.checker.caught_up(self.stage.now()) + PATIENCE;
        while self.stage.now() < end && !self.checker.rows().all(world::is_over) {
            let Some(next) = self.stage.next() else { break };
            self.hop(next.max(self.stage.now() + HOP))?;
        }
        for _ in 0..3 {
            self.see_to(1, Chore::Sweep);
        }
        self.look()?;
        self.checker.conclude(&self.stage)
    }
}

//! From a seed to a history.

use crate::experiment::PipelineType;
use crate::testing::sim::random::Random;
use crate::testing::sim::{Blow, Chore, Fate, Order, Outbox, Plan, Source, Step, Trouble};

/// Replicas of a history.
pub(super) const REPLICAS: u8 = 2;
/// Experiments that a history may create.
const EXPERIMENTS: u32 = 3;
/// A day, in seconds.
const DAY: i32 = 86_400;

/// The history of this seed.
pub fn history(seed: u64) -> Vec<Step> {
    let random = &mut Random::of(seed);
    let length = usize::try_from(random.between(6, 40)).unwrap_or_default();
    // A first experiment that is started, so that not half of all histories is about nothing.
    let mut steps = vec![Step::Create(0, 0, plan(random)), Step::Submit(1, 0, Order::Start)];
    while steps.len() < length {
        steps.push(step(random));
    }
    steps
}

fn step(random: &mut Random) -> Step {
    match random.below(100) {
        0..28 => Step::Live(time(random)),
        28..40 => Step::Submit(replica(random), number(random, EXPERIMENTS), order(random)),
        40..45 => Step::Create(replica(random), number(random, EXPERIMENTS), plan(random)),
        45..60 => Step::Arm(replica(random), points(random), pick(random, &Blow::ALL, Blow::Fail)),
        60..62 => Step::Kill(replica(random)),
        62..66 => Step::Restart(replica(random)),
        66..70 => Step::Wake(replica(random)),
        70..76 => Step::Together(number(random, 250)),
        76..81 => Step::Collectors(kind(random), pick(random, &Fate::ALL, Fate::Well)),
        81..84 => Step::Deployer(pick(random, &Trouble::ALL, Trouble::Ensure), number(random, 4)),
        84..89 => Step::Reports(kind(random), pick(random, &Source::ALL, Source::Normal)),
        89..92 => Step::Outage(random.chance(60)),
        92 => Step::Generator(number(random, 9)),
        93 => Step::Lacks(random.chance(60)),
        94 => Step::Effects(Outbox::Late, number(random, 40)),
        95 => Step::Effects(Outbox::Lost, number(random, 4)),
        96 => Step::Skip(random.between(1, 500)),
        97 => Step::Jump(jump(random)),
        _ => Step::Do(
            replica(random),
            pick(random, &[Chore::Freeze, Chore::Thaw, Chore::Sweep, Chore::Expire], Chore::Sweep),
        ),
    }
}

/// Mostly moments; now and then longer than any lease.
fn time(random: &mut Random) -> u32 {
    match random.below(10) {
        0..3 => random.between(1, 10),
        3..8 => random.between(10, 50),
        8 => random.between(50, 150),
        _ => random.between(150, 900),
    }
}

/// Mostly within the next piece of work.
fn points(random: &mut Random) -> u16 {
    let end = if random.chance(70) { 40 } else { 250 };
    u16::try_from(random.below(end)).unwrap_or_default()
}

fn plan(random: &mut Random) -> Plan {
    // Long runs are expensive.
    let plan = pick(random, &Plan::ALL, Plan::Short);
    if plan == Plan::Long && random.chance(70) { Plan::Short } else { plan }
}

fn order(random: &mut Random) -> Order {
    // A start is what most others need to mean anything.
    if random.chance(25) { Order::Start } else { pick(random, &Order::ALL, Order::Start) }
}

fn jump(random: &mut Random) -> i32 {
    let far = i32::try_from(random.below(40)).unwrap_or_default();
    pick(random, &[DAY, -DAY, far, -far], DAY)
}

fn kind(random: &mut Random) -> PipelineType {
    pick(random, &[PipelineType::Baseline, PipelineType::Candidate, PipelineType::Candidate], PipelineType::Candidate)
}

fn replica(random: &mut Random) -> u8 {
    number(random, REPLICAS.into())
}

fn number(random: &mut Random, end: u32) -> u8 {
    u8::try_from(random.below(end)).unwrap_or_default()
}

fn pick<T: Copy>(random: &mut Random, all: &[T], otherwise: T) -> T {
    random.of_all(all).unwrap_or(otherwise)
}

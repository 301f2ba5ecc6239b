//! Takes samples: claims a class of experiments at an instant, reads all their collectors in one batch, stores the rows in one batch, and
//! raises what cannot wait for a look.

use std::collections::BTreeMap;

use crate::analysis::sample::{ArmSample, HostReading, PairedSample, SampleOutcome};
use crate::analysis::{Digest, screen, screen_guardrails};
use crate::app::evidence::HICCUP;
use crate::app::{Ports, Reconciler};
use crate::experiment::{Input, Pair, PipelineObservation, PipelineRef, RunClock};
use crate::id::{ExperimentId, HostName, PipelineName, ReplicaId};
use crate::ports::failure::Failure;
use crate::ports::metrics::{ReadTarget, Reading, Unreadable};
use crate::ports::samples::{SampleRow, SamplingMember, SamplingUnit};
use crate::time::{Span, Timestamp};

/// How long a class is claimed.
const LEASE: Span = Span::from_secs(30);
/// How long one collector may take at the most.
const LONGEST_READ: Span = Span::from_secs(3);
/// Most missed instants that are recorded one by one.
const MOST_MISSED: usize = 2_000;

/// Samples running experiments.
#[derive(Clone)]
pub struct Sampler {
    ports: Ports,
    reconciler: Reconciler,
    owner: ReplicaId,
}

/// What one member's instant came to.
struct Taken {
    rows: Vec<SampleRow>,
    digest: Digest,
    raised: Vec<Input>,
}

type Readings = BTreeMap<(PipelineName, HostName), Result<HostReading, Unreadable>>;

impl Sampler {
    /// A sampler of this replica.
    pub const fn new(ports: Ports, reconciler: Reconciler, owner: ReplicaId) -> Self {
        Self { ports, reconciler, owner }
    }

    /// Claims and takes, for tests that need no two classes at a time; `false` when nothing is due.
    #[cfg(any(test, feature = "testing"))]
    pub async fn sample(&self) -> Result<bool, Failure> {
        match self.claim().await? {
            None => Ok(false),
            Some(unit) => self.take(&unit).await.map(|()| true),
        }
    }

    /// Claims a due class; `None` when nothing is due. Nobody else gets the class before its samples are taken or the claim ends.
    pub async fn claim(&self) -> Result<Option<SamplingUnit>, Failure> {
        self.ports.samples.claim_sampling(&self.owner, self.ports.clock.now(), LEASE).await
    }

    /// Takes the samples of a claimed class.
    pub async fn take(&self, unit: &SamplingUnit) -> Result<(), Failure> {
        let readings = self.read(unit).await;
        let mut rows = Vec::new();
        let mut digests = Vec::new();
        let mut raised = Vec::new();
        for member in &unit.members {
            let Some(taken) = take(unit, member, &readings) else { continue };
            rows.extend(taken.rows);
            digests.push((member.experiment.id.clone(), taken.digest));
            raised.extend(taken.raised.into_iter().map(|input| (member.experiment.id.clone(), input)));
        }
        self.count(&rows);
        self.ports.samples.record_samples(unit, rows, digests).await?;
        self.raise(raised).await
    }

    async fn raise(&self, raised: Vec<(ExperimentId, Input)>) -> Result<(), Failure> {
        let mut failed = None;
        for (id, input) in raised {
            // One that cannot be told is no reason to keep the news from the others; the next sample raises it again.
            failed = failed.or(self.reconciler.raise(&id, &input).await.err());
        }
        failed.map_or(Ok(()), Err)
    }

    async fn read(&self, unit: &SamplingUnit) -> Readings {
        let targets: Vec<ReadTarget> = unit.members.iter().flat_map(targets_of).collect();
        match self.ports.metrics.read(unit.instant, patience(unit.interval), &targets).await {
            Ok(readings) => {
                readings.into_iter().map(|Reading { pipeline, host, result }| ((pipeline, host), result)).collect()
            }
            Err(failure) => {
                let unreadable = Unreadable::ProviderError(failure.message().to_owned());
                targets.into_iter().map(|target| ((target.pipeline, target.host), Err(unreadable.clone()))).collect()
            }
        }
    }

    fn count(&self, rows: &[SampleRow]) {
        let is_missing = |row: &&SampleRow| !matches!(row.sample.outcome, SampleOutcome::Ok | SampleOutcome::Paused);
        let missing = rows.iter().filter(is_missing).count();
        self.ports
            .instruments
            .sampled(rows.len().try_into().unwrap_or(u64::MAX), missing.try_into().unwrap_or(u64::MAX));
    }
}

/// How long one collector may take: one that hangs costs its own arm values and nobody an instant, so a quarter of the interval is left for
/// the rest of the work.
fn patience(interval: Span) -> Span {
    Span::from_micros(interval.as_micros() / 4 * 3).min(LONGEST_READ)
}

fn targets_of(member: &SamplingMember) -> Vec<ReadTarget> {
    [&member.observed.baseline, &member.observed.candidate]
        .into_iter()
        .flatten()
        .flat_map(|observation| {
            observation.hosts.iter().map(|host| ReadTarget {
                pipeline: observation.name.clone(),
                host: host.host.clone(),
                endpoints: host.endpoints.clone(),
            })
        })
        .collect()
}

/// The rows of one experiment at one instant, those of the instants missed before it, and what they raise.
fn take(unit: &SamplingUnit, member: &SamplingMember, readings: &Readings) -> Option<Taken> {
    let experiment = &member.experiment;
    let pipelines = experiment.status.pipelines.as_ref()?;
    let clock = experiment.status.clock?;
    let sample = PairedSample {
        instant: unit.instant,
        baseline: Some(arm(&pipelines.baseline, member.observed.baseline.as_ref(), readings)),
        candidate: Some(arm(&pipelines.candidate, member.observed.candidate.as_ref(), readings)),
    };
    if clock.paused_since.is_some() {
        return Some(take_paused(member, pipelines, &sample));
    }
    let missed = missed(unit, member, clock);
    let is_gap = missed.first().is_some_and(|first| unit.instant.since(*first) > HICCUP);
    // While the clock stands, nothing is expected of an instant; while it goes on, one that was not sampled is missing.
    let stands = is_gap || clock.outage_since.is_some() || member.digest.outage_since.is_some();
    let outcome = if stands { SampleOutcome::ProviderError } else { SampleOutcome::NotTaken };
    let missed_count = missed.len();
    let mut instants: Vec<PairedSample> =
        missed.into_iter().map(|instant| without_values(instant, outcome, "the controller was not sampling")).collect();
    instants.push(sample);
    let minimum_evidence = u64::from(experiment.spec.policy.minimum_samples).max(1);
    let mut digest = member.digest;
    let mut raised = Vec::new();
    let mut rows = Vec::new();
    for (index, sample) in instants.into_iter().enumerate() {
        if index >= missed_count || is_gap {
            let screened = screen(&experiment.spec, minimum_evidence, digest, &sample);
            digest = screened.digest;
            raised.extend(screened.raised);
        }
        rows.extend(rows_of(&experiment.id, pipelines, sample));
    }
    raised.extend(untold(clock, digest, unit.instant).filter(|input| !raised.contains(input)));
    Some(Taken { rows, digest, raised })
}

/// A paused run takes no samples. The first instant of a pause is marked, so that nothing is computed across it; guardrails hold.
fn take_paused(member: &SamplingMember, pipelines: &Pair<PipelineRef>, sample: &PairedSample) -> Taken {
    let experiment = &member.experiment;
    let raised = screen_guardrails(&experiment.spec, sample).into_iter().collect();
    let mark =
        (!member.digest.paused).then(|| without_values(sample.instant, SampleOutcome::Paused, "the run is paused"));
    let rows = mark.into_iter().flat_map(|mark| rows_of(&experiment.id, pipelines, mark)).collect();
    Taken { rows, digest: Digest { paused: true, ..Digest::default() }, raised }
}

/// What the clock of the run should have heard of an outage and has not: a crash lies between storing a sample and telling what it raises.
fn untold(clock: RunClock, digest: Digest, instant: Timestamp) -> Option<Input> {
    match (clock.outage_since, digest.outage_since) {
        (None, Some(since)) => Some(Input::OutageBegan { since }),
        (Some(_), None) => Some(Input::OutageEnded { at: instant }),
        (None, None) | (Some(_), Some(_)) => None,
    }
}

/// Instants between the latest stored sample and this one: the controller was not sampling, so they say nothing about either arm.
/// While the clock stood nothing was expected.
fn missed(unit: &SamplingUnit, member: &SamplingMember, clock: RunClock) -> Vec<Timestamp> {
    let mut instants = Vec::new();
    let last = member.last_instant.unwrap_or(clock.ready_at).max(clock.running_since.unwrap_or(clock.ready_at));
    let mut at = last.next_aligned(unit.interval);
    while at < unit.instant && instants.len() < MOST_MISSED {
        instants.push(at);
        at = at.next_aligned(unit.interval);
    }
    instants
}

fn without_values(instant: Timestamp, outcome: SampleOutcome, reason: &str) -> PairedSample {
    let missing = ArmSample { outcome, reason: Some(reason.to_owned()), hosts: BTreeMap::new() };
    PairedSample { instant, baseline: Some(missing.clone()), candidate: Some(missing) }
}

/// One arm: usable only when every targeted host was read and carries the wanted configuration.
fn arm(pipeline: &PipelineRef, observed: Option<&PipelineObservation>, readings: &Readings) -> ArmSample {
    let mut hosts = BTreeMap::new();
    let mut problem: Option<(SampleOutcome, String)> = None;
    for host in observed.iter().flat_map(|observation| &observation.hosts) {
        let (outcome, reason) = match readings.get(&(pipeline.name.clone(), host.host.clone())) {
            Some(Ok(reading)) if reading.config_hash == pipeline.hash => {
                hosts.insert(host.host.clone(), reading.clone());
                continue;
            }
            Some(Ok(_)) => (SampleOutcome::NoData, "the collector reports another configuration".to_owned()),
            Some(Err(Unreadable::NoData(reason))) => (SampleOutcome::NoData, reason.clone()),
            Some(Err(Unreadable::ProviderError(reason))) => (SampleOutcome::ProviderError, reason.clone()),
            None => (SampleOutcome::NoData, "the collector was not read".to_owned()),
        };
        problem.get_or_insert((outcome, format!("{}: {reason}", host.host)));
    }
    if hosts.is_empty() && problem.is_none() {
        problem = Some((SampleOutcome::NoData, "no collector of this pipeline is known".to_owned()));
    }
    match problem {
        None => ArmSample { outcome: SampleOutcome::Ok, reason: None, hosts },
        Some((outcome, reason)) => ArmSample { outcome, reason: Some(reason), hosts },
    }
}

fn rows_of(id: &ExperimentId, pipelines: &Pair<PipelineRef>, sample: PairedSample) -> impl Iterator<Item = SampleRow> {
    let row = |pipeline: &PipelineRef, arm: ArmSample| SampleRow {
        experiment_id: id.clone(),
        pipeline: pipeline.name.clone(),
        collected_at: sample.instant,
        sample: arm,
    };
    let baseline = sample.baseline.map(|arm| row(&pipelines.baseline, arm));
    let candidate = sample.candidate.map(|arm| row(&pipelines.candidate, arm));
    [baseline, candidate].into_iter().flatten()
}

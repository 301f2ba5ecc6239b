//! The latest measured values of both arms, for people who watch a run and for the cache. Nothing is judged here.

use std::collections::BTreeMap;

use crate::analysis::Indicator;
use crate::analysis::critical::Critical;
use crate::analysis::sample::{ArmSample, Measure, PairedSample, SampleOutcome};
use crate::analysis::series::{error_share, executables, gauge, rate};
use crate::analysis::words::{count, float};
use crate::experiment::{Pair, PipelineType};
use crate::id::HostName;
use crate::spec::ProcessPattern;
use crate::time::Timestamp;

/// The latest values of both arms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latest {
    /// The latest instant at which either arm was read.
    pub at: Option<Timestamp>,
    /// Values of each arm; what cannot be computed is left out.
    pub values: Pair<BTreeMap<Indicator, f64>>,
}

/// The values of the latest samples of each arm that could be read. Rates need two; an arm that fell silent keeps its latest values for as
/// long as the samples reach back.
pub fn latest_values(critical_processes: &[ProcessPattern], samples: &[PairedSample]) -> Latest {
    let critical = Critical::new(critical_processes);
    let baseline = latest_of(samples, PipelineType::Baseline);
    let candidate = latest_of(samples, PipelineType::Candidate);
    let mut values = Pair { baseline: values_of(&baseline), candidate: values_of(&candidate) };
    if let (Some((_, in_baseline)), Some((_, in_candidate))) = (baseline.first(), candidate.first())
        && let Some(share) = retained(&critical, in_baseline, in_candidate)
    {
        values.baseline.insert(Indicator::CriticalRetention, 1.0);
        values.candidate.insert(Indicator::CriticalRetention, share);
    }
    let instants = [baseline.first(), candidate.first()];
    Latest { at: instants.into_iter().flatten().map(|(instant, _)| *instant).max(), values }
}

/// The latest two readable samples of an arm, newest first.
fn latest_of(samples: &[PairedSample], arm: PipelineType) -> Vec<(Timestamp, &ArmSample)> {
    let readable = samples.iter().rev().filter_map(|sample| {
        let arm = match arm {
            PipelineType::Baseline => sample.baseline.as_ref(),
            PipelineType::Candidate => sample.candidate.as_ref(),
        };
        arm.filter(|arm| arm.outcome == SampleOutcome::Ok && !arm.hosts.is_empty()).map(|arm| (sample.instant, arm))
    });
    readable.take(2).collect()
}

fn values_of(latest: &[(Timestamp, &ArmSample)]) -> BTreeMap<Indicator, f64> {
    let Some((_, now)) = latest.first() else { return BTreeMap::new() };
    let step = |value: &dyn Fn(&ArmSample) -> Option<f64>| latest.get(1).and_then(|(_, before)| value(before));
    let values = [
        (Indicator::ActiveSeries, gauge(now, Measure::ActiveSeries)),
        (Indicator::DatapointsRate, step(&|before| rate(before, now, Measure::DatapointsSent))),
        (Indicator::MemoryUsage, gauge(now, Measure::MemoryBytes)),
        (Indicator::CpuUsage, step(&|before| rate(before, now, Measure::CpuSeconds))),
        (Indicator::ErrorRate, step(&|before| error_share(before, now))),
        (Indicator::ProcessCount, Some(executables(now))),
    ];
    values.into_iter().filter_map(|(indicator, value)| Some((indicator, value?))).collect()
}

/// Share of the baseline's critical executables that the candidate has, too.
fn retained(critical: &Critical<'_>, baseline: &ArmSample, candidate: &ArmSample) -> Option<f64> {
    let watched = critical_executables(critical, baseline);
    let kept = watched.iter().filter(|(host, name)| {
        candidate.hosts.get(*host).is_some_and(|reading| reading.executables.contains_key(*name))
    });
    let kept = float(count(kept.count()));
    (!watched.is_empty()).then(|| kept / float(count(watched.len())))
}

fn critical_executables<'a>(critical: &Critical<'_>, arm: &'a ArmSample) -> Vec<(&'a HostName, &'a str)> {
    let all =
        arm.hosts.iter().flat_map(|(host, reading)| reading.executables.keys().map(move |name| (host, name.as_str())));
    all.filter(|(_, name)| critical.matches(name)).collect()
}

#[cfg(test)]
mod tests;

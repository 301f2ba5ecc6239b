//! Measured values and their comparison.

use std::collections::BTreeMap;

use phoenix_core::analysis::{Comparison, Indicator, IndicatorResult, LostExecutable, SampleCounts};
use phoenix_core::app::LatestMetrics;
use phoenix_core::spec::Role;
use phoenix_core::time::Timestamp;
use phoenix_proto::controller::v1 as proto;

use crate::grpc::convert::time::timestamp;

/// What was measured for an experiment.
pub(in crate::grpc) fn metrics(latest: LatestMetrics) -> proto::ExperimentMetrics {
    proto::ExperimentMetrics {
        id: latest.id.into(),
        baseline_metrics: pipeline(&latest.values.baseline, latest.at),
        variant_metrics: pipeline(&latest.values.candidate, latest.at),
        comparison_result: latest.comparison.map(comparison),
    }
}

/// The values of one arm; `None` before its first sample.
fn pipeline(values: &BTreeMap<Indicator, f64>, at: Option<Timestamp>) -> Option<proto::PipelineMetrics> {
    let value = |indicator| values.get(&indicator).copied();
    (!values.is_empty()).then(|| proto::PipelineMetrics {
        process_count: value(Indicator::ProcessCount),
        memory_usage: value(Indicator::MemoryUsage),
        cpu_usage: value(Indicator::CpuUsage),
        datapoints_per_sec: value(Indicator::DatapointsRate),
        error_rate: value(Indicator::ErrorRate),
        active_series: value(Indicator::ActiveSeries),
        critical_retention: value(Indicator::CriticalRetention),
        collected_at: at.map(timestamp),
    })
}

fn comparison(comparison: Comparison) -> proto::ComparisonResult {
    proto::ComparisonResult {
        verdict: comparison.verdict.to_string(),
        reasons: comparison.reasons,
        indicators: comparison.indicators.into_iter().map(indicator).collect(),
        lost_processes: comparison.lost.into_iter().map(lost).collect(),
        samples: Some(samples(comparison.samples)),
        hosts: comparison.hosts.into_iter().map(String::from).collect(),
    }
}

fn indicator(result: IndicatorResult) -> proto::IndicatorResult {
    let role = match result.role {
        Role::Saving => "saving",
        Role::Gate => "gate",
        Role::Info => "info",
    };
    proto::IndicatorResult {
        indicator: result.indicator.to_string(),
        baseline: result.baseline,
        candidate: result.candidate,
        relative_change: result.change,
        interval_low: result.interval.map(|(low, _)| low),
        interval_high: result.interval.map(|(_, high)| high),
        margin: result.margin,
        outcome: result.outcome.to_string(),
        reason: result.reason,
        judged: result.judged,
        role: role.to_owned(),
        samples: result.samples,
    }
}

fn lost(lost: LostExecutable) -> proto::LostProcess {
    proto::LostProcess {
        executable: lost.executable,
        host: lost.host.into(),
        critical: lost.critical,
        seen_by_baseline: lost.seen_by_baseline,
        seen_by_candidate: lost.seen_by_candidate,
    }
}

const fn samples(counts: SampleCounts) -> proto::SampleCounts {
    proto::SampleCounts { taken: counts.taken, warm_up: counts.warm_up, missing: counts.missing, judged: counts.judged }
}

#[cfg(test)]
mod tests {
    use phoenix_core::analysis::{Outcome, Verdict};
    use phoenix_core::experiment::Pair;
    use phoenix_core::testing::build::at;

    use super::*;

    fn latest(comparison: Option<Comparison>) -> LatestMetrics {
        let baseline = BTreeMap::from([(Indicator::ActiveSeries, 474.0), (Indicator::ErrorRate, 0.0)]);
        let values = Pair { baseline, candidate: BTreeMap::new() };
        LatestMetrics { id: "e1".parse().expect("valid"), at: Some(at(5)), values, comparison }
    }

    #[test]
    fn a_value_that_was_not_measured_is_absent_and_zero_is_zero() {
        let shown = metrics(latest(None));
        let baseline = shown.baseline_metrics.expect("measured");
        assert_eq!((baseline.active_series, baseline.error_rate, baseline.cpu_usage), (Some(474.0), Some(0.0), None));
        assert_eq!(baseline.collected_at, Some(timestamp(at(5))));
        assert_eq!((shown.variant_metrics, shown.comparison_result), (None, None));
    }

    #[test]
    fn a_comparison_is_shown_whole() {
        let result = IndicatorResult {
            indicator: Indicator::ActiveSeries,
            role: Role::Saving,
            baseline: Some(474.0),
            candidate: Some(98.0),
            change: Some(-0.79),
            interval: Some((-0.8, -0.78)),
            margin: 0.1,
            outcome: Outcome::Improved,
            judged: true,
            reason: "in every sample".to_owned(),
            samples: 60,
        };
        let lost = LostExecutable {
            executable: "postgres".to_owned(),
            host: "host-a".parse().expect("valid"),
            critical: true,
            seen_by_baseline: 60,
            seen_by_candidate: 2,
        };
        let samples = SampleCounts { taken: 68, warm_up: 8, warm_up_usable: 8, missing: 1, judged: 60 };
        let shown = metrics(latest(Some(Comparison {
            verdict: Verdict::Reject,
            reasons: vec!["critical_retention: postgres is lost".to_owned()],
            indicators: vec![result],
            lost: vec![lost],
            samples,
            hosts: vec!["host-a".parse().expect("valid")],
        })));
        let comparison = shown.comparison_result.expect("a comparison");
        assert_eq!((comparison.verdict.as_str(), comparison.hosts.len()), ("reject", 1));
        assert_eq!(comparison.reasons, ["critical_retention: postgres is lost"]);
        assert_eq!(comparison.samples, Some(proto::SampleCounts { taken: 68, warm_up: 8, missing: 1, judged: 60 }));
        let indicator = &comparison.indicators[0];
        assert_eq!((indicator.indicator.as_str(), indicator.outcome.as_str()), ("active_series", "improved"));
        assert_eq!((indicator.role.as_str(), indicator.judged, indicator.samples), ("saving", true, 60));
        assert_eq!((indicator.baseline, indicator.candidate), (Some(474.0), Some(98.0)));
        assert_eq!(
            (indicator.relative_change, indicator.interval_low, indicator.interval_high),
            (Some(-0.79), Some(-0.8), Some(-0.78))
        );
        let lost = &comparison.lost_processes[0];
        assert_eq!((lost.executable.as_str(), lost.host.as_str(), lost.critical), ("postgres", "host-a", true));
        assert_eq!((lost.seen_by_baseline, lost.seen_by_candidate), (60, 2));
    }
}

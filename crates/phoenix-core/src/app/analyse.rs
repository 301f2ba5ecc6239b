//! Computes the comparison of a run from its stored samples, page by page: a run may be longer than what fits into memory.
//!
//! Re-runnable: it reads only what was stored while the experiment was running, which does not change any more.

use crate::analysis::sample::PairedSample;
use crate::analysis::{Analysis, Comparison, Evidence, Verdict};
use crate::app::Ports;
use crate::experiment::{Analysed, EffectOutcome, Experiment, Reason};
use crate::ports::failure::Failure;
use crate::time::{Span, Timestamp};

/// Instants that are held at a time. Between two pages the store is waited for, and others get their turn.
const PAGE: u32 = 100;

/// Compares the samples between readiness and the end of the run.
pub(super) async fn analyse(
    ports: &Ports,
    experiment: &Experiment,
) -> Result<(EffectOutcome, Option<Comparison>), Failure> {
    let Some(evidence) = Evidence::of(experiment) else {
        let message = "the experiment never ran".to_owned();
        return Ok((EffectOutcome::Failed { reason: Reason::EvidenceNeverCame, message }, None));
    };
    let (from, until) = (evidence.ready_at, experiment.status.entered_at);
    let mut analysis = Analysis::of(evidence);
    in_pages(ports, experiment, from, until, |sample| analysis.take(sample)).await?;
    let mut comparison = analysis.conclude();
    overrule(&mut comparison, experiment);
    let analysed = Analysed {
        verdict: comparison.verdict,
        message: comparison.reasons.first().cloned().unwrap_or_default(),
        usable_samples: comparison.samples.usable(),
    };
    Ok((EffectOutcome::Analysed(analysed), Some(comparison)))
}

/// Hands out the samples from `from` to `until` in order, holding one page at a time.
pub(super) async fn in_pages(
    ports: &Ports,
    experiment: &Experiment,
    from: Timestamp,
    until: Timestamp,
    mut take: impl FnMut(&PairedSample) + Send,
) -> Result<(), Failure> {
    let mut next = Some(from);
    while let Some(begin) = next {
        let page = ports.samples.samples(experiment, begin, until, PAGE).await?;
        page.iter().for_each(&mut take);
        let is_full = u32::try_from(page.len()).is_ok_and(|length| length >= PAGE);
        next = page.last().filter(|_| is_full).map(|last| last.instant + Span::from_micros(1));
    }
    Ok(())
}

/// Some ends are results by themselves. Then the comparison shows what was measured, and must not seem to say something else.
fn overrule(comparison: &mut Comparison, experiment: &Experiment) {
    if let Some(reason) = experiment.status.ended_by.filter(|reason| reason.rejects_candidate()) {
        comparison.verdict = Verdict::Reject;
        comparison.reasons.insert(0, format!("{reason}: {}", experiment.status.message));
    }
}

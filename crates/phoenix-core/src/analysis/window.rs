//! Which samples count: the warm-up is dropped, and a pair is usable only when both arms were read on the same hosts at the same instant.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::coverage::Coverage;
use crate::analysis::sample::{ArmSample, HostReading, PairedSample, SampleOutcome};
use crate::analysis::{Evidence, SampleCounts};
use crate::id::HostName;
use crate::time::Timestamp;

/// An instant at which both arms were read on the same hosts.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsablePair<'a> {
    pub(super) instant: Timestamp,
    /// False within the warm-up.
    pub(super) judged: bool,
    pub(super) baseline: &'a ArmSample,
    pub(super) candidate: &'a ArmSample,
}

/// What of a run counts and what does not.
#[derive(Debug)]
pub(super) struct Window {
    judged_from: Timestamp,
    pub(super) counts: SampleCounts,
    /// What is missing of the judged part.
    pub(super) coverage: Coverage,
    /// Hosts that both arms reported.
    pub(super) hosts: BTreeSet<HostName>,
}

impl Window {
    /// Nothing of the run yet.
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        Self {
            judged_from: evidence.ready_at + evidence.spec.schedule.warm_up,
            counts: SampleCounts::default(),
            coverage: Coverage::default(),
            hosts: BTreeSet::new(),
        }
    }

    /// Counts a sample, which is no mark of a pause; answers with its pair if it is usable.
    pub(super) fn take<'a>(&mut self, sample: &'a PairedSample) -> Option<UsablePair<'a>> {
        let judged = sample.instant >= self.judged_from;
        let pair = usable_pair(sample, judged);
        let counts = &mut self.counts;
        counts.taken += 1;
        match (judged, pair.is_some()) {
            (true, true) => counts.judged += 1,
            (true, false) => counts.missing += 1,
            (false, usable) => {
                counts.warm_up += 1;
                counts.warm_up_usable += u64::from(usable);
            }
        }
        if judged {
            self.cover(sample, pair.is_some());
            self.hosts.extend(pair.iter().flat_map(|pair| pair.baseline.hosts.keys()).cloned());
        }
        pair
    }

    fn cover(&mut self, sample: &PairedSample, usable: bool) {
        if source_failed(sample) {
            self.coverage.outages += 1;
            return;
        }
        self.coverage.expected += 1;
        if !usable {
            let (baseline, candidate) = missing_arms(sample);
            self.coverage.lacks(baseline, candidate);
        }
    }
}

/// True when the metrics source failed for both arms: no evidence about either.
pub(super) fn source_failed(sample: &PairedSample) -> bool {
    [&sample.baseline, &sample.candidate]
        .into_iter()
        .all(|arm| arm.as_ref().is_some_and(|arm| arm.outcome == SampleOutcome::ProviderError))
}

/// True when the sample only marks the beginning of a pause.
pub(super) fn marks_pause(sample: &PairedSample) -> bool {
    [&sample.baseline, &sample.candidate].into_iter().flatten().any(|arm| arm.outcome == SampleOutcome::Paused)
}

/// Both arms, if they were read on the same hosts.
pub(super) fn usable_pair(sample: &PairedSample, judged: bool) -> Option<UsablePair<'_>> {
    let baseline = read(sample.baseline.as_ref())?;
    let candidate = read(sample.candidate.as_ref())?;
    baseline.hosts.keys().eq(candidate.hosts.keys()).then_some(UsablePair {
        instant: sample.instant,
        judged,
        baseline,
        candidate,
    })
}

/// The arm, if it was read.
pub(super) fn read(arm: Option<&ArmSample>) -> Option<&ArmSample> {
    arm.filter(|arm| arm.outcome == SampleOutcome::Ok && !arm.hosts.is_empty())
}

/// Which arms an unusable pair lacks. Where both were read, it is the one that lacks a host of the other.
pub(super) fn missing_arms(sample: &PairedSample) -> (bool, bool) {
    match (read(sample.baseline.as_ref()), read(sample.candidate.as_ref())) {
        (Some(baseline), Some(candidate)) => {
            (lacks_host(&baseline.hosts, &candidate.hosts), lacks_host(&candidate.hosts, &baseline.hosts))
        }
        (baseline, candidate) => (baseline.is_none(), candidate.is_none()),
    }
}

fn lacks_host(hosts: &BTreeMap<HostName, HostReading>, of: &BTreeMap<HostName, HostReading>) -> bool {
    of.keys().any(|host| !hosts.contains_key(host))
}

//! How an experiment got on: the small part that every decision reads. Stays below 2 KB; looks, findings and reports live elsewhere.

use serde::{Deserialize, Serialize};

use crate::analysis::Verdict;
use crate::experiment::{Pair, PipelineRef, Reason, State};
use crate::spec::ExperimentSpec;
use crate::time::{Span, Timestamp};

/// Longest message kept in a status, in bytes; the history keeps more of it.
const LONGEST_MESSAGE: usize = 400;

/// How an experiment got on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// When the present state was entered.
    pub entered_at: Timestamp,
    /// Why the present state was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Both pipelines, once generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<Pair<PipelineRef>>,
    /// The clock of the run, once both pipelines were ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<RunClock>,
    /// Why the run ended; the verdict depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Reason>,
    /// What the evidence says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What has become of the pipelines after the end.
    #[serde(default)]
    pub cleanup: Cleanup,
    /// Times a client asked to deploy a pipeline again.
    #[serde(default)]
    pub redeployments: u32,
}

/// What has become of the pipelines after the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// The experiment has not ended.
    #[default]
    NotDue,
    /// The pipelines are being removed; tried until it is confirmed.
    Pending,
    /// The pipelines are confirmed to be gone.
    Confirmed,
    /// The user asked to keep them.
    Kept,
}

/// What is to become of the pipelines when an experiment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterEnd {
    /// They are removed.
    Remove,
    /// They go on, because the user asked for it.
    Keep,
}

/// The clock of a running experiment. Only an outage of the metrics source and a pause by request stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunClock {
    /// When both pipelines were ready.
    pub ready_at: Timestamp,
    /// Time run before `running_since`.
    pub elapsed: Span,
    /// Since when it runs; `None` while it stands.
    pub running_since: Option<Timestamp>,
    /// Since when evidence cannot be had; back to the first missed instant.
    pub outage_since: Option<Timestamp>,
    /// Time that earlier outages took.
    pub outage_used: Span,
    /// Since when it is paused by request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<Timestamp>,
    /// Time that earlier pauses took.
    #[serde(default)]
    pub paused: Span,
    /// Planned number of judged samples, fixed when both pipelines were ready.
    pub planned_samples: u64,
}

impl AfterEnd {
    /// What the specification asks for.
    pub const fn of(spec: &ExperimentSpec) -> Self {
        if spec.keep_pipelines { Self::Keep } else { Self::Remove }
    }
}

impl RunClock {
    /// A clock that starts now.
    pub const fn start(now: Timestamp, planned_samples: u64) -> Self {
        Self {
            ready_at: now,
            elapsed: Span::ZERO,
            running_since: Some(now),
            outage_since: None,
            outage_used: Span::ZERO,
            paused_since: None,
            paused: Span::ZERO,
            planned_samples,
        }
    }

    /// Time run so far.
    pub fn elapsed_at(&self, now: Timestamp) -> Span {
        self.running_since.map_or(self.elapsed, |since| self.elapsed + now.since(since))
    }

    /// Time that outages took so far.
    pub fn outage_at(&self, now: Timestamp) -> Span {
        self.outage_since.map_or(self.outage_used, |since| self.outage_used + now.since(since))
    }

    /// Time that pauses took so far.
    pub fn paused_at(&self, now: Timestamp) -> Span {
        self.paused_since.map_or(self.paused, |since| self.paused + now.since(since))
    }

    /// When `duration` will have passed if nothing stops the clock; `None` while it stands.
    pub fn ends_at(&self, duration: Span) -> Option<Timestamp> {
        self.running_since.map(|since| since + duration.saturating_sub(self.elapsed))
    }

    /// The instant that the run has reached: its end, or `now` while it goes on.
    pub fn reached(&self, now: Timestamp) -> Timestamp {
        let has_ended = self.running_since.is_none() && self.outage_since.is_none() && self.paused_since.is_none();
        if has_ended { self.ready_at + self.elapsed + self.outage_used + self.paused } else { now }
    }

    /// Sampling instants behind it: multiples of `interval` since the start, until what the run has reached.
    pub fn instants(&self, interval: Span, now: Timestamp) -> u64 {
        self.reached(now).align_down(interval).since(self.ready_at.align_down(interval)).count_of(interval)
    }

    /// The clock stopped at `since`, which lies in the past: the time after it does not count.
    #[must_use]
    pub fn stopped(mut self, since: Timestamp) -> Self {
        if let Some(running_since) = self.running_since {
            let since = since.max(running_since);
            self.elapsed = self.elapsed + since.since(running_since);
            self.running_since = None;
            self.outage_since = Some(since);
        }
        self
    }

    /// The clock at the end of the run: everything is banked, nothing goes on.
    #[must_use]
    pub fn ended(self, now: Timestamp) -> Self {
        Self {
            elapsed: self.elapsed_at(now),
            outage_used: self.outage_at(now),
            paused: self.paused_at(now),
            running_since: None,
            outage_since: None,
            paused_since: None,
            ..self
        }
    }

    /// The clock paused at `now`. An outage that goes on ends with it: what happens in a pause is nobody's fault.
    #[must_use]
    pub fn paused(self, now: Timestamp) -> Self {
        if self.paused_since.is_some() { self } else { Self { paused_since: Some(now), ..self.ended(now) } }
    }

    /// The clock going on after a pause.
    #[must_use]
    pub fn unpaused(self, now: Timestamp) -> Self {
        if self.paused_since.is_none() {
            return self;
        }
        Self { paused: self.paused_at(now), paused_since: None, running_since: Some(now), ..self }
    }

    /// The clock running again from `at` on.
    #[must_use]
    pub fn resumed(mut self, at: Timestamp) -> Self {
        if let Some(since) = self.outage_since {
            self.outage_used = self.outage_used + at.since(since);
            self.outage_since = None;
            self.running_since = Some(at.max(since));
        }
        self
    }
}

impl Status {
    /// The status of an experiment that was created just now.
    pub const fn entered(now: Timestamp) -> Self {
        Self {
            entered_at: now,
            reason: Some(Reason::Created),
            message: String::new(),
            pipelines: None,
            clock: None,
            ended_by: None,
            verdict: None,
            cleanup: Cleanup::NotDue,
            redeployments: 0,
        }
    }

    /// The status on entering the next state.
    #[must_use]
    pub fn entering(&self, state: State, now: Timestamp, reason: Reason, message: &str, after_end: AfterEnd) -> Self {
        let mut next = self.clone();
        next.entered_at = now;
        next.reason = Some(reason);
        next.message = shortened(message, LONGEST_MESSAGE);
        // Whatever ends the run, its clock ends with it.
        next.clock = next.clock.map(|clock| if state == State::Running { clock } else { clock.ended(now) });
        if state.is_terminal() {
            next.cleanup = match (&next.pipelines, after_end) {
                (None, AfterEnd::Remove | AfterEnd::Keep) => Cleanup::Confirmed,
                (Some(_), AfterEnd::Keep) => Cleanup::Kept,
                (Some(_), AfterEnd::Remove) => Cleanup::Pending,
            };
        }
        next
    }
}

/// The text up to a number of bytes. Control characters become spaces: they say nothing to people and take six bytes each in JSON.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    let mut short = String::new();
    for character in text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }) {
        if short.len() + character.len_utf8() > longest {
            break;
        }
        short.push(character);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: i64) -> Timestamp {
        Timestamp::from_micros(secs * 1_000_000)
    }

    #[test]
    fn an_outage_stops_the_clock_back_to_its_first_missed_instant() {
        let clock = RunClock::start(at(0), 10).stopped(at(30));
        assert_eq!(clock.elapsed_at(at(50)), Span::from_secs(30));
        assert_eq!(clock.outage_at(at(50)), Span::from_secs(20));
        assert_eq!(clock.ends_at(Span::from_secs(60)), None);
        let clock = clock.resumed(at(50));
        assert_eq!(clock.elapsed_at(at(60)), Span::from_secs(40));
        assert_eq!(clock.outage_at(at(60)), Span::from_secs(20));
        assert_eq!(clock.ends_at(Span::from_secs(60)), Some(at(80)));
    }

    #[test]
    fn a_pause_counts_neither_as_run_nor_as_outage_and_ends_an_outage() {
        let clock = RunClock::start(at(0), 10).stopped(at(10)).paused(at(25));
        assert_eq!((clock.elapsed_at(at(90)), clock.outage_at(at(90))), (Span::from_secs(10), Span::from_secs(15)));
        assert_eq!((clock.ends_at(Span::from_secs(60)), clock.outage_since), (None, None));
        assert_eq!(clock.paused(at(50)), clock, "a pause that is asked for twice is one");
        let clock = clock.unpaused(at(85));
        assert_eq!((clock.paused_at(at(90)), clock.elapsed_at(at(90))), (Span::from_secs(60), Span::from_secs(15)));
        assert_eq!(clock.ended(at(100)).reached(at(900)), at(100));
        assert_eq!(clock.unpaused(at(95)), clock);
    }

    #[test]
    fn cleanup_is_told_in_words_like_all_others() {
        let words = [Cleanup::NotDue, Cleanup::Pending, Cleanup::Confirmed, Cleanup::Kept];
        let told = serde_json::to_value(words).expect("serialises");
        assert_eq!(told, serde_json::json!(["not_due", "pending", "confirmed", "kept"]));
    }

    #[test]
    fn instants_count_from_the_start_to_now_or_to_the_end_whatever_the_clock_does_between() {
        let every = Span::from_secs(10);
        let clock = RunClock::start(at(5), 10);
        assert_eq!(
            (clock.instants(every, at(9)), clock.instants(every, at(10)), clock.instants(every, at(35))),
            (0, 1, 3)
        );
        let clock = clock.stopped(at(30));
        assert_eq!(clock.instants(every, at(50)), 5);
        let clock = clock.resumed(at(50)).ended(at(65));
        assert_eq!(clock.instants(every, at(1_000)), 6);
    }
}

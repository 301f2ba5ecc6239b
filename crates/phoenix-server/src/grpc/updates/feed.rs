//! What a stream has told, and has yet to tell.

use std::collections::VecDeque;
use std::time::Duration;

use phoenix_core::app::Caller;
use phoenix_core::error::{Code, Error, Result};
use phoenix_core::experiment::Event;
use phoenix_core::id::ExperimentId;
use phoenix_proto::controller::v1 as proto;
use tokio::time::Instant;

use crate::api::Api;
use crate::grpc::convert::event::event as shown_event;
use crate::grpc::show::shown;
use crate::grpc::updates::named::{Named, Resolved};

/// Events of one look.
const PAGE: u32 = 100;
/// How often a stream looks for events although nothing woke it.
const SAFETY_TICK: Duration = Duration::from_secs(5);
/// How often it looks for progress, which wakes nobody.
const PROGRESS_TICK: Duration = Duration::from_secs(1);

/// The place of one client in the history.
pub(super) struct Feed {
    api: Api,
    caller: Caller,
    named: Named,
    /// Named experiments that were deleted before the stream began: forgotten once their last events are told.
    deleted: Vec<ExperimentId>,
    /// Where the stream began; empty before the first event of all.
    begin: String,
    /// Behind the last event that was looked at.
    cursor: String,
    /// Events that were looked at and not yet told.
    events: VecDeque<(String, Event)>,
    /// Experiments whose present status is told before any event.
    present: VecDeque<ExperimentId>,
    /// Experiments that are looked at for progress in this round.
    round: VecDeque<ExperimentId>,
    /// When the next round begins.
    round_at: Instant,
}

impl Feed {
    /// Takes the client's place: behind its cursor, or behind everything that has happened until now.
    pub(super) async fn open(api: Api, caller: Caller, references: &[String], after: String) -> Result<Self> {
        require_ready(&api)?;
        let is_new = after.is_empty();
        // Before the experiments are looked at: what happens meanwhile is told twice rather than not at all.
        let begin = if is_new { api.queries.latest_cursor().await?.unwrap_or_default() } else { after };
        let mut resolved = Vec::with_capacity(references.len());
        for reference in references {
            resolved.push(Resolved::new(&api.queries, &caller, reference).await?);
        }
        let mut feed = Self {
            api,
            caller,
            named: Named::new(&resolved),
            deleted: Vec::new(),
            cursor: begin.clone(),
            begin,
            events: VecDeque::new(),
            present: VecDeque::new(),
            round: VecDeque::new(),
            round_at: Instant::now() + PROGRESS_TICK,
        };
        for (one, reference) in resolved.into_iter().zip(references) {
            match one {
                Resolved::Present(id) if is_new => feed.present.push_back(id),
                Resolved::Present(_) => {}
                Resolved::Deleted(_) if is_new => return Err(Error::not_found("experiment", reference)),
                Resolved::Deleted(id) => feed.deleted.push(id),
            }
        }
        // An unusable cursor is refused at once.
        feed.look().await?;
        Ok(feed)
    }

    /// The next update; `None` when nothing can follow.
    pub(super) async fn next(&mut self) -> Result<Option<proto::ExperimentUpdate>> {
        let mut commits = self.api.commits.clone();
        let mut ready = self.api.ready.clone();
        loop {
            if let Some(update) = self.present().await? {
                return Ok(Some(update));
            }
            if let Some(update) = self.event().await? {
                return Ok(Some(update));
            }
            if self.named.is_exhausted() {
                return Ok(None);
            }
            // Seen before looking: a commit that comes while looking wakes the wait below.
            commits.mark_unchanged();
            ready.mark_unchanged();
            require_ready(&self.api)?;
            if self.look().await? {
                continue;
            }
            for id in self.deleted.drain(..) {
                self.named.remove(&id);
            }
            if let Some(update) = self.progress().await? {
                return Ok(Some(update));
            }
            if self.named.is_exhausted() {
                continue;
            }
            let until = self.wakes_at();
            tokio::select! {
                Ok(()) = commits.changed() => {}
                Ok(()) = ready.changed() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// The present status of the next experiment, with which a stream without a cursor begins.
    async fn present(&mut self) -> Result<Option<proto::ExperimentUpdate>> {
        while let Some(id) = self.present.pop_front() {
            if let Some(experiment) = self.experiment(&id).await? {
                self.named.is_news(&id, &experiment);
                let cursor = self.begin.clone();
                return Ok(Some(proto::ExperimentUpdate { cursor, experiment: Some(experiment), event: None }));
            }
        }
        Ok(None)
    }

    /// The next event among those that were looked at.
    async fn event(&mut self) -> Result<Option<proto::ExperimentUpdate>> {
        let Some((cursor, event)) = self.events.pop_front() else { return Ok(None) };
        let experiment = self.experiment(&event.experiment_id).await?;
        self.named.told(&event, experiment.as_ref());
        Ok(Some(proto::ExperimentUpdate { cursor, experiment, event: Some(shown_event(event)) }))
    }

    /// Looks for events; false when there are none behind the cursor.
    async fn look(&mut self) -> Result<bool> {
        let cursor = Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty());
        let (events, next) = self.api.queries.events_after(&self.caller, cursor, PAGE).await?;
        let Some(next) = next else { return Ok(false) };
        self.cursor = next;
        self.events.extend(events.into_iter().filter(|(_, event)| self.named.includes(event)));
        Ok(true)
    }

    /// The next experiment of this round that has got on without an event.
    async fn progress(&mut self) -> Result<Option<proto::ExperimentUpdate>> {
        if self.round.is_empty() && Instant::now() >= self.round_at {
            self.round = self.named.in_progress().into();
            self.round_at = Instant::now() + PROGRESS_TICK;
        }
        while let Some(id) = self.round.pop_front() {
            if let Some(experiment) = self.experiment(&id).await?
                && self.named.is_news(&id, &experiment)
            {
                return Ok(Some(proto::ExperimentUpdate { experiment: Some(experiment), ..Default::default() }));
            }
        }
        Ok(None)
    }

    fn wakes_at(&self) -> Instant {
        let tick = Instant::now() + SAFETY_TICK;
        match self.named {
            Named::All => tick,
            Named::Only(_) => tick.min(self.round_at),
        }
    }

    /// An experiment as it is now; `None` once it is deleted.
    async fn experiment(&self, id: &ExperimentId) -> Result<Option<proto::Experiment>> {
        match self.api.queries.experiment(&self.caller, id.as_str()).await {
            // What was deleted may have a namesake of its id.
            Ok(experiment) if experiment.id == *id => shown(&self.api, &self.caller, &experiment).await.map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.code() == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn require_ready(api: &Api) -> Result<()> {
    if *api.ready.borrow() {
        return Ok(());
    }
    Err(Error::new(Code::Unavailable, "the server is starting or stopping; go on from the last cursor in a moment"))
}

//! Experiments: created, loaded, listed, counted, deleted.

use async_trait::async_trait;
use phoenix_core::experiment::{Event, Experiment, State};
use phoenix_core::id::{ExperimentId, ExperimentName, Revision, TenantId};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{Commit, CommitError, CreateError, ExperimentStore, Filter, Page, PageKey};
use phoenix_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::Fault;
use crate::sqlite::rows::{self, Metadata, Reader, experiment_columns, integer};
use crate::sqlite::{events, sampling};

const LOAD: &str = concat!("SELECT ", experiment_columns!(), " FROM experiments AS e WHERE e.id = ?1");

const FIND_BY_NAME: &str = concat!(
    "SELECT ",
    experiment_columns!(),
    " FROM experiments AS e WHERE e.tenant = ?1 AND e.name = ?2
     ORDER BY e.active_name IS NULL, e.created_at DESC, e.id DESC LIMIT 1"
);

pub(super) const LIST: &str = concat!(
    "SELECT ",
    experiment_columns!(),
    " FROM experiments AS e WHERE (e.created_at, e.id) < (?1, ?2) AND (?3 IS NULL OR e.tenant = ?3)
      AND (?4 IS NULL OR e.phase IN (SELECT value FROM json_each(?4)))
     ORDER BY e.created_at DESC, e.id DESC LIMIT ?5"
);

/// The first label leads to the experiments in the order of the list; the others are looked up one by one.
pub(super) const LIST_LABELLED: &str = concat!(
    "SELECT ",
    experiment_columns!(),
    " FROM experiment_labels AS l CROSS JOIN experiments AS e ON e.id = l.experiment_id
     WHERE l.key = ?6 AND l.value = ?7 AND (l.created_at, l.experiment_id) < (?1, ?2)
      AND (?3 IS NULL OR e.tenant = ?3)
      AND (?4 IS NULL OR e.phase IN (SELECT value FROM json_each(?4)))
      AND NOT EXISTS (SELECT 1 FROM json_each(?8) AS wanted WHERE NOT EXISTS (
          SELECT 1 FROM experiment_labels AS o
          WHERE o.experiment_id = e.id AND o.key = wanted.key AND o.value = wanted.value))
     ORDER BY l.created_at DESC, l.experiment_id DESC LIMIT ?5"
);

pub(super) const OVER: &str = concat!(
    "SELECT ",
    experiment_columns!(),
    " FROM experiments AS e
     WHERE e.active_name IS NULL AND iif(json_valid(e.status), json_extract(e.status, '$.cleanup'), NULL) = 'confirmed'
      AND e.updated_at < ?1
     ORDER BY e.updated_at, e.id LIMIT ?2"
);

/// Triggers keep these numbers; there is a row per state that ever was.
pub(super) const COUNT: &str = "SELECT phase, number FROM experiment_counts WHERE number <> 0";

const LABEL: &str = "INSERT INTO experiment_labels (experiment_id, key, value, created_at) VALUES (?1, ?2, ?3, ?4)";

const CREATE: &str = "
    INSERT INTO experiments
        (id, name, description, phase, config, status, metadata, created_at, updated_at, tenant, revision, active_name)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

#[async_trait]
impl ExperimentStore for SqliteStore {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        match self.try_create(experiment, event, due_at).await {
            Ok(None) => Ok(()),
            Ok(Some(refused)) => Err(refused),
            Err(fault) => Err(CreateError::Failed(self.failed("create the experiment")(fault))),
        }
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        let load = async { load(&mut *self.readers.acquire().await?, id).await };
        load.await.map_err(self.failed("load the experiment"))
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        let find = async {
            let query = sqlx::query(FIND_BY_NAME).bind(tenant.as_str()).bind(name.as_str());
            Ok(query.fetch_optional(&self.readers).await?.as_ref().map(rows::experiment).transpose()?)
        };
        find.await.map_err(self.failed("find the experiment"))
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        self.page(filter, limit.max(1), after).await.map_err(self.failed("list experiments"))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        match self.try_commit(commit).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(CommitError::Conflict),
            Err(fault) => Err(CommitError::Failed(self.failed("commit the decision")(fault))),
        }
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        let ask = async { events::is_stored(&mut *self.readers.acquire().await?, id, token).await };
        ask.await.map_err(self.failed("look for the decision"))
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        self.try_delete(id, expected, event).await.map_err(self.failed("delete the experiment"))
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        let find = async {
            let query = sqlx::query(OVER).bind(before.as_micros()).bind(i64::from(limit));
            let rows = query.fetch_all(&self.readers).await?;
            Ok(rows.iter().map(rows::experiment).collect::<Result<Vec<_>, _>>()?)
        };
        find.await.map_err(self.failed("find experiments that ended long ago"))
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        let count = async {
            let rows = sqlx::query(COUNT).fetch_all(&self.readers).await?;
            let mut counts = Vec::with_capacity(rows.len());
            for row in &rows {
                let row = Reader::new(row, "experiment_counts", "phase");
                counts.push((row.parsed::<State>("phase")?, row.number("number")?));
            }
            counts.sort_unstable();
            Ok(counts)
        };
        count.await.map_err(self.failed("count experiments"))
    }
}

/// An experiment as this connection sees it.
pub(super) async fn load(connection: &mut SqliteConnection, id: &ExperimentId) -> Result<Option<Experiment>, Fault> {
    let row = sqlx::query(LOAD).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.as_ref().map(rows::experiment).transpose()?)
}

impl SqliteStore {
    async fn try_create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<Option<CreateError>, Fault> {
        let mut write = self.begin().await?;
        if let Some(refused) = obstacle(&mut write, experiment).await? {
            return Ok(Some(refused));
        }
        insert(&mut write, experiment).await?;
        sqlx::query("INSERT INTO experiment_schedule (experiment_id, due_at) VALUES (?1, ?2)")
            .bind(experiment.id.as_str())
            .bind(due_at.map(Timestamp::as_micros))
            .execute(&mut *write)
            .await?;
        events::append(&mut write, event, None).await?;
        sampling::follow(&mut write, experiment).await?;
        write.commit().await.map_err(Fault::Commit)?;
        Ok(None)
    }

    async fn page(&self, filter: &Filter, limit: u32, after: Option<&str>) -> Result<Page<Experiment>, Fault> {
        let after = after.map(PageKey::parse).transpose()?;
        let (created_at, id) = match &after {
            Some(key) => (key.created_at.as_micros(), key.id.as_str()),
            None => (i64::MAX, ""),
        };
        let words: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let states = if words.is_empty() { None } else { Some(serde_json::to_string(&words)?) };
        let leading = filter.labels.first_key_value();
        let mut query = sqlx::query(if leading.is_some() { LIST_LABELLED } else { LIST })
            .bind(created_at)
            .bind(id)
            .bind(filter.tenant.as_ref().map(TenantId::as_str))
            .bind(states)
            .bind(i64::from(limit) + 1);
        if let Some((key, value)) = leading {
            query = query.bind(key).bind(value).bind(serde_json::to_string(&filter.labels)?);
        }
        let found = query.fetch_all(&self.readers).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let items = found.iter().take(limit).map(rows::experiment).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| found.len() > limit).map(|last| PageKey::of(last).to_string());
        Ok(Page { items, next })
    }

    async fn try_delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Fault> {
        let mut write = self.begin().await?;
        let current = sqlx::query("SELECT 1 FROM experiments WHERE id = ?1 AND revision = ?2")
            .bind(id.as_str())
            .bind(integer(expected.0))
            .fetch_optional(&mut *write)
            .await?;
        if current.is_none() {
            return Ok(false);
        }
        let interval = sampling::interval_of(&mut write, id).await?;
        // Schedule, effects and comparison go with the experiment's row.
        for table in [
            "DELETE FROM experiment_metrics WHERE experiment_id = ?1",
            "DELETE FROM pipeline_deployments WHERE experiment_id = ?1",
            "DELETE FROM experiments WHERE id = ?1",
        ] {
            sqlx::query(table).bind(id.as_str()).execute(&mut *write).await?;
        }
        if let Some(interval) = interval {
            sampling::rest_if_empty(&mut write, interval).await?;
        }
        events::append(&mut write, event, None).await?;
        write.commit().await.map_err(Fault::Commit)?;
        Ok(true)
    }
}

/// What stands in the way of a creation, if anything.
async fn obstacle(write: &mut SqliteConnection, new: &Experiment) -> Result<Option<CreateError>, Fault> {
    if let Some(stored) = load(write, &new.id).await? {
        return Ok(Some(CreateError::IdTaken(Box::new(stored))));
    }
    if events::has_history(write, &new.id).await? {
        return Ok(Some(CreateError::IdRetired));
    }
    let holder = sqlx::query("SELECT id FROM experiments WHERE tenant = ?1 AND active_name = ?2")
        .bind(new.tenant.as_str())
        .bind(rows::active_name(new))
        .fetch_optional(write)
        .await?;
    Ok(holder.map(|row| Reader::new(&row, "experiments", "id").parsed("id")).transpose()?.map(CreateError::NameTaken))
}

async fn insert(write: &mut SqliteConnection, new: &Experiment) -> Result<(), Fault> {
    let description = Some(new.spec.description.as_str()).filter(|description| !description.is_empty());
    sqlx::query(CREATE)
        .bind(new.id.as_str())
        .bind(new.name.as_str())
        .bind(description)
        .bind(new.state.as_str())
        .bind(serde_json::to_string(&new.spec)?)
        .bind(serde_json::to_string(&new.status)?)
        .bind(serde_json::to_string(&Metadata { labels: new.labels.clone() })?)
        .bind(new.created_at.as_micros())
        .bind(new.updated_at.as_micros())
        .bind(new.tenant.as_str())
        .bind(integer(new.revision.0))
        .bind(rows::active_name(new))
        .execute(&mut *write)
        .await?;
    for (key, value) in &new.labels {
        let label = sqlx::query(LABEL).bind(new.id.as_str()).bind(key).bind(value).bind(new.created_at.as_micros());
        label.execute(&mut *write).await?;
    }
    Ok(())
}

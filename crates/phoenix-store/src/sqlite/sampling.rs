//! Membership of the sampling lane: which experiments are sampled at which interval, in step with their states.

use phoenix_core::experiment::{Experiment, State};
use phoenix_core::id::ExperimentId;
use phoenix_core::time::Span;
use sqlx::SqliteConnection;

use crate::sqlite::errors::Fault;
use crate::sqlite::rows::{Reader, micros};

const CHANGE_MEMBERSHIP: &str = "
    UPDATE experiment_schedule
    SET sample_interval = ?2, sampling_since = CASE WHEN ?2 IS NULL THEN NULL ELSE ?3 END
    WHERE experiment_id = ?1 AND sample_interval IS NOT ?2";

/// A class that is due already, or held by somebody, stays as it is.
const JOIN_CLASS: &str = "
    INSERT INTO sampling_classes (sample_interval, next_at) VALUES (?1, ?2)
    ON CONFLICT (sample_interval) DO UPDATE SET next_at = coalesce(next_at, excluded.next_at)";

const REST_IF_EMPTY: &str = "
    UPDATE sampling_classes SET next_at = NULL
    WHERE sample_interval = ?1 AND next_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM experiment_schedule WHERE sample_interval = ?1)";

/// Keeps the lane in step with the experiment's state: running experiments are sampled from the next instant on, no others are.
pub(super) async fn follow(write: &mut SqliteConnection, experiment: &Experiment) -> Result<(), Fault> {
    let interval = experiment.spec.schedule.sample_interval;
    let is_sampled = experiment.state == State::Running && !interval.is_zero();
    let changed = sqlx::query(CHANGE_MEMBERSHIP)
        .bind(experiment.id.as_str())
        .bind(is_sampled.then(|| micros(interval)))
        .bind(experiment.updated_at.as_micros())
        .execute(&mut *write)
        .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    if is_sampled {
        let first = experiment.updated_at.next_aligned(interval);
        sqlx::query(JOIN_CLASS).bind(micros(interval)).bind(first.as_micros()).execute(write).await?;
        Ok(())
    } else {
        rest_if_empty(write, interval).await
    }
}

/// A class that has lost its last member is not due any more.
pub(super) async fn rest_if_empty(write: &mut SqliteConnection, interval: Span) -> Result<(), Fault> {
    sqlx::query(REST_IF_EMPTY).bind(micros(interval)).execute(write).await?;
    Ok(())
}

/// The interval at which an experiment is sampled now.
pub(super) async fn interval_of(write: &mut SqliteConnection, id: &ExperimentId) -> Result<Option<Span>, Fault> {
    let row = sqlx::query(
        "SELECT experiment_id, sample_interval FROM experiment_schedule
         WHERE experiment_id = ?1 AND sample_interval IS NOT NULL",
    )
    .bind(id.as_str())
    .fetch_optional(write)
    .await?;
    let read = |row| Reader::new(row, "experiment_schedule", "experiment_id").span("sample_interval");
    Ok(row.as_ref().map(read).transpose()?)
}

//! Committing a decision: everything of it in one transaction, guarded by revision and fence.

use phoenix_core::experiment::{Experiment, GeneratedPipeline, Pair, PipelinePhase};
use phoenix_core::id::Fence;
use phoenix_core::ports::store::Commit;
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::Fault;
use crate::sqlite::rows::{self, integer, micros};
use crate::sqlite::{events, outbox, sampling, schedule};

/// Compare and set. Specification, name and labels never change.
const ADVANCE: &str = "
    UPDATE experiments SET phase = ?3, status = ?4, revision = ?5, updated_at = ?6, active_name = ?7
    WHERE id = ?1 AND revision = ?2 AND (?8 IS NULL OR EXISTS (
        SELECT 1 FROM experiment_schedule AS s WHERE s.experiment_id = ?1 AND s.fence = ?8 AND s.until IS NOT NULL
    ))";

/// A configuration that changed was not observed yet.
const STORE_PIPELINE: &str = "
    INSERT INTO pipeline_deployments
        (experiment_id, pipeline_name, pipeline_type, config_hash, config, k8s_namespace, status, created_at,
         updated_at, collection_interval)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)
    ON CONFLICT (experiment_id, pipeline_type) DO UPDATE SET
        pipeline_name = excluded.pipeline_name, config_hash = excluded.config_hash, config = excluded.config,
        k8s_namespace = excluded.k8s_namespace, status = excluded.status, updated_at = excluded.updated_at,
        collection_interval = excluded.collection_interval, observed = NULL
    WHERE pipeline_name <> excluded.pipeline_name OR config <> excluded.config
        OR collection_interval <> excluded.collection_interval";

const STORE_COMPARISON: &str = "
    INSERT INTO experiment_reports (experiment_id, revision, comparison) VALUES (?1, ?2, ?3)
    ON CONFLICT (experiment_id) DO UPDATE SET revision = excluded.revision, comparison = excluded.comparison";

impl SqliteStore {
    /// `false` when another decision came first, or the fence is not current.
    pub(super) async fn try_commit(&self, commit: &Commit) -> Result<bool, Fault> {
        let status = serde_json::to_string(&commit.experiment.status)?;
        let comparison = commit.comparison.as_ref().map(serde_json::to_string).transpose()?;
        let mut write = self.begin().await?;
        if !advance(&mut write, commit, &status).await? {
            return events::is_stored(&mut write, &commit.experiment.id, &commit.token).await;
        }
        events::append(&mut write, &commit.event, Some(&commit.token)).await?;
        outbox::replace(&mut write, commit).await?;
        if let Some(pair) = &commit.generated {
            store_pipelines(&mut write, &commit.experiment, pair, &self.namespace).await?;
        }
        if let Some(comparison) = comparison {
            sqlx::query(STORE_COMPARISON)
                .bind(commit.experiment.id.as_str())
                .bind(integer(commit.experiment.revision.0))
                .bind(comparison)
                .execute(&mut *write)
                .await?;
        }
        // Under a lease the settlement says when the experiment is due; until then the end of the lease does.
        if let (None, Some(due_at)) = (commit.fence, commit.due_at) {
            schedule::wake(&mut write, &commit.experiment.id, due_at).await?;
        }
        sampling::follow(&mut write, &commit.experiment).await?;
        write.commit().await.map_err(Fault::Commit)?;
        Ok(true)
    }
}

async fn advance(write: &mut SqliteConnection, commit: &Commit, status: &str) -> Result<bool, Fault> {
    let after = &commit.experiment;
    let done = sqlx::query(ADVANCE)
        .bind(after.id.as_str())
        .bind(integer(commit.expected.0))
        .bind(after.state.as_str())
        .bind(status)
        .bind(integer(after.revision.0))
        .bind(after.updated_at.as_micros())
        .bind(rows::active_name(after))
        .bind(commit.fence.map(|Fence(fence)| integer(fence)))
        .execute(write)
        .await?;
    Ok(done.rows_affected() == 1)
}

async fn store_pipelines(
    write: &mut SqliteConnection,
    experiment: &Experiment,
    pair: &Pair<GeneratedPipeline>,
    namespace: &str,
) -> Result<(), Fault> {
    for (kind, pipeline) in pair.iter() {
        sqlx::query(STORE_PIPELINE)
            .bind(experiment.id.as_str())
            .bind(pipeline.name.as_str())
            .bind(kind.as_str())
            .bind(pipeline.hash.as_str())
            .bind(pipeline.config.as_str())
            .bind(namespace)
            .bind(PipelinePhase::Pending.as_str())
            .bind(experiment.updated_at.as_micros())
            .bind(micros(pipeline.collection_interval))
            .execute(&mut *write)
            .await?;
    }
    Ok(())
}

//! Configurations, what was last seen of their deployments, and which of them are wanted.

use async_trait::async_trait;
use phoenix_core::experiment::{GeneratedPipeline, PipelineObservation};
use phoenix_core::id::{ExperimentId, PipelineName};
use phoenix_core::ports::clock::Clock as _;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{Deployment, DeploymentStore};
use sqlx::sqlite::SqliteRow;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::{CorruptRow, Fault};
use crate::sqlite::rows::Reader;

macro_rules! deployment_columns {
    () => {
        "experiment_id, pipeline_name, pipeline_type, config_hash, config, collection_interval, observed"
    };
}

const OF_EXPERIMENT: &str = concat!(
    "SELECT ",
    deployment_columns!(),
    " FROM pipeline_deployments WHERE experiment_id = ?1 ORDER BY pipeline_type"
);

const BY_NAME: &str =
    concat!("SELECT ", deployment_columns!(), " FROM pipeline_deployments WHERE pipeline_name = ?1 LIMIT 1");

/// What was seen before is not written again.
const OBSERVE: &str = "
    UPDATE pipeline_deployments SET observed = ?3, status = ?4, updated_at = ?5
    WHERE experiment_id = ?1 AND pipeline_name = ?2 AND observed IS NOT ?3";

/// What `desired` says, without reading whole experiments. When in doubt (a damaged status) a pipeline is wanted: nothing is removed by
/// mistake.
pub(super) const WANTED: &str = "
    SELECT e.id FROM json_each(?1) AS asked JOIN experiments AS e ON e.id = asked.value
    WHERE NOT json_valid(e.status) OR (json_extract(e.status, '$.pipelines') IS NOT NULL AND (
        e.phase IN ('deploying', 'running', 'analyzing')
        OR (e.phase IN ('completed', 'failed', 'cancelled')
            AND json_extract(e.status, '$.cleanup') IN ('pending', 'kept'))
    ))";

#[async_trait]
impl DeploymentStore for SqliteStore {
    async fn deployments(&self, id: &ExperimentId) -> Result<Vec<Deployment>, Failure> {
        let read = async {
            let rows = sqlx::query(OF_EXPERIMENT).bind(id.as_str()).fetch_all(&self.readers).await?;
            Ok(rows.iter().map(deployment).collect::<Result<_, _>>()?)
        };
        read.await.map_err(self.failed("read the deployments"))
    }

    async fn deployment(&self, name: &PipelineName) -> Result<Option<Deployment>, Failure> {
        let read = async {
            let row = sqlx::query(BY_NAME).bind(name.as_str()).fetch_optional(&self.readers).await?;
            Ok(row.as_ref().map(deployment).transpose()?)
        };
        read.await.map_err(self.failed("read the deployment"))
    }

    async fn record_observations(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Failure> {
        self.observe(id, observed).await.map_err(self.failed("record the observations"))
    }

    async fn wanted(&self, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>, Failure> {
        let read = async {
            let rows = sqlx::query(WANTED).bind(serde_json::to_string(ids)?).fetch_all(&self.readers).await?;
            let id = |row| Reader::new(row, "experiments", "id").parsed("id");
            Ok(rows.iter().map(id).collect::<Result<_, _>>()?)
        };
        read.await.map_err(self.failed("see which pipelines are wanted"))
    }
}

impl SqliteStore {
    async fn observe(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Fault> {
        let mut write = self.begin().await?;
        for one in observed {
            sqlx::query(OBSERVE)
                .bind(id.as_str())
                .bind(one.name.as_str())
                .bind(serde_json::to_string(one)?)
                .bind(one.phase.as_str())
                .bind(self.clock.now().as_micros())
                .execute(&mut *write)
                .await?;
        }
        write.commit().await.map_err(Fault::Commit)
    }
}

fn deployment(row: &SqliteRow) -> Result<Deployment, CorruptRow> {
    let row = Reader::new(row, "pipeline_deployments", "pipeline_name");
    Ok(Deployment {
        experiment_id: row.parsed("experiment_id")?,
        pipeline_type: row.word("pipeline_type")?,
        pipeline: GeneratedPipeline {
            name: row.parsed("pipeline_name")?,
            config: row.get("config")?,
            hash: row.parsed("config_hash")?,
            collection_interval: row.span("collection_interval")?,
        },
        observed: row.optional_json("observed")?,
    })
}

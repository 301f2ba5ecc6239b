//! The sampling lane: classes are claimed at their instants, samples stored in batches.

use async_trait::async_trait;
use futures::TryStreamExt as _;
use phoenix_core::analysis::Digest;
use phoenix_core::analysis::sample::PairedSample;
use phoenix_core::experiment::{Experiment, Pair, PipelineType};
use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::samples::{SampleRow, SampleStore, SamplingMember, SamplingUnit};
use phoenix_core::time::{Span, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::{CorruptRow, Fault};
use crate::sqlite::rows::{self, Reader, experiment_columns, micros};

pub(super) const DUE_CLASS: &str = "
    SELECT sample_interval FROM sampling_classes WHERE next_at <= ?1 AND (until IS NULL OR until <= ?1)
    ORDER BY next_at, sample_interval LIMIT 1";

pub(super) const HAS_MEMBER: &str = "
    SELECT 1 FROM experiment_schedule WHERE sample_interval = ?1 AND sampling_since < ?2 LIMIT 1";

/// Nobody to sample at this instant: on to the next one, or to rest.
const PASS_INSTANT: &str = "
    UPDATE sampling_classes
    SET next_at = CASE WHEN EXISTS (SELECT 1 FROM experiment_schedule WHERE sample_interval = ?1) THEN ?2 END
    WHERE sample_interval = ?1";

const CLAIM_CLASS: &str = "
    UPDATE sampling_classes SET owner = ?2, until = ?3, claimed_at = ?4 WHERE sample_interval = ?1";

pub(super) const MEMBERS: &str = concat!(
    "SELECT ",
    experiment_columns!(),
    ", s.digest, s.last_instant, b.observed AS baseline_observed, c.observed AS candidate_observed
     FROM experiment_schedule AS s
     JOIN experiments AS e ON e.id = s.experiment_id
     LEFT JOIN pipeline_deployments AS b ON b.experiment_id = s.experiment_id AND b.pipeline_type = 'baseline'
     LEFT JOIN pipeline_deployments AS c ON c.experiment_id = s.experiment_id AND c.pipeline_type = 'candidate'
     WHERE s.sample_interval = ?1 AND s.sampling_since < ?2"
);

/// The first row of an instant counts; one of an experiment that is not running any more is late, and one that is gone takes none.
const STORE_SAMPLE: &str = "
    INSERT INTO experiment_metrics (experiment_id, pipeline_name, metrics, collected_at, late)
    SELECT id, ?2, ?3, ?4, phase <> 'running' FROM experiments WHERE id = ?1
    ON CONFLICT (experiment_id, pipeline_name, collected_at) DO NOTHING";

const STORE_DIGEST: &str = "
    UPDATE experiment_schedule SET digest = ?2, last_instant = ?3
    WHERE experiment_id = ?1 AND (last_instant IS NULL OR last_instant < ?3)";

const RELEASE_CLASS: &str = "
    UPDATE sampling_classes SET owner = NULL, until = NULL, claimed_at = NULL, next_at = max(next_at, ?3)
    WHERE sample_interval = ?1 AND claimed_at = ?2";

const NEXT_SAMPLING: &str = "
    SELECT max(next_at, coalesce(until, next_at)) AS at FROM sampling_classes WHERE next_at IS NOT NULL
    ORDER BY at LIMIT 1";

pub(super) const SAMPLES: &str = "
    SELECT experiment_id, pipeline_name, metrics, collected_at FROM experiment_metrics
    WHERE experiment_id = ?1 AND collected_at BETWEEN ?2 AND ?3 AND NOT late ORDER BY collected_at";

pub(super) const LATEST_INSTANT: &str = "
    SELECT experiment_id, collected_at FROM experiment_metrics
    WHERE experiment_id = ?1 AND NOT late ORDER BY collected_at DESC LIMIT 1";

#[async_trait]
impl SampleStore for SqliteStore {
    async fn claim_sampling(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure> {
        let claim = async {
            let Some((interval, instant)) = self.claim_class(owner, now, lease).await? else { return Ok(None) };
            Ok(Some(SamplingUnit { interval, instant, members: self.members(interval, instant).await? }))
        };
        claim.await.map_err(self.failed("claim a sampling class"))
    }

    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure> {
        self.record(unit, rows, digests).await.map_err(self.failed("store samples"))
    }

    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure> {
        let read = async {
            let row = sqlx::query(NEXT_SAMPLING).fetch_optional(&self.readers).await?;
            let read = |row| Reader::new(row, "sampling_classes", "at").instant("at");
            Ok(row.as_ref().map(read).transpose()?)
        };
        read.await.map_err(self.failed("see when to sample next"))
    }

    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure> {
        self.paired(experiment, from, to, limit).await.map_err(self.failed("read samples"))
    }

    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure> {
        let read = async {
            let query = sqlx::query(LATEST_INSTANT).bind(experiment.id.as_str());
            let row = query.fetch_optional(&self.readers).await?;
            let read = |row| Reader::new(row, "experiment_metrics", "experiment_id").instant("collected_at");
            Ok(row.as_ref().map(read).transpose()?)
        };
        read.await.map_err(self.failed("see what was sampled last"))
    }
}

impl SqliteStore {
    /// Claims the most overdue class at its latest due instant.
    async fn claim_class(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<(Span, Timestamp)>, Fault> {
        let mut write = self.begin().await?;
        let mut has_passed = false;
        let claimed = loop {
            let Some(row) = sqlx::query(DUE_CLASS).bind(now.as_micros()).fetch_optional(&mut *write).await? else {
                break None;
            };
            let interval = Reader::new(&row, "sampling_classes", "sample_interval").span("sample_interval")?;
            let instant = now.align_down(interval);
            if has_member(&mut write, interval, instant).await? {
                sqlx::query(CLAIM_CLASS)
                    .bind(micros(interval))
                    .bind(owner.as_str())
                    .bind((now + lease).as_micros())
                    .bind(instant.as_micros())
                    .execute(&mut *write)
                    .await?;
                break Some((interval, instant));
            }
            let next = now.next_aligned(interval).as_micros();
            sqlx::query(PASS_INSTANT).bind(micros(interval)).bind(next).execute(&mut *write).await?;
            has_passed = true;
        };
        if has_passed || claimed.is_some() {
            write.commit().await.map_err(Fault::Commit)?;
        }
        Ok(claimed)
    }

    /// Read outside the claim's transaction: what runs by now is sampled.
    async fn members(&self, interval: Span, instant: Timestamp) -> Result<Vec<SamplingMember>, Fault> {
        let query = sqlx::query(MEMBERS).bind(micros(interval)).bind(instant.as_micros());
        let rows = query.fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(readable_member).collect())
    }

    async fn record(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Fault> {
        // Encoded before the transaction: the writer is not to be held for it.
        let rows: Vec<(SampleRow, String)> = rows
            .into_iter()
            .map(|row| serde_json::to_string(&row.sample).map(|json| (row, json)))
            .collect::<Result<_, _>>()?;
        let mut write = self.begin().await?;
        for (row, json) in rows {
            sqlx::query(STORE_SAMPLE)
                .bind(row.experiment_id.as_str())
                .bind(row.pipeline.as_str())
                .bind(json)
                .bind(row.collected_at.as_micros())
                .execute(&mut *write)
                .await?;
        }
        for (id, digest) in digests {
            sqlx::query(STORE_DIGEST)
                .bind(id.as_str())
                .bind(serde_json::to_string(&digest)?)
                .bind(unit.instant.as_micros())
                .execute(&mut *write)
                .await?;
        }
        sqlx::query(RELEASE_CLASS)
            .bind(micros(unit.interval))
            .bind(unit.instant.as_micros())
            .bind(unit.instant.next_aligned(unit.interval).as_micros())
            .execute(&mut *write)
            .await?;
        write.commit().await.map_err(Fault::Commit)
    }

    async fn paired(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Fault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let Some(pipelines) = &experiment.status.pipelines else { return Ok(Vec::new()) };
        let mut stored = sqlx::query(SAMPLES)
            .bind(experiment.id.as_str())
            .bind(from.as_micros())
            .bind(to.as_micros())
            .fetch(&self.readers);
        let mut paired: Vec<PairedSample> = Vec::new();
        // Row by row: their text need not be held beside their values, and how many rows an instant has is seen only on the way.
        while let Some(row) = stored.try_next().await? {
            let row = Reader::new(&row, "experiment_metrics", "experiment_id");
            let (name, instant): (&str, Timestamp) = (row.get("pipeline_name")?, row.instant("collected_at")?);
            let Some(kind) = PipelineType::ALL.into_iter().find(|kind| pipelines.get(*kind).name.as_str() == name)
            else {
                continue;
            };
            if paired.last().is_none_or(|last| last.instant != instant) {
                if paired.len() == limit {
                    break;
                }
                paired.push(PairedSample { instant, baseline: None, candidate: None });
            }
            let arm = row.json("metrics")?;
            if let Some(pair) = paired.last_mut() {
                match kind {
                    PipelineType::Baseline => pair.baseline = Some(arm),
                    PipelineType::Candidate => pair.candidate = Some(arm),
                }
            }
        }
        Ok(paired)
    }
}

async fn has_member(write: &mut SqliteConnection, interval: Span, instant: Timestamp) -> Result<bool, Fault> {
    let query = sqlx::query(HAS_MEMBER).bind(micros(interval)).bind(instant.as_micros());
    Ok(query.fetch_optional(write).await?.is_some())
}

/// A member whose row is damaged must not keep the others from being sampled. Driving it fails, too, which is reported there.
fn readable_member(row: &SqliteRow) -> Option<SamplingMember> {
    member(row).inspect_err(|error| tracing::warn!(%error, "an experiment cannot be sampled")).ok()
}

fn member(row: &SqliteRow) -> Result<SamplingMember, CorruptRow> {
    let columns = Reader::new(row, "experiments", "id");
    Ok(SamplingMember {
        experiment: rows::experiment(row)?,
        observed: Pair {
            baseline: columns.optional_json("baseline_observed")?,
            candidate: columns.optional_json("candidate_observed")?,
        },
        digest: columns.optional_json("digest")?.unwrap_or_default(),
        last_instant: columns.get::<Option<i64>>("last_instant")?.map(Timestamp::from_micros),
    })
}

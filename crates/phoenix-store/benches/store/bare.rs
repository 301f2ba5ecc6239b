//! The floor of a transition: the statements of a decision through the driver alone. No store, no pool, no encoding: the values are ready.

use std::path::Path;

use phoenix_core::experiment::{PipelinePhase, State};
use phoenix_core::id::Fence;
use phoenix_core::ports::store::Commit;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

const ADVANCE: &str = "
    UPDATE experiments SET phase = ?3, status = ?4, revision = ?5, updated_at = ?6, active_name = ?7
    WHERE id = ?1 AND revision = ?2 AND (?8 IS NULL OR EXISTS (
        SELECT 1 FROM experiment_schedule AS s WHERE s.experiment_id = ?1 AND s.fence = ?8 AND s.until IS NOT NULL
    ))";
const EVENT: &str = "
    INSERT INTO experiment_events (experiment_id, seq, kind, at, tenant, token, event)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const END_EFFECTS: &str = "DELETE FROM experiment_effects WHERE experiment_id = ?1";
const EFFECT: &str = "
    INSERT INTO experiment_effects (experiment_id, revision, ordinal, effect, due_at)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const PIPELINE: &str = "
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
const COMPARISON: &str = "
    INSERT INTO experiment_reports (experiment_id, revision, comparison) VALUES (?1, ?2, ?3)
    ON CONFLICT (experiment_id) DO UPDATE SET revision = excluded.revision, comparison = excluded.comparison";
const MEMBERSHIP: &str = "
    UPDATE experiment_schedule
    SET sample_interval = ?2, sampling_since = CASE WHEN ?2 IS NULL THEN NULL ELSE ?3 END
    WHERE experiment_id = ?1 AND sample_interval IS NOT ?2";
const JOIN_CLASS: &str = "
    INSERT INTO sampling_classes (sample_interval, next_at) VALUES (?1, ?2)
    ON CONFLICT (sample_interval) DO UPDATE SET next_at = coalesce(next_at, excluded.next_at)";
const REST_IF_EMPTY: &str = "
    UPDATE sampling_classes SET next_at = NULL
    WHERE sample_interval = ?1 AND next_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM experiment_schedule WHERE sample_interval = ?1)";

/// A value to bind.
enum Value {
    Text(String),
    Integer(i64),
    Null,
}

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    values: Vec<Value>,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

fn number(value: u64) -> Value {
    Value::Integer(value.try_into().expect("a small number"))
}

fn statement(sql: &'static str, values: Vec<Value>) -> Statement {
    Statement { sql, values }
}

/// What the store runs between `BEGIN IMMEDIATE` and `COMMIT` for a decision under a lease.
pub(crate) fn statements(commit: &Commit) -> Vec<Statement> {
    let after = &commit.experiment;
    let (id, at) = (after.id.as_str(), after.updated_at.as_micros());
    let event = serde_json::to_string(&commit.event).expect("an event");
    let mut all = vec![
        advance(commit),
        statement(
            EVENT,
            vec![
                id.into(),
                number(commit.event.seq.0),
                commit.event.kind.as_str().into(),
                commit.event.at.as_micros().into(),
                commit.event.tenant.as_str().into(),
                commit.token.as_str().into(),
                event.as_str().into(),
            ],
        ),
        statement(END_EFFECTS, vec![id.into()]),
    ];
    for (effect_id, effect) in &commit.effects {
        let values = vec![
            id.into(),
            number(effect_id.revision.0),
            i64::from(effect_id.ordinal).into(),
            effect.as_str().into(),
            at.into(),
        ];
        all.push(statement(EFFECT, values));
    }
    all.extend(documents(commit));
    all.extend(membership(commit));
    all
}

fn advance(commit: &Commit) -> Statement {
    let after = &commit.experiment;
    let status = serde_json::to_string(&after.status).expect("a status");
    let values = vec![
        after.id.as_str().into(),
        number(commit.expected.0),
        after.state.as_str().into(),
        status.as_str().into(),
        number(after.revision.0),
        after.updated_at.as_micros().into(),
        (!after.state.is_terminal()).then_some(after.name.as_str()).into(),
        commit.fence.map(|Fence(fence)| i64::try_from(fence).expect("a small number")).into(),
    ];
    statement(ADVANCE, values)
}

/// Configurations and the comparison, where the decision has them.
fn documents(commit: &Commit) -> Vec<Statement> {
    let after = &commit.experiment;
    let mut all = Vec::new();
    for (kind, pipeline) in commit.generated.iter().flat_map(phoenix_core::experiment::Pair::iter) {
        let values = vec![
            after.id.as_str().into(),
            pipeline.name.as_str().into(),
            kind.as_str().into(),
            pipeline.hash.as_str().into(),
            pipeline.config.as_str().into(),
            "local".into(),
            PipelinePhase::Pending.as_str().into(),
            after.updated_at.as_micros().into(),
            number(pipeline.collection_interval.as_micros()),
        ];
        all.push(statement(PIPELINE, values));
    }
    if let Some(comparison) = &commit.comparison {
        let text = serde_json::to_string(comparison).expect("a comparison");
        let values = vec![after.id.as_str().into(), number(after.revision.0), text.as_str().into()];
        all.push(statement(COMPARISON, values));
    }
    all
}

/// The sampling lane: joined on the way into `running`, left on the way out.
fn membership(commit: &Commit) -> Vec<Statement> {
    let after = &commit.experiment;
    let interval = || number(after.spec.schedule.sample_interval.as_micros());
    let is_sampled = after.state == State::Running;
    let member = if is_sampled { interval() } else { Value::Null };
    let mut all =
        vec![statement(MEMBERSHIP, vec![after.id.as_str().into(), member, after.updated_at.as_micros().into()])];
    if is_sampled {
        let first = after.updated_at.next_aligned(after.spec.schedule.sample_interval);
        all.push(statement(JOIN_CLASS, vec![interval(), first.as_micros().into()]));
    } else if commit.event.from == Some(State::Running) {
        all.push(statement(REST_IF_EMPTY, vec![interval()]));
    }
    all
}

/// A connection with the pragmas of the store's writer.
pub(crate) async fn connect(database: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", "67108864");
    SqliteConnection::connect_with(&options).await.expect("the database opens")
}

/// Runs the statements of one decision in one transaction.
pub(crate) async fn run(connection: &mut SqliteConnection, statements: &[Statement]) {
    let mut write = connection.begin_with("BEGIN IMMEDIATE").await.expect("begins");
    for Statement { sql, values } in statements {
        let mut query = sqlx::query(*sql);
        for value in values {
            query = match value {
                Value::Text(text) => query.bind(text.as_str()),
                Value::Integer(number) => query.bind(*number),
                Value::Null => query.bind(None::<i64>),
            };
        }
        query.execute(&mut *write).await.expect("runs");
    }
    write.commit().await.expect("commits");
}

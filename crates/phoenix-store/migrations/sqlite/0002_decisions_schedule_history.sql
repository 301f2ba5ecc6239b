-- What the controller adds to the specification's tables: revisions and tenants, the schedule, the history, the outbox, comparisons, and
-- the sampling lane.

ALTER TABLE experiments ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default';
-- Committed decisions so far.
ALTER TABLE experiments ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- The name while the experiment has not ended, NULL afterwards: so it is unique only among those that have not.
ALTER TABLE experiments ADD COLUMN active_name TEXT;

CREATE UNIQUE INDEX idx_experiments_active_name ON experiments (tenant, active_name) WHERE active_name IS NOT NULL;
CREATE INDEX idx_experiments_name ON experiments (tenant, name, created_at DESC, id DESC);
CREATE INDEX idx_experiments_page ON experiments (created_at DESC, id DESC);

ALTER TABLE pipeline_deployments ADD COLUMN collection_interval INTEGER NOT NULL DEFAULT 0;
-- The latest observation as JSON; its phase is in `status`, too.
ALTER TABLE pipeline_deployments ADD COLUMN observed TEXT;

CREATE UNIQUE INDEX idx_pipeline_deployments_pipeline ON pipeline_deployments (experiment_id, pipeline_type);
CREATE INDEX idx_pipeline_deployments_name ON pipeline_deployments (pipeline_name);

CREATE UNIQUE INDEX idx_experiment_metrics_instant ON experiment_metrics (experiment_id, pipeline_name, collected_at);

-- When an experiment is due and who drives it. Apart from `experiments`, so that a claim touches one narrow row and one narrow index.
CREATE TABLE experiment_schedule (
    experiment_id TEXT PRIMARY KEY NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    -- While nobody holds it: when it is due. While somebody does: when it was woken to be due again.
    due_at INTEGER,
    owner TEXT,
    until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    -- The end of the lease, else the due instant: what a claim looks for.
    ready_at INTEGER GENERATED ALWAYS AS (coalesce(until, due_at)) VIRTUAL,
    -- Set while the experiment is running.
    sample_interval INTEGER,
    sampling_since INTEGER,
    digest TEXT,
    last_instant INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_experiment_schedule_ready ON experiment_schedule (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX idx_experiment_schedule_sampling ON experiment_schedule (sample_interval, sampling_since)
    WHERE sample_interval IS NOT NULL;

-- The history. Rows stay when their experiment is deleted; `id` is the cursor of all consumers and never used twice.
CREATE TABLE experiment_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    -- Marks the attempt to commit whose event this is.
    token TEXT,
    event TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX idx_experiment_events_seq ON experiment_events (experiment_id, seq);

-- One-shot effects of the latest decision.
CREATE TABLE experiment_effects (
    experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    effect TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, revision, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE experiment_reports (
    experiment_id TEXT PRIMARY KEY NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    comparison TEXT NOT NULL
) STRICT;

-- The interval classes of the sampling lane.
CREATE TABLE sampling_classes (
    sample_interval INTEGER PRIMARY KEY NOT NULL,
    -- The next due instant; NULL while the class has no members.
    next_at INTEGER,
    owner TEXT,
    until INTEGER,
    -- The instant that the owner works on.
    claimed_at INTEGER
) STRICT;

CREATE INDEX idx_sampling_classes_next ON sampling_classes (next_at) WHERE next_at IS NOT NULL;

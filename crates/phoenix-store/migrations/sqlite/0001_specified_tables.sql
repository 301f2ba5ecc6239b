-- The three tables of the specification: the same names and columns, in SQLite's terms.
-- Times are INTEGER microseconds since the Unix epoch; JSON is TEXT.

CREATE TABLE IF NOT EXISTS experiments (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    phase TEXT NOT NULL,
    config TEXT NOT NULL,   -- the validated specification
    status TEXT NOT NULL,   -- how the experiment got on
    metadata TEXT,          -- labels
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS idx_experiments_phase ON experiments (phase);
CREATE INDEX IF NOT EXISTS idx_experiments_created_at ON experiments (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_experiments_updated_at ON experiments (updated_at DESC);

CREATE TABLE pipeline_deployments (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (
        lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
            || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
    ),
    experiment_id TEXT NOT NULL REFERENCES experiments (id),
    pipeline_name TEXT NOT NULL,
    pipeline_type TEXT NOT NULL,   -- 'baseline' or 'candidate'
    config_hash TEXT NOT NULL,
    config TEXT NOT NULL,
    k8s_namespace TEXT NOT NULL,
    k8s_resource_version TEXT,
    status TEXT NOT NULL,
    created_at INTEGER DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER)),
    updated_at INTEGER DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER))
) STRICT;

CREATE TABLE experiment_metrics (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (
        lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
            || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
    ),
    experiment_id TEXT NOT NULL REFERENCES experiments (id),
    pipeline_name TEXT NOT NULL,
    metrics TEXT NOT NULL,
    collected_at INTEGER DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER))
) STRICT;

CREATE INDEX idx_experiment_metrics_time ON experiment_metrics (experiment_id, collected_at DESC);

-- What operators need: lists by label, a freeze, and an end for what ended long ago.

CREATE TABLE experiment_labels (
    experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    -- That of the experiment, so that a list by label comes in its order.
    created_at INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_experiment_labels_page ON experiment_labels (key, value, created_at DESC, experiment_id DESC);

INSERT INTO experiment_labels (experiment_id, key, value, created_at)
SELECT e.id, label.key, label.value, e.created_at
FROM experiments AS e, json_each(iif(json_valid(e.metadata), e.metadata, '{}'), '$.labels') AS label
WHERE label.type = 'text';

-- Experiments that can be deleted when they are old enough. A damaged row costs only itself: it is in no index, and can be mended or removed.
CREATE INDEX idx_experiments_over ON experiments (updated_at, id)
    WHERE active_name IS NULL AND iif(json_valid(status), json_extract(status, '$.cleanup'), NULL) = 'confirmed';

-- Settings of the whole controller, as JSON.
CREATE TABLE controller_settings (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How many experiments are in each state, kept with every change: counting rows would make every tick and every readiness probe cost what has
-- ever finished.
CREATE TABLE experiment_counts (
    phase TEXT PRIMARY KEY NOT NULL,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO experiment_counts (phase, number) SELECT phase, count(*) FROM experiments GROUP BY phase;

CREATE TRIGGER experiments_count_new AFTER INSERT ON experiments BEGIN
    INSERT INTO experiment_counts (phase, number) VALUES (new.phase, 1)
    ON CONFLICT (phase) DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER experiments_count_moved AFTER UPDATE OF phase ON experiments WHEN old.phase <> new.phase BEGIN
    UPDATE experiment_counts SET number = number - 1 WHERE phase = old.phase;
    INSERT INTO experiment_counts (phase, number) VALUES (new.phase, 1)
    ON CONFLICT (phase) DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER experiments_count_gone AFTER DELETE ON experiments BEGIN
    UPDATE experiment_counts SET number = number - 1 WHERE phase = old.phase;
END;

-- Whether a sample came after the run had ended. Such a sample is kept and is no evidence, so that an analysis can be repeated.
ALTER TABLE experiment_metrics ADD COLUMN late INTEGER NOT NULL DEFAULT 0;

//! In-memory adapters of the ports. They pass the same contract suites as the real ones.

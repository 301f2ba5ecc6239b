//! Collector configurations from templates and optimisation strategies, and their validator.

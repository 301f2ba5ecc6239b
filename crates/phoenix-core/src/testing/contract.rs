//! The ports' contracts as tests: every adapter runs the suite of its port.

//! Identifiers that count up.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::id::ExperimentId;
use crate::ports::identity::IdentitySource;

/// Identifiers that count up: `experiment-1`, `experiment-2`, and `token-1`, `token-2`.
#[derive(Debug, Default)]
pub struct SequentialIds {
    experiments: AtomicU64,
    tokens: AtomicU64,
}

impl SequentialIds {
    fn next(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl IdentitySource for SequentialIds {
    #[expect(clippy::expect_used, reason = "test support: a word and a number are a valid id")]
    fn experiment_id(&self) -> ExperimentId {
        format!("experiment-{}", Self::next(&self.experiments)).parse().expect("a valid id")
    }

    fn commit_token(&self) -> String {
        format!("token-{}", Self::next(&self.tokens))
    }
}

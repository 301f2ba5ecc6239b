//! The ports' contracts as tests: every adapter runs the suite of its port.
//!
//! A rule is a function that is generic over a fixture and named for what it demands; a macro such as
//! [`experiment_store_contract`](crate::experiment_store_contract) makes one `#[tokio::test]` of every rule. It expands in the adapter's
//! tests: this crate knows no async runtime.

pub mod cache;
pub mod deployer;
pub mod generator;
pub mod lock;
pub mod metrics;
pub mod samples;
pub mod store;
pub mod validator;

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// Makes one test of every named rule of a suite.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_rules {
    ($fixture:path; $suite:ident :: $part:ident { $($rule:ident),+ $(,)? }) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let fixture = $fixture().await;
                $crate::testing::contract::$suite::$part::$rule(&fixture).await;
            }
        )+
    };
    ($fixture:path; $suite:ident { $($rule:ident),+ $(,)? }) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let fixture = $fixture().await;
                $crate::testing::contract::$suite::$rule(&fixture).await;
            }
        )+
    };
}

/// Runs all futures at once, interleaved wherever one of them waits, and answers in their order.
pub(crate) async fn concurrently<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(|future| Running::Pending(Box::pin(future))).collect();
    std::future::poll_fn(|context| {
        let mut is_pending = false;
        for one in &mut running {
            if let Running::Pending(future) = one {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *one = Running::Done(value),
                    Poll::Pending => is_pending = true,
                }
            }
        }
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    let done = |one| match one {
        Running::Done(value) => Some(value),
        Running::Pending(_) => None,
    };
    running.into_iter().filter_map(done).collect()
}

enum Running<F: Future> {
    Pending(Pin<Box<F>>),
    Done(F::Output),
}

#[cfg(test)]
mod tests {
    /// A rule that is written but not listed would never run.
    #[test]
    fn every_rule_is_listed_in_its_macro() {
        let suites = [
            (
                include_str!("contract/store.rs"),
                &[
                    include_str!("contract/store/create.rs"),
                    include_str!("contract/store/commit.rs"),
                    include_str!("contract/store/outbox.rs"),
                    include_str!("contract/store/schedule.rs"),
                    include_str!("contract/store/leases.rs"),
                    include_str!("contract/store/list.rs"),
                    include_str!("contract/store/control.rs"),
                    include_str!("contract/store/records.rs"),
                ][..],
            ),
            (include_str!("contract/samples.rs"), &[include_str!("contract/samples.rs")]),
            (include_str!("contract/cache.rs"), &[include_str!("contract/cache.rs")]),
            (include_str!("contract/deployer.rs"), &[include_str!("contract/deployer.rs")]),
            (include_str!("contract/generator.rs"), &[include_str!("contract/generator.rs")]),
            (include_str!("contract/lock.rs"), &[include_str!("contract/lock.rs")]),
            (include_str!("contract/metrics.rs"), &[include_str!("contract/metrics.rs")]),
            (include_str!("contract/validator.rs"), &[include_str!("contract/validator.rs")]),
        ];
        for (list, sources) in suites {
            let list = list.split("macro_rules!").nth(1).expect("the macro of the suite");
            let rules = sources.iter().flat_map(|source| source.split("\npub async fn ").skip(1));
            for rule in rules.filter_map(|rest| rest.split('<').next()) {
                assert!(list.contains(&format!(" {rule},")), "{rule} is not listed in the macro of its suite");
            }
        }
    }
}

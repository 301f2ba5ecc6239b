//! `exclude-kernel-threads`: more than half of the processes of an idle host, each with no memory of its own.
//!
//! A kernel thread is what has the parent 2 (or is 2, `kthreadd`) and an empty command. Each half alone is wrong:
//!
//! - In a container with process identifiers of its own, 2 is an ordinary process and may have children. Those have a command.
//! - A process that ended and was not waited for yet has no command either, and neither has one that wiped its own.
//! - An empty `process.executable.path` says nothing: the collector may not read that link of another user's process, so on a host where it
//!   runs without privileges this rule would drop every service. The command line and the parent are readable by everybody.
//!
//! It is a filter behind the receiver, because the receiver's own exclusions cannot be combined by "and", and the names of kernel threads
//! (`kworker/0:1-events`) change all the time.

use phoenix_core::spec::CatalogEntry;
use serde_json::json;

use crate::config::CollectorConfig;
use crate::error::ParameterError;
use crate::parameter::Parameters;
use crate::strategy::{Strategy, StrategyError};

const NAME: &str = "exclude-kernel-threads";

const KERNEL_THREAD: &str = r#"(resource.attributes["process.parent_pid"] == 2 or resource.attributes["process.pid"] == 2) and (resource.attributes["process.command"] == nil or resource.attributes["process.command"] == "")"#;

/// Drops kernel threads right behind the receiver.
#[derive(Clone, Copy, Debug)]
pub struct ExcludeKernelThreads;

impl Strategy for ExcludeKernelThreads {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe() -> CatalogEntry {
        CatalogEntry {
            name: NAME.to_owned(),
            description: "Drops the kernel's own threads: on an idle host more than half of all processes, none with memory of its own, \
                          and their changing names make new series all the time. Loses no program that anybody started; loses the CPU \
                          time that the kernel spends in its threads."
                .to_owned(),
            parameters: Vec::new(),
            keeps_only: None,
        }
    }

    fn with_parameters(_: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self)
    }

    fn apply(&self, config: &mut CollectorConfig) -> Result<(), StrategyError> {
        config.add_processor(
            "filter/kernel-threads",
            json!({"error_mode": "ignore", "metric_conditions": [KERNEL_THREAD]}),
        )?;
        Ok(())
    }
}

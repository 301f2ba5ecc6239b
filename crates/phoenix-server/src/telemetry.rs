//! Logs of this process. Nothing else sets a subscriber.

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LoggingSection};

/// Sends logs to standard error, so that standard output stays for answers.
///
/// # Errors
///
/// When `logging.level` is no filter.
pub fn init(section: &LoggingSection) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&section.level).with_context(|| {
        format!("logging.level: {:?} is not a filter such as info or info,phoenix_local=debug", section.level)
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match section.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

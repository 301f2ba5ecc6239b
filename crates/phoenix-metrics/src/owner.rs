//! Whose page it is. A port may have been taken over by another process since the collector was last seen.

use phoenix_core::id::{HostName, PipelineName};

use crate::text::{Malformed, Series};

/// Whom a page should belong to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) pipeline: &'a PipelineName,
    pub(crate) host: &'a HostName,
}

/// Why a page that was fetched cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It is no page of series.
    #[error("is not in the Prometheus text format: {0}")]
    Malformed(#[from] Malformed),
    /// Somebody else answers there.
    #[error("is of the pipeline {0:?}: another collector has the port")]
    OtherPipeline(String),
    /// The same pipeline on another host answers there.
    #[error("is of the host {0:?}")]
    OtherHost(String),
    /// Nothing says whose it is.
    #[error("carries no pipeline: another program has the port, or the configuration does not label its series")]
    Unlabelled,
    /// The telemetry does not say which configuration it is of.
    #[error("carries no config_hash of the form sha256:<64 hexadecimal digits>")]
    NoHash,
    /// A value that cannot be one.
    #[error("says that an executable uses {0} bytes of memory")]
    Memory(String),
}

impl Owner<'_> {
    /// Refuses a series of somebody else. One without a pipeline is left to the caller.
    pub(crate) fn check(&self, series: &Series<'_>) -> Result<Label, Refused> {
        let Some(pipeline) = series.label("pipeline") else { return Ok(Label::None) };
        if pipeline != self.pipeline.as_str() {
            return Err(Refused::OtherPipeline(shown(pipeline)));
        }
        match series.label("host_name") {
            Some(host) if host != self.host.as_str() => Err(Refused::OtherHost(shown(host))),
            Some(_) | None => Ok(Label::Own),
        }
    }
}

/// Whether a series says whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// It is the owner's.
    Own,
    /// It does not say.
    None,
}

/// A foreign text, cut to a readable length.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

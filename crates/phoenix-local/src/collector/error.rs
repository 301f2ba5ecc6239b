//! Why there is no collector, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::collector::VERSION;

/// Why there is no collector. Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The named path does not exist.
    #[error("there is no collector at {path}\n  correct PHOENIX_COLLECTOR (or collector.path), or leave it out to have one found or built", path = .path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// The named path is a directory, or nobody may execute it.
    #[error("{path} is not an executable file\n  name the collector's binary, or run: chmod +x {path}", path = .path.display())]
    NotExecutable {
        /// The path.
        path: PathBuf,
    },
    /// It runs, and is something else.
    #[error("{path} is no OpenTelemetry Collector: {detail}\n  name another one with PHOENIX_COLLECTOR (or collector.path)", path = .path.display())]
    NoCollector {
        /// The path.
        path: PathBuf,
        /// What it did.
        detail: String,
    },
    /// There is none, and none can be built.
    #[error("{}", no_toolchain(.found.as_deref()))]
    NoToolchain {
        /// The Go that was found, if any: its version and path.
        found: Option<String>,
    },
    /// A step of the build failed.
    #[error(
        "cannot build a collector: `{command}` ends with {status}\n{output}\n  see what it says; or put otelcol-contrib on PATH, or name one with PHOENIX_COLLECTOR"
    )]
    Build {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines of what it said.
        output: String,
    },
    /// A file could not be read, written or run.
    #[error(
        "cannot use {path}: {source}\n  see that this user may use it and that there is space, or name a collector with PHOENIX_COLLECTOR",
        path = .path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn no_toolchain(found: Option<&str>) -> String {
    let first = match found {
        Some(found) => format!("no collector found, and {found} is too old to build one: Go 1.26 or newer is needed"),
        None => "no collector found, and no Go on PATH to build one: Go 1.26 or newer is needed".to_owned(),
    };
    let arch = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "amd64" };
    let releases = "https://github.com/open-telemetry/opentelemetry-collector-releases/releases/download";
    format!(
        "{first}. Do one of these and start again:\n  \
        put a collector on PATH:   curl -fsSL {releases}/v{VERSION}/otelcol-contrib_{VERSION}_linux_{arch}.tar.gz | sudo tar -xz -C /usr/local/bin otelcol-contrib\n  \
        name one you have:         export PHOENIX_COLLECTOR=/path/to/otelcol-contrib\n  \
        install Go, one is built:  curl -fsSL https://go.dev/dl/go1.26.8.linux-{arch}.tar.gz | sudo tar -xz -C /usr/local && export PATH=/usr/local/go/bin:$PATH"
    )
}

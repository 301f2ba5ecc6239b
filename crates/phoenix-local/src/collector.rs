//! The collector binary: found, or built once.
//!
//! Looked for in this order: the path that the user names, `otelcol-contrib` and `otelcol` on the search path, the cache. When there is
//! none, [`Collector::obtain`] builds one with the OpenTelemetry Collector Builder from the manifest that this crate carries.

mod build;
mod command;
mod components;
mod error;
mod progress;
mod toolchain;

use std::ffi::OsString;
use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use command::Ended;
use rustix::io::Errno;

pub(crate) use command::run;
pub use components::Components;
pub use error::Error;
pub use progress::{Progress, Step};

/// Version of the collector that is built, and of its builder.
pub const VERSION: &str = "0.159.0";
/// Names on the search path, best first.
const NAMES: [&str; 2] = ["otelcol-contrib", "otelcol"];
/// How long a collector may take to say what it is: the first start of a large binary reads it from disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to look for a collector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The path that the user names; then nothing else is looked at.
    pub explicit: Option<PathBuf>,
    /// The search path, as `PATH` has it. Go is looked for there too.
    pub path: Option<OsString>,
    /// Directory of the user's caches; collectors live in `collector` below it.
    pub cache_dir: PathBuf,
}

/// Where a collector comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user named it.
    Named,
    /// It was on the search path.
    SearchPath,
    /// It was built here, earlier or just now.
    Cache,
}

/// A collector that has said what it is.
#[derive(Clone, Debug)]
pub struct Collector {
    path: PathBuf,
    version: String,
    origin: Origin,
    components: Arc<Components>,
}

impl Collector {
    /// Finds a collector; none when there is neither a path nor one on the search path nor in the cache.
    ///
    /// # Errors
    ///
    /// The named path is not there, not executable, or no collector. A broken one on the search path is passed over with a warning.
    pub async fn locate(search: &Search) -> Result<Option<Self>, Error> {
        if let Some(path) = &search.explicit {
            let path = std::path::absolute(path).map_err(|source| Error::Io { path: path.clone(), source })?;
            return Self::inspect(path, Origin::Named).await.map(Some);
        }
        for path in NAMES.iter().flat_map(|name| on_search_path(search, name)) {
            match Self::inspect(path, Origin::SearchPath).await {
                Ok(collector) => return Ok(Some(collector)),
                Err(error) => tracing::warn!(%error, "a collector on the search path is passed over"),
            }
        }
        build::cached(search).await
    }

    /// Finds a collector, or else builds one into the cache, which takes minutes; `progress` is called about once a second.
    ///
    /// Builders of several processes wait for each other. One that is killed leaves nothing that would be taken for a collector.
    ///
    /// # Errors
    ///
    /// As [`Collector::locate`]; no Go that is new enough; the build failed.
    pub async fn obtain(search: &Search, progress: &(dyn Fn(Progress) + Send + Sync)) -> Result<Self, Error> {
        match Self::locate(search).await? {
            Some(collector) => Ok(collector),
            None => build::build(search, progress).await,
        }
    }

    /// The Go that would build a collector where there is none. Builds nothing.
    ///
    /// # Errors
    ///
    /// There is no Go that is new enough; says all the ways to a collector.
    pub async fn builder(search: &Search) -> Result<PathBuf, Error> {
        toolchain::find_go(search).await
    }

    /// Asks a binary what it is.
    async fn inspect(path: PathBuf, origin: Origin) -> Result<Self, Error> {
        let metadata = match tokio::fs::metadata(&path).await {
            Ok(metadata) => metadata,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Err(Error::NotFound { path }),
            Err(source) => return Err(Error::Io { path, source }),
        };
        if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
            return Err(Error::NotExecutable { path });
        }
        let said = ask(&path, "--version").await?;
        let Some(version) = said.split_whitespace().skip_while(|word| *word != "version").nth(1) else {
            return Err(Error::NoCollector { path, detail: format!("`--version` says {:?}", first_line(&said)) });
        };
        let version = version.trim_start_matches('v').to_owned();
        let Some(components) = Components::parse(&ask(&path, "components").await?) else {
            return Err(Error::NoCollector { path, detail: "`components` lists no receivers".to_owned() });
        };
        Ok(Self { path, version, origin, components: Arc::new(components) })
    }

    /// The binary, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version, for instance `0.159.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it comes from.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The components that a configuration uses and it was not built with, such as `receivers.hostmetrics`, in the order of the document.
    ///
    /// # Errors
    ///
    /// The configuration is no YAML; the text says where.
    pub fn lacks(&self, config: &str) -> Result<Vec<String>, String> {
        let document = crate::preflight::read(config).map_err(|error| error.to_string())?;
        let missing = self.components.missing(&document);
        Ok(missing.into_iter().map(|one| format!("{}.{}", one.section, one.component)).collect())
    }

    /// What it was built with.
    pub fn components(&self) -> &Components {
        &self.components
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "collector {} ({}, {} components)", self.version, self.path.display(), self.components.count())
    }
}

async fn ask(path: &Path, argument: &str) -> Result<String, Error> {
    let no_collector = |detail| Error::NoCollector { path: path.to_owned(), detail };
    match command::run(path, &[argument], &[], PATIENCE).await {
        Ok(Ended { status, stdout, .. }) if status.success() => Ok(stdout),
        Ok(Ended { status, stderr, .. }) => {
            Err(no_collector(format!("`{argument}` ends with {status}: {}", first_line(&stderr))))
        }
        Err(error) if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
            Err(no_collector(format!("`{argument}` fails: {error}")))
        }
        // Out of memory, no answer in time: that says something about this host and nothing about the binary.
        Err(source) => Err(Error::Io { path: path.to_owned(), source }),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// The executable files of this name on the search path, in its order.
fn on_search_path(search: &Search, name: &str) -> Vec<PathBuf> {
    let is_program = |path: &PathBuf| {
        std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let directories = search.path.iter().flat_map(std::env::split_paths).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join(name)).filter(is_program).collect()
}

//! Builds a collector into the cache, once.
//!
//! The cache is keyed by version and manifest. A build works in a directory of its own under a lock; only a binary that has said what it is
//! gets its final name, by one rename.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::collector::{Collector, Error, Origin, Progress, Search, Step, VERSION, toolchain};

/// What is built. The same file builds the collector of the container image.
const MANIFEST: &str = include_str!("../../../../deploy/collector/manifest.yaml");
/// Name of the binary in the cache.
const BINARY: &str = "otelcol-phoenix";
/// Where builds work, with the id of their process.
const BUILD: &str = "build";
const BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder";
/// How often progress is told.
const TICK: Duration = Duration::from_secs(1);
/// How many lines of a failed command an error shows.
const LINES: usize = 12;

/// The collector in the cache, when there is one. What does not run counts as none; the next build takes its place.
pub(super) async fn cached(search: &Search) -> Result<Option<Collector>, Error> {
    let path = home(search).join(BINARY);
    match Collector::inspect(path, Origin::Cache).await {
        Ok(collector) => Ok(Some(collector)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error @ Error::Io { .. }) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "the collector in the cache is broken and will be built again");
            Ok(None)
        }
    }
}

/// Builds a collector into the cache.
pub(super) async fn build(search: &Search, progress: &(dyn Fn(Progress) + Send + Sync)) -> Result<Collector, Error> {
    let go = toolchain::find_go(search).await?;
    let home = home(search);
    fs::create_dir_all(&home).map_err(|source| Error::Io { path: home.clone(), source })?;
    let mut environment = toolchain::places(&go, &cache_dir(search)).await;
    environment.push(("PATH", search_path(&go, search)));
    let directory = home.join(format!("{BUILD}-{}", std::process::id()));
    let work = Work { go, environment, directory, begin: Instant::now(), progress };
    let _lock = work.lock(&home.join("lock")).await?;
    if let Some(collector) = cached(search).await? {
        return Ok(collector);
    }
    clear_builds(&home);
    let built = work.build().await?;
    Collector::inspect(built.clone(), Origin::Cache).await?;
    let path = home.join(BINARY);
    let placed = File::open(&built).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&built, &path));
    placed.map_err(|source| Error::Io { path: path.clone(), source })?;
    if let Err(error) = fs::remove_dir_all(&work.directory) {
        tracing::debug!(%error, "the build directory stays");
    }
    Collector::inspect(path, Origin::Cache).await
}

/// Deletes what killed builds left. Each works in a directory of its own: a compiler may go on for a while after its `go` was killed.
fn clear_builds(home: &Path) {
    let leftovers = fs::read_dir(home).into_iter().flatten().flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name == BUILD || name.starts_with(&format!("{BUILD}-")))
    });
    for leftover in leftovers {
        if let Err(error) = fs::remove_dir_all(leftover.path()) {
            tracing::debug!(path = %leftover.path().display(), %error, "a build directory stays");
        }
    }
}

/// `{cache}/collector/{version}-{first 12 hex digits of the manifest's hash}`
fn home(search: &Search) -> PathBuf {
    let digest = Sha256::digest(MANIFEST.as_bytes());
    let key = digest.iter().take(6).fold(0_u64, |key, byte| key << 8 | u64::from(*byte));
    cache_dir(search).join("collector").join(format!("{VERSION}-{key:012x}"))
}

/// Absolute, because commands of the build work elsewhere.
fn cache_dir(search: &Search) -> PathBuf {
    std::path::absolute(&search.cache_dir).unwrap_or_else(|_| search.cache_dir.clone())
}

/// The search path with the directory of the chosen Go first: another one may stand before it.
fn search_path(go: &Path, search: &Search) -> OsString {
    let mut path = go.parent().map(|parent| parent.as_os_str().to_owned()).unwrap_or_default();
    if let Some(rest) = &search.path {
        path.push(":");
        path.push(rest);
    }
    path
}

/// A build under way.
struct Work<'a> {
    go: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    directory: PathBuf,
    begin: Instant,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Work<'_> {
    fn tell(&self, step: Step) {
        (self.progress)(Progress { step, elapsed: self.begin.elapsed() });
    }

    /// Waits until no other process builds. The lock ends with this process, however that ends.
    async fn lock(&self, path: &Path) -> Result<File, Error> {
        let failed = |source| Error::Io { path: path.to_owned(), source };
        let file = File::options().create(true).append(true).open(path).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => self.tell(Step::Waiting),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// All steps; answers with the new binary.
    async fn build(&self) -> Result<PathBuf, Error> {
        let manifest = self.directory.join("manifest.yaml");
        self.prepare(&manifest).map_err(|source| Error::Io { path: self.directory.clone(), source })?;

        let mut install = self.go(&["install", &format!("{BUILDER}@v{VERSION}")], &self.directory);
        self.run(install.env("GOBIN", &self.directory), Step::InstallingBuilder).await?;

        // It calls `go` by name.
        let mut generate = self.command(&self.directory.join("builder"), &self.directory);
        generate.arg("--config").arg(&manifest).arg("--skip-compilation");
        self.run(&mut generate, Step::GeneratingSources).await?;

        let sources = self.directory.join("dist");
        let packages = self.run(&mut self.go(&["list", "-deps", "."], &sources), Step::GeneratingSources).await?;
        let arguments = ["build", "-v", "-trimpath", "-ldflags=-s -w", "-o", BINARY, "."];
        self.run(&mut self.go(&arguments, &sources), Step::Compiling { done: 0, of: packages.max(1) }).await?;
        Ok(sources.join(BINARY))
    }

    fn prepare(&self, manifest: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        fs::write(manifest, MANIFEST)
    }

    fn go(&self, arguments: &[&str], directory: &Path) -> Command {
        let mut command = self.command(&self.go, directory);
        command.args(arguments);
        command
    }

    /// A command of the build. It has the caller's environment, for proxies and certificates, without what would change the result; and
    /// it does not ask a version control system that the cache may happen to lie in.
    fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(directory);
        command.env("GOWORK", "off").env("GO111MODULE", "on").env("GOFLAGS", "-buildvcs=false").env("CGO_ENABLED", "0");
        for name in ["GOOS", "GOARCH", "GOBIN", "GOEXPERIMENT"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Runs one command and tells of it every second; answers with the number of lines it said.
    async fn run(&self, command: &mut Command, step: Step) -> Result<usize, Error> {
        self.tell(step);
        let shown = show(command);
        let failed = |source| Error::Io { path: PathBuf::from(&shown), source };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        let mut said = Said::of(&mut child);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                more = said.read() => if !more { break },
                _ = tick.tick() => self.tell(step.after(said.count)),
            }
        }
        self.tell(step.after(said.count));
        let status = child.wait().await.map_err(failed)?;
        if status.success() {
            return Ok(said.count);
        }
        let output = said.last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        Err(Error::Build { command: shown, status: status.to_string(), output })
    }
}

impl Step {
    /// The step after `lines` lines of output: the compiler says one per package.
    const fn after(self, lines: usize) -> Self {
        match self {
            Self::Compiling { of, .. } => Self::Compiling { done: lines, of },
            Self::Waiting | Self::InstallingBuilder | Self::GeneratingSources => self,
        }
    }
}

fn show(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// What a command says, on both streams.
struct Said {
    out: Option<Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>>,
    err: Option<Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>>,
    count: usize,
    last: VecDeque<String>,
}

impl Said {
    fn of(child: &mut Child) -> Self {
        let out = child.stdout.take().map(|out| lines(Box::new(out)));
        let err = child.stderr.take().map(|err| lines(Box::new(err)));
        Self { out, err, count: 0, last: VecDeque::new() }
    }

    /// Reads one line; false when both streams have ended.
    async fn read(&mut self) -> bool {
        let line = tokio::select! {
            Some(line) = next(&mut self.out) => line,
            Some(line) = next(&mut self.err) => line,
            else => return false,
        };
        self.count += 1;
        self.last.push_back(line);
        if self.last.len() > LINES {
            self.last.pop_front();
        }
        true
    }
}

fn lines(stream: Box<dyn AsyncRead + Send + Unpin>) -> Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>> {
    BufReader::new(stream).lines()
}

async fn next(stream: &mut Option<Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>>) -> Option<String> {
    let line = stream.as_mut()?.next_line().await.ok().flatten();
    if line.is_none() {
        *stream = None;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_of_the_version_that_is_built() {
        let manifest: serde_json::Value = serde_yaml::from_str(MANIFEST).expect("yaml");
        assert_eq!(manifest["dist"]["version"], VERSION);
        assert_eq!(manifest["dist"]["name"], BINARY);
        assert_eq!(manifest["dist"]["output_path"], "./dist");
        for section in ["receivers", "processors", "exporters", "connectors", "extensions"] {
            for module in manifest[section].as_array().expect("a list") {
                let module = module["gomod"].as_str().expect("a module");
                assert!(module.ends_with(&format!(" v{VERSION}")), "{module}");
            }
        }
    }
}

//! Finding and building the collector's binary.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use phoenix_local::collector::{Collector, Error, Origin, Progress, Search, Step};

use crate::support::{real_collector, wait_until, write_program};

/// A Go that "builds" a program which answers like the real collector.
fn go(version: &str, build: &str) -> String {
    let real = real_collector();
    format!(
        "#!/bin/sh\ncase \"$1\" in\n\
         version) echo 'go version go{version} linux/amd64';;\n\
         install) echo \"$2\" >>$GOBIN/../../../../asked; printf '#!/bin/sh\\n/bin/mkdir -p dist\\n' >$GOBIN/builder; /bin/chmod 755 $GOBIN/builder;;\n\
         list) echo one; echo two;;\n\
         build) {build}; printf '#!/bin/sh\\nexec {} \"$@\"\\n' >otelcol-phoenix; /bin/chmod 755 otelcol-phoenix;;\n\
         esac\n",
        real.display()
    )
}

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn install(&self, name: &str, text: &str) {
        write_program(&self.path("bin").join(name), text);
    }

    fn search(&self) -> Search {
        Search { explicit: None, path: Some(self.path("bin").into()), cache_dir: self.path("cache") }
    }

    async fn obtain(&self) -> Result<Collector, Error> {
        Collector::obtain(&self.search(), &|_| {}).await
    }

    /// A file beside the collector in the cache.
    fn cached(&self, name: &str) -> PathBuf {
        let home = fs::read_dir(self.path("cache/collector")).into_iter().flatten().flatten().next();
        home.map_or_else(|| self.path("no cache yet"), |home| home.path().join(name))
    }

    /// How often a builder was installed.
    fn builds(&self) -> usize {
        fs::read_to_string(self.path("asked")).map_or(0, |text| text.lines().count())
    }
}

fn named(path: impl AsRef<Path>) -> Search {
    Search { explicit: Some(path.as_ref().to_owned()), ..Search::default() }
}

fn wrapper() -> String {
    format!("#!/bin/sh\nexec {} \"$@\"\n", real_collector().display())
}

#[tokio::test]
async fn a_named_collector_says_what_it_is() {
    let collector = Collector::locate(&named(real_collector())).await.expect("locates").expect("there");
    assert_eq!((collector.version(), collector.origin()), ("0.159.0", Origin::Named));
    assert!(collector.components().names("receivers").any(|name| name == "host_metrics"));
    assert!(collector.to_string().contains("0.159.0"));
}

#[tokio::test]
async fn a_named_path_that_is_wrong_is_an_error_and_nothing_else_is_tried() {
    let machine = Machine::new();
    let error = Collector::locate(&named(machine.path("none"))).await.expect_err("not there");
    assert!(
        matches!(error, Error::NotFound { .. }) && error.to_string().contains("there is no collector at"),
        "{error}"
    );
    for path in [machine.0.path(), Path::new("/etc/passwd")] {
        let error = Collector::locate(&named(path)).await.expect_err("not executable");
        assert!(error.to_string().contains("is not an executable file"), "{error}");
    }
    for path in ["/bin/true", "/bin/false"] {
        let error = Collector::locate(&named(path)).await.expect_err("another program");
        assert!(error.to_string().contains(&format!("{path} is no OpenTelemetry Collector")), "{error}");
    }
}

#[tokio::test]
async fn the_search_path_is_searched_and_broken_ones_are_passed_over() {
    let machine = Machine::new();
    machine.install("otelcol", &wrapper());
    machine.install("otelcol-contrib", "#!/bin/sh\nexit 1\n");
    let collector = Collector::locate(&machine.search()).await.expect("locates").expect("there");
    assert_eq!((collector.origin(), collector.path()), (Origin::SearchPath, machine.path("bin/otelcol").as_path()));
    machine.install("otelcol-contrib", &wrapper());
    let collector = Collector::locate(&machine.search()).await.expect("locates").expect("there");
    assert_eq!(collector.path(), machine.path("bin/otelcol-contrib"));
}

#[tokio::test]
async fn with_no_collector_and_no_go_it_is_said_what_to_do() {
    let machine = Machine::new();
    for path in [None, Some(OsString::new()), Some(machine.path("bin").into())] {
        let search = Search { path, ..machine.search() };
        assert!(Collector::locate(&search).await.expect("no error").is_none());
        let error = Collector::obtain(&search, &|_| {}).await.expect_err("nothing there").to_string();
        let first = error.lines().next().unwrap();
        assert!(first.contains("no Go on PATH") && first.contains("Go 1.26 or newer"), "{error}");
        for advice in ["otelcol-contrib_0.159.0_linux", "export PHOENIX_COLLECTOR=", "https://go.dev/dl/"] {
            assert!(error.contains(advice), "{error}");
        }
    }
}

#[tokio::test]
async fn a_go_that_is_too_old_is_named_in_the_first_line() {
    let machine = Machine::new();
    machine.install("go", &go("1.19.8", "exit 1"));
    let error = machine.obtain().await.expect_err("too old").to_string();
    let first = error.lines().next().unwrap();
    assert!(first.contains("Go 1.19.8") && first.contains("bin/go") && first.contains("1.26"), "{error}");
    assert_eq!(machine.builds(), 0);
}

#[tokio::test]
async fn a_collector_is_built_once_with_progress_and_then_found() {
    let machine = Machine::new();
    machine.install("go", &go("1.26.8", "echo one >&2; echo two >&2"));
    let told: Mutex<Vec<Progress>> = Mutex::default();
    let built =
        Collector::obtain(&machine.search(), &|progress| told.lock().unwrap().push(progress)).await.expect("builds");
    assert_eq!(built.origin(), Origin::Cache);
    assert!(built.path().starts_with(machine.path("cache/collector")), "{}", built.path().display());
    let told = told.into_inner().unwrap();
    for step in [Step::InstallingBuilder, Step::GeneratingSources, Step::Compiling { done: 2, of: 2 }] {
        assert!(told.iter().any(|progress| progress.step == step), "{step:?} is not among {told:?}");
    }
    assert!(told.iter().map(|progress| progress.elapsed).is_sorted());

    // Without Go: it is there.
    let search = Search { path: None, ..machine.search() };
    let found = Collector::obtain(&search, &|_| panic!("nothing to do")).await.expect("finds");
    assert_eq!(found.path(), built.path());
    assert_eq!(machine.builds(), 1);
}

#[tokio::test]
async fn two_builders_at_once_build_once() {
    let machine = Machine::new();
    machine.install("go", &go("1.26.8", "/bin/sleep 0.5"));
    let (one, other) = tokio::join!(machine.obtain(), machine.obtain());
    assert_eq!(one.expect("builds").path(), other.expect("waits").path());
    assert_eq!(machine.builds(), 1);
}

#[tokio::test]
async fn a_build_that_was_killed_leaves_no_collector() {
    let machine = Machine::new();
    machine.install("go", &go("1.26.8", "printf half >otelcol-phoenix; exec /bin/sleep 1000"));
    let search = machine.search();
    let half = || machine.cached(&format!("build-{}/dist/otelcol-phoenix", std::process::id()));
    tokio::select! {
        built = machine.obtain() => panic!("the build hangs: {built:?}"),
        () = wait_until("half a binary is there", || half().exists()) => {}
    }
    assert!(Collector::locate(&search).await.expect("no error").is_none());
    fs::create_dir_all(machine.cached("build-1/left/by/another")).unwrap();
    machine.install("go", &go("1.26.8", ":"));
    machine.obtain().await.expect("the next one builds");
    assert_eq!(machine.builds(), 2);
    let mut left: Vec<_> = fs::read_dir(machine.cached(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["lock", "otelcol-phoenix"]);
}

#[tokio::test]
async fn without_a_home_go_works_in_our_cache() {
    let machine = Machine::new();
    let build = format!("echo \"$GOCACHE $GOPATH $GOMODCACHE\" >{}", machine.path("places").display());
    for unusable in ["echo off; echo; echo", "echo /proc/cache; echo /proc/go; echo /proc/go/pkg/mod", "exit 1"] {
        let text = go("1.26.8", &build).replace("version)", &format!("env) {unusable};;\nversion)"));
        machine.install("go", &text);
        fs::remove_dir_all(machine.path("cache")).or_else(|_| fs::create_dir(machine.path("cache"))).unwrap();
        machine.obtain().await.expect("builds");
        let places = fs::read_to_string(machine.path("places")).unwrap();
        let expected =
            ["go-build", "go", "go/pkg/mod"].map(|place| machine.path("cache").join(place).display().to_string());
        assert_eq!(places.split_whitespace().collect::<Vec<_>>(), expected, "after {unusable:?}");
    }
}

#[tokio::test]
async fn a_broken_collector_in_the_cache_is_built_again() {
    let machine = Machine::new();
    machine.install("go", &go("1.26.8", ":"));
    let built = machine.obtain().await.expect("builds");
    fs::remove_file(built.path()).unwrap();
    write_program(built.path(), "#!/bin/sh\nexit 1\n");
    machine.obtain().await.expect("builds again");
    assert_eq!(machine.builds(), 2);
}

#[tokio::test]
async fn a_failed_build_shows_what_was_said() {
    let machine = Machine::new();
    machine.install("go", &go("1.26.8", "echo 'dial tcp: no route to host' >&2; exit 1"));
    let error = machine.obtain().await.expect_err("fails").to_string();
    assert!(error.contains("build -v -trimpath") && error.contains("no route to host"), "{error}");
    assert!(error.contains("PHOENIX_COLLECTOR"), "{error}");
}

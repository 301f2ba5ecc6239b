//! Generated configurations at work: each strategy does what it says, seen on the page that the collector shows.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::page::{Page, Series};
use crate::run::{HASH, IDENTITY, RunningCollector, Workload, own_name};
use crate::specs::{generate, spec};

/// A process that is small, and that somebody wants to see.
const WANTED: &str = "phx-wanted";
/// A process that is small, and that nobody asked for.
const SMALL: &str = "phx-small";
/// A process with a name that means something to everybody on the way.
const AWKWARD: &str = r#"a$b {"c"} # d"#;
/// A pattern for exactly that name.
const AWKWARD_PATTERN: &str = r#"^a\$b \{"c"\} # d$"#;

/// Three processes and a collector that sees them. Other tests have processes of the same names at the same time, so they go by their pids.
struct Scene {
    wanted: Workload,
    small: Workload,
    awkward: Workload,
    collector: RunningCollector,
}

impl Scene {
    fn of(parameters: Value, optimizations: Value) -> Self {
        let [wanted, small, awkward] = [WANTED, SMALL, AWKWARD].map(Workload::start);
        let mut parameters = parameters;
        parameters["collectionInterval"] = json!("1s");
        let collector = RunningCollector::start(&generate(&spec(parameters, optimizations)));
        Self { wanted, small, awkward, collector }
    }

    /// The page once it shows the process that every scene keeps.
    fn page(&self) -> Page {
        self.collector.page_when(|page| !page.of(&self.wanted.pid()).is_empty())
    }

    /// The three processes.
    fn processes(&self) -> [&Workload; 3] {
        [&self.wanted, &self.small, &self.awkward]
    }
}

/// The kernel's threads as `/proc` has them, unless this is a container that shows none.
fn kernel_threads() -> BTreeSet<String> {
    let entries = fs::read_dir("/proc").expect("/proc");
    let pids = entries.filter_map(|entry| entry.expect("an entry").file_name().into_string().ok());
    let is_kernel_thread = |pid: &String| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == "Kthread:\t1")
            || (status.contains("\nPPid:\t2\n") && !status.contains("\nVmSize:"))
    };
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())).filter(is_kernel_thread).collect()
}

/// Names and labels that differ between the series of one process.
fn shapes(series: &[&Series]) -> Vec<String> {
    let mut shapes: Vec<String> = series
        .iter()
        .map(|series| {
            let attribute = |label: &str| series.labels.get(label).map(|value| format!(" {value}")).unwrap_or_default();
            format!("{}{}{}", series.name, attribute("state"), attribute("direction"))
        })
        .collect();
    shapes.sort();
    shapes
}

#[test]
fn the_baseline_shows_every_process_with_seven_series_and_every_identity() {
    let scene = Scene::of(json!({}), json!([]));
    let page = scene.page();
    assert_eq!(
        shapes(&page.of(&scene.wanted.pid())),
        [
            "process_cpu_time_seconds_total system",
            "process_cpu_time_seconds_total user",
            "process_cpu_time_seconds_total wait",
            "process_disk_io_bytes_total read",
            "process_disk_io_bytes_total write",
            "process_memory_usage_bytes",
            "process_memory_virtual_bytes",
        ]
    );
    let shown = page.values("process_pid");
    assert!(scene.processes().iter().all(|process| shown.contains(process.pid().as_str())));
    assert!(!page.values("process_command_line").is_empty());
    let lasting: Vec<String> = kernel_threads().into_iter().filter(|pid| pid.len() < 3).collect();
    assert!(lasting.iter().all(|pid| shown.contains(pid.as_str())), "{lasting:?} in {shown:?}");
    for series in &page.0 {
        for (label, value) in IDENTITY {
            assert_eq!(series.labels.get(label).map(String::as_str), Some(value), "{label} of {series:?}");
        }
    }
}

/// Values that YAML would take for numbers, booleans and nothing: they must arrive as the texts that they are.
#[test]
fn the_collectors_own_series_carry_every_identity_and_the_hash_as_text() {
    let scene = Scene::of(json!({}), json!([]));
    scene.page();
    let telemetry = scene.collector.telemetry();
    // The others are its resource, which these labels are part of, and the page itself.
    let is_own = |series: &&Series| series.name != "target_info" && !series.name.starts_with("promhttp_");
    let own: Vec<&Series> = telemetry.0.iter().filter(is_own).collect();
    for name in [
        "otelcol_process_memory_rss",
        "otelcol_process_cpu_seconds",
        "otelcol_exporter_sent_metric_points",
        "otelcol_process_uptime",
    ] {
        assert!(own.iter().any(|series| series.name == name), "{name}");
    }
    for series in own {
        for (label, value) in IDENTITY {
            assert_eq!(series.labels.get(label).map(String::as_str), Some(value), "{label} of {series:?}");
        }
        let hash = series.labels.get("config_hash").map(String::as_str);
        assert_eq!(hash, Some(format!("sha256:{HASH}").as_str()), "{series:?}");
    }
}

#[test]
fn without_command_lines_the_series_are_the_same_but_for_that_label() {
    let scene = Scene::of(json!({"processCommandLine": false}), json!([]));
    let page = scene.page();
    assert_eq!(page.of(&scene.wanted.pid()).len(), 7);
    assert_eq!(page.values("process_command_line"), BTreeSet::new());
}

#[test]
fn exclude_kernel_threads_drops_these_and_nothing_else() {
    let scene = Scene::of(json!({}), json!([{"name": "exclude-kernel-threads"}]));
    let before = kernel_threads();
    let page = scene.page();
    let shown = page.values("process_pid");
    let left: Vec<&str> = shown.iter().copied().filter(|pid| before.contains(*pid)).collect();
    assert_eq!(left, [""; 0]);
    assert!(scene.processes().iter().all(|process| shown.contains(process.pid().as_str())));
    // The first process of the host, or of the container, and this one.
    assert!(shown.contains("1") && shown.contains(std::process::id().to_string().as_str()), "{shown:?}");
    assert_eq!(page.of(&scene.wanted.pid()).len(), 7);
}

#[test]
fn process_filter_shows_nothing_but_what_the_patterns_name() {
    let patterns = [format!("^{WANTED}$"), AWKWARD_PATTERN.to_owned()];
    let scene = Scene::of(json!({}), json!([{"name": "process-filter", "parameters": {"patterns": patterns}}]));
    let page = scene.page();
    assert_eq!(page.values("process_executable_name"), BTreeSet::from([WANTED, AWKWARD]));
    assert_eq!(page.of(&scene.awkward.pid()).len(), 7);
}

#[test]
fn reaggregate_at_source_shows_every_process_with_three_series() {
    let scene = Scene::of(json!({}), json!([{"name": "reaggregate-at-source"}]));
    let page = scene.page();
    let expected = ["process_cpu_time_seconds_total", "process_disk_io_bytes_total", "process_memory_usage_bytes"];
    for process in scene.processes() {
        assert_eq!(shapes(&page.of(&process.pid())), expected);
    }
    let names: BTreeSet<&str> = page.processes().map(|series| series.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(expected));
}

#[test]
fn threshold_drops_small_processes_and_keeps_large_and_wanted_ones() {
    let parameters = json!({"memoryMib": 16, "cpuUtilization": 1, "keep": [format!("^{WANTED}$")]});
    let scene = Scene::of(json!({}), json!([{"name": "threshold", "parameters": parameters}]));
    let page = scene.page();
    // The collector itself is the large one.
    assert_eq!(page.of(&scene.collector.pid()).len(), 7);
    let shown = page.values("process_executable_name");
    assert!(!shown.contains(SMALL) && !shown.contains(AWKWARD), "{shown:?}");
    assert_eq!(page.of(&scene.wanted.pid()).len(), 7);
    for series in page.processes() {
        assert!(
            !series.labels.contains_key("phoenix_keep") && series.name != "process_cpu_utilization_ratio",
            "{series:?}"
        );
    }
}

/// Utilisation of the whole host by one twentieth of one processor, as the collector counts them; nothing below the allowed range.
fn a_little_work() -> f64 {
    let processors = fs::read_to_string("/proc/cpuinfo").expect("/proc");
    let processors = u32::try_from(processors.lines().filter(|line| line.starts_with("processor")).count());
    (0.05 / f64::from(processors.expect("a number").max(1))).max(0.0001)
}

/// A process that works is kept for its CPU time alone.
#[test]
fn threshold_keeps_busy_processes() {
    // One that works has one processor at the most, and on a busy host less.
    let parameters = json!({"memoryMib": 1 << 20, "cpuUtilization": a_little_work(), "keep": [format!("^{WANTED}$")]});
    let busy = Workload::busy("phx-busy");
    let scene = Scene::of(json!({}), json!([{"name": "threshold", "parameters": parameters}]));
    let page = scene.collector.page_when(|page| !page.of(&busy.pid()).is_empty());
    assert_eq!(page.of(&busy.pid()).len(), 7);
    assert_eq!(page.of(&scene.small.pid()), [] as [&Series; 0]);
}

#[test]
fn strategies_add_up() {
    let patterns = [format!("^({WANTED}|{SMALL})$"), format!("^{}$", own_name())];
    let scene = Scene::of(
        json!({"processCommandLine": false}),
        json!([
            {"name": "reaggregate-at-source"},
            {"name": "exclude-kernel-threads"},
            {"name": "threshold", "parameters": {"memoryMib": 16, "cpuUtilization": 1, "keep": [WANTED]}},
            {"name": "process-filter", "parameters": {"patterns": patterns}},
        ]),
    );
    let page = scene.page();
    assert_eq!(page.values("process_executable_name"), BTreeSet::from([WANTED, own_name().as_str()]));
    assert_eq!(
        shapes(&page.of(&scene.wanted.pid())),
        ["process_cpu_time_seconds_total", "process_disk_io_bytes_total", "process_memory_usage_bytes"]
    );
}

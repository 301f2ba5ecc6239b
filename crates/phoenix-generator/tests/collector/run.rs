//! A collector that runs a configuration, and processes for it to see. All of them end with the value that stands for them.

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::page::Page;
use crate::support::real_collector;

/// How long the tests wait for anything.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(100);

/// Labels of every series, with values that YAML would take for something else.
pub(crate) const IDENTITY: [(&str, &str); 5] = [
    ("pipeline", "1e5"),
    ("experiment_id", "0x10"),
    ("variant", "null"),
    ("host_name", "true"),
    ("phoenix_installation", "007"),
];

/// The hash that collectors are told. YAML takes it for a number.
pub(crate) const HASH: &str = "00123e45678901234567890123456789012345678901234567890123456789012";

/// The name under which a collector sees itself.
pub(crate) fn own_name() -> String {
    real_collector().file_name().expect("a name").to_string_lossy().into_owned()
}

/// A collector at work.
pub(crate) struct RunningCollector {
    child: Child,
    ports: [u16; 3],
    directory: tempfile::TempDir,
}

impl RunningCollector {
    /// Starts a collector; again with other ports when somebody took one in between.
    pub(crate) fn start(document: &str) -> Self {
        for _ in 0..3 {
            let mut collector = Self::spawn(document);
            if collector.is_ready() {
                return collector;
            }
            let log = collector.log();
            assert!(log.contains("address already in use"), "the collector ended:\n{document}\n{log}");
        }
        panic!("no free ports");
    }

    fn spawn(document: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("config.yaml");
        std::fs::write(&file, document).expect("written");
        let log = File::create(directory.path().join("log")).expect("a file");
        let ports = free_ports();
        let mut command = Command::new(real_collector());
        command
            .arg("--config")
            .arg(&file)
            .env_clear()
            .envs(variables(ports))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command.spawn().expect("a collector that starts");
        Self { child, ports, directory }
    }

    /// Waits for its health; false when it ended instead.
    fn is_ready(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if get(self.ports[2], "/").is_some() {
                return true;
            }
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("not healthy in time:\n{}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Its page as soon as it is as wanted.
    pub(crate) fn page_when(&self, is_wanted: impl Fn(&Page) -> bool) -> Page {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = get(self.ports[0], "/metrics").map(|text| Page::parse(&text)).unwrap_or_default();
            if is_wanted(&page) {
                return page;
            }
            assert!(Instant::now() < deadline, "the page never was as wanted: {page:#?}\n{}", self.log());
            std::thread::sleep(PAUSE);
        }
    }

    /// Its process identifier, as labels have it.
    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// What it says about itself.
    pub(crate) fn telemetry(&self) -> Page {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(text) = get(self.ports[1], "/metrics") {
                return Page::parse(&text);
            }
            assert!(Instant::now() < deadline, "it never told about itself:\n{}", self.log());
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for RunningCollector {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn variables(ports: [u16; 3]) -> Vec<(String, String)> {
    let identity = IDENTITY.map(|(label, value)| {
        let name = if label == "phoenix_installation" {
            "PHOENIX_INSTALLATION".to_owned()
        } else {
            format!("PHOENIX_{}", label.to_uppercase())
        };
        (name, value.to_owned())
    });
    let ports = [("METRICS", ports[0]), ("TELEMETRY", ports[1]), ("HEALTH", ports[2])]
        .map(|(name, port)| (format!("PHOENIX_{name}_PORT"), port.to_string()));
    let rest = [("PHOENIX_CONFIG_HASH", HASH), ("PHOENIX_BIND_ADDRESS", "127.0.0.1"), ("PHOENIX_ROOT_PATH", "/")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    identity.into_iter().chain(ports).chain(rest).collect()
}

/// Three ports that are free, below those that the kernel hands out: no parallel test gets one of them before the collector does.
fn free_ports() -> [u16; 3] {
    // All are held until all are known, so that they differ.
    let mut held = Vec::new();
    loop {
        let port = 20_000 + u16::try_from(RandomState::new().build_hasher().finish() % 12_000).expect("a port");
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
        if let [a, b, c] = &held[..] {
            return [a, b, c].map(|listener| listener.local_addr().expect("an address").port());
        }
    }
}

/// The body of a page; `None` when nobody answers, or with an error.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.lines().next()?.contains(" 200 ").then(|| body.to_owned())
}

/// A process of a chosen name. It ends by itself when this test is gone.
pub(crate) struct Workload(Child);

impl Workload {
    /// One that waits.
    pub(crate) fn start(name: &str) -> Self {
        Self::run(name, "read line")
    }

    /// One that works.
    pub(crate) fn busy(name: &str) -> Self {
        // It never looks at its input, so it watches whether this test is still there.
        Self::run(name, "parent=$PPID; while [ -e /proc/$parent ]; do :; done")
    }

    fn run(name: &str, then: &str) -> Self {
        let script = format!("printf %s \"$1\" >/proc/self/comm; {then}");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, "sh", name]).stdin(Stdio::piped()).stdout(Stdio::null());
        let workload = Self(command.spawn().expect("a shell"));
        let comm = format!("/proc/{}/comm", workload.pid());
        let deadline = Instant::now() + PATIENCE;
        while read(Path::new(&comm)) != name {
            assert!(Instant::now() < deadline, "{name} did not get its name");
            std::thread::sleep(PAUSE);
        }
        workload
    }

    /// Its process identifier, as labels have it.
    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim_end_matches('\n').to_owned()
}

impl Drop for Workload {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    drop(child.kill());
    child.wait().expect("a child");
}

//! A server of its own for each test, asked over REST, and nothing left running at the end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use phoenix_core::ports::store::ExperimentStore as _;
use phoenix_store::{DataDir, SqliteStore};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::tools::{is_terminal, processes_of, signal, write_program};

/// How long the tests wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
pub(crate) const PAUSE: Duration = Duration::from_millis(20);

/// The real collector.
pub(crate) fn real_collector() -> PathBuf {
    match std::env::var_os("PHOENIX_COLLECTOR") {
        Some(path) => path.into(),
        None => panic!("these tests need a real collector in PHOENIX_COLLECTOR: run cargo xtask test"),
    }
}

/// A data directory, and the server over it.
pub(crate) struct Program {
    directory: tempfile::TempDir,
    server: &'static str,
    /// The name of the data directory in it.
    data: String,
    collector: Option<PathBuf>,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    child: Option<Child>,
    client: reqwest::Client,
    /// How the server gets a small disk of its own for its data directory, if it does.
    small_disk: Option<&'static [&'static str]>,
}

impl Program {
    /// With the real collector.
    pub(crate) async fn start() -> Self {
        let mut program = Self::prepare(Some(real_collector()));
        program.restart().await;
        program
    }

    /// With a program that is a collector when asked what it is, and runs `body` when started. `$REAL` is the real one, `$STATE` a directory.
    /// Every start is counted, and `validate` takes a second while there is a file `$STATE/slow`.
    pub(crate) async fn scripted(body: &str) -> Self {
        let mut program = Self::prepare_scripted(body);
        program.restart().await;
        program
    }

    /// The same without a running server.
    pub(crate) fn prepare_scripted(body: &str) -> Self {
        let mut program = Self::prepare(None);
        let state = program.state();
        fs::create_dir_all(&state).unwrap();
        let script = program.directory.path().join("otelcol");
        let text = format!(
            "#!/bin/sh\nREAL={real}\nSTATE={state}\ncase \"$1\" in\n--version|components) exec $REAL \"$@\";;\n\
             validate) echo >>$STATE/validated; [ -e $STATE/slow ] && /bin/sleep 1; exec $REAL \"$@\";;\nesac\n\
             echo $PHOENIX_PIPELINE >>$STATE/starts\n{body}\n",
            real = real_collector().display(),
            state = state.display(),
        );
        write_program(&script, &text);
        program.collector = Some(script);
        program
    }

    /// Everything but a running server.
    pub(crate) fn prepare(collector: Option<PathBuf>) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            server: env!("CARGO_BIN_EXE_phoenix-server"),
            data: "data".to_owned(),
            collector,
            flags: ["--http-port", "0", "--grpc-port", "0"].map(str::to_owned).to_vec(),
            variables: Vec::new(),
            child: None,
            small_disk: None,
            client: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap(),
        }
    }

    /// With a data directory that has room for four mebibytes; `None` where the system does not let a test mount anything.
    pub(crate) async fn on_a_small_disk() -> Option<Self> {
        let ways = [&["--mount"][..], &["--map-root-user", "--mount"]];
        let works = |way: &&&'static [&'static str]| {
            Command::new("unshare").args(**way).arg("true").output().is_ok_and(|done| done.status.success())
        };
        let way = ways.iter().find(works)?;
        let mut program = Self::prepare(Some(real_collector()));
        program.small_disk = Some(way);
        fs::create_dir(program.own_data_dir()).unwrap();
        program.restart().await;
        Some(program)
    }

    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset_variable(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    /// Another program than `phoenix-server`.
    pub(crate) fn set_server(&mut self, path: &'static str) {
        self.server = path;
    }

    /// The collector that the server is told of.
    pub(crate) fn collector(&self) -> &Path {
        self.collector.as_deref().unwrap()
    }

    /// A directory for what a test keeps beside the data.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn set_flags(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(ToString::to_string).collect();
    }

    /// The data directory as the test sees it. One on a disk of the server's own is seen only through the server.
    pub(crate) fn data_dir(&self) -> PathBuf {
        match (&self.small_disk, &self.child) {
            (Some(_), Some(child)) => {
                let below = self.own_data_dir().strip_prefix("/").unwrap().to_owned();
                Path::new("/proc").join(child.id().to_string()).join("root").join(below)
            }
            (None, _) | (_, None) => self.own_data_dir(),
        }
    }

    /// The data directory as the server sees it.
    fn own_data_dir(&self) -> PathBuf {
        self.directory.path().join(&self.data)
    }

    /// Moves the data directory. Nobody may be running.
    pub(crate) fn move_to(&mut self, name: &str) {
        assert!(self.child.is_none(), "it runs");
        let old = self.own_data_dir();
        name.clone_into(&mut self.data);
        fs::rename(old, self.own_data_dir()).unwrap();
    }

    /// Where a scripted collector leaves its marks.
    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The server's command, with an environment of its own.
    pub(crate) fn command(&self) -> Command {
        self.subcommand(&[])
    }

    /// The same with words before the flags.
    pub(crate) fn subcommand(&self, words: &[&str]) -> Command {
        let server = self.server;
        let mut command = match self.small_disk {
            None => Command::new(server),
            Some(way) => {
                let mut command = Command::new("/usr/bin/unshare");
                let mount = "/bin/mount -t tmpfs -o size=4m,mode=700 tmpfs \"$0\" && exec \"$@\"";
                command.args(way).args(["/bin/sh", "-c", mount]).arg(self.own_data_dir()).arg(server);
                command
            }
        };
        command.args(words).args(&self.flags).arg("--data-dir").arg(self.own_data_dir());
        command.env_clear().env("HOME", self.directory.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(collector) = &self.collector {
            command.env("PHOENIX_COLLECTOR", collector);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs the server to its end, which must come by itself, and answers with its status and standard error.
    pub(crate) fn run_to_the_end(&self) -> (ExitStatus, String) {
        let output = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Starts the server, or starts it again, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.launch();
        let deadline = Instant::now() + PATIENCE;
        while !self.is_reachable() || self.get("/ready").await.0 != 200 {
            let status = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(status.is_none(), "the server ended with {status:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "the server is not ready\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Starts the server and does not wait.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.directory.path().join("server.log")).unwrap();
        self.child = Some(self.command().stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    /// True when the addresses that stand in the data directory are those of the server that runs.
    pub(crate) fn is_reachable(&self) -> bool {
        let own = self.child.as_ref().map(|child| u64::from(child.id()));
        own.is_some() && own == self.published_pid()
    }

    /// How the server ended by itself, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().unwrap();
        if status.is_some() {
            self.child = None;
        }
        status
    }

    /// Sends the server a signal.
    pub(crate) fn signal(&self, what: Signal) {
        signal(self.child.as_ref().expect("it runs").id().try_into().unwrap(), what);
    }

    fn published_pid(&self) -> Option<u64> {
        self.endpoint()?["pid"].as_u64()
    }

    fn endpoint(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.data_dir().join("endpoint.json")).ok()?).ok()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.child.take().expect("it runs").wait().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("server.log")).unwrap_or_default()
    }

    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.data_dir().join("token")).unwrap_or_default().trim().to_owned()
    }

    /// The address of the gRPC API.
    pub(crate) fn grpc(&self) -> String {
        self.endpoint().expect("published")["grpc"].as_str().unwrap().to_owned()
    }

    /// The address of the REST API, for requests that are made by hand.
    pub(crate) fn url(&self, path: &str) -> String {
        let endpoint = self.endpoint().expect("published");
        format!("http://{}{path}", endpoint["http"].as_str().unwrap())
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Asks; 0 when nobody answers.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let Some(endpoint) = self.endpoint() else { return (0, Value::Null) };
        let url = format!("http://{}{path}", endpoint["http"].as_str().unwrap());
        let mut request = self.client.request(method, url).bearer_auth(self.token());
        if let Some(body) = body {
            request = request.json(body);
        }
        match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                (status, response.json().await.unwrap_or(Value::Null))
            }
            Err(_) => (0, Value::Null),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Waits until the probe answers like this.
    pub(crate) async fn until_ready_is(&self, wanted: u16) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (status, body) = self.get("/ready").await;
            if status == wanted {
                return body;
            }
            assert!(Instant::now() < deadline, "it stays {status}: {body:#}\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes a copy of another server's data directory, as an operator would who thinks of it as a backup.
    pub(crate) fn copy_from(&self, original: &Self) {
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(original.data_dir()).arg(self.data_dir());
        // What vanishes while it is being copied is reported, and no harm.
        let _ = copy.status().unwrap();
        assert!(self.data_dir().join("phoenix.db").exists());
    }

    /// Creates an experiment and answers with its id.
    pub(crate) async fn create(&self, document: &Value) -> String {
        let (status, body) = self.post("/v1/controller/experiments", document).await;
        assert_eq!(status, 201, "{body:#}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Gives a command that must be accepted.
    pub(crate) async fn command_experiment(&self, id: &str, command: &str) {
        let (status, body) = self.post(&format!("/v1/controller/experiments/{id}/{command}"), &json!({})).await;
        assert_eq!(status, 200, "{command}: {body:#}");
    }

    pub(crate) async fn experiment(&self, id: &str) -> Value {
        let (status, body) = self.get(&format!("/v1/controller/experiments/{id}")).await;
        assert_eq!(status, 200, "{body:#}\n{}", self.log());
        body
    }

    /// Waits until the experiment is as asked.
    pub(crate) async fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.experiment(id).await;
            if is_so(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}: {seen:#}\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) async fn until_state(&self, id: &str, state: &str) -> Value {
        self.until(id, state, |seen| {
            let now = seen["state"].as_str().unwrap();
            assert!(now == state || !is_terminal(now), "it ended as {now} on the way to {state}: {}", seen["status"]);
            now == state
        })
        .await
    }

    /// Waits for the end, cleanup included.
    pub(crate) async fn until_over(&self, id: &str) -> Value {
        self.until(id, "the end", |seen| {
            is_terminal(seen["state"].as_str().unwrap()) && seen["status"]["cleanup"] == "confirmed"
        })
        .await
    }

    pub(crate) async fn samples(&self, id: &str) -> Vec<Value> {
        let path = format!("/v1/controller/experiments/{id}/samples?pageSize=500");
        let mut samples = Vec::new();
        let mut next = path.clone();
        loop {
            let (status, body) = self.get(&next).await;
            assert_eq!(status, 200, "{body:#}");
            samples.extend(body["items"].as_array().unwrap().clone());
            let Some(token) = body["nextPageToken"].as_str() else { return samples };
            next = format!("{path}&pageToken={token}");
        }
    }

    /// The state of an experiment as it is in the database. Nobody may be running.
    pub(crate) async fn stored_state(&self, id: &str) -> String {
        assert!(self.child.is_none(), "it runs");
        let directory = DataDir::open(self.data_dir()).unwrap();
        let store = SqliteStore::open(&directory, "local").await.unwrap();
        let experiment = store.load(&id.parse().unwrap()).await.unwrap().expect("no experiment is lost");
        store.close().await;
        experiment.state.to_string()
    }

    /// Waits until so many samples are stored.
    pub(crate) async fn until_samples(&self, id: &str, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.samples(id).await.len() < count {
            assert!(Instant::now() < deadline, "waited in vain for {count} samples\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The kinds of an experiment's events, in order; the sequence numbers must have no gap.
    pub(crate) async fn history(&self, id: &str) -> Vec<String> {
        let (status, events) = self.get(&format!("/v1/controller/experiments/{id}/events")).await;
        assert_eq!(status, 200, "{events:#}");
        let events = events.as_array().unwrap().clone();
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event["seq"].as_u64(), Some(index as u64 + 1), "a gap in {events:#?}");
        }
        events
            .iter()
            .map(|event| event["kind"].as_str().unwrap().trim_start_matches("experiment.").to_owned())
            .collect()
    }

    /// Live collectors of this server.
    pub(crate) fn collectors(&self) -> Vec<i32> {
        processes_of(&self.data_dir().join("pipelines"))
    }

    /// Everything that runs for this test but its server.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let server = self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok());
        processes_of(self.directory.path()).into_iter().filter(|pid| Some(*pid) != server).collect()
    }

    /// The pipelines whose collectors a script has started, in order.
    pub(crate) fn starts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.state().join("starts")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        for pid in processes_of(self.directory.path()) {
            signal(pid, Signal::KILL);
        }
    }
}

//! Plays an experiment as a client would that has no memory: it looks at what is there and asks for what is missing, whichever server
//! answers, until the experiment has ended and is deleted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use phoenix_client::{Client, v1};
use phoenix_core::experiment::State;
use phoenix_core::ports::store::ExperimentStore as _;
use phoenix_server::killpoint::{Call, Point, Scenario};
use phoenix_store::{DataDir, SqliteStore};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::KILLABLE;
use super::check::{self, Finale, Reference};
use super::trace::Trace;
use crate::support::Program;
use crate::tools::{is_terminal, short};

/// Longest life of a server.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks. A look costs the server more than all its other work.
const PAUSE: Duration = Duration::from_millis(100);
/// Longer than a hiccup of the sampler, from the first instant that is missed to the last.
const OUTAGE: Duration = Duration::from_secs(17);

/// Before a collector starts, it looks whether another one of its pipeline is alive.
const COLLECTOR: &str = r#"for pid in $(/bin/cat $STATE/pids.$PHOENIX_PIPELINE 2>/dev/null); do
  stat=gone; { read -r stat </proc/$pid/stat; } 2>/dev/null
  case "$stat" in gone|*") Z "*|*") X "*) ;; *) echo "$PHOENIX_PIPELINE $pid $stat" >>$STATE/twice;; esac
done
echo $$ >>$STATE/pids.$PHOENIX_PIPELINE
exec $REAL "$@""#;

/// One experiment, and the servers that drive it one after the other.
pub(super) struct Player {
    pub(super) program: Program,
    pub(super) scenario: Scenario,
    pub(super) id: String,
    life: u32,
    is_created_here: bool,
    was_held: bool,
    /// Where the server is to die.
    armed: Option<Point>,
    /// True when a server has died before the run began: how a run ends by itself is shown by those that die later.
    is_cut_short: bool,
    pub(super) finale: Option<Finale>,
}

/// What a look came to.
enum Step {
    Wait,
    Over,
}

/// As short as experiments may be, and with so little to measure, so seldom, that a busy host does no harm: only the collectors themselves.
fn document(id: &str) -> Value {
    let mut document = short("killed");
    document["metadata"]["id"] = json!(id);
    let collectors = json!({"name": "process-filter", "parameters": {"patterns": ["^otelcol-phoenix$"]}});
    let pipeline = |optimizations: Value| {
        let parameters = json!({"collectionInterval": "2s"});
        json!({"baseTemplate": "process-baseline", "parameters": parameters, "optimizations": optimizations})
    };
    document["spec"]["baseline"] = pipeline(json!([collectors]));
    document["spec"]["candidate"] = pipeline(json!([{"name": "exclude-kernel-threads"}, collectors]));
    document["spec"]["schedule"] =
        json!({"duration": "15s", "warmUp": "0s", "sampleInterval": format!("{}s", check::INTERVAL)});
    document
}

impl Player {
    pub(super) fn new(scenario: Scenario) -> Self {
        let mut program = Program::prepare_scripted(COLLECTOR);
        program.set_server(KILLABLE);
        let id = "0199a0de-0000-7000-8000-000000000001".to_owned();
        Self {
            program,
            scenario,
            id,
            life: 0,
            is_created_here: false,
            was_held: false,
            armed: None,
            is_cut_short: false,
            finale: None,
        }
    }

    /// Starts a server; it dies at the point, if there is one.
    pub(super) fn begin(&mut self, point: Option<Point>) {
        self.life += 1;
        self.is_created_here = false;
        self.armed = point;
        self.set_collector_usable(true);
        for name in ["PHOENIX_KILL_AT", "PHOENIX_KILL_TRACE"] {
            self.program.unset_variable(name);
        }
        if let Some(point) = point {
            self.program.set_variable("PHOENIX_KILL_AT", &point.to_string());
        }
        let trace = self.trace_file();
        self.program.set_variable("PHOENIX_KILL_TRACE", trace.to_str().unwrap());
        self.program.launch();
    }

    /// Plays until the server dies, which must be at this point, and answers with the state that is stored then.
    pub(super) async fn die(&mut self, point: Point) -> String {
        let Some(status) = self.live().await else {
            let story = self.finale.as_ref().map(Finale::story).unwrap_or_default();
            panic!("the experiment has ended and the server never came by its point\n{story}");
        };
        assert_eq!(status.signal(), Some(9), "{status}\n{}", self.program.log());
        assert_eq!(self.trace().death(), Some(point.to_string().as_str()), "it died elsewhere");
        self.is_cut_short = point.place.state < State::Running;
        self.stored_state().await
    }

    /// Plays to the end, with a server that lives.
    pub(super) async fn see_through(&mut self) {
        let ended = self.live().await;
        assert_eq!(ended, None, "the server died by itself\n{}", self.program.log());
    }

    /// How the server ended, or nothing when the experiment is over.
    async fn live(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.program.ended() {
                return Some(status);
            }
            if self.program.is_reachable()
                && let Step::Over = self.step().await
            {
                return None;
            }
            assert!(Instant::now() < deadline, "never over\n{}\n{}", self.trace(), self.program.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Looks, and asks for one thing. What is not answered is looked at again.
    async fn step(&mut self) -> Step {
        match self.program.get(&self.path("")).await {
            (200, seen) => self.go_on(&seen).await,
            (404, _) => self.begin_or_end().await,
            _ => Step::Wait,
        }
    }

    async fn begin_or_end(&mut self) -> Step {
        if self.kinds().await.last().is_some_and(|kind| kind == "deleted") {
            return Step::Over;
        }
        let document = document(&self.id);
        self.is_created_here |= self.program.post("/v1/controller/experiments", &document).await.0 == 201;
        Step::Wait
    }

    async fn go_on(&mut self, seen: &Value) -> Step {
        let state = seen["state"].as_str().unwrap();
        match state {
            "pending" => self.start().await,
            "initializing" if self.trace().passed("outbox.postpone@initializing:after#1") => {
                self.set_collector_usable(true);
            }
            "running" => self.command().await,
            state if is_terminal(state) && seen["status"]["cleanup"] == "confirmed" => {
                if let Some(finale) = Finale::see(&self.program, &self.id).await {
                    self.finale = Some(finale);
                    self.program.ask(Method::DELETE, &self.path(""), None).await;
                }
            }
            _ => {}
        }
        Step::Wait
    }

    /// True when the server is to die while it looks at the pending experiment: it must not be asked for the start before.
    fn dies_looking(&self) -> bool {
        self.armed.is_some_and(|point| {
            point.place.state == State::Pending && matches!(point.place.call, Call::Claim | Call::Settle)
        })
    }

    /// A new experiment is looked at once before it is started, so that there is a boundary while it is pending.
    async fn start(&self) {
        if (self.is_created_here || self.dies_looking()) && !self.trace().passed("schedule.settle@pending:after#1") {
            return;
        }
        if self.scenario == Scenario::Hindered {
            self.set_collector_usable(false);
        }
        self.post("start").await;
    }

    /// Gives the commands of the scenario, each until it is in the history, once the run has begun and brought some samples.
    async fn command(&mut self) {
        let trace = self.trace();
        let has_begun_here = trace.passed("store.commit/running@deploying:after#1");
        let is_settled = ["schedule.settle@running:after#1", "samples.record_samples@running:after#2"];
        if has_begun_here && !is_settled.iter().all(|point| trace.passed(point)) {
            return;
        }
        match self.scenario {
            Scenario::Undisturbed | Scenario::Hindered => {
                if self.is_cut_short && trace.passed("samples.record_samples@running:after#3") {
                    self.post("stop").await;
                }
            }
            Scenario::Cancelled => self.post("cancel").await,
            Scenario::Aborted => self.post("abort").await,
            Scenario::Commanded => {
                let kinds = self.kinds().await;
                let has = |kind: &str| kinds.iter().any(|known| known == kind);
                if !has("paused") {
                    self.post("pause").await;
                } else if !has("resumed") {
                    self.post("resume").await;
                } else if !has("redeploying") {
                    self.redeploy().await;
                }
            }
            Scenario::Outage => {
                if !self.was_held {
                    self.was_held = true;
                    self.program.signal(Signal::STOP);
                    tokio::time::sleep(OUTAGE).await;
                    self.program.signal(Signal::CONT);
                }
            }
        }
    }

    async fn post(&self, command: &str) {
        let (status, body) = self.program.post(&self.path(&format!("/{command}")), &json!({})).await;
        // Too late, or not answered: the next look tells.
        assert!([0, 200, 409].contains(&status), "{command}: {status} {body:#}");
    }

    /// The one command that only the gRPC API has. A server that is dead by now is looked for by the next look.
    async fn redeploy(&self) {
        let pipeline_type = "candidate".to_owned();
        let request = v1::DeployPipelineRequest { experiment_id: self.id.clone(), pipeline_type };
        let client = Client::builder(format!("http://{}", self.program.grpc())).token(self.program.token());
        if let Ok(client) = client.connect().await {
            let _ = client.deploy_pipeline(request).await;
        }
    }

    /// Kinds of the history; none while nobody answers.
    pub(super) async fn kinds(&self) -> Vec<String> {
        let (status, events) = self.program.get(&self.path("/events")).await;
        if status == 200 { check::kinds(&events) } else { Vec::new() }
    }

    /// Everything that the experiment came to is as it should be.
    pub(super) async fn check(&mut self, reference: Option<&Reference>) {
        check::check(self, reference).await;
    }

    pub(super) fn reference(&self) -> Reference {
        self.finale.as_ref().expect("seen").reference()
    }

    /// How it ended: state, and verdict if there is one.
    pub(super) fn ended(&self) -> String {
        self.finale.as_ref().expect("seen").ended()
    }

    pub(super) fn started(&self) -> usize {
        self.program.starts().len()
    }

    pub(super) fn trace(&self) -> Trace {
        Trace::read(&self.trace_file())
    }

    fn trace_file(&self) -> PathBuf {
        self.program.directory().join(format!("trace-{}", self.life))
    }

    fn path(&self, below: &str) -> String {
        format!("/v1/controller/experiments/{}{below}", self.id)
    }

    /// A collector that cannot be started fails in passing.
    fn set_collector_usable(&self, is_usable: bool) {
        let mode = if is_usable { 0o755 } else { 0o644 };
        fs::set_permissions(self.program.collector(), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// As a copy of the database tells it: the next server must find what its predecessor left, leases and all.
    async fn stored_state(&self) -> String {
        let copy = tempfile::tempdir().unwrap();
        for name in ["phoenix.db", "phoenix.db-wal"] {
            match fs::copy(self.program.data_dir().join(name), copy.path().join(name)) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{name}"),
            }
        }
        let store = SqliteStore::open(&DataDir::open(copy.path()).unwrap(), "local").await.unwrap();
        let experiment = store.load(&self.id.parse().unwrap()).await.unwrap();
        store.close().await;
        experiment.map_or_else(|| "no experiment".to_owned(), |experiment| experiment.state.to_string())
    }
}

//! A server under measurement: started on free ports, asked over REST, looked at through procfs.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const START: Duration = Duration::from_secs(30);
const REQUEST: Duration = Duration::from_secs(20);
/// Between two looks while it starts: small against what is measured.
const PAUSE: Duration = Duration::from_micros(500);
/// How much of its log a failure shows, in bytes.
const SHOWN: usize = 2_000;

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    log: std::path::PathBuf,
    client: Client,
}

/// What a process takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) resident: f64,
    pub(super) peak: f64,
}

impl Server {
    /// Starts it, and answers with the time from the start of the process to the first `/ready` that says so.
    pub(super) fn start(program: &Path, data: &Path, collector: &Path) -> Result<(Self, Duration)> {
        let log = data.with_extension("log");
        let file = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(program);
        command.env_clear().envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.arg("--data-dir").arg(data).args(["--http-port", "0", "--grpc-port", "0"]);
        command.arg("--collector").arg(collector);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let begin = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { child, log, client: Client::new() };
        loop {
            if server.find(data)? && server.client.get("/ready").is_ok_and(|(status, _)| status == 200) {
                break;
            }
            ensure!(server.child.try_wait()?.is_none(), "the server has ended\n{}", server.last_words());
            ensure!(begin.elapsed() < START, "the server is not ready\n{}", server.last_words());
            std::thread::sleep(PAUSE);
        }
        let took = begin.elapsed();
        fs::read_to_string(data.join("token"))?.trim().clone_into(&mut server.client.token);
        Ok((server, took))
    }

    /// Whether it has said where it listens.
    fn find(&mut self, data: &Path) -> Result<bool> {
        if !self.client.base.is_empty() {
            return Ok(true);
        }
        // Not there yet, or of the server before.
        let Ok(text) = fs::read(data.join("endpoint.json")) else { return Ok(false) };
        let endpoint: Value = serde_json::from_slice(&text).context("endpoint.json is no JSON")?;
        if endpoint["pid"] == self.child.id() {
            self.client.base = format!("http://{}", endpoint["http"].as_str().context("no address")?);
        }
        Ok(!self.client.base.is_empty())
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        Ok(Memory { resident: kib(&status, "VmRSS:")? * 1024.0, peak: kib(&status, "VmHWM:")? * 1024.0 })
    }

    /// Stops it in order; its collectors go on.
    pub(super) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}\n{}", self.last_words());
        Ok(())
    }

    pub(super) fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let from = text.char_indices().map(|(at, _)| at).find(|at| text.len() - at <= SHOWN).unwrap_or(0);
        text[from..].to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an orderly stop there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kib(status: &str, key: &str) -> Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok())
        .with_context(|| format!("procfs has no {key}"))
}

/// Asks the server over one kept connection.
#[derive(Debug)]
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    fn new() -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(REQUEST));
        Self { agent: config.build().into(), base: String::new(), token: String::new() }
    }

    fn get(&self, path: &str) -> Result<(u16, Value)> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.authorization());
        read(request.call()?)
    }

    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("authorization", self.authorization());
        read(request.send_json(body)?)
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// What must be there.
    pub(super) fn read(&self, path: &str) -> Result<Value> {
        expect(path, 200, self.get(path)?)
    }

    /// Creates an experiment and answers with its id.
    pub(super) fn create(&self, document: &Value) -> Result<String> {
        let path = "/v1/controller/experiments";
        let created = expect(path, 201, self.post(path, document)?)?;
        Ok(created["id"].as_str().context("a creation without an id")?.to_owned())
    }

    /// Gives a command, which must be followed.
    pub(super) fn command(&self, id: &str, command: &str) -> Result<Value> {
        let path = format!("/v1/controller/experiments/{id}/{command}");
        expect(&path, 200, self.post(&path, &Value::Object(serde_json::Map::new()))?)
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<(u16, Value)> {
    let status = response.status().as_u16();
    Ok((status, response.body_mut().read_json()?))
}

fn expect(path: &str, wanted: u16, (status, body): (u16, Value)) -> Result<Value> {
    if status != wanted {
        bail!("{path} answers {status}: {body}");
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_what_the_kernel_says() {
        let status = "Name:\tphoenix-server\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(kib(status, "VmRSS:").ok(), Some(10240.0));
        assert!(kib(status, "VmSwap:").is_err());
    }
}

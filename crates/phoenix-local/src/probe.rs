//! Looks at a collector over HTTP: whether it says it is healthy, and whether its telemetry carries the wanted configuration.

use std::time::Duration;

use phoenix_core::id::{ConfigHash, PipelineName};
use phoenix_core::ports::failure::Failure;
use reqwest::{Client, Response, redirect};

use crate::ports::Ports;

/// A page of telemetry beyond this is no collector's.
const LONGEST_PAGE: usize = 8 << 20;

/// Looks at collectors.
#[derive(Clone, Debug)]
pub(crate) struct Prober(Client);

/// What a look has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The configuration that the telemetry carries.
    pub(crate) hash: Option<ConfigHash>,
    /// Why the collector is not ready; none when it is.
    pub(crate) trouble: Option<String>,
}

impl Prober {
    pub(crate) fn new(timeout: Duration) -> Result<Self, Failure> {
        // No connection is kept: the port may belong to another process by the next look. No proxy: it is this host.
        let client = Client::builder()
            .timeout(timeout)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Failure::permanent("LocalProbe", "cannot make an HTTP client").with_source(error))?;
        Ok(Self(client))
    }

    /// One look. Ready is healthy *and* with the wanted configuration under the right name.
    pub(crate) async fn look(&self, name: &PipelineName, ports: Ports, wanted: &ConfigHash) -> Look {
        if let Err(trouble) = self.check_health(ports.health).await {
            return Look { hash: None, trouble: Some(trouble) };
        }
        match self.read_hash(ports.telemetry, name).await {
            Ok(hash) if hash == *wanted => Look { hash: Some(hash), trouble: None },
            Ok(hash) => Look {
                trouble: Some(format!("telemetry still carries configuration {}", hash.short())),
                hash: Some(hash),
            },
            Err(trouble) => Look { hash: None, trouble: Some(trouble) },
        }
    }

    async fn check_health(&self, port: u16) -> Result<(), String> {
        let response = self.get(format!("http://127.0.0.1:{port}/"), "health_check").await?;
        match response.status().as_u16() {
            200 => Ok(()),
            status => Err(format!("health_check answers {status}")),
        }
    }

    async fn read_hash(&self, port: u16, name: &PipelineName) -> Result<ConfigHash, String> {
        let mut response = self.get(format!("http://127.0.0.1:{port}/metrics"), "telemetry").await?;
        if response.status().as_u16() != 200 {
            return Err(format!("telemetry answers {}", response.status().as_u16()));
        }
        let mut page = Vec::new();
        while page.len() < LONGEST_PAGE {
            match response.chunk().await {
                Ok(Some(chunk)) => page.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => return Err("telemetry breaks off".to_owned()),
            }
        }
        carried_hash(&String::from_utf8_lossy(&page), name)
            .ok_or_else(|| "telemetry does not carry the current configuration yet".to_owned())
    }

    async fn get(&self, url: String, what: &str) -> Result<Response, String> {
        self.0.get(url).send().await.map_err(|error| {
            if error.is_timeout() { format!("{what} does not answer in time") } else { format!("{what} is not up yet") }
        })
    }
}

/// The configuration in the labels of a series of this pipeline; series of others (of whoever has the port now) do not count.
fn carried_hash(page: &str, name: &PipelineName) -> Option<ConfigHash> {
    let own = format!("pipeline=\"{name}\"");
    let mut series = page.lines().filter(|line| !line.starts_with('#') && has_label(line, &own));
    series.find_map(|line| line.split("config_hash=\"sha256:").nth(1)?.get(..64)?.parse().ok())
}

/// True when the label stands by itself and is not the end of another one's name.
fn has_label(line: &str, label: &str) -> bool {
    line.match_indices(label).any(|(at, _)| line[..at].ends_with(['{', ',', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_series_of_the_pipeline_itself_count() {
        let name: PipelineName = "a-baseline-1".parse().expect("a name");
        let hash = ConfigHash::of("a: 1\n");
        let line = |pipeline: &str| format!("otelcol_process_uptime{{config_hash=\"sha256:{hash}\",{pipeline}}} 3\n");
        assert_eq!(carried_hash(&line("pipeline=\"a-baseline-1\""), &name), Some(hash.clone()));
        assert_eq!(carried_hash(&line("pipeline=\"b-baseline-1\""), &name), None);
        assert_eq!(carried_hash(&line("other_pipeline=\"a-baseline-1\""), &name), None);
        assert_eq!(carried_hash(&format!("# {}", line("pipeline=\"a-baseline-1\"")), &name), None);
        assert_eq!(carried_hash("up{pipeline=\"a-baseline-1\",config_hash=\"sha256:12\"} 1", &name), None);
        assert_eq!(carried_hash("", &name), None);
    }

    #[tokio::test]
    async fn nobody_there_is_not_up_yet() {
        let prober = Prober::new(Duration::from_mins(1)).expect("a client");
        let name = "a-baseline-1".parse().expect("a name");
        // Bound without listening: nobody answers there, and nobody else can begin to.
        let silent = tokio::net::TcpSocket::new_v4().expect("a socket");
        silent.bind("127.0.0.1:0".parse().expect("an address")).expect("binds");
        let port = silent.local_addr().expect("an address").port();
        let ports = Ports { metrics: port, telemetry: port, health: port };
        let look = prober.look(&name, ports, &ConfigHash::of("")).await;
        assert_eq!(look.trouble.as_deref(), Some("health_check is not up yet"));
    }
}

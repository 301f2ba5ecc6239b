//! Where the server is: named by the user, else found in the data directory of a server on this host.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;

use crate::args::Connection;
use crate::exit::InvalidInput;

/// Where a server listens that nobody named and that left no addresses.
const DEFAULT_URL: &str = "http://127.0.0.1:8081";

/// An address and what opens it.
#[derive(Clone)]
pub(super) struct Place {
    /// Without a slash at its end.
    pub(super) url: String,
    pub(super) token: Option<SecretString>,
}

/// What is read of the server's `endpoint.json`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Endpoint {
    /// Its REST API.
    pub(crate) http: SocketAddr,
    /// Its gRPC API.
    pub(crate) grpc: SocketAddr,
}

/// Where the flags and the environment lead.
pub(super) fn place(connection: &Connection) -> anyhow::Result<Place> {
    let directory = data_dir(connection);
    let named = connection.server.clone().filter(|url| !url.is_empty());
    let found = || {
        let endpoint = directory.as_deref().and_then(endpoint);
        endpoint.map_or_else(|| DEFAULT_URL.to_owned(), |endpoint| format!("http://{}", endpoint.http))
    };
    let url = checked(&named.unwrap_or_else(found))?;
    // The token of the data directory opens a server on this host. It must not travel to any other.
    let own = directory.as_deref().filter(|_| is_loopback(&url)).and_then(token);
    let token = variable("PHOENIX_TOKEN").or(own).map(SecretString::from);
    Ok(Place { url: url.as_str().trim_end_matches('/').to_owned(), token })
}

/// Where a server went that was started again: `None` unless it left its new address in the data directory.
pub(super) fn place_again(connection: &Connection) -> Option<Place> {
    let directory = data_dir(connection)?;
    if connection.server.as_ref().is_some_and(|url| !url.is_empty()) || endpoint(&directory).is_none() {
        return None;
    }
    place(connection).ok()
}

fn checked(text: &str) -> anyhow::Result<Url> {
    let wrong = |problem: String| {
        InvalidInput(format!("{text:?} is no address of a server: {problem}\n  write it like {DEFAULT_URL}"))
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if url.scheme() != "http" {
        return Err(wrong(format!("its scheme is {:?}, and only http is spoken", url.scheme())).into());
    }
    url.host().context("no host").map_err(|_| wrong("it names no host".to_owned()))?;
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("");
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// The data directory of the server on this host: the named one, else the user's.
pub(crate) fn data_dir(connection: &Connection) -> Option<PathBuf> {
    connection.data_dir.clone().filter(|path| !path.as_os_str().is_empty()).or_else(default_data_dir)
}

/// Where the server of a data directory listens, or did when it was killed.
pub(crate) fn endpoint(directory: &Path) -> Option<Endpoint> {
    serde_json::from_str(&std::fs::read_to_string(directory.join("endpoint.json")).ok()?).ok()
}

fn token(directory: &Path) -> Option<String> {
    let token = std::fs::read_to_string(directory.join("token")).ok()?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// `phoenix` in the user's state directory, as the server takes it.
fn default_data_dir() -> Option<PathBuf> {
    let base = variable("XDG_STATE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state")))?;
    Some(base.join("phoenix"))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(url: &str) -> bool {
        is_loopback(&checked(url).expect(url))
    }

    #[test]
    fn only_addresses_of_this_host_get_the_token_of_its_data_directory() {
        for near in ["http://127.0.0.1:8081", "http://localhost:1/", "http://[::1]:8081", "http://127.8.8.8"] {
            assert!(loopback(near), "{near}");
        }
        for far in
            ["http://10.0.0.1:8081", "http://phoenix.example", "http://127.0.0.1.example", "http://localhost.example"]
        {
            assert!(!loopback(far), "{far}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_asked_is_wrong_usage() {
        for (text, problem) in [("127.0.0.1:8081", "relative URL"), ("https://h", "https"), ("", "relative URL")] {
            let error = checked(text).expect_err(text);
            assert!(error.is::<InvalidInput>() && error.to_string().contains(problem), "{error}");
        }
    }
}

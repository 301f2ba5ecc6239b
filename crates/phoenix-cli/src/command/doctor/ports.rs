//! The ports of a server: free, or its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use super::check::Check;
use super::server::Seen;
use crate::server::endpoint;

const PORTS: &str = "ports";
/// Where a server without a configuration file listens.
const DEFAULTS: [(u16, &str); 2] = [(8_081, "--http-port"), (50_051, "--grpc-port")];
/// How long a listener of this host may take to accept.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asked by connecting: that takes a port from nobody, as listening there would for a moment.
pub(super) async fn ports(directory: &Path, url: &str, seen: &Seen) -> Check {
    if let (Some(endpoint), true) = (endpoint(directory), seen.version.is_ok())
        && url.ends_with(&format!("//{}", endpoint.http))
    {
        let text = format!("{} (REST) and {} (gRPC) are the server's", endpoint.http.port(), endpoint.grpc.port());
        return if is_listened_to(endpoint.grpc).await {
            Check::ok(PORTS, text)
        } else {
            Check::wrong(
                PORTS,
                format!("nobody listens at {}, where the server says it does (gRPC)", endpoint.grpc),
                "start phoenix-server again",
            )
        };
    }
    let mut taken = Vec::new();
    for (port, flag) in DEFAULTS {
        let is_the_server = seen.version.is_ok() && url.ends_with(&format!(":{port}"));
        if !is_the_server && is_listened_to((Ipv4Addr::LOCALHOST, port).into()).await {
            taken.push((port, flag));
        }
    }
    // A server that was reached at its usual address has both of its ports, whoever started it.
    if seen.version.is_ok() && url.ends_with(&format!(":{}", DEFAULTS[0].0)) {
        return Check::ok(PORTS, format!("{} is the server's", DEFAULTS[0].0));
    }
    judged(&taken)
}

fn judged(taken: &[(u16, &str)]) -> Check {
    if taken.is_empty() {
        let [(http, _), (grpc, _)] = DEFAULTS;
        return Check::ok(PORTS, format!("{http} (REST) and {grpc} (gRPC) are free"));
    }
    let ports: Vec<String> = taken.iter().map(|(port, _)| port.to_string()).collect();
    let flags: Vec<String> = taken.iter().map(|(_, flag)| format!("{flag} PORT")).collect();
    let advice = format!("end it, or start the server on others: phoenix-server {}", flags.join(" "));
    Check::wrong(PORTS, format!("another program listens on {} of 127.0.0.1", ports.join(" and ")), advice)
}

async fn is_listened_to(address: SocketAddr) -> bool {
    matches!(tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use super::super::check::Level;
    use super::*;

    #[tokio::test]
    async fn a_listener_is_noticed() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        assert!(is_listened_to(address).await);
        // Bound without listening: nobody else can begin to.
        let silent = tokio::net::TcpSocket::new_v4().expect("a socket");
        silent.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("free");
        assert!(!is_listened_to(silent.local_addr().expect("an address")).await);
    }

    #[test]
    fn a_taken_port_is_named_with_the_flag_that_helps() {
        assert_eq!(judged(&[]).level, Level::Ok);
        let check = judged(&DEFAULTS[1..]);
        assert_eq!(check.level, Level::Wrong);
        assert!(check.result.contains("50051") && !check.result.contains("8081"), "{check:?}");
        assert!(check.advice.ends_with("phoenix-server --grpc-port PORT"), "{check:?}");
    }
}

//! The three ports of a collector on loopback.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use phoenix_core::experiment::Endpoints;
use serde::{Deserialize, Serialize};

/// How many ports are looked at before giving up: three are needed, a few may be promised to others.
const LOOKS: usize = 256;

/// Where one collector listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub(crate) metrics: u16,
    pub(crate) telemetry: u16,
    pub(crate) health: u16,
}

impl Ports {
    /// Three ports that are free now and not among `promised`. Somebody may take one before the collector does; then others are looked for.
    pub(crate) fn find(promised: &HashSet<u16>) -> io::Result<Self> {
        // All listeners are held until the end, so that the kernel hands out different ports.
        let mut held = Vec::new();
        let mut free = Vec::new();
        for _ in 0..LOOKS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            if !promised.contains(&port) {
                free.push(port);
            }
            if let [metrics, telemetry, health] = free[..] {
                return Ok(Self { metrics, telemetry, health });
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no three free ports on 127.0.0.1"))
    }

    pub(crate) const fn all(self) -> [u16; 3] {
        [self.metrics, self.telemetry, self.health]
    }

    pub(crate) fn endpoints(self) -> Endpoints {
        Endpoints {
            metrics: format!("http://127.0.0.1:{}/metrics", self.metrics),
            telemetry: format!("http://127.0.0.1:{}/metrics", self.telemetry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_promised_ones_are_left_alone() {
        let first = Ports::find(&HashSet::new()).expect("finds");
        let promised: HashSet<u16> = (1..=u16::MAX).filter(|port| port % 3 == 0).collect();
        let second = Ports::find(&promised).expect("finds");
        assert!(second.all().iter().all(|port| port % 3 != 0));
        let distinct: HashSet<u16> = first.all().into_iter().collect();
        assert_eq!(distinct.len(), 3);
    }
}

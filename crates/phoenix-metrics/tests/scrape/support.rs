//! Collectors that are only two pages on a loopback port, and answers that no collector should give.

mod pages;
mod server;

pub(crate) use pages::{exporter_page, telemetry_page};
pub(crate) use server::{Answer, Gathering, Server};

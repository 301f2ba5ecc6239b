//! Addresses that components listen at. The collector's own check opens no port, so a clash shows only when it starts.

use serde_json::Value;

use crate::component::Section;
use crate::validator::model::{Component, Model};
use crate::validator::place::{Place, walk};
use crate::validator::references::{Piece, pieces};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// An address that something listens at.
#[derive(Debug)]
struct Listener {
    path: String,
    host: String,
    port: String,
}

/// Checks what used components and the collector's own telemetry listen at.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    let mut listeners: Vec<Listener> = Vec::new();
    for component in model.components.iter().filter(|component| model.is_used(component) && listens(component)) {
        let section = Place::ROOT.key(component.section.key());
        let place = section.key(component.key);
        for (key, value) in component.settings.into_iter().flatten() {
            walk(value, &place.key(key), &mut |place, value| {
                let endpoint = value.as_str().filter(|_| place.last_key() == Some("endpoint"));
                listeners.extend(endpoint.and_then(|endpoint| listener(endpoint, place)));
            });
        }
    }
    listeners.extend(telemetry(model));
    for (index, listener) in listeners.iter().enumerate() {
        if is_wildcard(&listener.host) {
            let message = "it listens on all interfaces; write 127.0.0.1, or ${env:PHOENIX_BIND_ADDRESS}, which the deployer sets";
            report.add(Rule::WildcardBind, &listener.path, message);
        }
        if let Some(other) = listeners.iter().take(index).find(|other| collide(other, listener)) {
            let message =
                format!("{} listens at port {} too; give each a port of its own", other.path, quote(&listener.port));
            report.add(Rule::SharedEndpoint, &listener.path, message);
        }
    }
}

/// Components whose `endpoint` is their own address and not that of somebody else.
fn listens(component: &Component<'_>) -> bool {
    matches!(
        (component.section, component.kind),
        (Section::Receivers, "otlp")
            | (Section::Exporters, "prometheus")
            | (Section::Extensions, "health_check" | "pprof" | "zpages")
    )
}

/// The pages on which the collector shows its own metrics.
fn telemetry(model: &Model<'_>) -> Vec<Listener> {
    let mut found = Vec::new();
    let Some(telemetry) = model.root.get("service").and_then(|service| service.get("telemetry")) else { return found };
    let service = Place::ROOT.key("service");
    walk(telemetry, &service.key("telemetry"), &mut |place, value| {
        let is_page = place.last_key() == Some("prometheus")
            && place.parent().and_then(Place::parent).and_then(Place::last_key) == Some("pull");
        let text = |key: &str| match value.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if let (true, Some(host), Some(port)) = (is_page, text("host"), text("port")) {
            found.push(Listener { path: place.to_string(), host, port });
        }
    });
    found
}

fn listener(endpoint: &str, place: &Place<'_>) -> Option<Listener> {
    let (host, port) = split(endpoint)?;
    Some(Listener { path: place.to_string(), host: host.to_owned(), port: port.to_owned() })
}

/// Host and port. Colons inside references do not count.
fn split(endpoint: &str) -> Option<(&str, &str)> {
    let spans: Vec<_> = pieces(endpoint)
        .into_iter()
        .filter_map(|(at, piece)| match piece {
            Piece::Reference { inner } => Some(at..at + inner.len() + 3),
            Piece::Escaped | Piece::Nested | Piece::Unclosed => None,
        })
        .collect();
    let is_outside = |at: usize| !spans.iter().any(|span| span.contains(&at));
    let (at, _) = endpoint.rmatch_indices(':').find(|(at, _)| is_outside(*at))?;
    Some((endpoint.get(..at)?, endpoint.get(at + 1..)?))
}

fn is_wildcard(host: &str) -> bool {
    ["", "0.0.0.0", "[::]", "::"].contains(&host)
}

fn is_loopback(host: &str) -> bool {
    ["127.0.0.1", "localhost"].contains(&host)
}

fn collide(one: &Listener, other: &Listener) -> bool {
    let same_host = one.host == other.host
        || is_wildcard(&one.host)
        || is_wildcard(&other.host)
        || (is_loopback(&one.host) && is_loopback(&other.host));
    one.port == other.port && one.port != "0" && same_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(split("127.0.0.1:80"), Some(("127.0.0.1", "80")));
        assert_eq!(split("[::1]:80"), Some(("[::1]", "80")));
        assert_eq!(split("${env:A:-127.0.0.1}:${env:P}"), Some(("${env:A:-127.0.0.1}", "${env:P}")));
        assert_eq!(split("${env:ENDPOINT}"), None);
    }
}

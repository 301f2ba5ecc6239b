//! The environment of a collector: it carries the identity that configurations leave open, and nothing of the server's own.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use phoenix_core::experiment::PipelineType;
use phoenix_core::id::{ConfigHash, HostName, PipelineName};
use secrecy::ExposeSecret as _;

use crate::options::Options;
use crate::ports::Ports;
use crate::record::Record;

pub(crate) const PIPELINE: &str = "PHOENIX_PIPELINE";
pub(crate) const EXPERIMENT_ID: &str = "PHOENIX_EXPERIMENT_ID";
pub(crate) const VARIANT: &str = "PHOENIX_VARIANT";
pub(crate) const CONFIG_HASH: &str = "PHOENIX_CONFIG_HASH";
pub(crate) const METRICS_PORT: &str = "PHOENIX_METRICS_PORT";
pub(crate) const TELEMETRY_PORT: &str = "PHOENIX_TELEMETRY_PORT";
pub(crate) const HEALTH_PORT: &str = "PHOENIX_HEALTH_PORT";

/// The variables of one collector, complete.
pub(crate) fn variables(
    options: &Options,
    host: &HostName,
    name: &PipelineName,
    record: &Record,
) -> Vec<(String, String)> {
    let own = [
        (PIPELINE, name.to_string()),
        (EXPERIMENT_ID, record.experiment_id.to_string()),
        (VARIANT, record.variant.to_string()),
        (CONFIG_HASH, record.config_hash.to_string()),
        ("PHOENIX_INSTALLATION", options.installation.clone()),
        ("PHOENIX_HOST_NAME", host.to_string()),
        ("PHOENIX_BIND_ADDRESS", "127.0.0.1".to_owned()),
        ("PHOENIX_ROOT_PATH", "/".to_owned()),
        (METRICS_PORT, record.ports.metrics.to_string()),
        (TELEMETRY_PORT, record.ports.telemetry.to_string()),
        (HEALTH_PORT, record.ports.health.to_string()),
        ("GOMEMLIMIT", format!("{}B", options.memory_limit / 5 * 4)),
    ];
    let passed = options.pass_env.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    own.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(passed).collect()
}

/// The variables of a collector that belongs to nobody, for checks.
pub(crate) fn sample(options: &Options, host: &HostName) -> Vec<(String, String)> {
    let (Ok(name), Ok(experiment_id)) = ("check-baseline-00000000".parse(), "check".parse()) else {
        return Vec::new();
    };
    let record = Record {
        experiment_id,
        variant: PipelineType::Baseline,
        config_hash: ConfigHash::of(""),
        ports: Ports { metrics: 65_001, telemetry: 65_002, health: 65_003 },
        restarts: 0,
        process: None,
    };
    variables(options, host, &name, &record)
}

/// What a collector's environment says about it, when it is complete and about this pipeline.
pub(crate) fn identity(environment: &HashMap<OsString, OsString>, name: &PipelineName) -> Option<Record> {
    let text = |key: &str| environment.get(OsStr::new(key))?.to_str();
    if text(PIPELINE)? != name.as_str() {
        return None;
    }
    Some(Record {
        experiment_id: text(EXPERIMENT_ID)?.parse().ok()?,
        variant: PipelineType::ALL.into_iter().find(|variant| Some(variant.as_str()) == text(VARIANT))?,
        config_hash: config_hash(environment)?,
        ports: Ports {
            metrics: text(METRICS_PORT)?.parse().ok()?,
            telemetry: text(TELEMETRY_PORT)?.parse().ok()?,
            health: text(HEALTH_PORT)?.parse().ok()?,
        },
        restarts: 0,
        process: None,
    })
}

/// The configuration that a collector was started with.
pub(crate) fn config_hash(environment: &HashMap<OsString, OsString>) -> Option<ConfigHash> {
    environment.get(OsStr::new(CONFIG_HASH))?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_tells_the_record_it_was_made_of() {
        let name: PipelineName = "cut-candidate-0123abcd".parse().expect("a name");
        let record = Record {
            experiment_id: "e1".parse().expect("an id"),
            variant: PipelineType::Candidate,
            config_hash: ConfigHash::of("a: 1\n"),
            ports: Ports { metrics: 1, telemetry: 2, health: 3 },
            restarts: 0,
            process: None,
        };
        let mut options = Options::new("/nowhere");
        options.memory_limit = 500 << 20;
        options.pass_env.insert("API_KEY".to_owned(), "secret".into());
        let host = "a-host".parse().expect("a host");
        let environment: HashMap<OsString, OsString> = variables(&options, &host, &name, &record)
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        assert_eq!(environment.len(), 13);
        assert_eq!(environment[OsStr::new("GOMEMLIMIT")], "419430400B");
        assert_eq!(environment[OsStr::new("API_KEY")], "secret");
        assert_eq!(identity(&environment, &name), Some(record));
        assert_eq!(identity(&environment, &"other".parse().expect("a name")), None);
        assert_eq!(identity(&HashMap::new(), &name), None);
    }
}

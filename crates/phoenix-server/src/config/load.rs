//! Loads a configuration from a file, the environment and flags.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::{Config, Environment};
use crate::yaml;

/// What flags set; they win over everything else.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The data directory.
    pub data_dir: Option<PathBuf>,
    /// `server.http.port`.
    pub http_port: Option<u16>,
    /// `server.grpc.port`.
    pub grpc_port: Option<u16>,
    /// `collector.path`.
    pub collector: Option<PathBuf>,
}

/// Why there is no configuration. Every text names the key, and the file where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no YAML.
    #[error("{path} is not valid YAML: {message}")]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// A variable that the file refers to is not set.
    #[error("{key}: the environment variable {variable} is not set; set it, or remove the key")]
    UnsetVariable {
        /// The key that refers to it.
        key: String,
        /// The variable.
        variable: String,
    },
    /// A key is unknown, or its value is of the wrong type.
    #[error("{key}: {message}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
}

/// The prefix of variables that set single keys: `PHOENIX__SERVER__HTTP__PORT=8090`.
const PREFIX: &str = "PHOENIX__";

/// Loads the configuration. `file` is optional; without it everything has its default.
///
/// # Errors
///
/// See [`ConfigError`].
pub fn load(file: Option<&Path>, environment: &Environment, overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut document = match file {
        Some(path) => read(path)?,
        None => Value::Object(Map::new()),
    };
    interpolate(&mut document, "", environment)?;
    for (name, text) in environment.iter() {
        if let Some(key) = name.strip_prefix(PREFIX) {
            set(&mut document, &key.to_ascii_lowercase().split("__").collect::<Vec<_>>(), scalar(text));
        }
    }
    apply(&mut document, overrides);
    let mut config: Config = serde_path_to_error::deserialize(document)
        .map_err(|error| ConfigError::Key { key: error.path().to_string(), message: error.inner().to_string() })?;
    if config.collector.path.is_none() {
        config.collector.path = environment.get("PHOENIX_COLLECTOR").map(PathBuf::from);
    }
    Ok(config)
}

fn read(path: &Path) -> Result<Value, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let value =
        yaml::parse(&text).map_err(|error| ConfigError::Yaml { path: path.to_owned(), message: error.to_string() })?;
    match value {
        Value::Null => Ok(Value::Object(Map::new())),
        Value::Object(_) => Ok(value),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(ConfigError::Yaml {
            path: path.to_owned(),
            message: "the document is not a map of sections".to_owned(),
        }),
    }
}

/// Replaces `${NAME}` in every string. The value is taken as it is and cannot add structure.
fn interpolate(value: &mut Value, key: &str, environment: &Environment) -> Result<(), ConfigError> {
    match value {
        Value::String(text) => *text = interpolated(text, key, environment)?,
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                interpolate(item, &format!("{key}[{index}]"), environment)?;
            }
        }
        Value::Object(entries) => {
            for (name, entry) in entries.iter_mut() {
                let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                interpolate(entry, &below, environment)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn interpolated(text: &str, key: &str, environment: &Environment) -> Result<String, ConfigError> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((variable, tail)) = after.split_once('}') else { break };
        result.push_str(before);
        result.push_str(
            environment
                .get(variable)
                .ok_or_else(|| ConfigError::UnsetVariable { key: key.to_owned(), variable: variable.to_owned() })?,
        );
        rest = tail;
    }
    result.push_str(rest);
    Ok(result)
}

/// A variable's text as YAML reads a scalar: `8090` is a number, `true` a truth value, anything else a text.
fn scalar(text: &str) -> Value {
    match yaml::parse(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_))) => value,
        Ok(Value::Null | Value::String(_) | Value::Object(_)) | Err(_) => Value::String(text.to_owned()),
    }
}

fn set(document: &mut Value, path: &[&str], value: Value) {
    let Some((last, sections)) = path.split_last() else { return };
    let mut place = document;
    for section in sections {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(entries) = place else { return };
        place = entries.entry((*section).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Value::Object(entries) = place {
        entries.insert((*last).to_owned(), value);
    }
}

fn apply(document: &mut Value, overrides: &Overrides) {
    if let Some(port) = overrides.http_port {
        set(document, &["server", "http", "port"], port.into());
    }
    if let Some(port) = overrides.grpc_port {
        set(document, &["server", "grpc", "port"], port.into());
    }
    if let Some(path) = &overrides.collector {
        set(document, &["collector", "path"], path.to_string_lossy().into_owned().into());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    fn load_text(text: &str, environment: &Environment) -> Result<Config, ConfigError> {
        load(Some(file(text).path()), environment, &Overrides::default())
    }

    /// The service configuration of the specification, unchanged.
    const SPECIFIED: &str = include_str!("../../tests/fixtures/specified-config.yaml");

    #[test]
    fn the_specified_file_loads_unchanged() {
        let config = load_text(SPECIFIED, &[("WEBHOOK_URL", "https://example.org/hook")].into()).expect("loads");
        assert_eq!(
            (config.server.http.port, config.server.grpc.port, config.server.metrics.port),
            (8090, 9091, Some(9092))
        );
        assert!(config.database.postgres.is_some() && config.cache.redis.is_some() && config.kubernetes.is_some());
        assert_eq!(config.notifications.webhooks.len(), 1);
    }

    #[test]
    fn an_unset_variable_names_its_key() {
        let error = load_text(SPECIFIED, &Environment::default()).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "notifications.webhooks[0].url: the environment variable WEBHOOK_URL is not set; set it, or remove the key"
        );
    }

    #[test]
    fn an_unknown_key_and_a_wrong_type_name_the_key() {
        let error = load_text("server: {http: {prot: 1}}", &Environment::default()).expect_err("refused");
        assert!(error.to_string().starts_with("server.http.prot: unknown field `prot`"), "{error}");
        let error = load_text("scheduler: {interval: 30}", &Environment::default()).expect_err("refused");
        assert!(error.to_string().starts_with("scheduler.interval: invalid type"), "{error}");
    }

    #[test]
    fn environment_wins_over_the_file_and_flags_over_both() {
        let environment = [("PHOENIX__SERVER__HTTP__PORT", "7001"), ("PHOENIX__LOGGING__LEVEL", "debug")].into();
        let text = file("server: {http: {port: 7000}, grpc: {port: 7100}}");
        let overrides = Overrides { grpc_port: Some(7200), ..Overrides::default() };
        let config = load(Some(text.path()), &environment, &overrides).expect("loads");
        assert_eq!((config.server.http.port, config.server.grpc.port), (7001, 7200));
        assert_eq!(config.logging.level, "debug");
    }

    #[test]
    fn words_are_no_truth_values_in_a_file_and_in_a_variable() {
        let config = load_text("service: {name: on}", &Environment::default()).expect("loads");
        assert_eq!(config.service.name, "on");
        let environment = [("PHOENIX__SERVICE__NAME", "yes")].into();
        assert_eq!(load(None, &environment, &Overrides::default()).expect("loads").service.name, "yes");
    }

    #[test]
    fn nothing_at_all_is_the_embedded_mode() {
        let config = load(None, &Environment::default(), &Overrides::default()).expect("loads");
        assert_eq!(config, Config::default());
        assert_eq!((config.server.http.port, config.server.grpc.port), (8081, 50051));
    }
}

//! Everything that a caller may set.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use phoenix_core::id::HostName;
use phoenix_core::ports::failure::Failure;
use secrecy::{ExposeSecret, SecretString};

use crate::head_room::HeadRoom;

/// Values shorter than this are not looked for in texts.
const SHORTEST_SECRET: usize = 4;
/// Smallest ceiling under which a collector still works.
const SMALLEST_CEILING: u64 = 64 << 20;

/// How collectors are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where configurations, logs and records live, under `pipelines`. Made when it is not there.
    pub data_dir: PathBuf,
    /// Label `phoenix_installation` on every series.
    pub installation: String,
    /// Label `host_name` on every series; none: what the kernel calls this host.
    pub host_name: Option<HostName>,
    /// Memory ceiling of one collector in bytes. Four fifths of it become its runtime's soft limit.
    pub memory_limit: u64,
    /// Variables that collectors get besides Phoenix' own. Their values are kept out of every message.
    pub pass_env: BTreeMap<String, SecretString>,
    /// What must be left of this host before two collectors are put on it.
    pub head_room: HeadRoom,
    /// Size in bytes after which a log is put aside.
    pub log_limit: u64,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take, and how often they may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A collector that was never ready is started again after this.
    pub start_timeout: Duration,
    /// A collector that was ready and does not answer any more is started again after this.
    pub hang_timeout: Duration,
    /// Pause between two looks at a collector that is not ready.
    pub probe_unsettled: Duration,
    /// Pause between two looks at one that is.
    pub probe_settled: Duration,
    /// How long one look may take.
    pub probe_timeout: Duration,
    /// Pause before the first restart; it doubles with every further one.
    pub first_pause: Duration,
    /// Longest pause before a restart.
    pub longest_pause: Duration,
    /// So many exits within `crash_window` are a crash loop.
    pub crash_limit: u32,
    /// See `crash_limit`.
    pub crash_window: Duration,
    /// A collector that was ready and lived this long has its earlier exits forgiven.
    pub forgiven_after: Duration,
    /// How long a collector may take to end after SIGTERM before it gets SIGKILL.
    pub stop_grace: Duration,
    /// How often other ports are tried when some were taken in the meantime.
    pub port_attempts: u32,
    /// How long the collector may take to check a configuration.
    pub check_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_mins(1),
            hang_timeout: Duration::from_secs(30),
            probe_unsettled: Duration::from_millis(200),
            probe_settled: Duration::from_secs(2),
            probe_timeout: Duration::from_secs(2),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            crash_limit: 5,
            crash_window: Duration::from_mins(10),
            forgiven_after: Duration::from_mins(2),
            stop_grace: Duration::from_secs(10),
            port_attempts: 5,
            check_timeout: Duration::from_secs(20),
        }
    }
}

impl Options {
    /// The defaults, over this data directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            installation: "local".to_owned(),
            host_name: None,
            memory_limit: 512 << 20,
            pass_env: BTreeMap::new(),
            head_room: HeadRoom::default(),
            log_limit: 10 << 20,
            timing: Timing::default(),
        }
    }

    /// The name that this host goes by.
    pub(crate) fn host(&self) -> Result<HostName, Failure> {
        if let Some(name) = &self.host_name {
            return Ok(name.clone());
        }
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        name.parse().map_err(|error| {
            Failure::permanent("LocalOptions", format!("the kernel's name of this host cannot be used: {error}"))
        })
    }

    /// What is wrong with them, if anything.
    pub(crate) fn validate(&self) -> Result<(), Failure> {
        let wrong = |message: String| Err(Failure::permanent("LocalOptions", message));
        if self.installation.is_empty() || self.installation.chars().any(char::is_control) {
            return wrong(format!("installation: {:?} is not a printable text", self.installation));
        }
        if self.memory_limit < SMALLEST_CEILING {
            return wrong(format!("memory_limit: {} is less than {SMALLEST_CEILING} bytes", self.memory_limit));
        }
        for (name, value) in &self.pass_env {
            if !is_variable(name) || name.starts_with("PHOENIX_") || name == "GOMEMLIMIT" {
                return wrong(format!("pass_env: {name:?} is not the name of a variable that may be passed on"));
            }
            if value.expose_secret().contains('\0') {
                return wrong(format!("pass_env: the value of {name} holds a zero byte"));
            }
        }
        Ok(())
    }

    /// The text without the values of passed variables.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut forms: Vec<String> = self.pass_env.values().flat_map(|value| forms(value.expose_secret())).collect();
        // The longest first: a part that is also a value of its own must not save the rest.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.into_iter().fold(text.to_owned(), |text, form| text.replace(&form, "***"))
    }
}

/// How a value may look in a log: as it is, escaped, and its lines one by one. What is very short is no secret.
fn forms(value: &str) -> Vec<String> {
    let escaped = serde_json::to_string(value).unwrap_or_default();
    let escaped = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let lines = value.lines().map(|line| line.trim().to_owned());
    [value.to_owned(), escaped].into_iter().chain(lines).filter(|form| form.len() >= SHORTEST_SECRET).collect()
}

fn is_variable(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options::new("/nowhere")
    }

    #[test]
    fn identity_cannot_be_passed_in_and_wrong_values_are_named() {
        assert!(options().validate().is_ok());
        for name in ["PHOENIX_PIPELINE", "GOMEMLIMIT", "A-B", "", "1A"] {
            let mut options = options();
            options.pass_env.insert(name.to_owned(), "x".into());
            assert!(options.validate().expect_err(name).message().contains("pass_env"));
        }
        let options = Options { memory_limit: 1, ..options() };
        assert!(options.validate().expect_err("too small").message().contains("memory_limit"));
    }

    #[test]
    fn passed_values_are_in_no_message() {
        let mut options = options();
        options.pass_env.insert("TOKEN".to_owned(), "hunter22".into());
        assert_eq!(options.redact("header hunter22 refused"), "header *** refused");
        assert!(!format!("{options:?}").contains("hunter22"));
        options.pass_env.insert("SHORTER".to_owned(), "hunter".into());
        assert_eq!(options.redact("hunter22 and hunter"), "*** and ***");
        options.pass_env.insert("KEY".to_owned(), "-----BEGIN-----\nMIIE\\\"vg\n".into());
        assert_eq!(options.redact("1 -----BEGIN-----\n2 MIIE\\\"vg"), "1 ***\n2 ***");
        assert_eq!(options.redact("{\"key\": \"-----BEGIN-----\\nMIIE\\\\\\\"vg\\n\"}"), "{\"key\": \"***\"}");
    }
}

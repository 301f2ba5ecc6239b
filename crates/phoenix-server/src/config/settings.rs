//! Everything that a start needs to know: the configuration, the directories, and the addresses that follow from both.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, Environment, Overrides, cache_dir, check, data_dir, load};

/// A configuration that can be served, and where it came from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration in effect.
    pub config: Config,
    /// Where the truth is kept.
    pub data_dir: PathBuf,
    /// Where what can be made again is kept.
    pub cache_dir: PathBuf,
    /// The environment of the start.
    pub environment: Environment,
    has_file: bool,
}

impl Settings {
    /// Loads and checks everything.
    ///
    /// # Errors
    ///
    /// See [`ConfigError`]; all texts name the key or variable.
    pub fn load(file: Option<&Path>, environment: Environment, overrides: &Overrides) -> Result<Self, ConfigError> {
        let config = load(file, &environment, overrides)?;
        check(&config, &environment)?;
        let data_dir = overrides.data_dir.clone().or_else(|| data_dir(&environment));
        let data_dir = data_dir.ok_or_else(|| ConfigError::Key {
            key: "data directory".to_owned(),
            message: "neither PHOENIX_DATA_DIR nor HOME is set; set one of them".to_owned(),
        })?;
        // A service user may have no home; then the cache lives beside the data.
        let cache_dir = cache_dir(&environment).unwrap_or_else(|| data_dir.join("cache"));
        Ok(Self { config, data_dir, cache_dir, environment, has_file: file.is_some() })
    }

    /// Where REST is served.
    pub fn http_address(&self) -> SocketAddr {
        SocketAddr::new(self.host(self.config.server.http.host), self.config.server.http.port)
    }

    /// Where gRPC is served.
    pub fn grpc_address(&self) -> SocketAddr {
        SocketAddr::new(self.host(self.config.server.grpc.host), self.config.server.grpc.port)
    }

    /// Where metrics are served, when not beside REST.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        let section = &self.config.server.metrics;
        section.port.map(|port| SocketAddr::new(self.host(section.host), port))
    }

    /// Loopback on a laptop, where nobody wrote a file; all interfaces in a deployment.
    fn host(&self, named: Option<IpAddr>) -> IpAddr {
        let default = if self.has_file { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        named.unwrap_or(IpAddr::V4(default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Environment {
        [("HOME", "/home/ada")].into()
    }

    #[test]
    fn a_laptop_listens_on_loopback_and_a_deployment_on_all_interfaces() {
        let settings = Settings::load(None, home(), &Overrides::default()).expect("loads");
        assert_eq!(settings.http_address().to_string(), "127.0.0.1:8081");
        assert_eq!(settings.grpc_address().to_string(), "127.0.0.1:50051");
        assert_eq!(settings.metrics_address(), None);

        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "server: {metrics: {port: 9092, host: 127.0.0.1}}").expect("written");
        let settings = Settings::load(Some(file.path()), home(), &Overrides::default()).expect("loads");
        assert_eq!(settings.http_address().to_string(), "0.0.0.0:8081");
        assert_eq!(settings.metrics_address().map(|address| address.to_string()).as_deref(), Some("127.0.0.1:9092"));
    }

    #[test]
    fn the_data_directory_is_a_flag_else_a_variable_else_the_users_state_directory() {
        let directory = |environment: Environment, flag: Option<&str>| {
            let overrides = Overrides { data_dir: flag.map(PathBuf::from), ..Overrides::default() };
            Settings::load(None, environment, &overrides).expect("loads").data_dir
        };
        assert_eq!(directory(home(), None), Path::new("/home/ada/.local/state/phoenix"));
        let both: Environment = [("HOME", "/home/ada"), ("PHOENIX_DATA_DIR", "/srv/phoenix")].into();
        assert_eq!(directory(both.clone(), None), Path::new("/srv/phoenix"));
        assert_eq!(directory(both, Some("/tmp/x")), Path::new("/tmp/x"));
    }

    #[test]
    fn a_service_user_without_a_home_needs_a_data_directory_alone() {
        let environment: Environment = [("PHOENIX_DATA_DIR", "/srv/phoenix"), ("XDG_CACHE_HOME", "relative")].into();
        let settings = Settings::load(None, environment, &Overrides::default()).expect("loads");
        assert_eq!(settings.cache_dir, Path::new("/srv/phoenix/cache"));
    }

    #[test]
    fn without_a_home_the_error_says_what_to_set() {
        let error = Settings::load(None, Environment::default(), &Overrides::default()).expect_err("refused");
        assert_eq!(error.to_string(), "data directory: neither PHOENIX_DATA_DIR nor HOME is set; set one of them");
    }
}

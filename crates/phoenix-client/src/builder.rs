//! How a client is made.

use std::time::Duration;

use backon::Retryable as _;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Endpoint;

use crate::client::Settings;
use crate::{Client, Error, Result, RetryPolicy};

/// Calls itself so unless told otherwise.
const USER_AGENT: &str = concat!("phoenix-client/", env!("CARGO_PKG_VERSION"));
/// How often a connection with open calls is asked whether the other side still lives; a stream could wait for ever for a dead one.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long it may take to say so.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a [`Client`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    endpoint: String,
    token: Option<SecretString>,
    user_agent: Option<String>,
    connect_timeout: Duration,
    call_timeout: Duration,
    retry: RetryPolicy,
    resume: RetryPolicy,
}

impl ClientBuilder {
    pub(crate) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            token: None,
            user_agent: None,
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(30),
            retry: RetryPolicy::CALLS,
            resume: RetryPolicy::STREAMS,
        }
    }

    /// The bearer token of every call. It is kept out of every debug output and error.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// What the application calls itself, for instance `cost-robot/1.2`; this crate's own name follows.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Longest time to connect. Default: 5 s.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Longest time to wait for one answer, and for the beginning of a stream; each repetition has it anew. Default: 30 s.
    pub const fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// How calls that may be repeated are repeated. Default: 4 times, within three
    /// seconds.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How a broken stream is taken up again; every update begins the count anew. Default: 30 times, with pauses up to 5 to 10 s.
    pub const fn resume(mut self, policy: RetryPolicy) -> Self {
        self.resume = policy;
        self
    }

    /// Connects, trying again as [`ClientBuilder::retry`] says. A connection that is lost later is made again by itself.
    ///
    /// # Errors
    ///
    /// `VALIDATION_FAILED` when the address or the token cannot be used, `UNAVAILABLE` when nothing answers.
    pub async fn connect(self) -> Result<Client> {
        let endpoint = self.endpoint()?;
        let authorization = self.authorization()?;
        let connect = || async { endpoint.connect().await.map_err(Error::unreachable) };
        let channel = connect.retry(self.retry.backoff()).await?;
        let settings =
            Settings { authorization, call_timeout: self.call_timeout, retry: self.retry, resume: self.resume };
        Ok(Client::new(channel, settings))
    }

    fn endpoint(&self) -> Result<Endpoint> {
        let address = &self.endpoint;
        let unusable = |why: &str| Error::unusable("endpoint", format!("{address:?} {why}; write http://HOST:PORT"));
        let endpoint = Endpoint::from_shared(address.clone()).map_err(|_| unusable("is no address"))?;
        match endpoint.uri().scheme_str() {
            Some("http") => {}
            Some("https") => return Err(unusable("asks for encryption, which this client does not have")),
            Some(_) | None => return Err(unusable("is no http address")),
        }
        let user_agent = match &self.user_agent {
            Some(own) => format!("{own} {USER_AGENT}"),
            None => USER_AGENT.to_owned(),
        };
        let endpoint = endpoint
            .user_agent(user_agent)
            .map_err(|_| Error::unusable("user_agent", "holds characters that no header may hold"))?;
        Ok(endpoint
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT))
    }

    fn authorization(&self) -> Result<Option<MetadataValue<Ascii>>> {
        let Some(token) = &self.token else { return Ok(None) };
        let value = MetadataValue::try_from(format!("Bearer {}", token.expose_secret()));
        let mut value = value.map_err(|_| Error::unusable("token", "holds characters that no header may hold"))?;
        // Neither logged nor kept in the connection's compression table.
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn what_cannot_be_used_is_named_with_what_to_write() {
        for (address, why) in [
            ("", "is no address"),
            ("not an address", "is no address"),
            ("127.0.0.1:50051", "is no http address"),
            ("https://phoenix.example:50051", "asks for encryption"),
        ] {
            let error = ClientBuilder::new(address.to_owned()).endpoint().expect_err(address);
            assert_eq!(error.code(), &Code::ValidationFailed);
            let text = error.to_string();
            assert!(text.contains(why) && text.ends_with("write http://HOST:PORT"), "{text}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let builder = ClientBuilder::new("http://127.0.0.1:1".to_owned()).token("s3cr\net");
        assert!(!format!("{builder:?}").contains("s3cr"));
        let error = builder.authorization().expect_err("a line break");
        assert!(!format!("{error:?}").contains("s3cr"));
        let value = ClientBuilder::new(String::new()).token("s3cret").authorization().expect("usable");
        assert!(!format!("{value:?}").contains("s3cret"));
    }
}

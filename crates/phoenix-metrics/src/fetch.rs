//! One page over HTTP, with every bound that an untrusted answer needs. What the collector does wrong is told apart from what this process
//! cannot do.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::metrics::Unreadable;
use phoenix_core::time::Timestamp;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, Response, redirect};
use rustix::io::Errno;

/// The plain text format, with names that every version writes alike.
const FORMAT: HeaderValue = HeaderValue::from_static("text/plain;version=0.0.4;escaping=underscores,text/plain;q=0.5");
/// Compressing would cost the collector the very CPU time that is measured.
const NO_CODING: HeaderValue = HeaderValue::from_static("identity");

/// Fetches pages.
pub(crate) struct Fetcher {
    client: Client,
    clock: Arc<dyn Clock>,
    largest_page: usize,
}

/// A page as it was answered.
pub(crate) struct Page {
    pub(crate) text: String,
    /// When the answer began: values are gathered just before.
    pub(crate) answered_at: Timestamp,
}

impl Fetcher {
    pub(crate) fn new(clock: Arc<dyn Clock>, largest_page: usize) -> Result<Self, Failure> {
        // No connection is kept: by the next instant the port may belong to another process. No proxy, no redirect: what is measured is
        // the collector at this very address.
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(ACCEPT, FORMAT), (ACCEPT_ENCODING, NO_CODING)]))
            .http1_only()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Failure::permanent("HttpClient", "cannot make an HTTP client").with_source(error))?;
        Ok(Self { client, clock, largest_page })
    }

    /// The page at `url`; `what` names it in messages.
    pub(crate) async fn page(&self, url: &str, what: &str) -> Result<Page, Unreadable> {
        let response = self.client.get(url).send().await.map_err(|error| unreadable(&error, what))?;
        let answered_at = self.clock.now();
        check(&response, what)?;
        let body = self.body(response, what).await?;
        let text = String::from_utf8(body)
            .map_err(|_| Unreadable::NoData(format!("{what} is not in the Prometheus text format: it is not UTF-8")))?;
        Ok(Page { text, answered_at })
    }

    async fn body(&self, mut response: Response, what: &str) -> Result<Vec<u8>, Unreadable> {
        let too_large = || {
            Unreadable::NoData(format!("{what} is larger than {} MiB, the limit of a page", self.largest_page >> 20))
        };
        let announced = response.content_length().unwrap_or_default();
        let announced = usize::try_from(announced).ok().filter(|size| *size <= self.largest_page);
        let mut body = Vec::with_capacity(announced.ok_or_else(too_large)?);
        while let Some(chunk) = response.chunk().await.map_err(|error| unreadable(&error, what))? {
            if body.len() + chunk.len() > self.largest_page {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn check(response: &Response, what: &str) -> Result<(), Unreadable> {
    let status = response.status().as_u16();
    if status != 200 {
        return Err(Unreadable::NoData(format!("{what} answers with status {status}")));
    }
    match response.headers().get(CONTENT_ENCODING) {
        Some(coding) if *coding != NO_CODING => {
            Err(Unreadable::NoData(format!("{what} is compressed, although plain text was asked for")))
        }
        Some(_) | None => Ok(()),
    }
}

/// What a failed request says: usually something about the collector, sometimes only about this process.
fn unreadable(error: &reqwest::Error, what: &str) -> Unreadable {
    if error.is_builder() {
        return Unreadable::ProviderError(format!("{what} has an address that cannot be fetched over HTTP"));
    }
    let cause = io_error(error);
    if let Some(errno) = cause.and_then(Errno::from_io_error).filter(|errno| is_ours(*errno)) {
        return Unreadable::ProviderError(format!("{what} cannot be asked for: {}", io::Error::from(errno)));
    }
    let problem = match cause.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "cannot be reached: nobody listens there",
        _ if error.is_connect() => "cannot be reached",
        _ if error.is_body() || error.is_decode() => "breaks off",
        _ => "does not come: the connection ends without an answer",
    };
    Unreadable::NoData(format!("{what} {problem}"))
}

/// True for what this process or this host has run out of.
fn is_ours(errno: Errno) -> bool {
    [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS, Errno::ADDRNOTAVAIL].contains(&errno)
}

fn io_error(error: &reqwest::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(io);
        }
        source = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_out_of_descriptors_is_no_evidence_about_a_collector() {
        assert!(is_ours(Errno::MFILE));
        assert!(!is_ours(Errno::CONNREFUSED));
        assert_eq!(Errno::from_io_error(&io::Error::from_raw_os_error(24)), Some(Errno::MFILE));
    }
}

#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod builder;
mod client;
mod code;
mod error;
mod retry;
mod updates;

pub use builder::ClientBuilder;
pub use client::Client;
pub use code::{Code, Retry};
pub use error::Error;
pub use phoenix_proto::controller::v1;
pub use retry::RetryPolicy;
pub use updates::Updates;

/// The well-known types in the messages of [`v1`].
pub mod types {
    pub use prost_types::value::Kind;
    pub use prost_types::{Duration, ListValue, Struct, Timestamp, Value};
}

/// Result of every call.
pub type Result<T> = std::result::Result<T, Error>;

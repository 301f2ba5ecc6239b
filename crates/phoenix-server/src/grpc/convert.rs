//! Messages to and from the domain, by subject. Every function is total: what a message may hold and the domain may not becomes a value that
//! the parser of documents refuses, naming the field.
//!
//! `document` turns requests into the documents that REST takes; the other modules show the domain.

pub(super) mod control;
pub(super) mod document;
pub(super) mod event;
pub(super) mod experiment;
pub(super) mod metrics;
pub(super) mod pipeline;
pub(super) mod spec;
pub(super) mod state;
mod time;
mod value;

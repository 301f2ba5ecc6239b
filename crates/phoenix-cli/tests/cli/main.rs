//! The real program: what it prints where, and how it ends. It talks to a small server of its own that answers from a script.
#![expect(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they report")]

mod answers;
mod doctor;
mod documents;
mod explain;
mod fake;
mod files;
mod following;
mod operations;
mod program;
mod reports;
mod requests;
mod waiting;

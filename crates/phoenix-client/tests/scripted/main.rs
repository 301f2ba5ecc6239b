//! The client against a controller that does what a script says: which calls are repeated, and how streams are taken up again.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod calls;
mod connection;
mod controller;
mod streams;

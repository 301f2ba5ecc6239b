#![doc = include_str!("../README.md")]
//!
//! ## Where the `.proto` files are
//!
//! They belong to the repository, not to one language: `proto/` at its root is their only home. The entry `proto` of
//! this crate is a symbolic link to that directory, so the build script reads `proto/` here and never leaves the crate.
//! `cargo package` follows the link and puts the files themselves into the archive, whence the published crate builds
//! anywhere. Reading `../../proto` would build in the repository only, and a copy could differ from what it copies.
//!
//! What this crate does **not** know: the domain, error codes, and how a client connects, authenticates or retries.

mod error_detail;
mod state;

/// Types and stubs of the experiment controller.
pub mod controller {
    /// Package `phoenix.controller.v1`.
    #[expect(clippy::pedantic, reason = "generated code")]
    #[cfg_attr(feature = "server", expect(clippy::allow_attributes, reason = "generated code"))]
    pub mod v1 {
        tonic::include_proto!("phoenix.controller.v1");
    }
}

/// The compiled `.proto` files with everything they import and their comments: a `google.protobuf.FileDescriptorSet`
/// for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

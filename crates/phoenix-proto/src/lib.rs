#![doc = include_str!("../README.md")]

mod error_detail;

/// Types and stubs of the experiment controller.
pub mod controller {
    /// Package `phoenix.controller.v1`.
    pub mod v1 {
        tonic::include_proto!("phoenix.controller.v1");
    }
}

/// The compiled `.proto` files with everything they import and their comments: a `google.protobuf.FileDescriptorSet` for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

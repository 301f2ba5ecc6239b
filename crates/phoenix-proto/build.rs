//! Compiles the `.proto` files with a compiler written in Rust, so that no `protoc` has to be installed.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use protox::prost::Message as _;

/// A link to `proto` at the root of the repository, a directory in the published package.
const ROOT: &str = "proto";

const FILES: [&str; 5] = [
    "phoenix/controller/v1/controller.proto",
    "phoenix/controller/v1/error.proto",
    "phoenix/controller/v1/experiment.proto",
    "phoenix/controller/v1/metrics.proto",
    "phoenix/controller/v1/pipeline.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    for file in FILES {
        println!("cargo::rerun-if-changed={ROOT}/{file}");
    }

    let mut descriptors = protox::compile(FILES, [ROOT])?;
    tonic_prost_build::configure()
        .build_client(cfg!(feature = "client"))
        .build_server(cfg!(feature = "server"))
        // Ordered maps: equal messages have equal bytes.
        .btree_map(".")
        .compile_fds(descriptors.clone())?;

    // Reflection shows comments to people; the position of every token is of no use to anybody.
    for location in descriptors.file.iter_mut().filter_map(|file| file.source_code_info.as_mut()) {
        location
            .location
            .retain(|location| location.leading_comments.is_some() || location.trailing_comments.is_some());
    }
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("descriptors.bin"), descriptors.encode_to_vec())?;
    Ok(())
}

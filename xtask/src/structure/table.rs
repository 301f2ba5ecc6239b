//! What the architecture allows, as data. A new crate, or a new arrow between two, is a line here, and somebody reads it in a review.

/// A package of the workspace.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) package: &'static str,
    /// Packages of the workspace that it may depend on.
    pub(super) may_use: &'static [&'static str],
    /// Further ones that its tests may depend on.
    pub(super) in_tests: &'static [&'static str],
}

const fn layer(package: &'static str, may_use: &'static [&'static str]) -> Layer {
    Layer { package, may_use, in_tests: &[] }
}

/// Arrows point inwards: adapters to the core, programs to adapters, nothing to the server, and no adapter to another one.
pub(super) const LAYERS: &[Layer] = &[
    Layer { package: CORE, may_use: &[], in_tests: &[CORE] },
    // Adapters.
    layer("phoenix-store", &[CORE]),
    layer("phoenix-generator", &[CORE]),
    layer("phoenix-local", &[CORE]),
    layer("phoenix-metrics", &[CORE]),
    // What users of the API depend on: the client pulls neither the server nor an adapter.
    layer("phoenix-proto", &[]),
    layer("phoenix-client", &["phoenix-proto"]),
    // Programs.
    Layer {
        package: "phoenix-server",
        may_use: &[CORE, "phoenix-store", "phoenix-generator", "phoenix-local", "phoenix-metrics", "phoenix-proto"],
        in_tests: &["phoenix-client"],
    },
    // `doctor` looks at what the embedded server would use: its database and its collectors.
    layer("phoenix-cli", &[CORE, "phoenix-store", "phoenix-generator", "phoenix-local"]),
    // Only runs the others.
    layer("xtask", &[]),
];

/// The domain.
pub(super) const CORE: &str = "phoenix-core";

/// All that the core may depend on besides itself: values and text, never a runtime, a socket, a database or a clock.
pub(super) const CORE_MAY_USE: &[&str] = &[
    "async-trait",
    "jiff",
    "mockall",
    "regex",
    "regex-syntax",
    "schemars",
    "serde",
    "serde_json",
    "serde_path_to_error",
    "sha2",
    "thiserror",
];

/// The only packages that may be published.
pub(super) const PUBLISHED: &[&str] = &["phoenix-client", "phoenix-proto"];

/// Dependencies that only generated code names: the package, and what it depends on.
pub(super) const NAMED_BY_GENERATED_CODE: &[(&str, &str)] = &[("phoenix-proto", "tonic-prost")];

/// Dependencies with a version or features that deliberately are not the workspace's: the package, and what it depends on.
pub(super) const DECLARED_APART: &[(&str, &str)] = &[("phoenix-client", "tokio")];

/// Crates whose every public item is documented.
pub(super) const DOCUMENTED: &[&str] = &["crates/phoenix-core/src/lib.rs", "crates/phoenix-client/src/lib.rs"];

/// Files that a newcomer, a user or a machine relies on.
pub(super) const FILES: &[&str] = &[
    ".cargo/config.toml",
    ".ci/run",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "deploy/collector/manifest.yaml",
    "docs/experiment.md",
    "docs/experiment.schema.json",
    "docs/reasons.md",
    "docs/state-machine.md",
    "proto/phoenix/controller/v1/controller.proto",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// Files that must be executable.
pub(super) const EXECUTABLE: &[&str] = &[".ci/run"];

/// Folders that must hold something.
pub(super) const FOLDERS: &[&str] = &["completions", "docs/adr", "docs/errors", "docs/man", "examples"];

/// Longest source file, in lines.
pub(super) const MOST_FILE_LINES: usize = 500;
/// Longest function, in lines from its signature to its end.
pub(super) const MOST_FUNCTION_LINES: usize = 100;

/// A text that only generated files have, in their first lines; their sizes are nobody's choice.
pub(super) const GENERATED: &str = "@generated";

/// Texts that point out of the repository.
pub(super) const FORBIDDEN: &[&str] =
    &[concat!("..", "/shared"), concat!("/work", "/main"), concat!("/work", "/shared")];

/// Where the error codes are listed: the file and the method that names them.
pub(super) const CODES: (&str, &str, &str) = ("crates/phoenix-core/src/error.rs", "Code", "as_str");
/// Where their pages are.
pub(super) const CODE_PAGES: &str = "docs/errors";

//! What each subcommand does, from the command line to the exit code.
//!
//! Exit codes: 0 done, 1 failed, 2 the configuration cannot be used.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use phoenix_store::{DataDir, SqliteStore};

use crate::cli::{Cli, ConfigCommand, Serve, Subcommands};
use crate::config::{self, Environment, Overrides, Settings};
use crate::{serve, supply, telemetry};

/// Exit code of a configuration that cannot be used.
const UNUSABLE_CONFIGURATION: u8 = 2;

/// Runs the program and says how it ended.
pub fn main(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is all there is: logging may be what failed. Nothing can be done when it is closed, either.
            let _ = writeln!(std::io::stderr(), "phoenix-server: {}", lines(&error));
            let unusable = error.chain().any(<dyn std::error::Error>::is::<config::ConfigError>);
            ExitCode::from(if unusable { UNUSABLE_CONFIGURATION } else { 1 })
        }
    }
}

/// The error and its causes; one that its predecessor has told already is left out.
fn lines(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str("\n  ");
            text.push_str(&cause);
        }
    }
    text
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None => {
            let settings = settings(&cli.serve)?;
            telemetry::init(&settings.config.logging)?;
            runtime()?.block_on(serve::serve(settings))
        }
        Some(Subcommands::Config(ConfigCommand::Check(flags))) => {
            let settings = settings(&flags)?;
            print(&format!("the configuration can be used; data directory {}\n", settings.data_dir.display()))
        }
        Some(Subcommands::Config(ConfigCommand::Print(flags))) => {
            let settings = settings(&flags)?;
            print(&serde_yaml::to_string(&settings.config).context("the configuration cannot be shown")?)
        }
        Some(Subcommands::Migrate(flags)) => {
            let settings = settings(&flags)?;
            runtime()?.block_on(migrate(&settings))
        }
        Some(Subcommands::Collector(flags)) => {
            let settings = settings(&flags)?;
            let collector = runtime()?.block_on(supply::obtain(&settings, &|progress| {
                let _ = writeln!(std::io::stderr(), "{progress}");
            }))?;
            print(&format!("{}\n", collector.path().display()))
        }
    }
}

fn settings(flags: &Serve) -> Result<Settings, config::ConfigError> {
    let overrides = Overrides {
        data_dir: flags.data_dir.clone(),
        http_port: flags.http_port,
        grpc_port: flags.grpc_port,
        collector: flags.collector.clone(),
    };
    Settings::load(flags.config.as_deref(), Environment::of_process(), &overrides)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")
}

async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let directory = DataDir::open(&settings.data_dir)?;
    let store = SqliteStore::open(&directory, "local").await?;
    store.close().await;
    print(&format!("the database {} is up to date\n", directory.database().display()))
}

fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}

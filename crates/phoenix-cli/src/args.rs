//! What `phoenixctl` takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::follow::Goal;

/// What a script needs to know of every command.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage or invalid input, 3 not found, 4 not allowed, 5 unavailable.
run, watch and wait end with 0 promote, 10 reject, 11 inconclusive, 12 the experiment failed, 13 it was cancelled, by request \
(whatever its state is called) or because nobody started it in time, 14 waited too long.

First steps: phoenixctl doctor; phoenixctl validate -f FILE; phoenixctl run -f FILE
What a code or word of an answer means: phoenixctl explain WORD";

/// The same of the commands that wait for an end.
const END_CODES: &str = "\
Exit codes: 0 promote, 10 reject, 11 inconclusive, 12 the experiment failed, 13 it was cancelled, by request (whatever its \
state is called) or because nobody started it in time, 14 waited too long; 1 to 5 as for every command (phoenixctl --help).";

const WAIT_HELP: &str = "\
Exit codes: 0 it is so and goes on. An experiment that has ended gives the code of its end, whatever was waited for: 0 promote, \
10 reject, 11 inconclusive, 12 it failed, 13 it was cancelled, by request (whatever its state is called) or because nobody started it in time. 14 waited too long; 1 to 5 as \
for every command (phoenixctl --help).

Examples:
  phoenixctl wait cut-process-cost --for running --timeout 10m && start-the-load-test
  phoenixctl wait cut-process-cost; case $? in 0) roll-out ;; 10) keep-what-we-have ;; esac";

const LIST_HELP: &str = "\
Examples:
  phoenixctl list --state running,analyzing
  phoenixctl list --label team=platform --label tier=1
  phoenixctl list --all -o json";

const PAUSE_HELP: &str = "\
Example: phoenixctl pause cut-process-cost --reason \"backup runs until 04:00\"";

const ABORT_HELP: &str = "\
Example: phoenixctl abort cut-process-cost --reason \"the host is being replaced\"
`cancel` is for an experiment that is not wanted any more; its run, watch and wait end with 13. After `abort` it counts as failed, and \
they end with 12.";

const FREEZE_HELP: &str = "\
Examples:
  phoenixctl freeze --reason \"release 4.2 is being rolled out\"
  phoenixctl freeze --show
  phoenixctl thaw";

const EXPLAIN_HELP: &str = "\
Examples:
  phoenixctl explain STATE_TRANSITION_INVALID
  phoenixctl explain GuardrailBreached
  phoenixctl explain UnusedComponent";

const REPORT_HELP: &str = "\
Examples:
  phoenixctl report cut-process-cost
  phoenixctl report cut-process-cost --lost
  phoenixctl report cut-process-cost --out report.html
  phoenixctl report cut-process-cost --format markdown | gh pr comment 17 -F -
  phoenixctl report cut-process-cost -o json | jq .savings";

const DOCTOR_HELP: &str = "\
Exit codes: 0 all is fine (notes included), 1 something is wrong.

Examples:
  phoenixctl doctor
  phoenixctl doctor --data-dir /var/lib/phoenix -o json";

/// A/B tests of OpenTelemetry Collector pipelines.
#[derive(Debug, Parser)]
#[command(name = "phoenixctl", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How to reach the server.
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How answers are printed.
    #[arg(short, long, value_enum, default_value_t, global = true)]
    pub(crate) output: Format,
}

/// How to reach the server.
#[derive(Clone, Debug, Args)]
pub(crate) struct Connection {
    /// URL of the server's REST API [default: the server of the data directory, else `http://127.0.0.1:8081`].
    #[arg(long, env = "PHOENIX_SERVER", value_name = "URL", global = true)]
    pub(crate) server: Option<String>,
    /// Data directory of a server on this host: its token and addresses are found there.
    #[arg(long, env = "PHOENIX_DATA_DIR", value_name = "DIR", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// JSON, as the server's REST API answers.
    Json,
    /// The same as YAML.
    Yaml,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check an experiment file: every mistake at once, without a server.
    Validate(File),
    /// Show both collector configurations that an experiment file leads to, without a server.
    Preview(File),
    /// Create, start and watch an experiment, and print its report.
    ///
    /// The first Ctrl-C cancels the experiment, a second one stops waiting. An experiment with a scheduled start is not started earlier.
    #[command(after_help = END_CODES)]
    Run(Run),
    /// Create an experiment.
    Create(File),
    /// List experiments, newest first.
    #[command(after_help = LIST_HELP)]
    List(List),
    /// Show an experiment.
    Get(Reference),
    /// Follow an experiment until it ends, and print its report.
    ///
    /// For people: it shows all the while what is waited for. A script that needs no more than the exit code takes `wait`, which says
    /// nothing meanwhile and can also wait for less than the end. Ctrl-C ends the watching, not the experiment.
    #[command(after_help = END_CODES)]
    Watch(Watch),
    /// Wait quietly until an experiment has ended, or has come to a state.
    ///
    /// For scripts: it is quiet until it is so, then it prints one line (with `-o json` the experiment). `watch` waits for the end, too,
    /// shows progress all the while and prints the report.
    #[command(after_help = WAIT_HELP)]
    Wait(Wait),
    /// Start an experiment that waits for it.
    Start(Reference),
    /// Pause the run of an experiment: its clock stops, its collectors go on, nothing is sampled.
    #[command(after_help = PAUSE_HELP)]
    Pause(WithReason),
    /// Go on with a paused run.
    Resume(WithReason),
    /// End the run of an experiment and judge what there is.
    Stop(WithReason),
    /// End an experiment that is not wanted any more, without a verdict.
    Cancel(WithReason),
    /// End an experiment as failed, without a verdict, because something is wrong with it.
    #[command(after_help = ABORT_HELP)]
    Abort(Abort),
    /// Delete an experiment that has ended.
    Delete(Reference),
    /// Show what has happened to an experiment.
    History(Reference),
    /// Show the comparison and the verdict, or write them as a document with charts.
    ///
    /// An experiment that has not ended is reported with what is known so far.
    #[command(after_help = REPORT_HELP)]
    Report(ReportArgs),
    /// Print the completions of a shell.
    ///
    /// bash: `phoenixctl completions bash >~/.local/share/bash-completion/completions/phoenixctl`; zsh: into a file `_phoenixctl` in a
    /// directory of `$fpath`; fish: `phoenixctl completions fish >~/.config/fish/completions/phoenixctl.fish`.
    Completions(Completions),
    /// Write the manual pages into a directory.
    #[command(hide = true)]
    Man(Man),
    /// Freeze the controller: no experiment starts until the thaw. What has started goes on.
    ///
    /// Scheduled starts wait for the thaw. It needs the permission `admin`, but for `--show`.
    #[command(after_help = FREEZE_HELP)]
    Freeze(FreezeArgs),
    /// End a freeze: experiments may start again, and overdue scheduled ones do.
    Thaw,
    /// Explain an error code, a reason of an experiment, or a rule for configurations. Needs no server.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(Explain),
    /// Check this host: data directory, database, collector, ports, processes, clock, head-room, and the server if one runs.
    ///
    /// It changes nothing, and a running server is not disturbed by it.
    #[command(after_help = DOCTOR_HELP)]
    Doctor,
}

/// An experiment file.
#[derive(Clone, Debug, Args)]
pub(crate) struct File {
    /// Experiment file (YAML or JSON); `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Flags of `run`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// The experiment file.
    #[command(flatten)]
    pub(crate) file: File,
    /// Longest time to wait for the end, such as 45m; the experiment goes on when it has passed.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<phoenix_core::time::Span>,
}

/// Flags of `watch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Watch {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// Longest time to wait for the end, such as 45m; the experiment goes on when it has passed.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<phoenix_core::time::Span>,
}

/// Flags of `wait`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Wait {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// What to wait for: its end, or that it has come to this state or beyond.
    #[arg(long = "for", value_name = "STATE", default_value = "ended", value_parser = Goal::parser())]
    pub(crate) goal: Goal,
    /// Longest time to wait, such as 45m; the experiment goes on when it has passed.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<phoenix_core::time::Span>,
}

/// Flags of `list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct List {
    /// Only these states, separated by commas.
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    pub(crate) state: Vec<phoenix_core::experiment::State>,
    /// Only experiments with this label; may be given several times, then all of them must be there.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// Most experiments to show.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SHOWN)))]
    pub(crate) limit: u32,
    /// Show all of them, however many there are.
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

/// Largest `--limit`; who wants more wants all.
pub(crate) const MOST_SHOWN: u32 = 10_000;

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !text.contains(',') => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("write it as KEY=VALUE, such as team=platform".to_owned()),
    }
}

/// An experiment.
#[derive(Clone, Debug, Args)]
pub(crate) struct Reference {
    /// Its name or id.
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiment: String,
}

/// Flags of commands that a reason can be given for.
#[derive(Clone, Debug, Args)]
pub(crate) struct WithReason {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// Why; recorded in the history.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
}

/// Flags of `abort`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Abort {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// What is wrong; it is what everybody reads who finds the failed experiment.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Flags of `freeze`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FreezeArgs {
    /// Why; whoever wants to start something is told.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
    /// Only show whether the controller is frozen, since when, by whom and why.
    #[arg(long, conflicts_with = "reason")]
    pub(crate) show: bool,
}

/// What `explain` explains.
#[derive(Clone, Debug, Args)]
pub(crate) struct Explain {
    /// A code, reason or rule, in any spelling; without it, all of them are listed.
    #[arg(value_name = "CODE|REASON|RULE")]
    pub(crate) word: Option<String>,
}

/// Flags of `report`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// List every executable that the candidate lost, with its host and how often each pipeline saw it.
    #[arg(long, conflicts_with = "format")]
    pub(crate) lost: bool,
    /// Write a document to hand on: the whole report with configurations, their difference, evidence and events.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<DocumentFormat>,
    /// Write to this file instead of the standard output. Its ending (.html, .md, .json, .yaml) decides the form unless --format or -o does.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The form of a document. What programs read (JSON, YAML) is asked for by `-o`, as everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// For a pull request or a ticket.
    Markdown,
    /// One page with charts that needs no other file.
    Html,
}

/// Flags of `completions`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Flags of `man`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Man {
    /// An existing directory.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

//! Prints the completions of `phoenix-server` (`completions SHELL`), or writes its manual pages (`man DIR`), from the definition of its command
//! line. The results are committed, so that the server itself need not know how.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is the document")]

use std::error::Error;
use std::process::ExitCode;

use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;
use phoenix_server::cli::Cli;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["completions", shell] => completions(shell),
        ["man", directory] => man(directory),
        _ => Err("usage: server_command_line completions SHELL | man DIR".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn completions(shell: &str) -> Result<(), Box<dyn Error>> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(Shell::from_str(shell, true)?, &mut command, name, &mut script);
    println!("{}", String::from_utf8(script)?.trim_end());
    Ok(())
}

fn man(directory: &str) -> Result<(), Box<dyn Error>> {
    clap_mangen::generate_to(Cli::command(), directory)?;
    Ok(())
}

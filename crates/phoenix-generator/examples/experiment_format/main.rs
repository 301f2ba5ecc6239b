//! Prints what is committed about the experiment file: `schema` the JSON Schema, `reference` the page that describes every field.
//!
//! Both come from the core's types and checks and from the built-in templates and strategies; this program only puts them into words and tables.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is the document")]

mod reference;

use std::process::ExitCode;

use phoenix_core::spec::{Limits, schema};
use phoenix_generator::TemplateGenerator;

fn main() -> ExitCode {
    let catalog = match TemplateGenerator::new() {
        Ok(generator) => generator.entries(),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let limits = Limits::default();
    match std::env::args().nth(1).as_deref() {
        Some("schema") => println!("{:#}", schema::document(&catalog, &limits)),
        Some("reference") => print!("{}", reference::page(&catalog, &schema::fields(&catalog, &limits))),
        Some(_) | None => {
            eprintln!("usage: experiment_format schema|reference");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

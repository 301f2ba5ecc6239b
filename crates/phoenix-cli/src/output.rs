//! What is printed, and where: answers on the standard output, everything else (progress, notes, errors) on the standard error.
//!
//! Nothing is coloured or redrawn unless the stream is a terminal that can do it. Texts of others (messages, names of executables) are
//! printed without their control characters, because a terminal would obey them.

mod paint;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod table;
pub(crate) mod units;

use std::io::{self, Write as _};

use serde::Serialize;

use crate::args::Format;
use crate::server::RequestError;

pub(crate) use paint::{Paint, Tone, is_animated};

/// Prints answers in the form that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    format: Format,
}

impl Printer {
    /// A printer of this form.
    pub(crate) const fn new(format: Format) -> Self {
        Self { format }
    }

    /// The form.
    pub(crate) const fn format(self) -> Format {
        self.format
    }

    /// True when the answer is not for people.
    pub(crate) fn is_for_programs(self) -> bool {
        self.format != Format::Table
    }

    /// Prints an answer: for programs as it is, for people as `text` puts it.
    pub(crate) fn show<T: Serialize>(self, answer: &T, text: impl FnOnce(Paint) -> String) -> anyhow::Result<()> {
        let text = match self.format {
            Format::Table => text(Paint::of_stdout()),
            Format::Json => serde_json::to_string_pretty(answer)?,
            Format::Yaml => serde_yaml::to_string(answer)?,
        };
        print(&text)
    }
}

/// Prints on the standard output. A reader that has gone (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.trim_end_matches('\n').as_bytes()).and_then(|()| out.write_all(b"\n"));
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something on the standard error. When even that is gone, nobody is left to be told.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", plain(text));
}

/// Says why a command failed: what and where, in an indented line what to do, and where there is more to read about it.
pub(crate) fn complain(error: &anyhow::Error) {
    note(&format!("{error:#}"));
    if let Some(code) = error.downcast_ref::<RequestError>().and_then(RequestError::explained_code) {
        note(&format!("  more: phoenixctl explain {code}"));
    }
}

/// A text without control characters other than line ends: each is shown escaped, as `\u{1b}`.
pub(crate) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, character| {
        if character.is_control() && character != '\n' {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
        plain
    })
}

/// The same in one line.
pub(crate) fn line(text: &str) -> String {
    plain(text.trim_end()).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_others_wrote() {
        assert_eq!(plain("a\u{1b}[31mb\tc\nd"), "a\\u{1b}[31mb\\u{9}c\nd");
        assert_eq!(line("first\n  second\n"), "first   second");
    }
}

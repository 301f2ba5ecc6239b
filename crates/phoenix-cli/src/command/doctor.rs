//! `doctor`: whether this host can run experiments, with a server and without one. It changes nothing.
//!
//! What a database or a collector is, the adapters say; here their answers become checks with something to do.

mod check;
mod clock;
mod collector;
mod directory;
mod host;
mod ports;
mod server;

use std::path::Path;

use serde::Serialize;

use crate::args::Connection;
use crate::exit::Outcome;
use crate::output::{Paint, Printer, Tone, plain};
use crate::server::{Server, data_dir};

use check::{Check, Level};

/// Width of the column of checks.
const NAME: usize = 17;
/// Width of the column of levels.
const LEVEL: usize = 8;

/// What programs are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    fine: bool,
    checks: &'a [Check],
}

pub(super) async fn doctor(connection: &Connection, printer: Printer) -> anyhow::Result<Outcome> {
    let begin = clock::Reading::take();
    let server = Server::find(connection)?;
    let is_named = connection.server.as_ref().is_some_and(|url| !url.is_empty());
    let checks = match data_dir(connection) {
        Some(directory) => all(&directory, &server, is_named, begin).await,
        None => vec![directory::unknown()],
    };
    let fine = !checks.iter().any(|check| check.level == Level::Wrong);
    printer.show(&Answer { fine, checks: &checks }, |paint| text(&checks, paint))?;
    Ok(if fine { Outcome::Done } else { Outcome::Failed })
}

async fn all(directory: &Path, server: &Server, is_named: bool, begin: clock::Reading) -> Vec<Check> {
    let inspected = directory::inspect(directory).await;
    let inspected = inspected.as_ref();
    let seen = server::look(server).await;
    let located = collector::Located::look().await;
    let mut checks = vec![
        directory::directory(directory),
        directory::lock(inspected),
        directory::database(directory, inspected),
        collector::collector(&located),
        host::left_running(directory, inspected),
        ports::ports(directory, server.url(), &seen).await,
        host::processes(located.found()),
        host::head_room(directory),
    ];
    checks.push(server::server(server.url(), &seen, inspected, is_named));
    checks.push(server::token(directory, &seen));
    checks.push(clock::clock(directory, begin, clock::Reading::take()));
    checks
}

/// One line a check, and under it, where it has one, what to do.
fn text(checks: &[Check], paint: Paint) -> String {
    let mut lines = vec![format!("{:<NAME$}{}", "check", "result")];
    let margin = " ".repeat(NAME + LEVEL);
    for check in checks {
        let tone = match check.level {
            Level::Ok => Tone::Good,
            Level::Note => Tone::Open,
            Level::Wrong => Tone::Bad,
        };
        // Painted behind the layout, so that colours cannot count as width.
        let word = check.level.as_str();
        let level = format!("{}{}", paint.text(tone, word), " ".repeat(LEVEL.saturating_sub(word.len())));
        let result = plain(&check.result).replace('\n', &format!("\n{margin}"));
        lines.push(format!("{:<NAME$}{level}{result}", check.name));
        lines.extend(check.advice.lines().map(|line| format!("{margin}-> {}", plain(line.trim()))));
    }
    let count = |level| checks.iter().filter(|check| check.level == level).count();
    lines.push(match (count(Level::Wrong), count(Level::Note)) {
        (0, 0) => "all is fine".to_owned(),
        (0, notes) => format!("all is fine; worth knowing: {notes}"),
        (wrong, _) => format!("wrong: {wrong} of {} checks", checks.len()),
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_a_word_and_what_to_do_stands_under_its_check() {
        let checks = [
            Check::ok("lock", "free"),
            Check::wrong("database", "it is \u{1b}[31mdamaged", "restore it\n  or move it away"),
        ];
        let expected = "check            result\n\
                        lock             ok      free\n\
                        database         wrong   it is \\u{1b}[31mdamaged\n                         -> restore it\n                         \
                        -> or move it away\n\
                        wrong: 1 of 2 checks";
        assert_eq!(text(&checks, Paint::OFF), expected);
        assert!(text(&checks[..1], Paint::OFF).ends_with("all is fine"));
        let painted = text(&checks, Paint::ON);
        assert!(painted.contains("\u{1b}[32mok\u{1b}[0m      free"), "{painted}");
    }
}

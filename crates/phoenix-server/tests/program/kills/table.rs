//! What became of every point, as a table.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::path::Path;

use phoenix_server::killpoint::{Point, Scenario, places, recorded_at};

/// What a run came to that went well.
pub(super) struct Played {
    /// The stored state at each death.
    pub(super) died_in: Vec<String>,
    pub(super) ended: String,
    /// Collectors that were started.
    pub(super) started: usize,
}

/// A run.
pub(super) struct Row {
    point: Point,
    lives: u32,
    played: Result<Played, String>,
}

impl Row {
    pub(super) const fn new(point: Point, lives: u32, played: Result<Played, String>) -> Self {
        Self { point, lives, played }
    }

    /// Says at once what went wrong: the table comes late.
    pub(super) fn cry(&self) {
        if self.played.is_err() {
            print(&format!("{self}\n"));
        }
    }
}

/// Prints past the test harness, which shows only what failing tests say.
fn print(text: &str) {
    std::io::stdout().lock().write_all(text.as_bytes()).unwrap();
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { point, lives, played } = self;
        match played {
            Ok(Played { died_in, ended, started }) => {
                write!(
                    f,
                    "| {point} | {} | {lives} | {ended} | {started} | as if nothing had happened |",
                    died_in.join(", ")
                )
            }
            Err(problem) => {
                let first = problem.lines().next().unwrap_or_default().replace('|', "/");
                write!(f, "| {point} | | {lives} | | | FAILED: {first} |")
            }
        }
    }
}

/// All runs.
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) const fn new(rows: Vec<Row>) -> Self {
        Self(rows)
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Every failure with all that is known of it.
    pub(super) fn failures(&self) -> String {
        let failed = self.0.iter().filter_map(|row| Some((row, row.played.as_ref().err()?)));
        failed.fold(String::new(), |mut text, (row, problem)| {
            let _ = writeln!(text, "{} (dies {} times)\n{problem}\n", row.point, row.lives);
            text
        })
    }

    /// Prints the table and writes it to a file.
    pub(super) fn publish(&self) {
        let text = self.to_string();
        print(&text);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("kill-table.md");
        std::fs::write(path, text).unwrap();
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| killed at | died in state | restarts | ended | collectors started | result |")?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- |")?;
        for row in &self.0 {
            writeln!(f, "{row}")?;
        }
        writeln!(f, "\n| behind the record of a call is | for |\n| --- | --- |")?;
        let mut records: Vec<(String, Vec<String>)> = Vec::new();
        for (scenario, place) in
            Scenario::ALL.into_iter().flat_map(|one| places(one).into_iter().map(move |place| (one, place)))
        {
            let record = recorded_at(scenario, place);
            if record.place == place {
                continue;
            }
            let (record, place) = (record.to_string(), place.to_string());
            match records.iter_mut().find(|(known, _)| *known == record) {
                Some((_, calls)) if calls.contains(&place) => {}
                Some((_, calls)) => calls.push(place),
                None => records.push((record, vec![place])),
            }
        }
        for (record, calls) in records {
            writeln!(f, "| {record} | {} |", calls.join(", "))?;
        }
        Ok(())
    }
}

//! Logs of collectors: bounded in size, and their last lines for messages.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use phoenix_core::ports::failure::Failure;

use crate::disk::{FILE_MODE, PipelineDir, failure};

/// How many lines of a log a message carries, at most.
const LINES: usize = 5;
/// How many characters of a log a message carries, at most.
const CHARACTERS: usize = 600;
/// How far back lines are looked for.
const REACH: u64 = 16 << 10;
/// What the operating system says about a port that somebody else has.
const TAKEN: &str = "address already in use";

/// A log opened for a collector.
pub(crate) struct Log {
    pub(crate) file: File,
    /// Where the lines of this start begin.
    pub(crate) begin: u64,
}

/// Opens the log for a new start; a long one is put aside first.
pub(crate) fn open(dir: &PipelineDir, limit: u64) -> Result<Log, Failure> {
    let path = dir.log();
    let opened = put_aside(dir, limit).and_then(|()| {
        let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(&path)?;
        let begin = file.metadata()?.len();
        Ok(Log { file, begin })
    });
    opened.map_err(|error| failure("open", &path, error))
}

fn put_aside(dir: &PipelineDir, limit: u64) -> io::Result<()> {
    match fs::metadata(dir.log()) {
        Ok(metadata) if metadata.len() > limit => fs::rename(dir.log(), dir.older_log()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Cuts a log that a running collector has made too long; the last lines go to the older one. The collector appends, so it goes on at the
/// new beginning.
pub(crate) fn trim(dir: &PipelineDir, limit: u64) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(dir.log()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    if length <= limit {
        return Ok(());
    }
    file.seek(SeekFrom::Start(length - limit))?;
    let mut older = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(dir.older_log())?;
    io::copy(&mut (&file).take(limit), &mut older)?;
    file.set_len(0)
}

/// The lines that one start has written last.
pub(crate) struct Tail(String);

impl Tail {
    /// Reads from `begin`, at most the last few kilobytes in whole lines. A log that cannot be read has no lines.
    pub(crate) fn read(log: &Path, begin: u64) -> Self {
        let read = || -> io::Result<String> {
            let mut file = File::open(log)?;
            let length = file.metadata()?.len();
            let begin = if begin > length { 0 } else { begin };
            let from = begin.max(length.saturating_sub(REACH));
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(REACH).read_to_end(&mut bytes)?;
            let text = String::from_utf8_lossy(&bytes);
            // Half a line may begin with half a secret, which nobody would recognise.
            let whole = if from == begin { &text } else { text.split_once('\n').map_or("", |(_, rest)| rest) };
            Ok(whole.to_owned())
        };
        Self(read().unwrap_or_default())
    }

    /// True when the collector ended because somebody else has one of its ports.
    pub(crate) fn says_port_taken(&self) -> bool {
        self.0.contains(TAKEN)
    }

    /// The last lines in one, without secrets, stack frames and control characters; empty when there are none.
    pub(crate) fn summary(&self, redact: impl Fn(&str) -> String) -> String {
        let text = redact(&self.0);
        let mut below = "";
        let mut lines: Vec<String> = text
            .lines()
            .rev()
            .filter(|line| !is_of_a_stack(line, std::mem::replace(&mut below, line)))
            .take(LINES)
            .map(printable)
            .collect();
        lines.reverse();
        let joined = lines.join(" | ");
        let surplus = joined.chars().count().saturating_sub(CHARACTERS);
        if surplus == 0 { joined } else { format!("...{}", joined.chars().skip(surplus + 3).collect::<String>()) }
    }
}

/// True for empty lines and for Go's stack frames: a function's name, and below it, indented, where that is.
fn is_of_a_stack(line: &str, below: &str) -> bool {
    let is_place = |line: &str| line.starts_with('\t');
    line.trim().is_empty() || is_place(line) || (is_place(below) && !line.contains(char::is_whitespace))
}

fn printable(line: &str) -> String {
    line.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::disk::Layout;

    fn pipeline() -> (tempfile::TempDir, PipelineDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let layout = Layout::open(directory.path()).expect("opens");
        let pipeline = layout.pipeline(&"a-baseline-1".parse().expect("a name"));
        pipeline.make().expect("makes");
        (directory, pipeline)
    }

    #[test]
    fn a_long_log_is_put_aside_at_the_next_start() {
        let (_directory, dir) = pipeline();
        open(&dir, 10).expect("opens").file.write_all(b"0123456789 long").expect("writes");
        let mut log = open(&dir, 10).expect("opens");
        assert_eq!(log.begin, 0);
        log.file.write_all(b"new\n").expect("writes");
        assert_eq!(fs::read(dir.older_log()).expect("reads"), b"0123456789 long");
        assert_eq!(open(&dir, 10).expect("opens").begin, 4);
    }

    #[test]
    fn a_running_collector_goes_on_in_a_trimmed_log() {
        let (_directory, dir) = pipeline();
        let mut log = open(&dir, 8).expect("opens");
        log.file.write_all(b"0123456789").expect("writes");
        trim(&dir, 8).expect("trims");
        log.file.write_all(b"next\n").expect("writes");
        assert_eq!(fs::read(dir.log()).expect("reads"), b"next\n");
        assert_eq!(fs::read(dir.older_log()).expect("reads"), b"23456789");
        assert_eq!(Tail::read(&dir.log(), log.begin + 100).summary(str::to_owned), "next");
    }

    #[test]
    fn a_summary_is_short_and_has_the_last_lines_of_this_start() {
        let (_directory, dir) = pipeline();
        open(&dir, 1 << 20).expect("opens").file.write_all(b"bind: address already in use\n").expect("writes");
        let mut log = open(&dir, 1 << 20).expect("opens");
        for line in 0..20 {
            writeln!(log.file, "line {line}\ngo.opentelemetry.io/x.run(...)\n\tframe.go:1\x1b[31m").expect("writes");
        }
        let tail = Tail::read(&dir.log(), log.begin);
        assert_eq!(tail.summary(str::to_owned), "line 15 | line 16 | line 17 | line 18 | line 19");
        assert!(!tail.says_port_taken(), "that was an earlier start");
        assert!(Tail::read(&dir.log(), 0).says_port_taken());
        writeln!(log.file, "{}", "x".repeat(5_000)).expect("writes");
        assert_eq!(Tail::read(&dir.log(), log.begin).summary(str::to_owned).chars().count(), 600);
        assert_eq!(Tail::read(&dir.path().join("none"), 0).summary(str::to_owned), "");
    }

    #[test]
    fn neither_end_of_a_summary_shows_a_part_of_a_secret() {
        let (_directory, dir) = pipeline();
        let mut log = open(&dir, 1 << 20).expect("opens");
        // Cut off in the middle: first by how far back it is read, then by how long it may be.
        let reach = usize::try_from(REACH).expect("small");
        let (end, line) = ("y".repeat(reach - 5), format!("secret{}", "z".repeat(CHARACTERS - 4)));
        write!(log.file, "secret{end}").expect("writes");
        assert_eq!(Tail::read(&dir.log(), log.begin).summary(str::to_owned), "");
        write!(log.file, "\n{line}").expect("writes");
        let summary = Tail::read(&dir.log(), log.begin).summary(|text| text.replace("secret", "***"));
        assert!(summary.ends_with('z') && !summary.contains('t'), "{summary}");
    }
}

//! The clock of this host: whether it is set, goes evenly, and has not been behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use phoenix_core::time::{Span, Timestamp};

use super::check::Check;
use crate::output::units::span;

const CLOCK: &str = "clock";
/// 2024-01-01T00:00:00Z: earlier times are those of a host whose clock was never set.
const EARLIEST: Duration = Duration::from_hours(19_723 * 24);
/// Smaller differences say nothing.
const TOLERANCE: Duration = Duration::from_secs(1);
/// How far in the future a file may have been changed: file servers have clocks of their own.
const LONGEST_AHEAD: Duration = Duration::from_secs(5);
/// What systemd-timesyncd leaves once it has set the clock.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    wall: SystemTime,
    monotonic: Instant,
}

impl Reading {
    pub(super) fn take() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }
}

/// Looks at the clock between two readings, and at the files that a server wrote.
pub(super) fn clock(directory: &Path, begin: Reading, end: Reading) -> Check {
    judged(begin, end, newest(directory), Path::new(SYNCHRONISED).exists())
}

fn judged(begin: Reading, end: Reading, newest: Option<(String, SystemTime)>, is_synchronised: bool) -> Check {
    let advice = "set it, and have it kept by NTP (timedatectl set-ntp true)";
    let now = end.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    let shown = shown(now);
    if now < EARLIEST {
        return Check::wrong(CLOCK, format!("it says {shown}: it was never set"), advice);
    }
    let passed = end.monotonic.duration_since(begin.monotonic);
    let jump = match end.wall.duration_since(begin.wall) {
        Ok(by_wall) => by_wall.abs_diff(passed),
        Err(back) => back.duration() + passed,
    };
    if jump > TOLERANCE {
        let by = span(Span::from_micros(u64::try_from(jump.as_micros()).unwrap_or(u64::MAX)));
        return Check::wrong(
            CLOCK,
            format!("it jumped by {by} while this ran"),
            "find out what sets it; runs are timed by it",
        );
    }
    if let Some((file, changed)) = newest
        && let Ok(ahead) = changed.duration_since(end.wall)
        && ahead > LONGEST_AHEAD
    {
        let ahead = span(Span::from_micros(u64::try_from(ahead.as_micros()).unwrap_or(u64::MAX)));
        let result = format!(
            "it says {shown}, and {file} was changed {ahead} later: the clock was set back, or was ahead before"
        );
        return Check::wrong(CLOCK, result, advice);
    }
    if is_synchronised {
        return Check::ok(CLOCK, format!("{shown}, set by NTP (systemd-timesyncd)"));
    }
    let result = format!(
        "{shown}; whether NTP keeps it is not known: systemd-timesyncd has not said so, and the kernel is not asked"
    );
    Check::note(CLOCK, result, "see with: timedatectl, or chronyc tracking")
}

/// Whole seconds.
fn shown(since: Duration) -> String {
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 1_000_000);
    Timestamp::from_micros(seconds.saturating_mul(1_000_000)).to_string()
}

/// The file of the data directory that was changed last.
fn newest(directory: &Path) -> Option<(String, SystemTime)> {
    let files = fs::read_dir(directory).ok()?.flatten();
    let changed = files.filter_map(|file| {
        Some((file.file_name().to_string_lossy().into_owned(), file.metadata().ok()?.modified().ok()?))
    });
    changed.max_by_key(|(_, changed)| *changed)
}

#[cfg(test)]
mod tests {
    use super::super::check::Level;
    use super::*;

    fn at(secs: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(secs)
    }

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_clock_that_was_never_set_or_jumps_is_wrong() {
        let monotonic = Instant::now();
        let begin = Reading { wall: at(NOW), monotonic };
        let after = |wall, secs| Reading { wall, monotonic: monotonic + Duration::from_secs(secs) };
        let level = |begin, end| judged(begin, end, None, true).level;
        assert_eq!(level(begin, after(at(NOW + 3), 3)), Level::Ok);
        assert_eq!(level(begin, after(at(NOW + 86_400), 3)), Level::Wrong);
        assert_eq!(level(begin, after(at(NOW - 86_400), 3)), Level::Wrong);
        let unset = judged(Reading { wall: at(5), monotonic }, after(at(5), 0), None, true);
        assert!(unset.result.starts_with("it says 1970-01-01T00:00:05Z"), "{unset:?}");
        assert_eq!(judged(begin, after(at(NOW), 0), None, false).level, Level::Note);
    }

    #[test]
    fn a_file_of_the_future_tells_of_a_clock_that_was_set_back() {
        let reading = Reading { wall: at(NOW), monotonic: Instant::now() };
        let file = |secs| Some(("phoenix.db".to_owned(), at(secs)));
        assert_eq!(judged(reading, reading, file(NOW + 2), true).level, Level::Ok);
        let check = judged(reading, reading, file(NOW + 86_400), true);
        assert_eq!(check.level, Level::Wrong);
        assert!(check.result.contains("phoenix.db was changed 24h later"), "{check:?}");
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(newest(directory.path()), None);
        fs::write(directory.path().join("a"), "").expect("written");
        assert_eq!(newest(directory.path()).map(|(name, _)| name).as_deref(), Some("a"));
    }
}

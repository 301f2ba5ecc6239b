//! This host: which processes can be read, what room is left, and which collectors run.

use std::path::Path;

use phoenix_local::{HeadRoom, Room, RunningCollector, Visibility, running_collectors};
use phoenix_store::{Holder, Inspection};

use super::check::Check;
use super::directory::existing;
use crate::output::units::counted;

const PROCESSES: &str = "processes";
const HEAD_ROOM: &str = "head-room";
const RUNNING: &str = "left running";
const MIB: u64 = 1 << 20;

/// Whether the processes of other users can be read.
pub(super) fn processes(collector: Option<&Path>) -> Check {
    match Visibility::look(collector) {
        Ok(seen) => judged(&seen),
        Err(failure) => Check::wrong(PROCESSES, failure.message(), "mount /proc: nothing can be measured without it"),
    }
}

fn judged(seen: &Visibility) -> Check {
    match seen.problem() {
        None => Check::ok(PROCESSES, format!("all can be read ({} of other users)", seen.others)),
        // Both pipelines lack the same, so the comparison is fair.
        Some(problem) if !seen.hides_processes() => Check::note(PROCESSES, problem, seen.remedy()),
        Some(problem) => Check::wrong(PROCESSES, problem, seen.remedy()),
    }
}

/// Whether there is room for two more collectors, by the limits of a server without a configuration.
pub(super) fn head_room(directory: &Path) -> Check {
    match Room::measure(existing(directory)) {
        Ok(room) => room_for(&HeadRoom::default(), &room),
        Err(failure) => {
            Check::wrong(HEAD_ROOM, failure.message(), "see that /proc is mounted and the data directory can be read")
        }
    }
}

fn room_for(limits: &HeadRoom, room: &Room) -> Check {
    let missing = limits.missing(room);
    if missing.is_empty() {
        let (memory, disk) = (room.memory / MIB, room.disk / MIB);
        let text =
            format!("{memory} MiB of memory and {disk} MiB of disk are free, load {:.2} for each processor", room.load);
        return Check::ok(HEAD_ROOM, text);
    }
    let said = missing.iter().map(|finding| finding.message.split("; ").next().unwrap_or(&finding.message));
    let advice = "free some, take another host, or change admission.head_room of the server";
    // Such a server warns, and starts the experiment all the same.
    Check::note(HEAD_ROOM, said.collect::<Vec<_>>().join("; "), advice)
}

/// Collectors outlive their server; without one nobody looks after them.
pub(super) fn left_running(directory: &Path, inspected: Option<&Inspection>) -> Check {
    match running_collectors(directory) {
        Ok(running) => {
            let holder = inspected.map(|inspected| &inspected.holder);
            looked_after(&running, holder.is_some_and(|holder| *holder == Holder::Nobody))
        }
        Err(error) => Check::wrong(RUNNING, format!("/proc cannot be read: {error}"), "see that /proc is mounted"),
    }
}

fn looked_after(running: &[RunningCollector], is_without_server: bool) -> Check {
    let number = counted(u64::try_from(running.len()).unwrap_or(u64::MAX), "collector");
    match (running, is_without_server) {
        ([], _) => Check::ok(RUNNING, "none runs"),
        (_, false) => Check::ok(RUNNING, format!("{number} running, looked after by the server")),
        (some, true) => {
            let shown: Vec<String> = some.iter().map(|one| format!("{} (process {})", one.pipeline, one.pid)).collect();
            let pids: Vec<String> = some.iter().map(|one| one.pid.to_string()).collect();
            let result = format!("{number} running without a server: {}", shown.join(", "));
            let advice = format!(
                "start phoenix-server, which adopts them or ends what is not wanted any more; or end them: kill {}",
                pids.join(" ")
            );
            Check::wrong(RUNNING, result, advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Level;
    use super::*;

    #[test]
    fn hidden_processes_are_wrong_and_unreadable_disk_traffic_is_worth_knowing() {
        let seen = Visibility { others: 120, ..Visibility::default() };
        assert_eq!(judged(&seen), Check::ok(PROCESSES, "all can be read (120 of other users)"));
        let some = judged(&Visibility { without_io: 119, ..seen.clone() });
        assert_eq!(some.level, Level::Note);
        assert!(some.result.contains("119 of 120") && some.result.contains("process.disk.io"), "{some:?}");
        let hidden = judged(&Visibility { hidepid: Some("invisible".to_owned()), ..seen });
        assert_eq!(hidden.level, Level::Wrong);
        assert!(hidden.advice.contains("hidepid=0"), "{hidden:?}");
    }

    #[test]
    fn little_room_is_named_with_its_figures() {
        let limits = HeadRoom::default();
        let idle = Room { memory: 8_192 * MIB, load: 0.25, disk: 9_000 * MIB };
        let expected = "8192 MiB of memory and 9000 MiB of disk are free, load 0.25 for each processor";
        assert_eq!(room_for(&limits, &idle), Check::ok(HEAD_ROOM, expected));
        let full = room_for(&limits, &Room { memory: MIB, disk: MIB, ..idle });
        assert_eq!(full.level, Level::Note);
        assert!(full.result.contains("1 MiB of memory") && full.result.contains("data directory"), "{full:?}");
    }

    #[test]
    fn collectors_without_a_server_are_named_with_their_processes() {
        let running = |pid| RunningCollector { pid, pipeline: "a-baseline-1".parse().expect("a name") };
        assert_eq!(looked_after(&[], true), Check::ok(RUNNING, "none runs"));
        assert_eq!(looked_after(&[running(7)], false).level, Level::Ok);
        let left = looked_after(&[running(7), running(8)], true);
        assert!(left.result.contains("2 collectors running without a server: a-baseline-1 (process 7)"), "{left:?}");
        assert!(left.advice.ends_with("kill 7 8"), "{left:?}");
    }
}

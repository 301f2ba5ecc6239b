//! Whether this host has room for two more collectors: available memory, load, and space for their logs.
//!
//! What is measured is the whole host, not a control group: a limit that a container sets is not seen here.

use std::path::Path;

use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::validator::{Finding, Severity};
use procfs::{Current as _, LoadAverage, Meminfo};

use crate::disk::failure;

const MIB: u64 = 1 << 20;
/// The rule under which everything here is found.
pub(crate) const RULE: &str = "HeadRoomMissing";

/// What must be left before two collectors are put on this host.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadRoom {
    /// How bad it is when less is left; `None`: nobody looks.
    pub severity: Option<Severity>,
    /// Least available memory in bytes.
    pub memory: u64,
    /// Largest load average of five minutes per processor.
    pub load: f64,
    /// Least free space for configurations and logs in bytes.
    pub disk: u64,
}

impl Default for HeadRoom {
    fn default() -> Self {
        Self { severity: Some(Severity::Warning), memory: 512 * MIB, load: 2.0, disk: 256 * MIB }
    }
}

/// What is left of this host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Available memory in bytes, as the kernel estimates it.
    pub memory: u64,
    /// Load average of five minutes per processor.
    pub load: f64,
    /// Free space for configurations and logs in bytes.
    pub disk: u64,
}

impl Room {
    /// What is left now; `directory` is where configurations and logs live.
    pub fn measure(directory: &Path) -> Result<Self, Failure> {
        let unreadable = |what: &str, error: &dyn std::fmt::Display| {
            Failure::transient("HostUnreadable", format!("cannot read {what}: {error}; is /proc mounted?"))
        };
        let memory = Meminfo::current().map_err(|error| unreadable("/proc/meminfo", &error))?;
        let load = LoadAverage::current().map_err(|error| unreadable("/proc/loadavg", &error))?;
        let disk = rustix::fs::statvfs(directory)
            .map_err(|error| failure("ask for the free space of", directory, error.into()))?;
        let processors = std::thread::available_parallelism()
            .map_or(1.0, |number| f64::from(u32::try_from(number.get()).unwrap_or(u32::MAX)));
        Ok(Self {
            // A kernel without the estimate is older than any that collectors run on; what is free is then the best that is known.
            memory: memory.mem_available.unwrap_or(memory.mem_free),
            load: f64::from(load.five) / processors,
            disk: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }
}

impl HeadRoom {
    /// What there is to say about what was measured; a host that does not show it is as bad as one that has too little.
    pub fn judge(&self, measured: &Result<Room, Failure>) -> Vec<Finding> {
        match (measured, self.severity) {
            (Ok(room), _) => self.missing(room),
            (Err(_), None) => Vec::new(),
            (Err(failure), Some(severity)) => vec![Finding {
                severity,
                rule: RULE.to_owned(),
                path: "host".to_owned(),
                message: format!("how much is left is not known: {}", failure.message()),
            }],
        }
    }

    /// What is missing of the head-room, one finding each.
    pub fn missing(&self, room: &Room) -> Vec<Finding> {
        let Some(severity) = self.severity else { return Vec::new() };
        let finding = |path: &str, message: String| Finding {
            severity,
            rule: RULE.to_owned(),
            path: path.to_owned(),
            message: format!("{message}; free some, take another host, or change admission.head_room"),
        };
        let mut found = Vec::new();
        if room.memory < self.memory {
            let message = format!(
                "{} of memory are available, and two collectors should find {}",
                mib(room.memory),
                mib(self.memory)
            );
            found.push(finding("host.memory", message));
        }
        if room.load > self.load {
            let message = format!(
                "the load of the last five minutes is {:.2} for each processor, and two collectors should find at most {:.2}",
                room.load, self.load
            );
            found.push(finding("host.load", message));
        }
        if room.disk < self.disk {
            let message = format!(
                "{} are free in the data directory, and two collectors should find {}",
                mib(room.disk),
                mib(self.disk)
            );
            found.push(finding("host.disk", message));
        }
        found
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes / MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Room = Room { memory: 8_192 * MIB, load: 0.1, disk: 8_192 * MIB };

    #[test]
    fn a_host_with_room_is_not_mentioned() {
        assert_eq!(HeadRoom::default().missing(&IDLE), []);
    }

    #[test]
    fn each_shortage_is_named_with_both_figures_and_the_key_to_change() {
        let room = Room { memory: 100 * MIB, load: 3.5, disk: 10 * MIB };
        let found = HeadRoom { severity: Some(Severity::Error), ..HeadRoom::default() }.missing(&room);
        let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["host.memory", "host.load", "host.disk"]);
        assert!(found.iter().all(|one| one.severity == Severity::Error && one.rule == "HeadRoomMissing"));
        for (finding, figures) in found.iter().zip([["100 MiB", "512 MiB"], ["3.50", "2.00"], ["10 MiB", "256 MiB"]]) {
            assert!(figures.iter().all(|figure| finding.message.contains(figure)), "{finding}");
            assert!(finding.message.contains("admission.head_room"), "{finding}");
        }
    }

    #[test]
    fn the_limits_themselves_are_room_enough_and_nobody_looks_unless_asked() {
        let limits = HeadRoom::default();
        let room = Room { memory: limits.memory, load: limits.load, disk: limits.disk };
        assert_eq!(limits.missing(&room), []);
        let ignored = HeadRoom { severity: None, ..limits };
        assert_eq!(ignored.missing(&Room { memory: 0, load: 99.0, disk: 0 }), []);
    }

    #[test]
    fn a_host_that_does_not_show_what_is_left_is_mentioned_refused_or_ignored_like_a_full_one() {
        let hidden = Err(Failure::transient("HostUnreadable", "cannot read /proc/meminfo"));
        for severity in [None, Some(Severity::Warning), Some(Severity::Error)] {
            let found = HeadRoom { severity, ..HeadRoom::default() }.judge(&hidden);
            assert_eq!(found.first().map(|finding| finding.severity), severity);
            assert!(found.iter().all(|finding| finding.message.contains("/proc/meminfo")), "{found:?}");
        }
    }

    #[test]
    fn this_host_can_be_measured() {
        let room = Room::measure(&std::env::temp_dir()).expect("a Linux host");
        assert!(room.memory > 0 && room.disk > 0 && room.load >= 0.0, "{room:?}");
    }
}

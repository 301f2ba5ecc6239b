//! What was started for a pipeline, as it is written beside its configuration.

use std::fs;
use std::path::PathBuf;

use phoenix_core::experiment::PipelineType;
use phoenix_core::id::{ConfigHash, ExperimentId};
use phoenix_core::ports::failure::Failure;
use serde::{Deserialize, Serialize};

use crate::disk::{PipelineDir, failure, write_durably};
use crate::ports::Ports;
use crate::process::{self, ProcessId};

/// The record of a pipeline on this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) experiment_id: ExperimentId,
    pub(crate) variant: PipelineType,
    pub(crate) config_hash: ConfigHash,
    pub(crate) ports: Ports,
    /// How often it was started again.
    pub(crate) restarts: u32,
    /// The process that was started last; not there between the intent and the deed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) process: Option<ProcessId>,
}

/// A record as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    /// The boot in which it was written. A process of another one is gone, whoever has its id and start time now.
    #[serde(default)]
    boot_id: String,
    /// Where it was written. A copy of it, elsewhere, says nothing about processes: they are those of the original.
    #[serde(default)]
    directory: PathBuf,
    #[serde(flatten)]
    record: Record,
}

impl Record {
    /// The record of a pipeline; none when it was never written, or cannot be understood (then the process speaks for itself).
    pub(crate) fn read(dir: &PipelineDir) -> Option<Self> {
        let text = fs::read(dir.record()).ok()?;
        match serde_json::from_slice(&text) {
            Ok(Stored { boot_id, directory, record }) => {
                let is_current = boot_id == process::boot_id() && directory == dir.path();
                let process = record.process.filter(|_| is_current);
                Some(Self { process, ..record })
            }
            Err(error) => {
                tracing::warn!(path = %dir.record().display(), %error, "this record cannot be read");
                None
            }
        }
    }

    /// True for a record that was written in another directory: this one was copied, or moved.
    pub(crate) fn was_copied(dir: &PipelineDir) -> bool {
        let stored = fs::read(dir.record()).ok().and_then(|text| serde_json::from_slice::<Stored>(&text).ok());
        stored.is_some_and(|stored| stored.directory != dir.path())
    }

    pub(crate) fn write(&self, dir: &PipelineDir) -> Result<(), Failure> {
        let stored = Stored { boot_id: process::boot_id(), directory: dir.path().to_owned(), record: self.clone() };
        let text = serde_json::to_vec_pretty(&stored).map_err(|error| failure("write", &dir.record(), error.into()))?;
        write_durably(&dir.record(), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Layout;

    #[test]
    fn a_process_of_an_earlier_boot_is_forgotten_and_the_rest_is_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let dir = Layout::open(directory.path()).expect("opens").pipeline(&"a-baseline-1".parse().expect("a name"));
        dir.make().expect("makes");
        let record = Record {
            experiment_id: "e1".parse().expect("an id"),
            variant: PipelineType::Baseline,
            config_hash: ConfigHash::of("a"),
            ports: Ports { metrics: 1, telemetry: 2, health: 3 },
            restarts: 2,
            process: Some(ProcessId { pid: 7, start_time: 70 }),
        };
        record.write(&dir).expect("writes");
        assert_eq!(Record::read(&dir), Some(record.clone()));
        let text = fs::read_to_string(dir.record()).expect("reads");
        assert!(!process::boot_id().is_empty() && text.contains(&process::boot_id()));
        fs::write(dir.record(), text.replace(&process::boot_id(), "another boot")).expect("writes");
        assert_eq!(Record::read(&dir), Some(Record { process: None, ..record.clone() }));

        record.write(&dir).expect("writes");
        let copy = Layout::open(&directory.path().join("copy"))
            .expect("opens")
            .pipeline(&"a-baseline-1".parse().expect("a name"));
        copy.make().expect("makes");
        fs::copy(dir.record(), copy.record()).expect("copies");
        assert!(Record::was_copied(&copy) && !Record::was_copied(&dir));
        assert_eq!(Record::read(&copy), Some(Record { process: None, ..record }), "the process is the original's");

        fs::write(dir.record(), "{").expect("writes");
        assert_eq!(Record::read(&dir), None);
    }
}

//! What an earlier server left: records on disk and processes in procfs, matched with each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use phoenix_core::id::{ExperimentId, PipelineName};
use phoenix_core::ports::failure::Failure;

use crate::environment::{config_hash, identity};
use crate::process::{Collector, ProcessId, find_collectors, is_between_programs};
use crate::record::Record;
use crate::shared::{Shared, procfs_failure};

/// One pipeline as it was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remains {
    /// What is known of it.
    pub(crate) record: Option<Record>,
    /// The process that is adopted. It is the record's.
    pub(crate) adopted: Option<ProcessId>,
    /// Processes that run from its directory and are not what the record says: to be stopped.
    pub(crate) strangers: Vec<ProcessId>,
    /// True when an earlier server was removing it: nothing of it is to be kept.
    pub(crate) is_being_removed: bool,
}

/// Every pipeline that has a directory or a process.
pub(crate) fn find_all(shared: &Arc<Shared>) -> Result<BTreeMap<PipelineName, Remains>, Failure> {
    let mut processes = by_name(shared)?;
    let names: BTreeSet<PipelineName> = shared.layout.names()?.into_iter().chain(processes.keys().cloned()).collect();
    let mut found = BTreeMap::new();
    for name in names {
        let dir = shared.layout.pipeline(&name);
        let record = Record::read(&dir);
        let own = processes.remove(&name).unwrap_or_default();
        if record.is_none() && own.is_empty() {
            // The record comes before the process: from here nothing was ever started, or it has ended and nobody could tell whose it was.
            if let Err(failure) = dir.delete() {
                tracing::warn!(pipeline.name = %name, %failure, "a directory of nobody stays");
            }
        } else {
            let remains = recover(shared, &name, record.as_ref(), &own);
            found.insert(name, remains);
        }
    }
    Ok(found)
}

/// One pipeline; none when there is neither a directory nor a process.
pub(crate) fn find(shared: &Arc<Shared>, name: &PipelineName) -> Result<Option<Remains>, Failure> {
    let processes = by_name(shared)?.remove(name).unwrap_or_default();
    let dir = shared.layout.pipeline(name);
    let is_there = !processes.is_empty() || dir.exists();
    Ok(is_there.then(|| recover(shared, name, Record::read(&dir).as_ref(), &processes)))
}

/// Matches record and processes, and records what no record knew.
fn recover(shared: &Shared, name: &PipelineName, stored: Option<&Record>, processes: &[Collector]) -> Remains {
    let dir = &shared.layout.pipeline(name);
    let mut processes = processes.to_vec();
    if let Some(process) = stored.and_then(|record| record.process)
        && !processes.iter().any(|one| one.id == process)
        && is_between_programs(process)
    {
        // It shows no command line for a moment; process id and start time are those that were recorded.
        processes.push(Collector { id: process, pipeline: name.clone(), environment: HashMap::new() });
    }
    let matched = match_up(name, stored.cloned(), &processes);
    let mut remains = Remains { is_being_removed: dir.is_being_removed(), ..matched };
    if let (Some(record), None) = (&mut remains.record, remains.adopted)
        && Record::was_copied(dir)
    {
        // The original's collector may listen there, and would be taken for ours: it carries the same names.
        match shared.find_ports(name) {
            Ok(ports) => record.ports = ports,
            Err(failure) => tracing::warn!(pipeline.name = %name, %failure, "no other ports for a copied pipeline"),
        }
    }
    if let (Some(record), true) = (&remains.record, remains.adopted.is_some() && remains.record.as_ref() != stored)
        && let Err(failure) = dir.make().and_then(|()| record.write(dir))
    {
        // It is found by its command line the next time, too.
        tracing::warn!(pipeline.name = %name, %failure, "an adopted collector is not recorded");
    }
    remains
}

/// The experiment of every pipeline that has a record or a process that tells it.
pub(crate) fn find_owners(shared: &Arc<Shared>) -> Result<BTreeMap<PipelineName, ExperimentId>, Failure> {
    let mut owners = BTreeMap::new();
    for name in shared.layout.names()? {
        if let Some(record) = Record::read(&shared.layout.pipeline(&name)) {
            owners.insert(name, record.experiment_id);
        }
    }
    for (name, processes) in by_name(shared)? {
        let told = processes.iter().find_map(|process| identity(&process.environment, &name));
        if let (Some(told), false) = (told, owners.contains_key(&name)) {
            owners.insert(name, told.experiment_id);
        }
    }
    Ok(owners)
}

fn by_name(shared: &Arc<Shared>) -> Result<BTreeMap<PipelineName, Vec<Collector>>, Failure> {
    let mut by_name: BTreeMap<PipelineName, Vec<Collector>> = BTreeMap::new();
    for process in find_collectors(&shared.layout.pipelines()).map_err(procfs_failure)? {
        by_name.entry(process.pipeline.clone()).or_default().push(process);
    }
    Ok(by_name)
}

/// Adopts the process that the record names, or one that was spawned for it and never recorded. A process id proves nothing: start time and
/// configuration hash must agree too.
fn match_up(name: &PipelineName, record: Option<Record>, processes: &[Collector]) -> Remains {
    let recorded = record.as_ref().and_then(|record| record.process);
    let recorded = processes.iter().find(|one| Some(one.id) == recorded);
    let own = match (&record, recorded) {
        (None, _) => processes.iter().find_map(|one| Some((one.id, identity(&one.environment, name)?))),
        (Some(record), Some(one)) => {
            // The kernel does not show the environment of some binaries; then the record is trusted about its own process.
            let agrees = config_hash(&one.environment).is_none_or(|hash| hash == record.config_hash);
            agrees.then(|| (one.id, record.clone()))
        }
        (Some(record), None) => processes.iter().find_map(|one| {
            let told = identity(&one.environment, name).filter(|told| told.config_hash == record.config_hash)?;
            Some((one.id, Record { restarts: record.restarts, ..told }))
        }),
    };
    let adopted = own.as_ref().map(|(process, _)| *process);
    let strangers = processes.iter().map(|one| one.id).filter(|process| Some(*process) != adopted).collect();
    let record = own.map(|(process, record)| Record { process: Some(process), ..record }).or(record);
    Remains { record, adopted, strangers, is_being_removed: false }
}

#[cfg(test)]
mod tests {
    use phoenix_core::experiment::PipelineType;
    use phoenix_core::id::ConfigHash;

    use super::*;
    use crate::environment::variables;
    use crate::options::Options;
    use crate::ports::Ports;

    fn name() -> PipelineName {
        "a-baseline-1".parse().expect("a name")
    }

    fn record(config: &str, process: Option<ProcessId>) -> Record {
        Record {
            experiment_id: "e1".parse().expect("an id"),
            variant: PipelineType::Baseline,
            config_hash: ConfigHash::of(config),
            ports: Ports { metrics: 1, telemetry: 2, health: 3 },
            restarts: 2,
            process,
        }
    }

    fn process(pid: i32, start_time: u64, config: &str) -> Collector {
        let host = "host".parse().expect("a host");
        let environment = variables(&Options::new("/nowhere"), &host, &name(), &record(config, None));
        Collector {
            id: ProcessId { pid, start_time },
            pipeline: name(),
            environment: environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }

    #[test]
    fn the_recorded_process_is_adopted_and_others_are_strangers() {
        let recorded = ProcessId { pid: 2, start_time: 20 };
        let found = [process(1, 10, "a"), process(2, 20, "a")];
        let remains = match_up(&name(), Some(record("a", Some(recorded))), &found);
        assert_eq!(remains.adopted, Some(recorded));
        assert_eq!(remains.strangers, [ProcessId { pid: 1, start_time: 10 }]);
        assert_eq!(remains.record, Some(record("a", Some(recorded))));
    }

    #[test]
    fn a_process_that_was_never_recorded_is_adopted_when_it_has_the_configuration() {
        let spawned = ProcessId { pid: 7, start_time: 70 };
        for recorded in [None, Some(ProcessId { pid: 7, start_time: 1 }), Some(ProcessId { pid: 3, start_time: 30 })] {
            let remains = match_up(&name(), Some(record("a", recorded)), &[process(7, 70, "a")]);
            assert_eq!(remains.adopted, Some(spawned), "recorded {recorded:?}");
            assert_eq!(remains.record, Some(record("a", Some(spawned))));
        }
    }

    #[test]
    fn a_process_with_another_configuration_is_a_stranger_even_under_the_recorded_id() {
        let id = ProcessId { pid: 7, start_time: 70 };
        let remains = match_up(&name(), Some(record("a", Some(id))), &[process(7, 70, "b")]);
        assert_eq!((remains.adopted, remains.strangers), (None, vec![id]));
        assert_eq!(remains.record, Some(record("a", Some(id))));
    }

    #[test]
    fn without_a_record_the_environment_tells_everything() {
        let id = ProcessId { pid: 7, start_time: 70 };
        let remains = match_up(&name(), None, &[process(7, 70, "a")]);
        assert_eq!(remains.adopted, Some(id));
        assert_eq!(remains.record, Some(Record { restarts: 0, ..record("a", Some(id)) }));
        let mute = Collector { environment: HashMap::default(), ..process(7, 70, "a") };
        let remains = match_up(&name(), None, std::slice::from_ref(&mute));
        assert_eq!((remains.adopted, remains.strangers), (None, vec![id]));
        let remains = match_up(&name(), Some(record("a", Some(id))), &[mute]);
        assert_eq!(remains.adopted, Some(id), "the record is trusted about its own process");
    }
}

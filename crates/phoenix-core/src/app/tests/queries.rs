//! What clients may see, and of whom.

use crate::analysis::Indicator;
use crate::app::tests::world::{World, caller, document, stranger};
use crate::error::Code;
use crate::experiment::{PipelineType, State};
use crate::id::Revision;
use crate::ports::cache::{Cache, CacheKey};
use crate::ports::store::Filter;
use serde_json::json;

#[tokio::test]
async fn an_experiment_is_found_by_id_and_by_name_and_by_nobody_else() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    for reference in [id.as_str(), "one"] {
        assert_eq!(replica.queries.experiment(&caller(), reference).await.unwrap().id, id);
        assert_eq!(replica.queries.experiment(&stranger(), reference).await.unwrap_err().code(), Code::NotFound);
    }
    let page = replica.queries.list(&caller(), Filter::default(), 0, None).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None), "a limit of zero is one");
    assert!(replica.queries.list(&stranger(), Filter::default(), 10, None).await.unwrap().items.is_empty());
    let ended = Filter { states: vec![State::Completed], ..Filter::default() };
    assert!(replica.queries.list(&caller(), ended, 10, None).await.unwrap().items.is_empty());
    let error = replica.queries.list(&caller(), Filter::default(), 10, Some("nonsense")).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    assert_eq!(replica.queries.count_by_state().await.unwrap(), [(State::Initializing, 1)]);
}

#[tokio::test]
async fn a_history_is_read_piece_by_piece_also_when_it_is_all_that_is_left() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_to_end(&replica, &id).await;
    let read = |caller, after| {
        let (queries, id) = (&replica.queries, &id);
        async move { queries.history(&caller, id.as_str(), Revision(after), 3).await }
    };
    let seqs = |events: Vec<crate::experiment::Event>| events.iter().map(|event| event.seq.0).collect::<Vec<_>>();
    assert_eq!(seqs(read(caller(), 0).await.unwrap()), [1, 2, 3]);
    assert_eq!(seqs(read(caller(), 6).await.unwrap()), [7]);
    assert_eq!(seqs(read(caller(), 7).await.unwrap()), [0; 0]);
    replica.commands.delete(&caller(), "one").await.unwrap();
    assert_eq!(seqs(read(caller(), 6).await.unwrap()), [7, 8]);
    assert_eq!(seqs(read(caller(), 8).await.unwrap()), [0; 0], "nothing new is no error");
    for after in [0, 8] {
        assert_eq!(read(stranger(), after).await.unwrap_err().code(), Code::NotFound);
        let unknown = replica.queries.history(&caller(), "unknown", Revision(after), 3).await;
        assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn events_of_all_experiments_are_followed_by_a_cursor() {
    let world = World::new();
    let replica = world.replica(1);
    replica.commands.create(&caller(), document("one")).await.unwrap();
    replica.commands.create(&stranger(), document("two")).await.unwrap();
    let (events, next) = replica.queries.events_after(&caller(), None, 100).await.unwrap();
    assert_eq!(events.len(), 1, "a stranger's events are not mine");
    assert_eq!(next, replica.queries.latest_cursor().await.unwrap());
    let (events, _) = replica.queries.events_after(&caller(), next.as_deref(), 100).await.unwrap();
    assert!(events.is_empty());
    let error = replica.queries.events_after(&caller(), Some("nonsense"), 100).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
}

#[tokio::test]
async fn configurations_and_pipelines_are_shown_once_they_exist() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    assert!(replica.queries.configurations(&caller(), "one").await.unwrap().is_empty());
    world.run_into(&replica, &id, State::Running).await;
    let configurations = replica.queries.configurations(&caller(), "one").await.unwrap();
    let kinds: Vec<PipelineType> = configurations.iter().map(|one| one.pipeline_type).collect();
    assert_eq!(kinds, PipelineType::ALL);
    for configuration in &configurations {
        let name = configuration.name.as_str();
        let deployment = replica.queries.pipeline(&caller(), name).await.unwrap();
        assert_eq!(deployment.pipeline.hash, configuration.hash);
        assert_eq!(replica.queries.pipeline(&stranger(), name).await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(replica.queries.pipeline(&caller(), "no-such").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(replica.queries.deployments(&caller(), "one").await.unwrap().len(), 2);
}

#[tokio::test]
async fn samples_are_shown_page_by_page() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let page = async |after, limit| replica.queries.samples(&caller(), "one", after, limit).await.unwrap();
    assert_eq!(page(None, 10).await, crate::app::SamplePage::default());
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 25).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = page(after, 10).await;
        assert!(page.samples.len() <= 10);
        seen.extend(page.samples.iter().map(|sample| sample.instant));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=25).map(crate::testing::build::at).collect::<Vec<_>>());
    assert_eq!(page(None, 25).await.next, None, "the last page says so");
    assert_eq!(page(None, 0).await.samples.len(), 1, "a limit of zero is one");
    let last = page(seen.last().copied(), 10).await;
    assert_eq!((last.samples.len(), last.next), (0, None));
    let error = replica.queries.samples(&stranger(), "one", None, 10).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

/// What is wrong with the store is not the client's mistake.
#[tokio::test]
async fn a_damaged_row_is_an_internal_error_and_a_position_of_nobody_is_wrong_input() {
    use std::sync::Arc;

    use crate::app::Queries;
    use crate::ports::failure::Failure;
    use crate::ports::store::{MockEventLog, MockExperimentStore};

    for (reason, code) in [
        ("CorruptRow", Code::Internal),
        ("StoreClosed", Code::Internal),
        ("InvalidPageToken", Code::ValidationFailed),
        ("InvalidCursor", Code::ValidationFailed),
    ] {
        let mut experiments = MockExperimentStore::new();
        experiments.expect_list().returning(move |_, _, _| Err(Failure::permanent(reason, "it is so")));
        let mut events = MockEventLog::new();
        events.expect_events_after().returning(move |_, _| Err(Failure::permanent(reason, "it is so")));
        let ports = crate::app::Ports {
            experiments: Arc::new(experiments),
            events: Arc::new(events),
            ..World::new().replica(1).ports
        };
        let queries = Queries::new(ports);
        assert_eq!(queries.list(&caller(), Filter::default(), 10, None).await.unwrap_err().code(), code, "{reason}");
        assert_eq!(queries.events_after(&caller(), None, 10).await.unwrap_err().code(), code, "{reason}");
    }
}

#[tokio::test]
async fn the_latest_values_are_shown_during_a_run_and_long_after_it() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    assert_eq!(replica.queries.metrics(&caller(), "one").await.unwrap().at, None);
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 10).await;
    let during = replica.queries.metrics(&caller(), "one").await.unwrap();
    assert_eq!(during.at, Some(crate::testing::build::at(10)));
    assert_eq!(during.values.candidate.get(&Indicator::ActiveSeries), Some(&98.0));
    assert_eq!(during.values.baseline.get(&Indicator::DatapointsRate), Some(&92.0));
    let key = CacheKey::ExperimentMetric(id.clone(), PipelineType::Candidate, Indicator::ActiveSeries);
    assert_eq!(world.cache.get(&key).await.unwrap().as_deref(), Some("98"));
    assert!(during.comparison.is_none());

    world.run_to_end(&replica, &id).await;
    world.run_for(&replica, 100).await;
    let after = replica.queries.metrics(&caller(), "one").await.unwrap();
    assert_eq!(after.at, Some(crate::testing::build::at(70)));
    assert_eq!(after.values, during.values);
    assert!(after.comparison.is_some());
}

#[tokio::test]
async fn the_latest_values_of_a_run_that_was_cut_off_are_those_before_its_end() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 10).await;
    replica.command(&id, crate::app::tests::world::cancel()).await.unwrap();
    world.run_for(&replica, 100).await;
    assert_eq!(replica.queries.metrics(&caller(), "one").await.unwrap().at, Some(crate::testing::build::at(10)));
}

#[tokio::test]
async fn a_configuration_can_be_previewed_without_an_experiment() {
    let world = World::new();
    let replica = world.replica(1);
    let preview = |document| {
        let commands = &replica.commands;
        async move { commands.generate(document).await }
    };
    let generated = preview(json!({"name": "cut", "baseTemplate": "process-baseline"})).await.unwrap();
    assert_eq!(generated.name.as_str(), format!("cut-{}", generated.hash.short()));
    let unnamed = preview(json!({"baseTemplate": "process-baseline"})).await.unwrap();
    assert_eq!((unnamed.config, unnamed.name.as_str().starts_with("pipeline-")), (generated.config, true));

    let error = preview(json!({"name": "A b", "baseTemplate": "nosuch", "surplus": 1})).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    assert_eq!(error.details().keys().map(String::as_str).collect::<Vec<_>>(), ["baseTemplate", "name", "surplus"]);
    world.validator.find(crate::ports::validator::Severity::Error, "receivers");
    let error = preview(json!({"baseTemplate": "process-baseline"})).await.unwrap_err();
    assert_eq!(error.code(), Code::PipelineGenerationFailed);
    world.generator.fail_next(1);
    let error = preview(json!({"baseTemplate": "process-baseline"})).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
}

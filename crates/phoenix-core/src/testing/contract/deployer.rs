//! The contract of the deployer: what every adapter must do, whatever it deploys to.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::experiment::{PipelineObservation, PipelinePhase, PipelineType};
use crate::id::{ConfigHash, ExperimentId, PipelineName};
use crate::ports::deployer::{Deployer, DesiredPipeline, PipelineKey, PipelineSink, Removal};
use crate::ports::validator::errors_of;
use crate::spec::Target;

/// How often the suite looks, with a pause in between, before it gives up.
const LOOKS: u32 = 600;

/// A deployer over a world of its own, in which nothing is deployed.
pub trait DeployerFixture: Send + Sync {
    /// The deployer under test; after [`Self::restart`], the one that was started then.
    fn deployer(&self) -> Arc<dyn Deployer>;

    /// A configuration that the target can run. Texts of different variations differ.
    fn config(&self, variation: u32) -> String;

    /// A configuration that the target cannot run, which shows before it is deployed.
    fn unrunnable_config(&self) -> String;

    /// Lets a little time pass: 50 ms where the world is real.
    fn pause(&self) -> impl Future<Output = ()> + Send;

    /// Brings a pipeline into the world past the deployer, so that no record tells of it.
    fn plant(&self, desired: &DesiredPipeline) -> impl Future<Output = ()> + Send;

    /// The controller dies without a farewell, and another one starts over the same fixture.
    fn restart(&self) -> impl Future<Output = ()> + Send;
}

/// Runs the contract of the deployer against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! deployer_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; deployer {
            an_unknown_pipeline_is_observed_as_removed,
            a_good_configuration_passes_preflight_and_nothing_is_deployed,
            an_unrunnable_configuration_is_refused_by_preflight,
            a_pipeline_becomes_ready_with_its_hash,
            ensuring_again_changes_nothing,
            observations_come_in_the_order_of_the_keys,
            pipelines_with_equal_configurations_are_kept_apart,
            a_changed_configuration_replaces_the_old_one,
            removal_is_repeatable_and_gone_only_when_nothing_is_left,
            what_was_never_there_is_gone,
            a_removed_pipeline_can_be_deployed_again,
            what_no_record_knows_is_listed_and_can_be_removed,
            pipelines_survive_a_restart_of_the_controller,
            a_removal_is_finished_by_the_next_controller,
            changes_are_told_to_every_sink,
        } }
    };
}

/// A desired pipeline of the experiment `{stem}-id`.
pub fn desired(stem: &str, kind: PipelineType, config: &str) -> DesiredPipeline {
    let experiment_id: ExperimentId = format!("{stem}-id").parse().expect("a valid id");
    let hash = ConfigHash::of(config);
    let name = PipelineName::deployed(&stem.parse().expect("a valid name"), &experiment_id, kind, &hash);
    DesiredPipeline {
        key: PipelineKey { experiment_id, pipeline_type: kind, name },
        config: config.to_owned(),
        hash,
        target: Target { node_selector: BTreeMap::new() },
    }
}

/// Observes until the pipeline is as asked.
async fn until(
    fixture: &impl DeployerFixture,
    key: &PipelineKey,
    what: &str,
    is_so: impl Fn(&PipelineObservation) -> bool + Send + Sync,
) -> PipelineObservation {
    let mut last = PipelineObservation::absent(key.name.clone());
    for _ in 0..LOOKS {
        last = observe(fixture, key).await;
        if is_so(&last) {
            return last;
        }
        fixture.pause().await;
    }
    assert!(is_so(&last), "waited in vain for a pipeline that is {what}, last seen: {last:#?}");
    last
}

/// Removes until it is gone.
async fn remove(fixture: &impl DeployerFixture, name: &PipelineName) {
    let mut removal = Removal::Pending;
    for _ in 0..LOOKS {
        removal = fixture.deployer().remove(name).await.expect("removes");
        if removal == Removal::Gone {
            break;
        }
        fixture.pause().await;
    }
    let owned = fixture.deployer().list_owned().await.expect("lists");
    assert_eq!(removal, Removal::Gone, "waited in vain for {name} to be gone, still owned: {owned:?}");
}

async fn observe(fixture: &impl DeployerFixture, key: &PipelineKey) -> PipelineObservation {
    let mut observed = fixture.deployer().observe(std::slice::from_ref(key)).await.expect("observes");
    assert_eq!(observed.len(), 1, "one observation for one key");
    observed.remove(0)
}

async fn ensure(fixture: &impl DeployerFixture, desired: &DesiredPipeline) {
    fixture.deployer().ensure(desired).await.expect("ensures");
}

async fn ready(fixture: &impl DeployerFixture, desired: &DesiredPipeline) -> PipelineObservation {
    until(fixture, &desired.key, "ready", |seen| {
        seen.is_ready() && seen.hosts.iter().all(|host| host.config_hash.as_ref() == Some(&desired.hash))
    })
    .await
}

async fn owns(fixture: &impl DeployerFixture, desired: &DesiredPipeline) -> bool {
    let owned = fixture.deployer().list_owned().await.expect("lists");
    let found = owned.iter().filter(|one| one.name == desired.key.name).collect::<Vec<_>>();
    assert!(found.len() <= 1, "listed twice: {found:?}");
    found.iter().all(|one| one.experiment_id == desired.key.experiment_id) && found.len() == 1
}

/// One that is not there is [`PipelineObservation::absent`].
pub async fn an_unknown_pipeline_is_observed_as_removed<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("unknown", PipelineType::Baseline, &fixture.config(0));
    assert_eq!(observe(fixture, &wanted.key).await, PipelineObservation::absent(wanted.key.name.clone()));
    assert_eq!(fixture.deployer().list_owned().await.expect("lists"), []);
    assert!(!fixture.deployer().namespace().is_empty());
}

/// Preflight finds no error in what can run, and deploys nothing.
pub async fn a_good_configuration_passes_preflight_and_nothing_is_deployed<F: DeployerFixture>(fixture: &F) {
    let findings = fixture.deployer().preflight(&fixture.config(0)).await.expect("checks");
    assert_eq!(errors_of(&findings), None);
    assert_eq!(fixture.deployer().list_owned().await.expect("lists"), []);
}

/// Preflight says what is wrong with what cannot run.
pub async fn an_unrunnable_configuration_is_refused_by_preflight<F: DeployerFixture>(fixture: &F) {
    let findings = fixture.deployer().preflight(&fixture.unrunnable_config()).await.expect("checks");
    assert!(errors_of(&findings).is_some(), "no error among {findings:?}");
}

/// Ready comes with the hash, on every host, with endpoints.
pub async fn a_pipeline_becomes_ready_with_its_hash<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("ready", PipelineType::Candidate, &fixture.config(0));
    ensure(fixture, &wanted).await;
    let seen = ready(fixture, &wanted).await;
    assert_eq!(seen.name, wanted.key.name);
    for host in &seen.hosts {
        assert_eq!(host.restarts, 0, "{host:?}");
        let endpoints = host.endpoints.as_ref().expect("a ready collector can be scraped");
        assert_ne!(endpoints.metrics, endpoints.telemetry);
    }
    assert!(owns(fixture, &wanted).await);
    remove(fixture, &wanted.key.name).await;
}

/// Ensuring what is there does nothing: no restart, the same endpoints.
pub async fn ensuring_again_changes_nothing<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("again", PipelineType::Baseline, &fixture.config(0));
    ensure(fixture, &wanted).await;
    ensure(fixture, &wanted).await;
    let first = ready(fixture, &wanted).await;
    for _ in 0..3 {
        ensure(fixture, &wanted).await;
        assert_eq!(observe(fixture, &wanted.key).await, first);
    }
    remove(fixture, &wanted.key.name).await;
}

/// One observation per key, in their order, absent ones among them.
pub async fn observations_come_in_the_order_of_the_keys<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("order", PipelineType::Baseline, &fixture.config(0));
    let unknown = desired("order", PipelineType::Candidate, &fixture.config(1));
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    let keys = [unknown.key.clone(), wanted.key.clone(), unknown.key.clone()];
    let seen = fixture.deployer().observe(&keys).await.expect("observes");
    assert_eq!(
        seen.iter().map(|one| (&one.name, one.is_ready())).collect::<Vec<_>>(),
        [(&unknown.key.name, false), (&wanted.key.name, true), (&unknown.key.name, false)]
    );
    remove(fixture, &wanted.key.name).await;
}

/// Two pipelines may have the same configuration; each is itself.
pub async fn pipelines_with_equal_configurations_are_kept_apart<F: DeployerFixture>(fixture: &F) {
    let config = fixture.config(0);
    let baseline = desired("twins", PipelineType::Baseline, &config);
    let candidate = desired("twins", PipelineType::Candidate, &config);
    ensure(fixture, &baseline).await;
    ensure(fixture, &candidate).await;
    let (one, other) = (ready(fixture, &baseline).await, ready(fixture, &candidate).await);
    for (one, other) in one.hosts.iter().zip(&other.hosts) {
        assert_ne!(one.endpoints, other.endpoints);
    }
    remove(fixture, &baseline.key.name).await;
    assert!(observe(fixture, &candidate.key).await.is_ready(), "removing one leaves the other");
    remove(fixture, &candidate.key.name).await;
}

/// A name whose hash changes is brought to the new configuration.
pub async fn a_changed_configuration_replaces_the_old_one<F: DeployerFixture>(fixture: &F) {
    let old = desired("change", PipelineType::Candidate, &fixture.config(0));
    let changed = desired("change", PipelineType::Candidate, &fixture.config(1));
    let new = DesiredPipeline { key: old.key.clone(), ..changed };
    ensure(fixture, &old).await;
    ready(fixture, &old).await;
    ensure(fixture, &new).await;
    let seen = ready(fixture, &new).await;
    assert!(seen.hosts.iter().all(|host| host.restarts == 0), "a replacement is no restart: {seen:?}");
    assert_eq!(fixture.deployer().list_owned().await.expect("lists").len(), 1);
    remove(fixture, &old.key.name).await;
}

/// `Gone` is said when nothing is left, and again whenever it is asked for.
pub async fn removal_is_repeatable_and_gone_only_when_nothing_is_left<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("removal", PipelineType::Baseline, &fixture.config(0));
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    let mut looks = 0;
    while fixture.deployer().remove(&wanted.key.name).await.expect("removes") == Removal::Pending {
        let seen = observe(fixture, &wanted.key).await.phase;
        assert!(matches!(seen, PipelinePhase::Removing | PipelinePhase::Removed), "{seen} while being removed");
        fixture.pause().await;
        looks += 1;
        assert!(looks < LOOKS, "the removal never ends");
    }
    assert_eq!(observe(fixture, &wanted.key).await, PipelineObservation::absent(wanted.key.name.clone()));
    assert!(!owns(fixture, &wanted).await);
    assert_eq!(fixture.deployer().remove(&wanted.key.name).await.expect("removes"), Removal::Gone);
}

/// Removing what is not there succeeds.
pub async fn what_was_never_there_is_gone<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("never", PipelineType::Baseline, &fixture.config(0));
    assert_eq!(fixture.deployer().remove(&wanted.key.name).await.expect("removes"), Removal::Gone);
}

/// A removal that has begun does not stand in the way of a later deployment.
pub async fn a_removed_pipeline_can_be_deployed_again<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("revived", PipelineType::Candidate, &fixture.config(0));
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    fixture.deployer().remove(&wanted.key.name).await.expect("removes");
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    remove(fixture, &wanted.key.name).await;
}

/// The orphan sweep finds what was deployed just before a crash, or by a late replica.
pub async fn what_no_record_knows_is_listed_and_can_be_removed<F: DeployerFixture>(fixture: &F) {
    let orphan = desired("orphan", PipelineType::Candidate, &fixture.config(0));
    fixture.plant(&orphan).await;
    assert!(owns(fixture, &orphan).await, "an orphan is not listed");
    fixture.restart().await;
    assert!(owns(fixture, &orphan).await, "an orphan is not listed by the next controller");
    remove(fixture, &orphan.key.name).await;
    assert!(!owns(fixture, &orphan).await);
}

/// A crash of the controller touches no pipeline, and the next one knows them.
pub async fn pipelines_survive_a_restart_of_the_controller<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("survivor", PipelineType::Baseline, &fixture.config(0));
    ensure(fixture, &wanted).await;
    let before = ready(fixture, &wanted).await;
    fixture.restart().await;
    assert!(owns(fixture, &wanted).await);
    ensure(fixture, &wanted).await;
    assert_eq!(ready(fixture, &wanted).await, before);
    remove(fixture, &wanted.key.name).await;
}

/// A crash of the controller in the middle of a removal loses nothing.
pub async fn a_removal_is_finished_by_the_next_controller<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("halfway", PipelineType::Baseline, &fixture.config(0));
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    fixture.deployer().remove(&wanted.key.name).await.expect("removes");
    fixture.restart().await;
    remove(fixture, &wanted.key.name).await;
    assert!(!owns(fixture, &wanted).await);
}

/// Somebody who watches hears of a deployment and of a removal.
pub async fn changes_are_told_to_every_sink<F: DeployerFixture>(fixture: &F) {
    let wanted = desired("watched", PipelineType::Candidate, &fixture.config(0));
    let (one, other) = (Counter::of(&wanted), Counter::of(&wanted));
    fixture.deployer().watch(Arc::clone(&one) as Arc<dyn PipelineSink>);
    fixture.deployer().watch(Arc::clone(&other) as Arc<dyn PipelineSink>);
    ensure(fixture, &wanted).await;
    ready(fixture, &wanted).await;
    let deployed = one.count();
    assert!(deployed > 0, "nobody was told of the deployment");
    remove(fixture, &wanted.key.name).await;
    assert!(one.count() > deployed, "nobody was told of the removal");
    assert!(other.count() > 0, "the second sink was not told");
}

/// Counts what it is told about one experiment, and refuses to be told about another.
struct Counter {
    experiment_id: ExperimentId,
    told: AtomicU32,
}

impl Counter {
    fn of(desired: &DesiredPipeline) -> Arc<Self> {
        Arc::new(Self { experiment_id: desired.key.experiment_id.clone(), told: AtomicU32::new(0) })
    }

    fn count(&self) -> u32 {
        self.told.load(Ordering::SeqCst)
    }
}

impl PipelineSink for Counter {
    fn pipeline_changed(&self, experiment_id: &ExperimentId) {
        assert_eq!(experiment_id, &self.experiment_id);
        self.told.fetch_add(1, Ordering::SeqCst);
    }
}

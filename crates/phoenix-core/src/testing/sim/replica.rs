//! One controller of a history: the real use-cases, and what its loops and its clients make them do.

use std::sync::Arc;

use serde_json::Value;

use crate::app::{Caller, Commands, Control, Ports, Reconciler, Retention, Sampler, Sweeper};
use crate::error::Code;
use crate::experiment::{Command, Decide, PipelineType, Policy};
use crate::id::{ReplicaId, TenantId};
use crate::spec::Limits;
use crate::testing::sim::{Chore, Order};
use crate::time::Span;

/// How long experiments are claimed.
pub(super) const LEASE: Span = Span::from_secs(30);
/// How long finished experiments are kept.
const KEEP: Span = Span::from_secs(40);
/// Most rounds of a loop in one go: more is a loop that never rests.
const MOST_ROUNDS: u32 = 500;

/// One controller.
pub(super) struct Replica {
    ports: Ports,
    owner: ReplicaId,
    commands: Commands,
    control: Control,
    reconciler: Reconciler,
    sampler: Sampler,
    sweeper: Sweeper,
    retention: Retention,
}

impl Replica {
    #[expect(clippy::expect_used, reason = "test support: a word and a number are a valid id")]
    pub(super) fn new(number: u8, incarnation: u32, ports: Ports, decide: Decide) -> Arc<Self> {
        let owner: ReplicaId = format!("replica-{number}-{incarnation}").parse().expect("a valid id");
        let policy = Policy::default();
        let reconciler = Reconciler::new(ports.clone(), policy.clone(), owner.clone()).deciding_by(decide);
        Arc::new(Self {
            commands: Commands::new(ports.clone(), policy, Limits::default()).deciding_by(decide),
            control: Control::new(ports.clone()),
            sampler: Sampler::new(ports.clone(), reconciler.clone(), owner.clone()),
            sweeper: Sweeper::new(ports.clone()),
            retention: Retention::new(ports.clone(), KEEP),
            reconciler,
            owner,
            ports,
        })
    }

    /// Drives what is due until nothing is, or until something fails: a loop rests after a failure.
    pub(super) async fn drive(self: Arc<Self>) {
        for _ in 0..MOST_ROUNDS {
            let now = self.ports.clock.now();
            let Ok(claims) = self.ports.schedule.claim_due(&self.owner, now, 10, LEASE).await else { return };
            if claims.is_empty() {
                return;
            }
            let mut has_failed = false;
            for claim in &claims {
                has_failed |= self.reconciler.drive(claim).await.is_err();
            }
            if has_failed {
                return;
            }
        }
        unreachable!("{} is never done driving", self.owner);
    }

    /// Samples what is due.
    pub(super) async fn sample(self: Arc<Self>) {
        for _ in 0..MOST_ROUNDS {
            if !matches!(self.sampler.sample().await, Ok(true)) {
                return;
            }
        }
        unreachable!("{} is never done sampling", self.owner);
    }

    /// A client's creation; what it is answered is its own business, unless the plans of the simulator are no good.
    pub(super) async fn create(self: Arc<Self>, document: Value) {
        let Err(error) = self.commands.create(&caller(), document).await else { return };
        // Its scheduled end may have passed while the replica was suspended.
        let is_bad = error.code() == Code::ValidationFailed && !error.message().contains("has passed");
        assert!(!is_bad, "{error}");
    }

    /// A client's command.
    pub(super) async fn submit(self: Arc<Self>, id: String, order: Order) {
        let message = String::new();
        let command = match order {
            Order::Start => Command::Start,
            Order::Stop => Command::Stop { message },
            Order::Cancel => Command::Cancel { message },
            Order::Abort => Command::Abort { message },
            Order::Pause => Command::Pause { message },
            Order::Resume => Command::Resume { message },
            Order::Redeploy => Command::Redeploy { pipeline: PipelineType::Candidate },
            Order::Delete => {
                let _ = self.commands.delete(&caller(), &id).await;
                return;
            }
        };
        let _ = self.commands.submit(&caller(), &id, command, None).await;
    }

    /// What an operator or a timer asks for.
    pub(super) async fn see_to(self: Arc<Self>, chore: Chore) {
        match chore {
            Chore::Freeze => drop(self.control.freeze(&caller(), "").await),
            Chore::Thaw => drop(self.control.thaw().await),
            Chore::Sweep => drop(self.sweeper.sweep().await),
            Chore::Expire => drop(self.retention.expire().await),
        }
    }
}

#[expect(clippy::expect_used, reason = "test support: a literal")]
fn caller() -> Caller {
    Caller { actor: "client".parse().expect("a valid actor"), tenant: TenantId::default_tenant(), traceparent: None }
}

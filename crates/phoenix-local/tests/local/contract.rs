//! The contract of the deployer, with the real collector.

use std::sync::Arc;
use std::time::Duration;

use phoenix_core::ports::deployer::{Deployer, DesiredPipeline};
use phoenix_core::testing::contract::deployer::DeployerFixture;

use crate::support::{Host, config};

impl DeployerFixture for Host {
    fn deployer(&self) -> Arc<dyn Deployer> {
        Self::deployer(self)
    }

    fn config(&self, variation: u32) -> String {
        config(variation)
    }

    fn unrunnable_config(&self) -> String {
        config(0).replace("hostmetrics", "nosuchreceiver")
    }

    async fn pause(&self) {
        // The suite looks 600 times: a minute, and more on a busy host.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    async fn plant(&self, desired: &DesiredPipeline) {
        Self::plant(self, desired).await;
    }

    async fn restart(&self) {
        self.start().await;
    }
}

phoenix_core::deployer_contract!(Host::real);

//! A data directory that cannot be used.

use std::fs;
use std::path::Path;

use phoenix_core::experiment::{PipelinePhase, PipelineType};
use phoenix_core::ports::deployer::Deployer as _;
use phoenix_core::testing::contract::deployer::desired;
use phoenix_local::{LocalDeployer, Options, Supply};

use crate::support::{Host, config};

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named_at_the_start() {
    let supply = Supply::Unavailable("not needed".to_owned());
    let failure = LocalDeployer::start(Options::new(Path::new("/sys/phoenix")), supply).await.err().expect("refused");
    assert_eq!(failure.reason(), "DataDirectoryReadOnly");
    assert!(failure.message().contains("/sys/phoenix"), "{failure}");
}

#[tokio::test]
async fn a_full_disk_is_told_and_recovers_by_itself() {
    let host = Host::real().await;
    let wanted = desired("full", PipelineType::Candidate, &config(0));
    let dir = host.dir(&wanted.key.name);
    for file in ["config.yaml.tmp", "instance.json.tmp"] {
        // Everything that is written there meets a full disk, once.
        fs::create_dir_all(&dir).unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.join(file)).unwrap();
        let failure = host.deployer().ensure(&wanted).await.expect_err("no space");
        assert_eq!(failure.reason(), "DataDirectoryFull");
        let seen = host.observe(&wanted.key).await;
        assert_eq!(seen.phase, PipelinePhase::Pending);
        assert!(seen.message.contains("No space left on device"), "{}", seen.message);
        host.remove(&wanted.key.name).await;
    }
    host.ensure(&wanted).await;
    host.ready(&wanted).await;
    host.remove(&wanted.key.name).await;
}

//! A data directory without room: the server says so, goes on answering what it can, and recovers by itself.

use std::fs::File;
use std::io::Write as _;

use serde_json::json;

use crate::support::Program;
use crate::tools::short;

#[tokio::test]
async fn a_full_disk_refuses_what_must_be_stored_and_nothing_is_lost() {
    let Some(mut program) = Program::on_a_small_disk().await else {
        assert!(std::env::var_os("CI").is_none(), "no mount namespaces here: the full disk cannot be tested");
        println!("SKIPPED: no mount namespaces here, so a full disk is not tested");
        return;
    };
    let kept = program.create(&short("kept")).await;
    let ballast = program.data_dir().join("ballast");
    fill(&ballast);

    let mut refused = 0;
    for number in 0..200 {
        let (status, body) = program.post("/v1/controller/experiments", &short(&format!("more-{number}"))).await;
        if status == 201 {
            // There may be room left in the journal of the database.
            continue;
        }
        assert_eq!((status, &body["code"]), (503, &json!("UNAVAILABLE")), "{body:#}");
        assert!(body["detail"].as_str().unwrap().contains("is full; free space"), "{body:#}");
        refused += 1;
        break;
    }
    assert_eq!(refused, 1, "the disk is not full");
    assert_eq!(program.experiment(&kept).await["state"], "pending", "what is there can be read");
    assert_eq!(program.get("/health").await.0, 200);
    // An answer of the probe holds for a second.
    let unready = program.until_ready_is(503).await;
    assert!(unready["reason"].as_str().unwrap().contains("is full"), "{unready:#}");

    std::fs::remove_file(&ballast).unwrap();
    program.until_ready_is(200).await;
    let id = program.create(&short("after")).await;
    program.command_experiment(&id, "cancel").await;
    program.command_experiment(&kept, "cancel").await;
    assert!(program.stop().success(), "{}", program.log());
}

/// Writes until there is no room.
fn fill(path: &std::path::Path) {
    let mut file = File::create(path).unwrap();
    for size in [1 << 16, 1 << 12, 1 << 8, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

//! Runs an experiment from its creation to its report.
//!
//! ```text
//! PHOENIX_TOKEN=... cargo run -p phoenix-client --example run_experiment -- http://127.0.0.1:50051 [SECONDS]
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to people")]

use std::error::Error;

use phoenix_client::{Client, types, v1};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = arguments.next().unwrap_or_else(|| "http://127.0.0.1:50051".to_owned());
    let seconds = arguments.next().map_or(Ok(120), |text| text.parse())?;
    let mut builder = Client::builder(endpoint).user_agent("run-experiment-example/1.0");
    if let Ok(token) = std::env::var("PHOENIX_TOKEN") {
        builder = builder.token(token);
    }
    let client = builder.connect().await?;

    let created = client.create_experiment(request(seconds)).await?;
    println!("created {} ({})", created.name, created.id);
    let started = v1::StartExperimentRequest { id: created.id.clone(), expected_revision: revision(&created) };
    client.start_experiment(started).await?;

    let ended = follow(&client, &created.id).await?;
    report(&client, &ended).await?;
    Ok(())
}

/// What to compare: processes measured one by one, and rolled up by executable.
fn request(seconds: i64) -> v1::CreateExperimentRequest {
    let interval = types::Struct { fields: [("collectionInterval".to_owned(), "1s".into())].into() };
    let baseline = v1::PipelineSpec {
        base_template: "process-baseline".to_owned(),
        parameters: Some(interval),
        ..Default::default()
    };
    let trimmed = v1::Optimization { name: "exclude-kernel-threads".to_owned(), parameters: None };
    v1::CreateExperimentRequest {
        // An id of one's own makes the creation repeatable.
        id: format!("example-{}", std::process::id()),
        name: format!("example-{}", std::process::id()),
        spec: Some(v1::ExperimentSpec {
            description: "Leave out kernel threads".to_owned(),
            candidate: Some(v1::PipelineSpec { optimizations: vec![trimmed], ..baseline.clone() }),
            baseline: Some(baseline),
            schedule: Some(v1::Schedule {
                duration: Some(types::Duration { seconds, nanos: 0 }),
                ..Default::default()
            }),
            ..Default::default()
        }),
    }
}

fn revision(experiment: &v1::Experiment) -> Option<u64> {
    experiment.status.as_ref().map(|status| status.revision)
}

/// Prints what happens until the experiment has ended.
async fn follow(client: &Client, id: &str) -> Result<v1::Experiment, Box<dyn Error>> {
    let request = v1::StreamUpdatesRequest { experiment_ids: vec![id.to_owned()], ..Default::default() };
    let mut updates = client.stream_experiment_updates(request).await?;
    while let Some(update) = updates.next().await {
        let update = update?;
        if let Some(event) = &update.event {
            println!("{}: {} {}", event.kind, event.reason, event.message);
        }
        let Some(experiment) = update.experiment else { continue };
        if update.event.is_none() {
            println!("{}", progress(&experiment));
        }
        if experiment.current_state().is_terminal() {
            return Ok(experiment);
        }
    }
    Err("the experiment was deleted".into())
}

fn progress(experiment: &v1::Experiment) -> String {
    let status = experiment.status.clone().unwrap_or_default();
    let pipelines: Vec<String> = status
        .pipelines
        .iter()
        .map(|pipeline| {
            format!("{} {} {}/{}", pipeline.pipeline_type, pipeline.phase, pipeline.ready, pipeline.desired)
        })
        .collect();
    let state = experiment.current_state().as_str_name().to_lowercase();
    format!("{state}: {} samples, {}", status.samples_taken, pipelines.join(", "))
}

async fn report(client: &Client, experiment: &v1::Experiment) -> Result<(), Box<dyn Error>> {
    let status = experiment.status.clone().unwrap_or_default();
    println!("{:?} {} {} {}", experiment.current_state(), status.verdict, status.reason, status.message);
    let comparison = client.get_experiment_metrics(&experiment.id).await?.comparison_result.unwrap_or_default();
    for result in comparison.indicators {
        let value = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        let (baseline, candidate) = (value(result.baseline), value(result.candidate));
        println!("{:<20} {baseline:>14} {candidate:>14}  {:<12} {}", result.indicator, result.outcome, result.reason);
    }
    for reason in comparison.reasons {
        println!("{reason}");
    }
    Ok(())
}

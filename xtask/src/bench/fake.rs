//! Stands in for a collector: answers as one when asked what it is, accepts every configuration, and serves the two pages that a collector
//! has, with the identity that its environment gives it. It measures nothing and costs next to nothing, so that two hundred fit on one host.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// What a collector of the benchmarks was started with.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As for a collector.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Everything that the strategies use.
const COMPONENTS: &str = "\
receivers:\n  - name: hostmetrics\n  - name: otlp\n\
processors:\n  - name: memory_limiter\n  - name: batch\n  - name: filter\n  - name: transform\n  - name: attributes\n  - name: resource\n  \
- name: metricstransform\n  - name: groupbyattrs\n  - name: cumulativetodelta\n  - name: probabilistic_sampler\n  - name: interval\n\
exporters:\n  - name: prometheus\n  - name: otlp\n  - name: debug\n\
connectors: []\n\
extensions:\n  - name: health_check\n";

/// Longest head of a request that is read.
const LONGEST_HEAD: usize = 8 << 10;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the pages of one arm hold, close to a real collector on a host with some hundred processes.
struct Arm {
    executables: usize,
    series_of_each: usize,
    sent_per_sec: f64,
    cores: f64,
}

const BASELINE: Arm = Arm { executables: 47, series_of_each: 10, sent_per_sec: 92.0, cores: 0.033 };
const CANDIDATE: Arm = Arm { executables: 24, series_of_each: 4, sent_per_sec: 19.6, cores: 0.013 };
/// Resident memory that it reports.
const MEMORY_BYTES: u64 = 57_000_000;

#[expect(clippy::print_stdout, reason = "a collector answers on standard output")]
pub(crate) fn run(args: &Args) -> Result<()> {
    match args.arguments.first().and_then(|argument| argument.to_str()) {
        Some("--version") => println!("otelcol-fake version 0.159.0"),
        Some("components") => print!("{COMPONENTS}"),
        Some("--config") => return serve(),
        // It has nothing against any configuration.
        Some(_) | None => {}
    }
    Ok(())
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

/// Serves until it is killed.
fn serve() -> Result<()> {
    let begin = Instant::now();
    let arm = if variable("PHOENIX_VARIANT")? == "candidate" { CANDIDATE } else { BASELINE };
    let labels = format!(
        "experiment_id=\"{}\",host_name=\"{}\",phoenix_installation=\"{}\",pipeline=\"{}\",variant=\"{}\"",
        variable("PHOENIX_EXPERIMENT_ID")?,
        variable("PHOENIX_HOST_NAME")?,
        variable("PHOENIX_INSTALLATION")?,
        variable("PHOENIX_PIPELINE")?,
        variable("PHOENIX_VARIANT")?,
    );
    let own = format!("config_hash=\"sha256:{}\",{labels}", variable("PHOENIX_CONFIG_HASH")?);
    let exported = exported(&arm, &labels);
    let metrics = listen("PHOENIX_METRICS_PORT")?;
    let telemetry_listener = listen("PHOENIX_TELEMETRY_PORT")?;
    let health = listen("PHOENIX_HEALTH_PORT")?;
    std::thread::scope(|scope| {
        scope.spawn(|| answer(&metrics, || exported.clone()));
        scope.spawn(|| answer(&telemetry_listener, || telemetry(&arm, &own, begin.elapsed().as_secs_f64())));
        answer(&health, || "{\"status\":\"Server available\"}".to_owned());
    });
    Ok(())
}

fn listen(port: &str) -> Result<TcpListener> {
    let port: u16 = variable(port)?.parse().with_context(|| format!("{port} is no port"))?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("cannot listen on port {port}"))
}

/// One request after the other: whoever asks is one server.
fn answer(listener: &TcpListener, page: impl Fn() -> String) {
    for stream in listener.incoming().flatten() {
        // A client that goes away is none of our business.
        let _ = answer_one(stream, &page());
    }
}

fn answer_one(mut stream: TcpStream, page: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => head.extend_from_slice(&piece[..read]),
        }
    }
    let length = page.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
    );
    stream.write_all(answer.as_bytes())
}

/// The exporter's page: processes by their executables.
fn exported(arm: &Arm, labels: &str) -> String {
    let mut page = String::from("# TYPE process_memory_usage_bytes gauge\n");
    for number in 0..arm.executables {
        let process =
            format!("{labels},process_executable_name=\"program-{number}\",process_pid=\"{}\"", 1_000 + number);
        let _ = writeln!(page, "process_memory_usage_bytes{{{process}}} {}", 1_048_576 * (number + 1));
        for series in 1..arm.series_of_each {
            let _ =
                writeln!(page, "process_disk_io_bytes_total{{{process},direction=\"{series}\"}} {}", number * series);
        }
    }
    page
}

/// The collector's own telemetry after so many seconds.
fn telemetry(arm: &Arm, own: &str, age: f64) -> String {
    format!(
        "# TYPE otelcol_process_uptime counter\n\
         otelcol_process_uptime{{{own}}} {age}\n\
         otelcol_process_cpu_seconds{{{own}}} {}\n\
         otelcol_process_memory_rss{{{own}}} {MEMORY_BYTES}\n\
         otelcol_receiver_accepted_metric_points{{{own},receiver=\"hostmetrics\"}} {}\n\
         otelcol_exporter_sent_metric_points{{{own},exporter=\"prometheus\"}} {}\n\
         target_info{{{own},service_instance_id=\"{}\"}} 1\n",
        arm.cores * age,
        arm.sent_per_sec * age,
        arm.sent_per_sec * age,
        std::process::id(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_carry_the_identity_on_every_series() {
        let page = exported(&CANDIDATE, "pipeline=\"p\"");
        let series: Vec<&str> = page.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(series.len(), 96);
        assert!(series.iter().all(|line| line.contains("{pipeline=\"p\",")));
        let telemetry = telemetry(&BASELINE, "config_hash=\"sha256:0\",pipeline=\"p\"", 10.0);
        assert!(telemetry.contains(
            "otelcol_exporter_sent_metric_points{config_hash=\"sha256:0\",pipeline=\"p\",exporter=\"prometheus\"} 920\n"
        ));
    }

    #[test]
    fn it_answers_one_request_after_the_other() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listens");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || answer(&listener, || "a 1\n".to_owned()));
        for _ in 0..2 {
            let mut stream = TcpStream::connect(address).expect("connects");
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("asks");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answers");
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\na 1\n"), "{answer}");
        }
    }
}

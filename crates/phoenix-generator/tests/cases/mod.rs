//! One document or more for each rule that breaks it, the same thing done right, and what a real collector says of the first.

mod components;
mod documents;
mod pipelines;
mod practice;
mod references;

use phoenix_generator::validator::Rule;

/// A document about which there is nothing to say.
pub(crate) const BASE: &str = r#"receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:4317"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 64, spike_limit_mib: 16}, batch: {}}
exporters: {prometheus: {endpoint: "127.0.0.1:9464", resource_to_telemetry_conversion: {enabled: true}}}
extensions: {health_check: {endpoint: "127.0.0.1:13133"}}
service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}
"#;

/// What a real collector's `validate` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collector {
    /// It refuses the document.
    Refuses,
    /// It takes it: the rule is ours alone.
    Accepts,
}

/// A rule, a document that breaks it and one that does not.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) rule: Rule,
    /// The path of the finding.
    pub(crate) at: &'static str,
    pub(crate) bad: String,
    pub(crate) good: String,
    /// Further rules that the bad document breaks by being what it is.
    pub(crate) also: &'static [Rule],
    /// What a collector says of the bad document. It accepts the good one.
    pub(crate) collector: Collector,
    /// A component that not every build of the collector has.
    pub(crate) needs: Option<&'static str>,
}

impl Case {
    /// Both documents as patches of the base.
    fn new(rule: Rule, at: &'static str, collector: Collector, bad: &str, good: &str) -> Self {
        Self { rule, at, bad: patched(bad), good: patched(good), also: &[], collector, needs: None }
    }

    fn also(mut self, rules: &'static [Rule]) -> Self {
        self.also = rules;
        self
    }

    /// Another bad document.
    fn with_bad(mut self, patch: &str) -> Self {
        self.bad = patched(patch);
        self
    }

    fn needs(mut self, component: &'static str) -> Self {
        self.needs = Some(component);
        self
    }
}

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    [documents::cases(), pipelines::cases(), components::cases(), references::cases(), practice::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The base with lines replaced: each line of the patch takes the place of the one with its key, or comes last; `-key` removes one.
pub(crate) fn patched(patch: &str) -> String {
    let mut lines: Vec<String> = BASE.lines().map(ToOwned::to_owned).collect();
    for line in patch.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let key = line.strip_prefix('-').unwrap_or(line).split(':').next().unwrap_or_default();
        let at = lines.iter().position(|other| other.split(':').next() == Some(key));
        match (at, line.starts_with('-')) {
            (Some(at), true) => drop(lines.remove(at)),
            (Some(at), false) => line.clone_into(&mut lines[at]),
            (None, true) => {}
            (None, false) => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

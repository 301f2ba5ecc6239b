//! Paths of fields as violations name them, and their order in a document.

use crate::spec::Violation;

/// The field that a violation of the whole document names. No key has this path, see [`key`].
pub(super) const DOCUMENT: &str = "(document)";

/// Known keys in the order in which the documentation presents them.
const READING_ORDER: [&str; 44] = [
    DOCUMENT,
    "apiVersion",
    "kind",
    "metadata",
    "id",
    "name",
    "labels",
    "spec",
    "description",
    "target",
    "nodeSelector",
    "baseline",
    "candidate",
    "baseTemplate",
    "parameters",
    "optimizations",
    "criticalProcesses",
    "schedule",
    "start",
    "end",
    "duration",
    "warmUp",
    "sampleInterval",
    "keepPipelines",
    "deadlines",
    "pending",
    "initializing",
    "deploying",
    "analyzing",
    "policy",
    "primary",
    "indicators",
    "active_series",
    "datapoints_rate",
    "memory_usage",
    "cpu_usage",
    "error_rate",
    "critical_retention",
    "value_agreement",
    "process_count",
    "minimumSamples",
    "outageBudget",
    "guardrails",
    "memoryBytes",
];

/// The path of a key of the object at `parent`. A key that would read like a path itself is put in brackets.
pub(super) fn key(parent: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key.len() <= 64
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    match (plain, parent.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{parent}.{key}"),
        (false, _) => format!("{parent}[{}]", super::words::quote(key)),
    }
}

/// The path of an element of the list at `parent`.
pub(super) fn index(parent: &str, index: usize) -> String {
    format!("{parent}[{index}]")
}

/// True when `field` is `ancestor` or stands within it.
pub(super) fn is_within(field: &str, ancestor: &str) -> bool {
    ancestor == DOCUMENT
        || field.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Puts violations in the order in which a reader of the document meets their fields.
pub(super) fn sort(violations: &mut [Violation]) {
    violations.sort_by_cached_key(|violation| position(&violation.field));
}

fn position(field: &str) -> Vec<usize> {
    let steps = field.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.map(rank).collect()
}

fn rank(step: &str) -> usize {
    let known = READING_ORDER.iter().position(|name| *name == step);
    known.or_else(|| step.parse().ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_reads_like_a_path_stands_in_brackets() {
        assert_eq!(key("spec", "baseline"), "spec.baseline");
        assert_eq!(key("", "name"), "name");
        assert_eq!(key("spec.target.nodeSelector", "phoenix.io/pool"), "spec.target.nodeSelector[\"phoenix.io/pool\"]");
        assert_eq!(key("a", ""), "a[\"\"]");
        assert_eq!(index("spec.criticalProcesses", 2), "spec.criticalProcesses[2]");
    }

    #[test]
    fn a_field_is_within_its_ancestors_only() {
        assert!(is_within("spec.schedule.start", "spec.schedule"));
        assert!(is_within("spec.baseline[0]", "spec.baseline"));
        assert!(is_within("kind", DOCUMENT));
        assert!(!is_within("spec.schedules", "spec.schedule"));
        assert!(!is_within("spec", "spec.schedule"));
    }

    #[test]
    fn violations_stand_in_reading_order() {
        let fields = [
            "kind",
            "metadata.name",
            "spec.description",
            "spec.candidate.parameters.b",
            "spec.candidate.parameters.a",
            "spec.candidate.optimizations[2].name",
            "spec.candidate.optimizations[10].name",
            "spec.criticalProcesses[0]",
            "spec.schedule",
            "spec.schedule.start",
            "spec.schedule.duration",
            "spec.policy.primary",
            "spec.unknown",
            "unknown",
        ];
        let mut violations: Vec<Violation> = fields.iter().map(|field| Violation::new(*field, "")).collect();
        // Unknown keys keep the order in which they were found: the two parameters are swapped twice.
        violations.swap(3, 4);
        violations.reverse();
        sort(&mut violations);
        let sorted: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(sorted, fields);
    }
}

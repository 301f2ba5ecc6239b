//! What each rule is about and what to do, for whoever meets its word: a finding names the place and the value, this says why it matters.

use crate::validator::rule::Rule;

/// What there is to say about a rule, whatever the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// What is found, and why that matters.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

const fn help(meaning: &'static str, remedy: &'static str) -> Help {
    Help { meaning, remedy }
}

impl Rule {
    /// What it is about and what to do. In the order of [`Rule::ALL`], which a test holds together.
    pub fn help(self) -> Help {
        let at = HELP.iter().find(|(rule, _)| *rule == self);
        at.map_or(help("", ""), |(_, help)| *help)
    }
}

const HELP: [(Rule, Help); 48] = [
    (
        Rule::ConfigUnreadable,
        help(
            "The text is no YAML, so nothing in it can be checked.",
            "Correct the syntax at the place that the finding names.",
        ),
    ),
    (
        Rule::DuplicateKey,
        help(
            "A key stands twice in one map. YAML readers keep one of the two, and not all the same one.",
            "Remove one of them, or give the second component a name: `batch/second`.",
        ),
    ),
    (
        Rule::AmbiguousCharacter,
        help(
            "A character ends a line for the collector and for nobody else, so that the two would read different documents.",
            "Replace it by an ordinary line end, or by a space.",
        ),
    ),
    (
        Rule::EmptyConfiguration,
        help("There is nothing in the document.", "Write receivers, exporters and service, or take a template."),
    ),
    (
        Rule::FurtherDocuments,
        help(
            "The collector reads only the first document of a file; what stands behind `---` is ignored.",
            "Move what is needed into the first document and remove the rest.",
        ),
    ),
    (
        Rule::WrongType,
        help(
            "A map, a list or a text was expected, and something else stands there.",
            "Write what the finding asks for; the indentation is the usual cause.",
        ),
    ),
    (
        Rule::UnknownKey,
        help(
            "The collector does not know the key and refuses to start.",
            "Correct its spelling or its place; settings of a component stand below its identifier.",
        ),
    ),
    (
        Rule::MissingSection,
        help(
            "A section that must be there is not, or is empty.",
            "Add it; a configuration has at least receivers, exporters and service.pipelines.",
        ),
    ),
    (
        Rule::InvalidId,
        help(
            "An identifier of a component or pipeline is `type` or `type/name`, and this is neither.",
            "Write it in that form, without spaces.",
        ),
    ),
    (
        Rule::DuplicateId,
        help(
            "Two keys are the same identifier for the collector, which refuses to start.",
            "Give one of them another name: `type/name`.",
        ),
    ),
    (
        Rule::UnknownSignal,
        help(
            "A pipeline begins with its signal: traces, metrics, logs; this one is of none that collectors have enabled.",
            "Call the pipeline `metrics`, `metrics/name`, or what it carries.",
        ),
    ),
    (Rule::NoPipelines, help("There is no pipeline, so nothing is collected.", "Add one under service.pipelines.")),
    (
        Rule::NoReceivers,
        help(
            "A pipeline without receivers gets nothing; the collector refuses to start.",
            "Name at least one receiver, or a connector that feeds it.",
        ),
    ),
    (
        Rule::NoExporters,
        help(
            "A pipeline without exporters leads nowhere; the collector refuses to start.",
            "Name at least one exporter, or a connector that takes what it carries.",
        ),
    ),
    (
        Rule::UndefinedReference,
        help(
            "A pipeline or extension list names a component that is not configured.",
            "Configure it in its section, or correct the name.",
        ),
    ),
    (
        Rule::DuplicateProcessor,
        help(
            "A processor stands twice in one pipeline; the collector refuses to start.",
            "Remove one, or configure it a second time under another name.",
        ),
    ),
    (Rule::RepeatedReference, help("A component stands twice in one list. It works once.", "Remove one of them.")),
    (
        Rule::UnusedComponent,
        help(
            "A component is configured and no pipeline uses it: probably it was meant to do something.",
            "Add it to a pipeline, or remove it.",
        ),
    ),
    (
        Rule::UnsupportedSignal,
        help(
            "A component cannot handle the signal of the pipeline that it is in; the collector refuses to start.",
            "Take a component that can, or move it to a pipeline of its signal.",
        ),
    ),
    (
        Rule::RemovedComponent,
        help(
            "Collectors do not have the component any more.",
            "Take its successor, which the finding names where there is one.",
        ),
    ),
    (
        Rule::AmbiguousConnector,
        help(
            "A connector has the identifier of a receiver or exporter, so that a pipeline could mean either.",
            "Give one of them another name.",
        ),
    ),
    (
        Rule::ConnectorUnconnected,
        help(
            "A connector ends a pipeline and begins one; this one does only half of it.",
            "Name it as an exporter in one pipeline and as a receiver in another.",
        ),
    ),
    (
        Rule::PipelineCycle,
        help(
            "Pipelines feed each other in a circle; the collector refuses to start.",
            "Break the circle at one of the connectors that the finding names.",
        ),
    ),
    (
        Rule::TooManyProcessors,
        help(
            "A pipeline has more processors than this installation allows (`pipeline_generator.validation.max_processors`).",
            "Remove some, or have the limit raised.",
        ),
    ),
    (
        Rule::ExporterNotAllowed,
        help(
            "This installation does not allow the exporter (`pipeline_generator.validation.allowed_exporters`): data must not leave by any way.",
            "Take an allowed one, or have this one added to the list.",
        ),
    ),
    (
        Rule::InvalidReference,
        help(
            "A `${...}` that the collector does not understand; it refuses to start.",
            "Write `${env:NAME}`, or `$$` for a dollar sign.",
        ),
    ),
    (
        Rule::ForbiddenReference,
        help(
            "A `${file:...}` or `${http:...}` would read files of this host or the network.",
            "Use `${env:NAME}` and have the variable passed to collectors (`collector.pass_env`).",
        ),
    ),
    (
        Rule::NestedReference,
        help(
            "A `${...}` inside another one: collectors differ in what they make of it.",
            "Use one reference for the whole value.",
        ),
    ),
    (
        Rule::MixedReferences,
        help(
            "References and escaped dollar signs in one text: collectors differ in what they make of it.",
            "Put the text with the dollar sign into a variable of its own.",
        ),
    ),
    (
        Rule::UnclosedReference,
        help(
            "A `${` without `}` is taken literally, which is hardly meant.",
            "Close it, or write `$$` for a dollar sign.",
        ),
    ),
    (Rule::BareVariable, help("`$NAME` is left as it is: only `${env:NAME}` is replaced.", "Write `${env:NAME}`.")),
    (
        Rule::LiteralSecret,
        help(
            "A password, token or key is written out. Configurations are stored, shown and compared, so it would be in all of these places.",
            "Write `${env:NAME}` and have the variable passed to collectors (`collector.pass_env`).",
        ),
    ),
    (Rule::BareDuration, help("A number without a unit means nanoseconds.", "Write the unit: `10s`, `500ms`.")),
    (
        Rule::InvalidDuration,
        help(
            "The collector does not understand the duration and refuses to start.",
            "Write it like `10s`, `1m30s` or `500ms`.",
        ),
    ),
    (
        Rule::MemoryLimiterSettings,
        help(
            "The memory limiter refuses these limits, and with it the collector.",
            "Set `check_interval` above zero, and either `limit_mib` with a smaller `spike_limit_mib`, or the percentages.",
        ),
    ),
    (
        Rule::BatchSettings,
        help(
            "The batch processor refuses these sizes, and with it the collector.",
            "Make `send_batch_max_size` at least `send_batch_size`, or leave it out.",
        ),
    ),
    (
        Rule::HostMetricsSettings,
        help(
            "The hostmetrics receiver refuses these settings, and with it the collector.",
            "Correct the setting that the finding names.",
        ),
    ),
    (
        Rule::TelemetrySettings,
        help(
            "The collector refuses the settings of its own telemetry.",
            "Correct them: Phoenix needs this telemetry to see that a pipeline is ready.",
        ),
    ),
    (
        Rule::UntypedReference,
        help(
            "A reference stands alone where any type fits: its value is read as YAML, so `1e5` becomes a number and `true` a boolean.",
            "Add something to make it a text: `\"${env:NAME}${env:PHOENIX_AS_TEXT:-}\"`.",
        ),
    ),
    (
        Rule::SharedEndpoint,
        help(
            "Two components listen at the same address, so the second cannot start.",
            "Give one of them another port.",
        ),
    ),
    (
        Rule::WildcardBind,
        help(
            "A component listens on all interfaces, so other hosts reach it.",
            "Listen on `${env:PHOENIX_BIND_ADDRESS}` or on 127.0.0.1, unless that is meant.",
        ),
    ),
    (
        Rule::MemoryLimiterNotFirst,
        help(
            "Data is processed before memory is checked, so the limiter comes too late to refuse it.",
            "Put `memory_limiter` first among the processors.",
        ),
    ),
    (
        Rule::MemoryLimiterMissing,
        help(
            "A pipeline has no memory limit; a burst can end the collector.",
            "Add `memory_limiter` as the first processor.",
        ),
    ),
    (
        Rule::BatchNotLast,
        help(
            "Batches are made before the pipeline is done with their content, so they leave smaller than asked for.",
            "Put `batch` last among the processors.",
        ),
    ),
    (
        Rule::ErrorModeMissing,
        help(
            "Without `error_mode` the processor's behaviour on an error depends on the collector's version.",
            "Set `error_mode: ignore`, or `propagate` if data with errors is to be dropped.",
        ),
    ),
    (
        Rule::IndistinctProcesses,
        help(
            "The exporter drops what tells processes apart, so their series overwrite each other and the values are wrong.",
            "Set `resource_to_telemetry_conversion: {enabled: true}`, or keep the attributes as labels.",
        ),
    ),
    (
        Rule::ProcessesOverwritten,
        help(
            "Process identifiers are dropped and nothing adds the values up: of several processes with one name the last one written wins.",
            "Aggregate after dropping, as the strategy `reaggregate-at-source` does.",
        ),
    ),
    (
        Rule::CommandLineExported,
        help(
            "Series carry command lines: many of them, and there may be secrets in them.",
            "Leave `process.command_line` disabled unless you need it.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_says_what_it_means_and_what_to_do() {
        assert_eq!(HELP.map(|(rule, _)| rule), Rule::ALL);
        for rule in Rule::ALL {
            let Help { meaning, remedy } = rule.help();
            assert!(meaning.ends_with('.') && remedy.ends_with('.'), "{rule}: {meaning} / {remedy}");
        }
    }
}

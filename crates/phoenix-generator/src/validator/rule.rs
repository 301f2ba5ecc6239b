//! Everything there is to say about a configuration, and how bad it is.

mod help;

use std::fmt;

use phoenix_core::ports::validator::Severity;

pub use help::Help;

/// A rule. Its word is part of the interface: words are added, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The text is no YAML.
    ConfigUnreadable,
    /// A key stands twice in one map.
    DuplicateKey,
    /// A character that ends a line for the collector and for nobody else, so that the two would read different documents.
    AmbiguousCharacter,
    /// There is nothing in it.
    EmptyConfiguration,
    /// Documents behind the first are ignored.
    FurtherDocuments,
    /// A map, list or text was expected.
    WrongType,
    /// A key that the collector does not know.
    UnknownKey,
    /// A section that must be there is not, or is empty.
    MissingSection,
    /// No identifier of a component or pipeline.
    InvalidId,
    /// Two keys that are the same identifier.
    DuplicateId,
    /// A pipeline of a signal that does not exist or is not enabled.
    UnknownSignal,
    /// No pipeline at all.
    NoPipelines,
    /// A pipeline without receivers.
    NoReceivers,
    /// A pipeline without exporters.
    NoExporters,
    /// A component that is used and not configured.
    UndefinedReference,
    /// A processor that is twice in one pipeline.
    DuplicateProcessor,
    /// A receiver, exporter or extension that is twice in one list.
    RepeatedReference,
    /// A component that is configured and not used.
    UnusedComponent,
    /// A component in a pipeline of a signal that it does not handle.
    UnsupportedSignal,
    /// A component that collectors do not have any more.
    RemovedComponent,
    /// A connector with the identifier of a receiver or exporter.
    AmbiguousConnector,
    /// A connector that only ends or only begins pipelines.
    ConnectorUnconnected,
    /// Pipelines that feed each other in a circle.
    PipelineCycle,
    /// More processors in a pipeline than the installation allows.
    TooManyProcessors,
    /// An exporter that the installation does not allow.
    ExporterNotAllowed,
    /// `${...}` that the collector does not understand.
    InvalidReference,
    /// `${...}` that would read files or the network.
    ForbiddenReference,
    /// `${...}` inside `${...}`.
    NestedReference,
    /// References and escaped references in one text.
    MixedReferences,
    /// `${` without `}`.
    UnclosedReference,
    /// `$NAME`, which the collector leaves as it is.
    BareVariable,
    /// A secret that is written out.
    LiteralSecret,
    /// A duration without a unit, which means nanoseconds.
    BareDuration,
    /// A duration that the collector does not understand.
    InvalidDuration,
    /// Limits that the memory limiter refuses.
    MemoryLimiterSettings,
    /// Sizes that the batch processor refuses.
    BatchSettings,
    /// Settings that the hostmetrics receiver refuses.
    HostMetricsSettings,
    /// Telemetry of the collector itself that it refuses.
    TelemetrySettings,
    /// A reference that stands alone where any type fits, so that its value may change on the way.
    UntypedReference,
    /// Two components that listen at the same address.
    SharedEndpoint,
    /// Listens on all interfaces.
    WildcardBind,
    /// Data is processed before memory is checked.
    MemoryLimiterNotFirst,
    /// A pipeline without a memory limit.
    MemoryLimiterMissing,
    /// Batches are made before the pipeline is done with their content.
    BatchNotLast,
    /// A processor whose behaviour on errors depends on the collector's version.
    ErrorModeMissing,
    /// Processes whose series are indistinguishable behind the exporter.
    IndistinctProcesses,
    /// Process identifiers are dropped and nothing adds the values up.
    ProcessesOverwritten,
    /// Series carry command lines.
    CommandLineExported,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 48] = [
        Self::ConfigUnreadable,
        Self::DuplicateKey,
        Self::AmbiguousCharacter,
        Self::EmptyConfiguration,
        Self::FurtherDocuments,
        Self::WrongType,
        Self::UnknownKey,
        Self::MissingSection,
        Self::InvalidId,
        Self::DuplicateId,
        Self::UnknownSignal,
        Self::NoPipelines,
        Self::NoReceivers,
        Self::NoExporters,
        Self::UndefinedReference,
        Self::DuplicateProcessor,
        Self::RepeatedReference,
        Self::UnusedComponent,
        Self::UnsupportedSignal,
        Self::RemovedComponent,
        Self::AmbiguousConnector,
        Self::ConnectorUnconnected,
        Self::PipelineCycle,
        Self::TooManyProcessors,
        Self::ExporterNotAllowed,
        Self::InvalidReference,
        Self::ForbiddenReference,
        Self::NestedReference,
        Self::MixedReferences,
        Self::UnclosedReference,
        Self::BareVariable,
        Self::LiteralSecret,
        Self::BareDuration,
        Self::InvalidDuration,
        Self::MemoryLimiterSettings,
        Self::BatchSettings,
        Self::HostMetricsSettings,
        Self::TelemetrySettings,
        Self::UntypedReference,
        Self::SharedEndpoint,
        Self::WildcardBind,
        Self::MemoryLimiterNotFirst,
        Self::MemoryLimiterMissing,
        Self::BatchNotLast,
        Self::ErrorModeMissing,
        Self::IndistinctProcesses,
        Self::ProcessesOverwritten,
        Self::CommandLineExported,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigUnreadable => "ConfigUnreadable",
            Self::DuplicateKey => "DuplicateKey",
            Self::AmbiguousCharacter => "AmbiguousCharacter",
            Self::EmptyConfiguration => "EmptyConfiguration",
            Self::FurtherDocuments => "FurtherDocuments",
            Self::WrongType => "WrongType",
            Self::UnknownKey => "UnknownKey",
            Self::MissingSection => "MissingSection",
            Self::InvalidId => "InvalidId",
            Self::DuplicateId => "DuplicateId",
            Self::UnknownSignal => "UnknownSignal",
            Self::NoPipelines => "NoPipelines",
            Self::NoReceivers => "NoReceivers",
            Self::NoExporters => "NoExporters",
            Self::UndefinedReference => "UndefinedReference",
            Self::DuplicateProcessor => "DuplicateProcessor",
            Self::RepeatedReference => "RepeatedReference",
            Self::UnusedComponent => "UnusedComponent",
            Self::UnsupportedSignal => "UnsupportedSignal",
            Self::RemovedComponent => "RemovedComponent",
            Self::AmbiguousConnector => "AmbiguousConnector",
            Self::ConnectorUnconnected => "ConnectorUnconnected",
            Self::PipelineCycle => "PipelineCycle",
            Self::TooManyProcessors => "TooManyProcessors",
            Self::ExporterNotAllowed => "ExporterNotAllowed",
            Self::InvalidReference => "InvalidReference",
            Self::ForbiddenReference => "ForbiddenReference",
            Self::NestedReference => "NestedReference",
            Self::MixedReferences => "MixedReferences",
            Self::UnclosedReference => "UnclosedReference",
            Self::BareVariable => "BareVariable",
            Self::LiteralSecret => "LiteralSecret",
            Self::BareDuration => "BareDuration",
            Self::InvalidDuration => "InvalidDuration",
            Self::MemoryLimiterSettings => "MemoryLimiterSettings",
            Self::BatchSettings => "BatchSettings",
            Self::HostMetricsSettings => "HostMetricsSettings",
            Self::TelemetrySettings => "TelemetrySettings",
            Self::UntypedReference => "UntypedReference",
            Self::SharedEndpoint => "SharedEndpoint",
            Self::WildcardBind => "WildcardBind",
            Self::MemoryLimiterNotFirst => "MemoryLimiterNotFirst",
            Self::MemoryLimiterMissing => "MemoryLimiterMissing",
            Self::BatchNotLast => "BatchNotLast",
            Self::ErrorModeMissing => "ErrorModeMissing",
            Self::IndistinctProcesses => "IndistinctProcesses",
            Self::ProcessesOverwritten => "ProcessesOverwritten",
            Self::CommandLineExported => "CommandLineExported",
        }
    }

    /// How bad it is, unless the installation is strict.
    pub const fn severity(self) -> Severity {
        match self {
            Self::MemoryLimiterMissing | Self::CommandLineExported => Severity::Info,
            Self::FurtherDocuments
            | Self::RepeatedReference
            | Self::UnusedComponent
            | Self::UnclosedReference
            | Self::BareVariable
            | Self::UntypedReference
            | Self::WildcardBind
            | Self::MemoryLimiterNotFirst
            | Self::BatchNotLast
            | Self::ErrorModeMissing
            | Self::IndistinctProcesses
            | Self::ProcessesOverwritten => Severity::Warning,
            Self::ConfigUnreadable
            | Self::DuplicateKey
            | Self::AmbiguousCharacter
            | Self::EmptyConfiguration
            | Self::WrongType
            | Self::UnknownKey
            | Self::MissingSection
            | Self::InvalidId
            | Self::DuplicateId
            | Self::UnknownSignal
            | Self::NoPipelines
            | Self::NoReceivers
            | Self::NoExporters
            | Self::UndefinedReference
            | Self::DuplicateProcessor
            | Self::UnsupportedSignal
            | Self::RemovedComponent
            | Self::AmbiguousConnector
            | Self::ConnectorUnconnected
            | Self::PipelineCycle
            | Self::TooManyProcessors
            | Self::ExporterNotAllowed
            | Self::InvalidReference
            | Self::ForbiddenReference
            | Self::NestedReference
            | Self::MixedReferences
            | Self::LiteralSecret
            | Self::BareDuration
            | Self::InvalidDuration
            | Self::MemoryLimiterSettings
            | Self::BatchSettings
            | Self::HostMetricsSettings
            | Self::TelemetrySettings
            | Self::SharedEndpoint => Severity::Error,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

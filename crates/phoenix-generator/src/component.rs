//! Components of a collector: the sections that name them, and which names mean the same.

use std::fmt;

/// A section of a configuration that names components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Receivers,
    Processors,
    Exporters,
    Connectors,
    Extensions,
}

impl Section {
    /// In the order in which people write them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Receivers, Self::Processors, Self::Exporters, Self::Connectors, Self::Extensions];

    /// Its key.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Receivers => "receivers",
            Self::Processors => "processors",
            Self::Exporters => "exporters",
            Self::Connectors => "connectors",
            Self::Extensions => "extensions",
        }
    }

    /// What one of its entries is called.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Receivers => "receiver",
            Self::Processors => "processor",
            Self::Exporters => "exporter",
            Self::Connectors => "connector",
            Self::Extensions => "extension",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// Old names of components and the names that replaced them; a collector up to 0.159 takes either. The receiver `otlp` kept its name.
const RENAMED: [(Section, &str, &str); 13] = [
    (Section::Receivers, "hostmetrics", "host_metrics"),
    (Section::Receivers, "filelog", "file_log"),
    (Section::Processors, "metricstransform", "metrics_transform"),
    (Section::Processors, "resourcedetection", "resource_detection"),
    (Section::Processors, "cumulativetodelta", "cumulative_to_delta"),
    (Section::Processors, "deltatocumulative", "delta_to_cumulative"),
    (Section::Processors, "k8sattributes", "k8s_attributes"),
    (Section::Exporters, "otlp", "otlp_grpc"),
    (Section::Exporters, "otlphttp", "otlp_http"),
    (Section::Exporters, "prometheusremotewrite", "prometheus_remote_write"),
    (Section::Exporters, "loadbalancing", "load_balancing"),
    (Section::Connectors, "signaltometrics", "signal_to_metrics"),
    (Section::Connectors, "spanmetrics", "span_metrics"),
];

/// The type of an identifier `type` or `type/name`.
pub(crate) fn kind(id: &str) -> &str {
    id.split_once('/').map_or(id, |(kind, _)| kind).trim()
}

/// The present name of a type that may be written by its old one.
pub(crate) fn canonical(section: Section, kind: &str) -> &str {
    RENAMED.iter().find(|(of, old, _)| *of == section && *old == kind).map_or(kind, |(_, _, new)| new)
}

/// Whether an identifier is of a type, whichever of its names is used.
pub(crate) fn is(section: Section, id: &str, wanted: &str) -> bool {
    canonical(section, kind(id)) == canonical(section, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_goes_by_its_old_and_its_new_name() {
        assert!(is(Section::Exporters, "otlp/a", "otlp_grpc") && is(Section::Exporters, "otlp_grpc", "otlp"));
        assert!(is(Section::Receivers, "host_metrics", "hostmetrics") && is(Section::Processors, "batch/x", "batch"));
        assert!(!is(Section::Exporters, "otlp", "otlphttp"));
        assert_eq!((kind("filter/a/b"), kind("batch")), ("filter", "batch"));
    }

    #[test]
    fn a_renaming_holds_in_its_section_only() {
        assert!(!is(Section::Receivers, "otlp", "otlp_grpc"));
        assert!(!is(Section::Exporters, "hostmetrics", "host_metrics"));
    }
}

//! Components and pipelines of a document, read once for all checks. Says what cannot be read as such, and leaves it out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::component::{Section, canonical};
use crate::validator::id::Id;
use crate::validator::place::Place;
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;
use crate::validator::structure::wrong_type;

const SIGNALS: [&str; 3] = ["traces", "metrics", "logs"];

/// A document as components and pipelines.
#[derive(Debug)]
pub(super) struct Model<'a> {
    /// The document.
    pub(super) root: &'a Map<String, Value>,
    /// Every configured component, in the order of [`Section::ALL`] and of the document.
    pub(super) components: Vec<Component<'a>>,
    /// Every pipeline.
    pub(super) pipelines: Vec<Pipeline<'a>>,
    /// The extensions that are started.
    pub(super) extensions: Vec<Reference>,
}

/// A configured component.
#[derive(Debug)]
pub(super) struct Component<'a> {
    pub(super) section: Section,
    /// Its identifier, normalised.
    pub(super) id: String,
    /// Its type, by its present name.
    pub(super) kind: &'a str,
    /// Its key in the document.
    pub(super) key: &'a str,
    /// What is below that key: a map or nothing.
    pub(super) settings: Option<&'a Map<String, Value>>,
}

/// A pipeline.
#[derive(Debug)]
pub(super) struct Pipeline<'a> {
    /// Its identifier, normalised.
    pub(super) id: String,
    pub(super) signal: &'a str,
    /// Where it stands.
    pub(super) path: String,
    pub(super) receivers: Vec<Reference>,
    pub(super) processors: Vec<Reference>,
    pub(super) exporters: Vec<Reference>,
}

/// The use of a component.
#[derive(Debug)]
pub(super) struct Reference {
    /// The identifier used, normalised.
    pub(super) id: String,
    /// Where it stands.
    pub(super) path: String,
}

impl<'a> Model<'a> {
    /// Reads a document.
    pub(super) fn of(root: &'a Map<String, Value>, report: &mut Report) -> Self {
        let components = Section::ALL.into_iter().flat_map(|section| components(root, section, report)).collect();
        let service = root.get("service");
        let place = Place::ROOT.key("service");
        let extensions = service.and_then(|service| service.get("extensions"));
        let extensions = extensions.map(|list| references(list, &place.key("extensions"), report)).unwrap_or_default();
        let pipelines = pipelines(service, &place, report);
        Self { root, components, pipelines, extensions }
    }

    /// The components of a section.
    pub(super) fn section(&self, section: Section) -> impl Iterator<Item = &Component<'a>> {
        self.components.iter().filter(move |component| component.section == section)
    }

    /// The component with this normalised identifier.
    pub(super) fn find(&self, section: Section, id: &str) -> Option<&Component<'a>> {
        self.section(section).find(|component| component.id == id)
    }

    /// Whether a component is part of a pipeline, or a started extension.
    pub(super) fn is_used(&self, component: &Component<'_>) -> bool {
        let has = |list: &[Reference]| list.iter().any(|reference| reference.id == component.id);
        let in_pipelines = |is_in: &dyn Fn(&Pipeline<'_>) -> bool| self.pipelines.iter().any(is_in);
        match component.section {
            Section::Receivers => in_pipelines(&|pipeline| has(&pipeline.receivers)),
            Section::Processors => in_pipelines(&|pipeline| has(&pipeline.processors)),
            Section::Exporters => in_pipelines(&|pipeline| has(&pipeline.exporters)),
            Section::Connectors => in_pipelines(&|pipeline| has(&pipeline.receivers) || has(&pipeline.exporters)),
            Section::Extensions => has(&self.extensions),
        }
    }
}

impl Component<'_> {
    /// Where it stands.
    pub(super) fn path(&self) -> String {
        let section = Place::ROOT.key(self.section.key());
        section.key(self.key).to_string()
    }

    /// A setting that is not null.
    pub(super) fn setting(&self, key: &str) -> Option<&Value> {
        self.settings?.get(key).filter(|value| !value.is_null())
    }
}

fn components<'a>(root: &'a Map<String, Value>, section: Section, report: &mut Report) -> Vec<Component<'a>> {
    let place = Place::ROOT.key(section.key());
    let mut seen = BTreeSet::new();
    let mut components = Vec::new();
    for (key, value) in root.get(section.key()).and_then(Value::as_object).into_iter().flatten() {
        let place = place.key(key);
        let Some(id) = parsed(key, &place, report) else { continue };
        let text = id.to_string();
        if !seen.insert(id.clone()) {
            let message = format!("this is the same identifier as another one, {}; rename one of them", quote(&text));
            report.add(Rule::DuplicateId, place, message);
            continue;
        }
        if text != *key {
            let message =
                format!("there are spaces in it, so the collector would ignore its settings; write {}", quote(&text));
            report.add(Rule::InvalidId, place, message);
        }
        components.push(Component {
            section,
            id: text,
            kind: canonical(section, id.kind),
            key,
            settings: value.as_object(),
        });
    }
    components
}

fn pipelines<'a>(service: Option<&'a Value>, place: &Place<'_>, report: &mut Report) -> Vec<Pipeline<'a>> {
    let place = place.key("pipelines");
    let mut seen = BTreeSet::new();
    let mut pipelines = Vec::new();
    let listed = service.and_then(|service| service.get("pipelines")).and_then(Value::as_object);
    for (key, value) in listed.into_iter().flatten() {
        let place = place.key(key);
        let Some(id) = parsed(key, &place, report) else { continue };
        if !seen.insert(id.clone()) {
            let message =
                format!("this is the same identifier as another one, {}; rename one of them", quote(&id.to_string()));
            report.add(Rule::DuplicateId, place, message);
            continue;
        }
        if !SIGNALS.contains(&id.kind) {
            report.add(Rule::UnknownSignal, place, unknown_signal(id.kind));
            continue;
        }
        let mut list =
            |name: &str| value.get(name).map(|list| references(list, &place.key(name), report)).unwrap_or_default();
        let (receivers, processors, exporters) = (list("receivers"), list("processors"), list("exporters"));
        let path = place.to_string();
        pipelines.push(Pipeline { id: id.to_string(), signal: id.kind, path, receivers, processors, exporters });
    }
    pipelines
}

fn unknown_signal(signal: &str) -> String {
    if signal == "profiles" {
        return "pipelines for profiles need a feature gate, which deployed collectors do not set; remove it"
            .to_owned();
    }
    format!("there is no signal {}; begin the name with one of: {}", quote(signal), SIGNALS.join(", "))
}

/// The identifiers of a list.
fn references(value: &Value, place: &Place<'_>, report: &mut Report) -> Vec<Reference> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            wrong_type(value, "a list of identifiers", place, report);
            &[]
        }
    };
    let read = |(index, item): (usize, &Value)| {
        let place = place.index(index);
        let Some(text) = item.as_str() else {
            wrong_type(item, "the identifier of a component", &place, report);
            return None;
        };
        let id = parsed(text, &place, report)?.to_string();
        Some(Reference { id, path: place.to_string() })
    };
    items.iter().enumerate().filter_map(read).collect()
}

fn parsed<'t>(text: &'t str, place: &Place<'_>, report: &mut Report) -> Option<Id<'t>> {
    match Id::parse(text) {
        Ok(id) => Some(id),
        Err(problem) => {
            report.add(Rule::InvalidId, place, format!("{} is no identifier: {problem}", quote(text)));
            None
        }
    }
}

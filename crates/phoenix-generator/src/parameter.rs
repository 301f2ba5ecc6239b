//! Parameters of templates and strategies: from the values of a specification to typed ones, by the schema of the catalog.

use std::collections::BTreeMap;

use phoenix_core::spec::{CatalogEntry, ParameterKind, ParameterSchema, ProcessPattern};
use phoenix_core::time::Span;
use serde_json::Value;

use crate::error::ParameterError;

/// The parameters of one template or strategy, complete with defaults.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Path of the object that holds them.
    field: String,
    values: BTreeMap<String, Typed>,
}

#[derive(Clone, Debug)]
enum Typed {
    Duration(Span),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Patterns(Vec<ProcessPattern>),
}

impl Parameters {
    /// Checks the values that stand at `field` against the schema of `entry`. One set to null counts as left out.
    pub(crate) fn resolve(
        entry: &CatalogEntry,
        given: &BTreeMap<String, Value>,
        field: &str,
    ) -> Result<Self, ParameterError> {
        if let Some(unknown) = given.keys().find(|name| entry.parameter(name).is_none()) {
            return Err(unknown_parameter(entry, field, unknown));
        }
        let mut values = BTreeMap::new();
        for schema in &entry.parameters {
            let at = format!("{field}.{}", schema.name);
            let given = given.get(&schema.name).filter(|value| !value.is_null());
            let Some(value) = given.or(schema.default.as_ref()) else {
                return Err(wrong(&at, "is missing", schema));
            };
            values.insert(schema.name.clone(), typed(schema, value, &at)?);
        }
        Ok(Self { field: field.to_owned(), values })
    }

    /// A duration.
    pub fn duration(&self, name: &str) -> Result<Span, ParameterError> {
        match self.values.get(name) {
            Some(Typed::Duration(span)) => Ok(*span),
            _ => Err(self.undeclared(name)),
        }
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<i64, ParameterError> {
        match self.values.get(name) {
            Some(Typed::Integer(number)) => Ok(*number),
            _ => Err(self.undeclared(name)),
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<f64, ParameterError> {
        match self.values.get(name) {
            Some(Typed::Number(number)) => Ok(*number),
            _ => Err(self.undeclared(name)),
        }
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Result<bool, ParameterError> {
        match self.values.get(name) {
            Some(Typed::Boolean(boolean)) => Ok(*boolean),
            _ => Err(self.undeclared(name)),
        }
    }

    /// Patterns over executable names.
    pub fn patterns(&self, name: &str) -> Result<Vec<ProcessPattern>, ParameterError> {
        match self.values.get(name) {
            Some(Typed::Patterns(patterns)) => Ok(patterns.clone()),
            _ => Err(self.undeclared(name)),
        }
    }

    /// Its schema does not declare what the code reads: a mistake in this crate, found by the first use.
    fn undeclared(&self, name: &str) -> ParameterError {
        ParameterError {
            field: format!("{}.{name}", self.field),
            problem: "is not declared with this type".to_owned(),
            hint: "this is a mistake in Phoenix; please report it".to_owned(),
        }
    }
}

fn typed(schema: &ParameterSchema, value: &Value, at: &str) -> Result<Typed, ParameterError> {
    let refused = |problem: &str| wrong(at, &format!("{value} {problem}"), schema);
    match &schema.kind {
        ParameterKind::Duration { min, max } => {
            let text = value.as_str().ok_or_else(|| refused("is not a duration"))?;
            let span: Span = text.parse().map_err(|_| refused("is not a duration"))?;
            if span < *min || span > *max { Err(refused("is out of range")) } else { Ok(Typed::Duration(span)) }
        }
        ParameterKind::Integer { min, max } => {
            let number = value.as_i64().ok_or_else(|| refused("is not a whole number"))?;
            if number < *min || number > *max { Err(refused("is out of range")) } else { Ok(Typed::Integer(number)) }
        }
        ParameterKind::Number { min, max } => {
            let number = value.as_f64().ok_or_else(|| refused("is not a number"))?;
            if (*min..=*max).contains(&number) { Ok(Typed::Number(number)) } else { Err(refused("is out of range")) }
        }
        ParameterKind::Boolean => value.as_bool().map(Typed::Boolean).ok_or_else(|| refused("is not a boolean")),
        ParameterKind::Patterns { min, max } => {
            let list = value.as_array().ok_or_else(|| refused("is not a list"))?;
            if list.len() < *min || list.len() > *max {
                return Err(wrong(at, &format!("has {} entries", list.len()), schema));
            }
            list.iter().enumerate().map(|(index, value)| pattern(value, &format!("{at}[{index}]"))).collect()
        }
    }
}

fn pattern(value: &Value, at: &str) -> Result<ProcessPattern, ParameterError> {
    let refused = |problem: String, hint: &str| ParameterError { field: at.to_owned(), problem, hint: hint.to_owned() };
    let Some(text) = value.as_str() else {
        return Err(refused(
            format!("{value} is not a text"),
            "write a regular expression over executable names, such as ^postgres$",
        ));
    };
    ProcessPattern::try_from(text.to_owned()).map_err(|error| refused(error.to_string(), error.hint))
}

impl FromIterator<ProcessPattern> for Typed {
    fn from_iter<I: IntoIterator<Item = ProcessPattern>>(patterns: I) -> Self {
        Self::Patterns(patterns.into_iter().collect())
    }
}

fn wrong(at: &str, problem: &str, schema: &ParameterSchema) -> ParameterError {
    ParameterError { field: at.to_owned(), problem: problem.to_owned(), hint: allowed(schema) }
}

fn unknown_parameter(entry: &CatalogEntry, field: &str, name: &str) -> ParameterError {
    let known: Vec<&str> = entry.parameters.iter().map(|schema| schema.name.as_str()).collect();
    let hint = if known.is_empty() {
        format!("{} takes no parameters; remove it", entry.name)
    } else {
        format!("use one of: {}", known.join(", "))
    };
    ParameterError { field: format!("{field}.{name}"), problem: format!("{} has no such parameter", entry.name), hint }
}

fn allowed(schema: &ParameterSchema) -> String {
    let range = match &schema.kind {
        ParameterKind::Duration { min, max } => format!("a duration from {min} to {max}, such as 10s"),
        ParameterKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        ParameterKind::Number { min, max } => format!("a number from {min} to {max}"),
        ParameterKind::Boolean => "true or false".to_owned(),
        ParameterKind::Patterns { min, max } => format!("a list of {min} to {max} regular expressions"),
    };
    schema
        .default
        .as_ref()
        .map_or_else(|| format!("write {range}"), |default| format!("write {range}; without it, {default} is taken"))
}

//! The built-in templates: what they are called, which parameters they take, and what their text is rendered with.

mod process_baseline;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape};
use phoenix_core::spec::CatalogEntry;
use phoenix_core::time::Span;
use serde_json::Value;

use crate::error::{GenerateError, ParameterError};
use crate::parameter::Parameters;

/// One template.
pub(crate) struct Template {
    /// Its place in the catalog.
    pub(crate) entry: CatalogEntry,
    source: &'static str,
    values: fn(&Parameters) -> Result<Values, ParameterError>,
}

/// What a template is rendered with.
pub(crate) struct Values {
    /// By the names that its text uses.
    pub(crate) context: Value,
    /// How often the collector will measure.
    pub(crate) collection_interval: Span,
}

/// Every template, parsed.
pub(crate) struct Templates {
    templates: Vec<Template>,
    registry: Handlebars<'static>,
}

/// A rendered template.
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) collection_interval: Span,
}

impl Templates {
    /// Parses the built-in templates.
    pub(crate) fn built_in() -> Result<Self, GenerateError> {
        Self::new(vec![process_baseline::template()])
    }

    fn new(templates: Vec<Template>) -> Result<Self, GenerateError> {
        let mut registry = Handlebars::new();
        registry.register_escape_fn(no_escape);
        registry.set_strict_mode(true);
        registry.register_helper("quote", Box::new(quote));
        for template in &templates {
            registry
                .register_template_string(&template.entry.name, template.source)
                .map_err(|error| broken(&template.entry.name, &error))?;
        }
        Ok(Self { templates, registry })
    }

    /// What the catalog says about them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &CatalogEntry> {
        self.templates.iter().map(|template| &template.entry)
    }

    /// The template of this name.
    pub(crate) fn find(&self, name: &str) -> Result<&Template, GenerateError> {
        self.templates.iter().find(|template| template.entry.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.entries().map(|entry| entry.name.as_str()).collect();
            GenerateError::UnknownTemplate { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Renders a template.
    pub(crate) fn render(&self, template: &Template, parameters: &Parameters) -> Result<Rendered, GenerateError> {
        let values = (template.values)(parameters)?;
        let name = &template.entry.name;
        let context = Context::wraps(&values.context).map_err(|error| broken(name, &error))?;
        let text = self.registry.render_with_context(name, &context).map_err(|error| broken(name, &error))?;
        Ok(Rendered { text, collection_interval: values.collection_interval })
    }
}

fn broken(name: &str, error: &dyn std::error::Error) -> GenerateError {
    GenerateError::BrokenTemplate { name: name.to_owned(), problem: error.to_string() }
}

/// `{{quote value}}` prints the value as JSON, which is YAML too: no value can change the structure around it.
fn quote(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    output: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("quote", 0))?;
    output.write(&value.value().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(
        source: &'static str,
        context: fn(&Parameters) -> Result<Values, ParameterError>,
    ) -> Result<String, GenerateError> {
        let entry =
            CatalogEntry { name: "t".to_owned(), description: String::new(), parameters: Vec::new(), keeps_only: None };
        let parameters = Parameters::resolve(&entry, &std::collections::BTreeMap::new(), "parameters")?;
        let templates = Templates::new(vec![Template { entry, source, values: context }])?;
        templates.render(templates.find("t")?, &parameters).map(|rendered| rendered.text)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of a template")]
    fn nasty(_: &Parameters) -> Result<Values, ParameterError> {
        let context = json!({"text": "a\"b\nc: <&>", "number": 5});
        Ok(Values { context, collection_interval: Span::from_secs(1) })
    }

    #[test]
    fn quoted_values_cannot_change_the_structure() {
        let text = rendered("a: {{quote text}}\nb: {{quote number}}\n", nasty).expect("rendered");
        assert_eq!(text, "a: \"a\\\"b\\nc: <&>\"\nb: 5\n");
        assert_eq!(crate::yaml::parse(&text).expect("YAML").first, json!({"a": "a\"b\nc: <&>", "b": 5}));
    }

    #[test]
    fn nothing_is_escaped_for_html() {
        assert_eq!(rendered("{{text}}", nasty).expect("rendered"), "a\"b\nc: <&>");
    }

    #[test]
    fn a_name_that_the_template_misspells_is_an_error() {
        let error = rendered("a: {{missing}}\n", nasty).expect_err("strict");
        assert_eq!(error.reason(), "BrokenTemplate");
        assert!(error.to_string().contains("missing"), "{error}");
        assert!(rendered("{{#if", nasty).is_err());
    }
}

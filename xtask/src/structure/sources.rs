//! Source files: each says what it is, and none is too long, nor is any function in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::Finding;
use super::table::{DOCUMENTED, GENERATED, MOST_FILE_LINES, MOST_FUNCTION_LINES};

pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let name = file.to_string_lossy();
        let text = fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {name}"))?;
        findings.extend(check_file(&name, &text));
    }
    Ok(findings)
}

fn check_file(name: &str, text: &str) -> Vec<Finding> {
    let parsed = match syn::parse_file(text) {
        Ok(parsed) => parsed,
        Err(error) => return vec![Finding::new(name, format!("cannot be parsed: {error}"))],
    };
    let mut findings = Vec::new();
    if !parsed.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
        findings.push(Finding::new(name, "does not open with //! saying what it is"));
    }
    if DOCUMENTED.contains(&name) && !denies_missing_docs(&parsed.attrs) {
        findings.push(Finding::new(name, "does not deny missing documentation: #![deny(missing_docs)]"));
    }
    if text.lines().take(5).any(|line| line.contains(GENERATED)) {
        return findings;
    }
    let lines = text.lines().count();
    if lines > MOST_FILE_LINES {
        findings.push(Finding::new(
            name,
            format!("{lines} lines, {MOST_FILE_LINES} are allowed: split it by what changes together"),
        ));
    }
    let mut functions = Functions { name, findings };
    functions.visit_file(&parsed);
    functions.findings
}

fn denies_missing_docs(attributes: &[syn::Attribute]) -> bool {
    let denies = |attribute: &syn::Attribute| {
        let is_lint_level = ["deny", "forbid"].iter().any(|level| attribute.path().is_ident(level));
        let mut found = false;
        let parsed = attribute.parse_nested_meta(|lint| {
            found |= lint.path.is_ident("missing_docs");
            Ok(())
        });
        is_lint_level && parsed.is_ok() && found
    };
    attributes.iter().any(denies)
}

/// Measures functions, closures within them included.
struct Functions<'a> {
    name: &'a str,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, end: proc_macro2::Span) {
        let first = signature.span().start().line;
        let lines = (end.end().line + 1).saturating_sub(first);
        if lines > MOST_FUNCTION_LINES {
            let function = &signature.ident;
            let problem =
                format!("function {function} at line {first} has {lines} lines, {MOST_FUNCTION_LINES} are allowed");
            self.findings.push(Finding::new(self.name, problem));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block.span());
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> Vec<String> {
        check_file(name, text).into_iter().map(|finding| finding.problem).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    one();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(problems("x.rs", "//! A room.\nfn f() {}\n"), [""; 0]);
        assert_eq!(problems("x.rs", "#![doc = include_str!(\"README.md\")]\n"), [""; 0]);
        assert_eq!(problems("x.rs", "// A room.\nfn f() {}\n"), ["does not open with //! saying what it is"]);
        assert!(problems("x.rs", "fn f( {}\n")[0].starts_with("cannot be parsed"));
    }

    #[test]
    fn long_files_and_functions_are_found_unless_generated() {
        let head = "//! A room.\n";
        assert_eq!(problems("x.rs", &format!("{head}{}", function(100))), [""; 0]);
        let expected = "function long at line 2 has 101 lines, 100 are allowed";
        assert_eq!(problems("x.rs", &format!("{head}{}", function(101))), [expected]);
        let method = format!("{head}struct S;\nimpl S {{\n{}}}\n", function(101));
        assert_eq!(problems("x.rs", &method), ["function long at line 4 has 101 lines, 100 are allowed"]);
        let provided = format!("{head}mod inner {{\ntrait T {{\n{}}}\n}}\n", function(101));
        assert_eq!(problems("x.rs", &provided).len(), 1);
        let comments = "// Nothing.\n".repeat(499);
        assert_eq!(problems("x.rs", &format!("{head}{comments}")), [""; 0]);
        assert_eq!(
            problems("x.rs", &format!("{head}{comments}//\n")),
            ["501 lines, 500 are allowed: split it by what changes together"]
        );
        assert_eq!(problems("x.rs", &format!("//! @generated by a program.\n{comments}{}", function(101))), [""; 0]);
    }

    #[test]
    fn the_core_and_the_client_deny_missing_documentation() {
        let name = DOCUMENTED[0];
        assert_eq!(problems(name, "//! The core.\n#![deny(missing_docs)]\n"), [""; 0]);
        assert_eq!(problems(name, "//! The core.\n#![forbid(unsafe_code, missing_docs)]\n"), [""; 0]);
        for attribute in ["#![warn(missing_docs)]", "#![deny(unsafe_code)]", ""] {
            let expected = "does not deny missing documentation: #![deny(missing_docs)]";
            assert_eq!(problems(name, &format!("//! The core.\n{attribute}\n")), [expected]);
        }
        assert_eq!(problems("crates/phoenix-store/src/lib.rs", "//! A store.\n"), [""; 0]);
    }
}

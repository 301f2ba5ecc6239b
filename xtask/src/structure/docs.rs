//! Documentation: every error code has its page, and nothing points out of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use syn::visit::{self, Visit};

use super::Finding;
use super::table::{CODE_PAGES, CODES, FORBIDDEN};

pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let (path, _, _) = CODES;
    let source = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))?;
    let codes = codes(&source)?;
    ensure!(!codes.is_empty(), "{path} names no error codes: correct CODES in xtask/src/structure/table.rs");
    let mut findings = pages(&codes, files);
    for file in files {
        let bytes = fs::read(root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            findings.extend(outside(&file.to_string_lossy(), text));
        }
    }
    Ok(findings)
}

/// The error codes that a source file names.
fn codes(source: &str) -> Result<BTreeSet<String>> {
    let mut literals = Literals { within: false, found: BTreeSet::new() };
    literals.visit_file(&syn::parse_file(source)?);
    Ok(literals.found)
}

/// The texts in one method of one type.
struct Literals {
    within: bool,
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let (_, wanted, _) = CODES;
        let is_wanted = matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident(wanted));
        if is_wanted && item.trait_.is_none() {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let (_, _, wanted) = CODES;
        self.within = function.sig.ident == wanted;
        if self.within {
            visit::visit_block(self, &function.block);
        }
        self.within = false;
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        if self.within {
            self.found.insert(literal.value());
        }
    }
}

/// Codes without a page, and pages of no code.
fn pages(codes: &BTreeSet<String>, files: &[PathBuf]) -> Vec<Finding> {
    let page = |code: &String| Path::new(CODE_PAGES).join(format!("{code}.md"));
    let expected: BTreeSet<PathBuf> = codes.iter().map(page).collect();
    let there: BTreeSet<PathBuf> = files.iter().filter(|file| file.starts_with(CODE_PAGES)).cloned().collect();
    let missing =
        expected.difference(&there).map(|path| Finding::new(path.display().to_string(), "the error code has no page"));
    let spare =
        there.difference(&expected).map(|path| Finding::new(path.display().to_string(), "there is no such error code"));
    missing.chain(spare).collect()
}

/// Lines that point out of the repository.
fn outside(name: &str, text: &str) -> Vec<Finding> {
    let found = |(number, line): (usize, &str)| {
        let forbidden = FORBIDDEN.iter().find(|forbidden| line.contains(**forbidden))?;
        Some(Finding::new(format!("{name}:{}", number + 1), format!("points out of the repository: {forbidden}")))
    };
    text.lines().enumerate().filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        impl Code {
            pub const fn as_str(self) -> &'static str {
                match self { Self::NotFound => "NOT_FOUND", Self::Internal => "INTERNAL" }
            }
            fn other(self) -> &'static str { "OTHER" }
        }
        impl std::fmt::Display for Code { fn as_str(&self) -> &str { "NO" } }
        impl Other { fn as_str(&self) -> &str { "NO" } }"#;

    #[test]
    fn a_code_without_a_page_is_found_and_so_is_a_page_without_a_code() {
        let codes = codes(SOURCE).expect("parses");
        assert_eq!(codes.iter().collect::<Vec<_>>(), ["INTERNAL", "NOT_FOUND"]);
        let page = |name: &str| PathBuf::from(format!("docs/errors/{name}.md"));
        assert_eq!(pages(&codes, &[page("INTERNAL"), page("NOT_FOUND"), "README.md".into()]), []);
        let found = pages(&codes, &[page("INTERNAL"), page("GONE")]);
        let expected = [
            Finding::new("docs/errors/NOT_FOUND.md", "the error code has no page"),
            Finding::new("docs/errors/GONE.md", "there is no such error code"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_points_out_of_the_repository_is_found_with_its_line() {
        let text = format!("fine\nsee {}/x.md\n", FORBIDDEN[0]);
        let problem = format!("points out of the repository: {}", FORBIDDEN[0]);
        assert_eq!(outside("README.md", &text), [Finding::new("README.md:2", problem)]);
        assert_eq!(outside("README.md", "shared with others\n"), []);
    }
}

//! The common ground of RE2 as Go implements it and of the `regex` crate.

mod refusal;

use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSetBinaryOp, ClassSetItem, ClassUnicode, ClassUnicodeKind,
    Flag, Flags, FlagsItemKind, GroupKind, HexLiteralKind, Literal, LiteralKind, Repetition, RepetitionKind,
    RepetitionRange, Span, Visitor,
};

use super::Problem;
use crate::spec::words::quote;
use refusal::{
    brace, escape, flag, group_name, invalid, refused_syntax, repeat_count, set_operation, unsupported, word_boundary,
};

/// RE2 repeats nothing more often, nested repetitions multiplied.
const MOST_REPEATS: u32 = 1_000;

/// General categories and scripts that both implementations know by the same name and hold equal, but for characters that Unicode added
/// lately. RE2 knows more scripts; process names do not need them.
const UNICODE_CLASSES: [&str; 42] = [
    "L",
    "Ll",
    "Lm",
    "Lo",
    "Lt",
    "Lu",
    "M",
    "Mc",
    "Me",
    "Mn",
    "N",
    "Nd",
    "Nl",
    "No",
    "P",
    "Pc",
    "Pd",
    "Pe",
    "Pf",
    "Pi",
    "Po",
    "Ps",
    "S",
    "Sc",
    "Sk",
    "Sm",
    "So",
    "Z",
    "Zl",
    "Zp",
    "Zs",
    "Arabic",
    "Cyrillic",
    "Devanagari",
    "Greek",
    "Hangul",
    "Han",
    "Hebrew",
    "Hiragana",
    "Katakana",
    "Latin",
    "Thai",
];

/// Checks an expression and rewrites it for the `regex` crate, so that it matches there what it matches in RE2: `\d`, `\s`, `\w` and `\b`
/// mean ASCII in RE2, Unicode in the crate.
pub(super) fn rewrite(text: &str) -> Result<String, Problem> {
    let ast = ast::parse::Parser::new().parse(text).map_err(|error| refused_syntax(text, &error))?;
    let replacements = ast::visit(&ast, Reader { text, repeats: Vec::new(), replacements: Vec::new() })?;
    let mut rewritten = String::with_capacity(text.len());
    let mut done = 0;
    for (span, replacement) in replacements {
        rewritten.push_str(text.get(done..span.start.offset).unwrap_or(""));
        rewritten.push_str(replacement);
        done = span.end.offset;
    }
    rewritten.push_str(text.get(done..).unwrap_or(""));
    Ok(rewritten)
}

/// Walks an expression from left to right, refuses what is not RE2 and collects what is to be replaced.
struct Reader<'a> {
    text: &'a str,
    repeats: Vec<u32>,
    replacements: Vec<(Span, &'static str)>,
}

impl Visitor for Reader<'_> {
    type Output = Vec<(Span, &'static str)>;
    type Err = Problem;

    fn finish(self) -> Result<Self::Output, Problem> {
        Ok(self.replacements)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Problem> {
        match ast {
            Ast::Empty(_) | Ast::Dot(_) | Ast::Alternation(_) | Ast::Concat(_) => Ok(()),
            Ast::ClassBracketed(class) => self.class(class.span),
            Ast::Flags(set) => self.flags(&set.flags),
            Ast::Literal(literal) => self.literal(literal),
            Ast::Assertion(assertion) => self.assertion(&assertion.kind, assertion.span),
            Ast::ClassUnicode(class) => self.unicode_class(class),
            Ast::ClassPerl(class) => {
                self.perl_class(class);
                Ok(())
            }
            Ast::Repetition(repetition) => self.repetition(repetition),
            Ast::Group(group) => self.group(&group.kind),
        }
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), Problem> {
        if let Ast::Repetition(_) = ast {
            self.repeats.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Problem> {
        match item {
            ClassSetItem::Empty(_) | ClassSetItem::Ascii(_) | ClassSetItem::Union(_) => Ok(()),
            ClassSetItem::Literal(literal) => self.literal(literal),
            ClassSetItem::Range(range) => self.literal(&range.start).and_then(|()| self.literal(&range.end)),
            ClassSetItem::Unicode(class) => self.unicode_class(class),
            ClassSetItem::Perl(class) => {
                self.perl_class(class);
                Ok(())
            }
            ClassSetItem::Bracketed(_) => {
                Err(unsupported("a class within a class", r"write \[ for a literal bracket, or join both classes"))
            }
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), Problem> {
        Err(set_operation())
    }
}

impl Reader<'_> {
    fn snippet(&self, span: Span) -> String {
        snippet(self.text, span)
    }

    /// RE2 takes doubled characters for ranges and literals, the crate for operators, though not at the beginning of a class.
    fn class(&self, span: Span) -> Result<(), Problem> {
        let text = self.snippet(span);
        let is_ambiguous = ["&&", "--", "~~"].iter().any(|operator| text.contains(operator));
        if is_ambiguous { Err(set_operation()) } else { Ok(()) }
    }

    fn literal(&self, literal: &Literal) -> Result<(), Problem> {
        match literal.kind {
            LiteralKind::HexFixed(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong)
            | LiteralKind::HexBrace(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong) => {
                Err(escape(&self.snippet(literal.span)))
            }
            LiteralKind::Verbatim
            | LiteralKind::Meta
            | LiteralKind::Superfluous
            | LiteralKind::Octal
            | LiteralKind::HexFixed(HexLiteralKind::X)
            | LiteralKind::HexBrace(HexLiteralKind::X)
            | LiteralKind::Special(_) => Ok(()),
        }
    }

    fn assertion(&mut self, kind: &AssertionKind, span: Span) -> Result<(), Problem> {
        match kind {
            AssertionKind::StartLine | AssertionKind::EndLine | AssertionKind::StartText | AssertionKind::EndText => {}
            AssertionKind::WordBoundary => self.replacements.push((span, r"(?-u:\b)")),
            AssertionKind::NotWordBoundary => self.replacements.push((span, r"(?-u:\B)")),
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => return Err(word_boundary(&self.snippet(span))),
        }
        Ok(())
    }

    fn perl_class(&mut self, class: &ClassPerl) {
        let replacement = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\f\r ]",
            (ClassPerlKind::Space, true) => r"[^\t\n\f\r ]",
            (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.replacements.push((class.span, replacement));
    }

    fn unicode_class(&self, class: &ClassUnicode) -> Result<(), Problem> {
        let known = match &class.kind {
            ClassUnicodeKind::OneLetter(letter) => UNICODE_CLASSES.contains(&letter.to_string().as_str()),
            ClassUnicodeKind::Named(name) => UNICODE_CLASSES.contains(&name.as_str()),
            ClassUnicodeKind::NamedValue { .. } => false,
        };
        if known {
            return Ok(());
        }
        Err(unsupported(
            &format!("the Unicode class {}", quote(&self.snippet(class.span))),
            r"use a general category such as \pL or \p{Lu}, a common script such as \p{Latin}, or list the characters",
        ))
    }

    fn repetition(&mut self, repetition: &Repetition) -> Result<(), Problem> {
        let operator = self.snippet(repetition.op.span);
        if let Ast::Repetition(inner) = repetition.ast.as_ref() {
            let both = format!("{}{operator}", self.snippet(inner.op.span));
            return Err(invalid(
                &format!("invalid nested repetition operator {}", quote(&both)),
                "put the inner repetition into a group: (?:a*)*",
            ));
        }
        let times = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
            RepetitionKind::Range(
                RepetitionRange::Exactly(times) | RepetitionRange::AtLeast(times) | RepetitionRange::Bounded(_, times),
            ) => *times,
        };
        self.repeats.push(times.max(1));
        let total = self.repeats.iter().fold(1, |total: u32, times| total.saturating_mul(*times));
        if total > MOST_REPEATS {
            return Err(repeat_count(&operator));
        }
        // RE2 takes braces with a space for literal ones; the crate takes them for a repetition.
        if operator.contains(char::is_whitespace) { Err(brace(&operator)) } else { Ok(()) }
    }

    fn group(&self, kind: &GroupKind) -> Result<(), Problem> {
        match kind {
            GroupKind::CaptureIndex(_) => Ok(()),
            GroupKind::CaptureName { name, .. } => {
                let plain = name.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if plain { Ok(()) } else { Err(group_name(&self.snippet(name.span))) }
            }
            GroupKind::NonCapturing(flags) => self.flags(flags),
        }
    }

    fn flags(&self, flags: &Flags) -> Result<(), Problem> {
        for item in &flags.items {
            match item.kind {
                FlagsItemKind::Negation
                | FlagsItemKind::Flag(
                    Flag::CaseInsensitive | Flag::MultiLine | Flag::DotMatchesNewLine | Flag::SwapGreed,
                ) => {}
                FlagsItemKind::Flag(Flag::Unicode | Flag::CRLF | Flag::IgnoreWhitespace) => {
                    return Err(flag(&self.snippet(item.span)));
                }
            }
        }
        Ok(())
    }
}

fn snippet(text: &str, span: Span) -> String {
    text.get(span.start.offset..span.end.offset).unwrap_or("").to_owned()
}

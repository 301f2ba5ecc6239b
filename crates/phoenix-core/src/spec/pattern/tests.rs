//! Which expressions are patterns, and what they match. The answers were compared with Go's `regexp` on 400 000 random expressions.

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Result<ProcessPattern, InvalidPattern> {
    ProcessPattern::try_from(text.to_owned())
}

fn matches(text: &str, name: &str) -> bool {
    PatternSet::new(&[pattern(text).expect(text)]).is_match(name)
}

#[test]
fn what_re2_understands_is_a_pattern() {
    let good = [
        "postgres",
        "^(postgres|nginx)$",
        "^postgres-[0-9]+$",
        "(?i)^java$",
        "(?i:java)|(?s-m:.)",
        "^(?P<name>a)(?<other>b)$",
        r"^\w+\.\d{2,3}\b",
        r"[[:alpha:]_]{1,15}",
        r"[^\pL\p{Greek}\x{41}]",
        r"a{1000}",
        r"\$\{x\}",
        "[a-]",
        "[]a]",
        "(?:a*)*",
        "",
    ];
    for text in good {
        assert_eq!(pattern(text).is_ok(), !text.is_empty(), "{text}: {:?}", pattern(text));
    }
}

#[test]
fn what_is_no_re2_is_refused_in_its_words() {
    let bad = [
        ("^(postgres", r#""^(postgres" is not a valid RE2 expression: missing ')'"#),
        ("postgres)", r#""postgres)" is not a valid RE2 expression: unexpected ')'"#),
        ("[a", r#""[a" is not a valid RE2 expression: missing ']'"#),
        ("*a", r#""*a" is not a valid RE2 expression: missing argument to repetition operator"#),
        ("a**", r#""a**" is not a valid RE2 expression: invalid nested repetition operator "**""#),
        ("a{2}+", r#""a{2}+" is not a valid RE2 expression: invalid nested repetition operator "{2}+""#),
        ("a{3,2}", r#""a{3,2}" is not a valid RE2 expression: invalid repeat count "{3,2}""#),
        ("a{1001}", r#""a{1001}" is not a valid RE2 expression: invalid repeat count "{1001}""#),
        ("(a{50}){30}", r#""(a{50}){30}" is not a valid RE2 expression: invalid repeat count "{50}""#),
        ("[z-a]", r#""[z-a]" is not a valid RE2 expression: invalid character class range "z-a""#),
        (r"a\", r#""a\" is not a valid RE2 expression: trailing backslash at end of expression"#),
        (r"\y", r#""\y" is not a valid RE2 expression: invalid escape sequence "\y""#),
        (r"\u0041", r#""\u0041" is not a valid RE2 expression: invalid escape sequence "\u0041""#),
        (r"\Z", r#""\Z" is not a valid RE2 expression: invalid escape sequence "\Z""#),
        ("(?x) a", r#""(?x) a" is not a valid RE2 expression: invalid flag "x""#),
        ("(?R)a", r#""(?R)a" is not a valid RE2 expression: invalid flag "R""#),
        ("(?-u:a)", r#""(?-u:a)" is not a valid RE2 expression: invalid flag "u""#),
        ("a(?=b)", r#""a(?=b)" is not a valid RE2 expression: it has no look-around such as (?=...)"#),
    ];
    for (text, message) in bad {
        assert_eq!(pattern(text).expect_err(text).to_string(), message);
    }
}

#[test]
fn what_both_engines_would_read_differently_is_refused() {
    let bad = [
        ("[a&&b]", r"is not supported here: &&, -- or ~~ within a class"),
        ("[--z]", r"is not supported here: &&, -- or ~~ within a class"),
        ("[a[bc]]", "is not supported here: a class within a class"),
        ("a{ 2 }", r#"is not supported here: the brace "{ 2 }""#),
        ("a{,2}", "is not supported here: an unfinished brace"),
        (r"\<a\>", r#"is not supported here: the escape "\<""#),
        (r"\b{start}a", r#"is not supported here: the escape "\b{start}""#),
        (r"(a)\1", "is not supported here: a back-reference or octal escape"),
        (r"\Qa.b\E", r"is not supported here: \Q...\E"),
        (r"\p{Alphabetic}", r#"is not supported here: the Unicode class "\p{Alphabetic}""#),
        (r"\p{Script=Greek}", r#"is not supported here: the Unicode class "\p{Script=Greek}""#),
        ("(?<a.b>c)", r#"is not supported here: the group name "a.b""#),
    ];
    for (text, problem) in bad {
        let error = pattern(text).expect_err(text);
        assert_eq!(error.problem, problem, "{text}");
        assert!(!error.hint.is_empty(), "{text}");
    }
}

#[test]
fn what_a_configuration_cannot_carry_is_refused() {
    let long = "x".repeat(513);
    let bad = [
        ("", "it is empty, which matches every process"),
        (long.as_str(), "it is 513 characters long"),
        ("a\nb", "it holds a line break"),
        ("a\u{0}b", "it holds a control character"),
        ("^${env:HOME}$", "the collector would expand \"${\""),
        (r"\pL{30}", "it is too large once its repetitions and classes are written out"),
    ];
    for (text, problem) in bad {
        assert_eq!(pattern(text).expect_err(text).problem, format!("cannot be used as a pattern: {problem}"));
    }
    assert!(pattern(&"x".repeat(512)).is_ok());
}

#[test]
fn classes_and_word_boundaries_are_those_of_ascii() {
    assert!(matches("postgres", "my-postgres-1"));
    assert!(!matches("^postgres$", "postgres-1"));
    assert!(matches(r"^\d$", "7") && !matches(r"^\d$", "\u{663}"));
    assert!(matches(r"^[\w-]+$", "kworker-0") && !matches(r"^\w$", "é"));
    assert!(!matches(r"\s", "\u{a0}") && matches(r"^\S$", "\u{a0}") && !matches(r"\s", "\u{b}"));
    assert!(matches(r"a\b", "aé") && !matches(r"a\B", "aé") && matches(r"^[^\D]$", "5"));
}

#[test]
fn a_set_tells_which_patterns_match() {
    let patterns = ["^postgres$", "redis", "s$"].map(|text| pattern(text).expect(text));
    let set = PatternSet::new(&patterns);
    assert_eq!(set.matching("postgres").collect::<Vec<_>>(), [0, 2]);
    assert_eq!(set.matching("nginx").count(), 0);
    assert!(set.is_match("redis-server") && !set.is_match("nginx"));
    assert!(!PatternSet::new(&[]).is_match("postgres"));
}

const PIECES: [&str; 40] = [
    "a",
    "é",
    "_",
    "0",
    " ",
    "-",
    "^",
    "$",
    "|",
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?s-m:",
    "[",
    "]",
    "[^",
    "[a-c]",
    "[[:^word:]]",
    "&&",
    "*",
    "+",
    "?",
    "{2}",
    "{2,}",
    "{0,1000}",
    "{",
    "}",
    ".",
    r"\",
    r"\d",
    r"\W",
    r"\s",
    r"\b",
    r"\B",
    r"\z",
    r"\x{e9}",
    r"\pL",
    r"\p{Han}",
    r"\Q",
];

proptest! {
    #[test]
    fn every_pattern_compiles_and_keeps_its_text(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..9)) {
        let text = pieces.concat();
        if let Ok(pattern) = pattern(&text) {
            prop_assert_eq!(PatternSet::new(std::slice::from_ref(&pattern)).set.len(), 1);
            prop_assert!(pattern.hir().is_some());
            prop_assert_eq!(String::from(pattern), text);
        }
    }

    #[test]
    fn no_text_makes_the_check_panic(text in any::<String>()) {
        let _ = pattern(&text);
    }
}

//! What is proven to be dropped, and what is left to the run.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::spec::PatternSet;
use crate::spec::tests::catalog;

fn pattern(text: &str) -> ProcessPattern {
    ProcessPattern::try_from(text.to_owned()).expect(text)
}

fn filter(patterns: &[&str]) -> RawPipelineSpec {
    let optimization = RawOptimization {
        name: Some("process-filter".to_owned()),
        parameters: [("patterns".to_owned(), json!(patterns))].into(),
    };
    RawPipelineSpec { optimizations: vec![RawOptimization::default(), optimization], ..RawPipelineSpec::default() }
}

fn messages(critical: &str, kept: &[&str]) -> Vec<String> {
    let violations = dropped(&filter(kept), "spec.candidate", &[pattern(critical)], &catalog());
    assert!(violations.iter().all(|v| v.field == "spec.candidate.optimizations[1].parameters.patterns"));
    violations.into_iter().map(|violation| violation.message).collect()
}

#[test]
fn a_process_that_no_pattern_can_keep_is_dropped() {
    let cases: [(&str, &[&str]); 14] = [
        ("^postgres$", &["^nginx$"]),
        ("^postgres$", &["^(nginx|redis)$", "^post$", "gres-"]),
        ("^(postgres|redis)$", &["^nginx$"]),
        ("^postgres[1-3]$", &["^postgres$", "^postgres[4-9]$"]),
        ("(?i)^postgres$", &["^nginx$"]),
        ("^Postgres$", &["^postgres$"]),
        // Neither has an end, and still no name begins in both ways.
        ("^postgres", &["^nginx"]),
        ("postgres$", &["nginx$"]),
        // Any name may hold it, but the kept names are few and do not.
        ("postgres", &["^(nginx|redis)$"]),
        ("^.{20}$", &["^.{1,15}$"]),
        ("^a{2,}$", &["^a?$"]),
        (r"^\d+$", &["^[a-z]+$"]),
        (r"^\bdb\b$", &["^web$"]),
        ("^Ω$", &["^[a-zé]$"]),
    ];
    for (critical, kept) in cases {
        let expected = format!("drops every process that the critical pattern \"{critical}\" names");
        assert_eq!(messages(critical, kept), [expected], "{critical} against {kept:?}");
    }
}

#[test]
fn what_may_be_kept_is_left_to_the_run() {
    let cases: [(&str, &[&str]); 10] = [
        ("^postgres$", &["^(postgres|nginx)$"]),
        ("^postgres$", &["^nginx$", "gres"]),
        ("postgres", &["nginx"]),
        ("postgres", &["^postgres-exporter$"]),
        ("(?i)^postgres$", &["^POSTGRES$"]),
        ("^postgres[0-9]$", &["^postgres1$"]),
        ("^postgres", &[".*"]),
        ("^(ba)?sh$", &["sh$"]),
        (r"\bdb\b", &["^xdbx$"]),
        ("(?m)^db$", &["db"]),
    ];
    for (critical, kept) in cases {
        assert_eq!(messages(critical, kept), Vec::<String>::new(), "{critical} against {kept:?}");
    }
}

#[test]
fn a_name_spelled_out_among_others_counts_on_its_own() {
    let lost = |parts: &str, critical: &str| {
        vec![format!("drops every process that {parts} of the critical pattern \"{critical}\" names")]
    };
    assert_eq!(messages("^(postgres|redis)$", &["^postgres$"]), lost("\"^redis$\"", "^(postgres|redis)$"));
    assert_eq!(
        messages("^postgres$|^my(sql|db)$", &["^mysql$"]),
        lost("\"^postgres$\" and \"^mydb$\"", "^postgres$|^my(sql|db)$")
    );
    assert_eq!(messages("postgres|redis", &["^postgres$"]), lost("\"redis\"", "postgres|redis"));
    // A class describes names of which a user need not have all.
    assert_eq!(messages("^db[12]$", &["^db1$"]), Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_left_to_its_own_violation() {
    assert_eq!(messages("^postgres$", &["^nginx$", "("]), Vec::<String>::new());
    assert_eq!(messages("^postgres$", &[]), Vec::<String>::new());
    let mut unknown = filter(&["^nginx$"]);
    unknown.optimizations[1].name = Some("exclude-kernel-threads".to_owned());
    assert_eq!(dropped(&unknown, "spec.candidate", &[pattern("^postgres$")], &catalog()), []);
}

#[test]
fn an_expensive_proof_is_given_up() {
    let kept: Vec<String> = (0..20).map(|n| format!("x.{{0,{n}}}y.{{10}}z{n}")).collect();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    assert_eq!(messages("[ab].{12}[cd].{12}e$", &kept), Vec::<String>::new());
}

fn expression() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec!["a", "b", "[ab]", "a*", "(a|bb)", "b?", ".", "a{2}", r"\b", "(?i:A)"]);
    (any::<bool>(), prop::collection::vec(pieces, 1..5), any::<bool>()).prop_map(|(start, pieces, end)| {
        format!("{}{}{}", if start { "^" } else { "" }, pieces.concat(), if end { "$" } else { "" })
    })
}

proptest! {
    #[test]
    fn no_name_that_is_dropped_is_matched_by_both(critical in expression(), kept in expression(), name in "[abAc]{0,6}") {
        let violations = messages(&critical, &[&kept]);
        let both = PatternSet::new(&[pattern(&critical), pattern(&kept)]).matching(&name).count() == 2;
        prop_assert!(!both || violations.iter().all(|message| !message.contains("the critical pattern") || message.contains(" of the ")));
    }
}

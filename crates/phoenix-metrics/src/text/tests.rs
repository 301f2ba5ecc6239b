//! Lines by example, and the format by its properties.

use proptest::prelude::*;

use super::*;

fn read(page: &str) -> Result<Vec<Series<'_>>, Malformed> {
    series(page).collect()
}

fn only(line: &str) -> (String, Vec<(String, String)>, f64) {
    let page = format!("{line}\n");
    let found = read(&page).unwrap();
    assert_eq!(found.len(), 1, "{line}");
    let own = |text: &Cow<'_, str>| text.clone().into_owned();
    let labels = found[0].labels.iter().map(|(key, value)| (own(key), own(value))).collect();
    (own(&found[0].name), labels, found[0].value)
}

fn label(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn lines_as_collectors_write_them() {
    assert_eq!(only("up 1"), ("up".to_owned(), vec![], 1.0));
    assert_eq!(only("a{} 1.5e+07"), ("a".to_owned(), vec![], 1.5e7));
    assert_eq!(only("a{b=\"c\",d=\"\"} -2"), ("a".to_owned(), vec![label("b", "c"), label("d", "")], -2.0));
    assert_eq!(only("a:b_c { d = \"e\" , } 3 1543182234000"), ("a:b_c".to_owned(), vec![label("d", "e")], 3.0));
    assert_eq!(
        only("h_bucket{le=\"+Inf\"} 5 # {trace_id=\"x\"} 0.7 1.5"),
        ("h_bucket".to_owned(), vec![label("le", "+Inf")], 5.0)
    );
    assert_eq!(
        only("{\"a.b\",\"c.d\"=\"e\",f=\"g\"} 1"),
        ("a.b".to_owned(), vec![label("c.d", "e"), label("f", "g")], 1.0)
    );
    assert!(only("a +Inf").2.is_infinite() && only("a +Inf").2.is_sign_positive());
    assert!(only("a -Inf").2.is_infinite() && only("a -Inf").2.is_sign_negative());
    assert!(only("a NaN").2.is_nan());
}

#[test]
fn a_label_may_hold_everything_that_a_command_line_holds() {
    let (_, labels, value) = only(r#"p{command_line="sh -c \"a=1,b}; echo {\\n}\" \q\n# x"} 7"#);
    assert_eq!(labels, [label("command_line", "sh -c \"a=1,b}; echo {\\n}\" \\q\n# x")]);
    assert!((value - 7.0).abs() < f64::EPSILON);
}

#[test]
fn an_empty_label_is_an_absent_one() {
    let found = read("a{b=\"\",c=\"d\"} 1\n").unwrap();
    assert_eq!((found[0].label("b"), found[0].label("c"), found[0].label("e")), (None, Some("d"), None));
}

#[test]
fn comments_and_empty_lines_are_no_series() {
    assert_eq!(read("# HELP a b\n# TYPE a counter\n\n#\n  \t\n# EOF\n"), Ok(vec![]));
    assert_eq!(read(""), Ok(vec![]));
    assert_eq!(read("# HELP a\r\na 1\r\n").map(|found| found.len()), Ok(1));
}

#[test]
fn what_cannot_be_read_is_told_by_its_line_and_never_repeated() {
    for (line, problem) in [
        ("<html>", "a series has no name"),
        ("{a=\"b\"} 1", "a series has no name"),
        ("1a 2", "a series has no name"),
        ("a", "a series has no value"),
        ("a{b=\"c\"}", "a series has no value"),
        ("a x", "the value is not a number"),
        ("a 1 x", "the timestamp is not a number"),
        ("a 1 2 3", "something follows the timestamp"),
        ("a{b=c} 1", "a label's value is not in quotation marks"),
        ("a{b} 1", "a label has no value"),
        ("a{\"b\"} 1", "a label has no value"),
        ("a{=\"b\"} 1", "a label has no name"),
        ("a{b=\"c\" d=\"e\"} 1", "labels are not separated by a comma"),
        ("a{b=\"c} 1", "a quotation mark is not closed"),
        ("a{b=\"c\\", "a quotation mark is not closed"),
        ("a{b=\"c\"", "labels are not separated by a comma"),
    ] {
        let error = read(&format!("up 1\n{line}\n")).unwrap_err();
        assert_eq!(error, Malformed::Line { line: 2, problem }, "{line}");
    }
    assert_eq!(read("a 1\nb 2"), Err(Malformed::Truncated { line: 2 }));
    assert_eq!(read("a 1\n# HEL"), Err(Malformed::Truncated { line: 2 }));
}

/// A series as an exporter writes it.
#[derive(Clone, Debug)]
struct Written {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
    timestamp: Option<i64>,
}

impl Written {
    fn line(&self) -> String {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> =
            self.labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escape(value))).collect();
        let timestamp = self.timestamp.map(|at| format!(" {at}")).unwrap_or_default();
        format!("{}{{{}}} {}{timestamp}\n", self.name, labels.join(","), self.value)
    }
}

fn written() -> impl Strategy<Value = Written> {
    let value = any::<f64>().prop_filter("compared by equality", |value| !value.is_nan());
    let labels = prop::collection::vec(("[a-z_][a-z0-9_]{0,5}", any::<String>()), 0..4);
    ("[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", labels, value, prop::option::of(any::<i64>()))
        .prop_map(|(name, labels, value, timestamp)| Written { name, labels, value, timestamp })
}

proptest! {
    #[test]
    fn what_is_written_is_read(pages in prop::collection::vec(written(), 0..6)) {
        let page: String = pages.iter().map(Written::line).collect();
        let found = read(&page).unwrap();
        prop_assert_eq!(found.len(), pages.len());
        for (series, written) in found.iter().zip(&pages) {
            prop_assert_eq!(&*series.name, written.name.as_str());
            prop_assert_eq!(series.value.to_bits(), written.value.to_bits());
            let labels: Vec<(&str, &str)> = series.labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            let wanted: Vec<(&str, &str)> = written.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            prop_assert_eq!(labels, wanted);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read(&text);
        let _ = read(&format!("a{{b=\"{text}\"}} 1\n"));
    }

    /// Cut anywhere, a page is refused, or cut between two lines.
    #[test]
    fn a_page_that_breaks_off_is_never_read_wrongly(pages in prop::collection::vec(written(), 1..4), cut in any::<prop::sample::Index>()) {
        let page: String = pages.iter().map(Written::line).collect();
        let boundaries: Vec<usize> = page.char_indices().map(|(at, _)| at).collect();
        let cut = boundaries[cut.index(boundaries.len())];
        let whole = read(&page).unwrap();
        match read(&page[..cut]) {
            Ok(found) => prop_assert_eq!(&found[..], &whole[..found.len()]),
            Err(error) => {
                let is_truncated = matches!(error, Malformed::Truncated { .. });
                prop_assert!(is_truncated, "{}", error);
            }
        }
    }
}

//! The YAML that all of Phoenix reads: texts that readers of YAML take differently, and what each of ours must make of them.
//!
//! Every crate that reads YAML has its own few lines of options, because this one knows no YAML library. This table keeps them alike: a
//! file means the same to `phoenixctl`, to the server, and to the collector.

use serde_json::Value;

/// YAML scalars, and the same as JSON. Only `true` and `false` are truth values: that is YAML 1.2 and the collector.
const SCALARS: [(&str, &str); 28] = [
    ("yes", "\"yes\""),
    ("no", "\"no\""),
    ("on", "\"on\""),
    ("off", "\"off\""),
    ("y", "\"y\""),
    ("N", "\"N\""),
    ("Yes", "\"Yes\""),
    ("OFF", "\"OFF\""),
    ("true", "true"),
    ("false", "false"),
    ("\"true\"", "\"true\""),
    ("~", "null"),
    ("null", "null"),
    ("", "null"),
    ("''", "\"\""),
    ("nil", "\"nil\""),
    ("30", "30"),
    ("-1", "-1"),
    ("0.5", "0.5"),
    ("'30'", "\"30\""),
    ("30s", "\"30s\""),
    ("1h30m", "\"1h30m\""),
    ("12:30:45", "\"12:30:45\""),
    ("2026-12-01", "\"2026-12-01\""),
    ("2026-12-01T08:00:00Z", "\"2026-12-01T08:00:00Z\""),
    ("^(postgres|nginx)$", "\"^(postgres|nginx)$\""),
    ("${env:NAME}", "\"${env:NAME}\""),
    ("0.159.0", "\"0.159.0\""),
];

/// Sees to it that `read` takes the table as it should, and refuses what would hide a text or eat memory.
pub fn check(read: impl Fn(&str) -> Option<Value>) {
    for (yaml, json) in SCALARS {
        let wanted = serde_json::from_str(&format!("{{\"key\": {json}}}")).ok();
        assert_eq!(read(&format!("key: {yaml}\n")), wanted, "{yaml}");
    }
    assert_eq!(read("{on: 1}"), Some(serde_json::json!({"on": 1})), "a key is a text, too");
    for refused in
        ["a: 1\na: 2\n", "{\"a\": 1, \"a\": 2}", "a: !include other.yaml\n", "a:\n\t- b\n", "a: \0b\n", "a: [1\n"]
    {
        assert_eq!(read(refused), None, "{refused:?}");
    }
    // The thread of a test has the stack of a server's.
    for (what, bomb) in bombs() {
        assert_eq!(read(&bomb), None, "{what}");
    }
}

/// Texts of at most a megabyte that would eat memory, time or the stack.
pub fn bombs() -> Vec<(&'static str, String)> {
    const SIZE: usize = 1_000_000;
    let tenfold = |(name, below): (char, char)| format!("{name}: &{name} [{}x]\n", format!("*{below},").repeat(10));
    let laughs = "a: &a [x]\n".to_owned() + &('b'..='i').zip('a'..).map(tenfold).collect::<String>();
    let numbered = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().concat();
    let blocks: String = (0..1_400).map(|depth| " ".repeat(depth) + "a:\n").collect();
    vec![
        ("aliases of aliases", laughs),
        ("an alias to itself", "a: &a [*a]\n".to_owned()),
        ("a large text, many times", format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a,".repeat(300_000 / 3))),
        ("aliases without end", format!("a: &a 1\nb: [{}]\n", "*a,".repeat(SIZE / 3 - 10))),
        ("anchors without end", numbered(60_000, |anchor| format!("- &a{anchor} x\n"))),
        ("a hundred lists deep", "[".repeat(100) + &"]".repeat(100)),
        ("lists that are never closed", "[".repeat(SIZE)),
        ("lists that are closed", "[".repeat(SIZE / 2) + &"]".repeat(SIZE / 2)),
        ("objects that are never closed", "{a: ".repeat(SIZE / 4)),
        ("JSON objects that are closed", "{\"a\":".repeat(SIZE / 7) + "1" + &"}".repeat(SIZE / 7)),
        ("compact lists", "- ".repeat(SIZE / 2)),
        ("keys that are objects", "? ".repeat(SIZE / 2)),
        ("blocks in blocks", blocks),
        ("a hundred thousand keys", numbered(100_000, |key| format!("k{key}: 1\n"))),
        ("eighty thousand keys in JSON", format!("{{{}\"z\":1}}", numbered(80_000, |key| format!("\"k{key}\":1,")))),
        ("a hundred thousand documents", "---\na: 1\n".repeat(SIZE / 10)),
        ("merges of merges", "a: &a {x: 1}\n".to_owned() + &"b: {<<: [*a, *a, *a, *a]}\n".repeat(2)),
        ("a text that never ends", "a: \"".to_owned() + &"x".repeat(SIZE)),
        ("directives without end", "%TAG ! tag:x,2000:\n".repeat(SIZE / 20)),
    ]
}

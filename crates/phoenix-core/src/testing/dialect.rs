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
    let tenfold = |(name, below): (char, char)| format!("{name}: &{name} [{}x]\n", format!("*{below},").repeat(10));
    let laughs = "a: &a [x]\n".to_owned() + &('b'..='i').zip('a'..).map(tenfold).collect::<String>();
    let deep = "[".repeat(100) + &"]".repeat(100);
    for refused in ["a: 1\na: 2\n", "a: !include other.yaml\n", "a:\n\t- b\n", &laughs, &deep] {
        assert_eq!(read(refused), None, "{refused}");
    }
}

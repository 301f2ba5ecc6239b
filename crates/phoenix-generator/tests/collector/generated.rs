//! A real collector takes everything that can be generated.

use phoenix_core::spec::Optimization;
use serde_json::{Value, json};

use crate::specs::{generate, spec};
use crate::support::{complaints, validate};

/// Parameters at one end of their ranges: those of the template, and the strategies with theirs.
type Extreme = (Value, Vec<Optimization>);

fn extreme(parameters: Value, threshold: &Value, patterns: &Value) -> Extreme {
    let strategies = json!([
        {"name": "reaggregate-at-source"},
        {"name": "exclude-kernel-threads"},
        {"name": "threshold", "parameters": threshold},
        {"name": "process-filter", "parameters": {"patterns": patterns}},
    ]);
    (parameters, serde_json::from_value(strategies).expect("strategies"))
}

fn extremes() -> [Extreme; 3] {
    let longest = vec![format!("^({})$", "a".repeat(508)); 64];
    let awkward = [
        r"^a\.b$",
        r#""double" 'single'"#,
        r"\$\{HOME}",
        "$",
        "größe|日本|🔥",
        "#: [a] & * ! | > % @ `",
        r"\n\t\\",
        "\u{2028}\u{feff}\u{a0}",
        "yes",
        "1e5",
        " padded ",
        r"^[[:alpha:]]+\x{e9}\pL$",
        "(?i)ABC",
        r"\{\{quote x\}\}",
    ];
    [
        extreme(
            json!({"collectionInterval": "1s", "memoryLimitMib": 64, "processCommandLine": false}),
            &json!({"memoryMib": 1, "cpuUtilization": 0.0001, "keep": []}),
            &json!(["a"]),
        ),
        extreme(
            json!({"collectionInterval": "10m", "memoryLimitMib": 4096, "processCommandLine": true}),
            &json!({"memoryMib": 1 << 20, "cpuUtilization": 1, "keep": longest}),
            &json!(longest),
        ),
        extreme(json!({}), &json!({"cpuUtilization": 0.123_456_789, "keep": awkward}), &json!(awkward)),
    ]
}

/// Every set of the strategies, in their order.
fn subsets(strategies: &[Optimization]) -> Vec<Vec<Optimization>> {
    let chosen = |set: usize| {
        let is_in = |(index, _): &(usize, &Optimization)| set & (1 << *index) != 0;
        strategies.iter().enumerate().filter(is_in).map(|(_, strategy)| strategy.clone()).collect()
    };
    (0..1 << strategies.len()).map(chosen).collect()
}

/// Every order of a list.
fn orders(list: &[Optimization]) -> Vec<Vec<Optimization>> {
    let Some((first, rest)) = list.split_first() else { return vec![Vec::new()] };
    let insert = |order: Vec<Optimization>| {
        (0..=order.len())
            .map(move |at| order.iter().take(at).chain([first]).chain(order.iter().skip(at)).cloned().collect())
    };
    orders(rest).into_iter().flat_map(insert).collect()
}

#[test]
fn every_set_and_order_of_strategies_with_extreme_parameters_is_accepted() {
    let mut specs = Vec::new();
    for (parameters, strategies) in extremes() {
        specs.extend(subsets(&strategies).into_iter().map(|chosen| (parameters.clone(), chosen)));
    }
    let [_, _, (parameters, strategies)] = extremes();
    specs.extend(orders(&strategies).into_iter().map(|order| (parameters.clone(), order)));
    assert_eq!(specs.len(), 3 * 16 + 24);
    let documents: Vec<String> = specs
        .into_iter()
        .map(|(parameters, optimizations)| generate(&spec(parameters, json!(optimizations))))
        .collect();
    let found = complaints(&documents, |document| validate(document).err().map(|said| format!("{document}{said}")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

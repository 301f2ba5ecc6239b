//! The figures of the store, which its benchmark measures as ratios and tells in lines of JSON.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figure::{Bound, Figure, Quantity, Ratio};
use crate::command;

/// The target.
pub(super) const TARGET: &str = "store";
/// What a line with a figure begins with.
const FIGURE: &str = "figure ";

pub(super) fn measure() -> Result<Vec<Figure>> {
    let mut command = command::cargo(&["bench", "--workspace", "--all-features", "--locked", "--bench", TARGET]);
    command::announce(&command);
    figures(&command::capture(&mut command)?)
}

fn figures(said: &str) -> Result<Vec<Figure>> {
    let lines = said.lines().filter_map(|line| line.strip_prefix(FIGURE));
    let all: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>().context("not a figure")?;
    let named = |name: &str| {
        all.iter().find(|figure| figure["name"] == name).with_context(|| format!("the store tells no figure {name:?}"))
    };
    let mut figures = vec![transitions(named("durable transitions")?)?, tick(named("tick")?, Some(1.1))?];
    for part in all.iter().filter(|figure| figure["name"].as_str().is_some_and(|name| name.starts_with("tick: "))) {
        figures.push(tick(part, None)?);
    }
    Ok(figures)
}

fn number(figure: &Value, key: &str) -> Result<f64> {
    figure[key].as_f64().with_context(|| format!("a figure without {key}: {figure}"))
}

fn transitions(figure: &Value) -> Result<Figure> {
    // The store tells times and their ratio; a rate is the other way round.
    let ratio = Ratio {
        median: 1.0 / number(figure, "ratio")?,
        low: 1.0 / number(figure, "high")?,
        high: 1.0 / number(figure, "low")?,
    };
    let other = Quantity::Rate(1.0 / number(figure, "other")?);
    let bound = Bound::ShareOf { other, what: "through the bare driver", ratio, at_least: 0.5 };
    Ok(Figure::new("durable transitions, SQLite", Quantity::Rate(1.0 / number(figure, "ours")?), bound))
}

fn tick(figure: &Value, below: Option<f64>) -> Result<Figure> {
    let ratio = Ratio { median: number(figure, "ratio")?, low: number(figure, "low")?, high: number(figure, "high")? };
    let bound = Bound::Times { other: Quantity::Time(number(figure, "other")?), what: "without", ratio, below };
    let part = figure["name"].as_str().and_then(|name| name.strip_prefix("tick: "));
    let name = match part {
        None => "tick of 100 running beside 100 000 finished experiments".to_owned(),
        Some(part) => format!("of it `{part}`"),
    };
    Ok(Figure::new(name, Quantity::Time(number(figure, "ours")?), bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_tells_becomes_figures() {
        let said = "\
running
figure {\"name\": \"durable transitions\", \"ours\": 0.0005, \"other\": 0.0004, \"ratio\": 1.25, \"low\": 1.0, \"high\": 2.5}
figure {\"name\": \"tick\", \"ours\": 0.0022, \"other\": 0.002, \"ratio\": 1.1, \"low\": 1.0, \"high\": 1.2}
figure {\"name\": \"tick: wanted\", \"ours\": 0.0011, \"other\": 0.001, \"ratio\": 1.1, \"low\": 1.0, \"high\": 1.2}
";
        let figures = figures(said).expect("figures");
        assert_eq!(figures[0].measured, Quantity::Rate(2000.0));
        let ratio = Ratio { median: 0.8, low: 0.4, high: 1.0 };
        let other = Quantity::Rate(2500.0);
        assert_eq!(figures[0].bound, Bound::ShareOf { other, what: "through the bare driver", ratio, at_least: 0.5 });
        assert_eq!(figures.iter().map(Figure::is_met).collect::<Vec<_>>(), [Some(true), Some(false), None]);
        assert!(super::figures("figure {\"name\": \"tick\"}").is_err());
    }
}

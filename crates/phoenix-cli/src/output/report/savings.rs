//! What the candidate saves, and about how much money that is, in words. The amounts and the prices are the server's.

use phoenix_core::analysis::{Basis, Saved, Savings, Verdict};

use crate::output::report::document::Figure;
use crate::output::units::{count, counted, money, rate};

/// One line, if series are saved or added in every sample; anything less sure is not worth a sum of money on a terminal.
pub(super) fn savings(savings: &Savings, verdict: Option<Verdict>) -> Option<String> {
    let series = savings.active_series.filter(|series| series.basis == Basis::EverySample)?;
    let number = count(series.per_host.abs());
    if number == "0" {
        return None;
    }
    let price = match savings.money {
        Some(amount) => {
            let sure = if amount.basis == Basis::EverySample { "" } else { ", in part not judged" };
            let sum = money(amount.per_host.abs());
            let direction = if (amount.per_host < 0.0) == (series.per_host < 0.0) { "" } else { "the other way, " };
            let currency = &savings.prices.currency;
            format!(": {direction}about {sum} {currency} per host and month{sure} (assumed {})", savings.assumption)
        }
        None => String::new(),
    };
    if series.per_host < 0.0 {
        return Some(format!("  costs {number} series more per host{price}"));
    }
    let verb = if verdict == Some(Verdict::Reject) { "would save" } else { "saves" };
    Some(format!("  {verb} {number} series{} per host{price}", datapoints(savings)))
}

/// ` and 72 datapoints/s`, with a word about it where the difference of the means is all that is known.
fn datapoints(savings: &Savings) -> String {
    let Some(saved) = savings.datapoints_rate.filter(|saved| saved.per_host > 0.0) else { return String::new() };
    let judged = if saved.basis == Basis::EverySample { "" } else { " (not judged)" };
    format!(" and {} datapoints/s{judged}", count(saved.per_host.round()))
}

/// Every amount in a sentence of its own, with what it rests on.
pub(super) fn sentences(savings: &Savings, is_rejected: bool) -> Vec<String> {
    let mut sentences = Vec::new();
    let amounts = [
        (&savings.active_series, "active series", count as fn(f64) -> String),
        (&savings.datapoints_rate, "datapoints/s", rate),
    ];
    for (saved, unit, written) in amounts {
        if let Some(saved) = saved {
            sentences.push(sentence(savings, *saved, is_rejected, unit, written));
        }
    }
    if let Some(amount) = savings.money {
        let unit = format!("{} a month", savings.prices.currency);
        sentences.push(sentence(savings, amount, is_rejected, &unit, money));
        sentences.push(format!("Assumed prices: {}; nobody measured them.", savings.assumption));
    }
    sentences
}

/// `Saves 376 active series per host, 752 on 2 hosts; held in every judged sample.`
fn sentence(savings: &Savings, saved: Saved, is_rejected: bool, unit: &str, written: fn(f64) -> String) -> String {
    let is_cost = saved.total < 0.0;
    let verb = match (is_cost, is_rejected || saved.basis == Basis::Means) {
        (false, false) => "Saves",
        (false, true) => "Would save",
        (true, false) => "Costs",
        (true, true) => "Would cost",
    };
    let more = if is_cost { " more" } else { "" };
    let hosts = match savings.hosts {
        1 => String::new(),
        number => format!(", {} on {}", written(saved.total.abs()), counted(number, "host")),
    };
    let basis = match saved.basis {
        Basis::EverySample => "held in every judged sample",
        Basis::Means => "not judged, the difference of the means",
    };
    format!("{verb} {} {unit}{more} per host{hosts}; {basis}.", written(saved.per_host.abs()))
}

/// The money as a number to look at.
pub(super) fn figure(savings: &Savings) -> Option<Figure> {
    let amount = savings.money?;
    let direction = if amount.per_host < 0.0 { "more" } else { "less" };
    let (direction, judged) = match amount.basis {
        Basis::EverySample => (direction.to_owned(), ""),
        Basis::Means => (format!("{direction}, if the means hold,"), "not judged; "),
    };
    let value = format!("{} {}", money(amount.per_host.abs()), savings.prices.currency);
    let label = format!("{direction} per host and month");
    Some(Figure { value: format!("~ {value}"), label, note: format!("{judged}assumed {}", savings.assumption) })
}

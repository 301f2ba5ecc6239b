//! What the candidate saves, and about how much money that is.

use phoenix_core::analysis::{Comparison, Indicator, Outcome, Verdict};

use crate::output::units::{count, money};

/// Price of 1 000 active series for a month in USD: the assumption behind the estimate, printed with it.
const ASSUMED_USD_PER_1000_SERIES: f64 = 8.0;

/// One line, if series are saved or added in every sample; anything less sure is not worth a sum of money.
pub(super) fn savings(comparison: &Comparison, verdict: Option<Verdict>) -> Option<String> {
    let series = comparison.indicator(Indicator::ActiveSeries).filter(|series| series.judged)?;
    let hosts = u32::try_from(comparison.hosts.len()).ok().filter(|hosts| *hosts > 0)?;
    let per_host = (series.baseline? - series.candidate?) / f64::from(hosts);
    let usd = money(per_host.abs() / 1_000.0 * ASSUMED_USD_PER_1000_SERIES);
    let price = format!("(assumed {ASSUMED_USD_PER_1000_SERIES} USD per 1 000 series and month)");
    let number = count(per_host.abs());
    match series.outcome {
        Outcome::Improved => {
            let verb = if verdict == Some(Verdict::Reject) { "would save" } else { "saves" };
            let datapoints = datapoints(comparison, f64::from(hosts));
            Some(format!("  {verb} {number} series{datapoints} per host: about {usd} USD per host and month {price}"))
        }
        Outcome::Regressed => {
            Some(format!("  costs {number} series more per host: about {usd} USD per host and month {price}"))
        }
        Outcome::Pass | Outcome::Inconclusive | Outcome::NoData | Outcome::ProviderError | Outcome::Invalid => None,
    }
}

/// ` and 72 datapoints/s`, with a word about it where the difference of the means is all that is known.
fn datapoints(comparison: &Comparison, hosts: f64) -> String {
    let Some(rate) = comparison.indicator(Indicator::DatapointsRate) else { return String::new() };
    let saved = rate.baseline.zip(rate.candidate).map_or(0.0, |(baseline, candidate)| (baseline - candidate) / hosts);
    if saved <= 0.0 {
        return String::new();
    }
    let judged = if rate.judged { "" } else { " (not judged)" };
    format!(" and {} datapoints/s{judged}", count(saved.round()))
}

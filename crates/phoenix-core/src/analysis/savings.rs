//! What the candidate saves, and how much money that is under given prices: arithmetic over a comparison, no judging.
//!
//! A saving is positive, a cost negative. An amount says what it rests on: a change that held in every judged sample, or only the
//! difference of the means, of which nothing is claimed.

use serde::{Deserialize, Serialize};

use crate::analysis::words::{count, float};
use crate::analysis::{Comparison, Indicator, IndicatorResult, Outcome};

/// Hours of an average month: 365 days of 24 hours over 12 months.
const HOURS_PER_MONTH: f64 = 730.0;
/// Seconds of an average month.
const SECONDS_PER_MONTH: f64 = HOURS_PER_MONTH * 3_600.0;

/// What telemetry costs. Nobody measured it: it is an assumption, and is shown wherever an amount is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    /// Price of 1 000 active series for a month; zero when they cost nothing.
    pub per_thousand_series_month: f64,
    /// Price of a million datapoints; zero when they cost nothing.
    pub per_million_datapoints: f64,
    /// The currency of both.
    pub currency: String,
}

/// What the candidate saves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Savings {
    /// Number of hosts that were compared; what is said per host is the mean over them.
    pub hosts: u64,
    /// Active series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_series: Option<Saved>,
    /// Datapoints per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints_rate: Option<Saved>,
    /// Money per month for all that has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Saved>,
    /// The prices that the money rests on.
    pub prices: Prices,
    /// The same for people: `8 USD per 1 000 series and month`; empty when nothing has a price.
    pub assumption: String,
}

/// An amount saved; negative when the candidate costs more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Mean over the hosts.
    pub per_host: f64,
    /// On all hosts together.
    pub total: f64,
    /// What the smallest and the largest relative change of a judged sample make of the mean baseline: the same twice when the change never
    /// varied, `None` where no interval is known. No sample need show these totals, because the baseline varies too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
    /// What the amount rests on.
    pub basis: Basis,
}

/// What an amount rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The direction of the change was judged and held in every sample.
    EverySample,
    /// The difference of the means; it was not judged, or the judgement left it open.
    Means,
}

impl Default for Prices {
    fn default() -> Self {
        Self { per_thousand_series_month: 8.0, per_million_datapoints: 0.0, currency: "USD".to_owned() }
    }
}

impl Prices {
    /// The prices in words, without those that are zero.
    pub fn assumption(&self) -> String {
        let currency = &self.currency;
        let mut prices = Vec::new();
        if self.per_thousand_series_month > 0.0 {
            prices.push(format!("{} {currency} per 1 000 series and month", self.per_thousand_series_month));
        }
        if self.per_million_datapoints > 0.0 {
            let price = self.per_million_datapoints;
            prices.push(format!("{price} {currency} per million datapoints, {HOURS_PER_MONTH} hours a month"));
        }
        prices.join(", ")
    }

    fn of_series(&self) -> f64 {
        self.per_thousand_series_month / 1_000.0
    }

    /// Price of one datapoint per second for a month.
    fn of_rate(&self) -> f64 {
        self.per_million_datapoints / 1e6 * SECONDS_PER_MONTH
    }
}

impl Savings {
    /// What the comparison shows to be saved; `None` when it shows no amount at all. Silence saves nothing: without any series of the
    /// candidate there is no amount.
    pub fn of(comparison: &Comparison, prices: &Prices) -> Option<Self> {
        let hosts = count(comparison.hosts.len());
        let series = comparison.indicator(Indicator::ActiveSeries);
        if hosts == 0 || series.is_some_and(is_silent) {
            return None;
        }
        let active_series = series.and_then(|result| saved(result, hosts));
        let rate = comparison.indicator(Indicator::DatapointsRate);
        let datapoints_rate = rate.and_then(|result| saved(result, hosts));
        if active_series.is_none() && datapoints_rate.is_none() {
            return None;
        }
        let parts = [(active_series, prices.of_series()), (datapoints_rate, prices.of_rate())];
        let money = parts
            .into_iter()
            .filter(|(_, price)| *price > 0.0)
            .filter_map(|(amount, price)| Some(amount?.times(price)))
            .reduce(Saved::plus);
        Some(Self {
            hosts,
            active_series,
            datapoints_rate,
            money,
            assumption: prices.assumption(),
            prices: prices.clone(),
        })
    }
}

impl Saved {
    fn times(self, price: f64) -> Self {
        Self {
            per_host: self.per_host * price,
            total: self.total * price,
            range: self.range.map(|(low, high)| (low * price, high * price)),
            basis: self.basis,
        }
    }

    /// Both together, which is as sure as the less sure of them.
    fn plus(self, other: Self) -> Self {
        Self {
            per_host: self.per_host + other.per_host,
            total: self.total + other.total,
            range: self.range.zip(other.range).map(|(one, two)| (one.0 + two.0, one.1 + two.1)),
            basis: self.basis.max(other.basis),
        }
    }
}

/// True when the candidate has nothing of what the baseline has.
fn is_silent(result: &IndicatorResult) -> bool {
    result.change.is_some_and(|change| change <= -1.0)
}

fn saved(result: &IndicatorResult, hosts: u64) -> Option<Saved> {
    if !result.outcome.is_claim() {
        return None;
    }
    let (baseline, candidate) = result.baseline.zip(result.candidate)?;
    let total = baseline - candidate;
    // A change of -0.8 of the baseline is a saving of 0.8 of it; adding zero turns a negative zero into a plain one.
    let range = result.interval.map(|(low, high)| (-high * baseline + 0.0, -low * baseline + 0.0));
    Some(Saved { per_host: total / float(hosts), total, range, basis: basis(result) })
}

fn basis(result: &IndicatorResult) -> Basis {
    let is_decided = match result.outcome {
        Outcome::Improved | Outcome::Pass | Outcome::Regressed => result.judged,
        Outcome::Inconclusive | Outcome::NoData | Outcome::ProviderError | Outcome::Invalid => false,
    };
    let has_direction = result.interval.is_some_and(|(low, high)| high <= 0.0 || low >= 0.0);
    if is_decided && has_direction { Basis::EverySample } else { Basis::Means }
}

#[cfg(test)]
mod tests;

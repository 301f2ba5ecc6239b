//! Instants and spans as plain values, in microseconds, because every store can keep those exactly.
//!
//! Knows no clock: `now` is always handed in (see [`crate::ports::clock`]).

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC with microsecond resolution. Its text form is RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The span from `earlier` to this instant; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The latest multiple of `interval` since the epoch that is not after this instant. An interval of zero leaves it as it is.
    #[must_use]
    pub fn align_down(self, interval: Span) -> Self {
        match i64::try_from(interval.as_micros()) {
            Ok(step) if step > 0 => Self(self.0 - self.0.rem_euclid(step)),
            Ok(_) | Err(_) => self,
        }
    }

    /// The first multiple of `interval` since the epoch that is strictly after this instant.
    #[must_use]
    pub fn next_aligned(self, interval: Span) -> Self {
        self.align_down(interval) + interval
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub_unsigned(span.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self(at.as_microsecond()))
            .map_err(|_| ParseTimeError(format!("{text:?} is not an RFC 3339 time such as 2026-12-01T08:00:00Z")))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A length of time, never negative, with microsecond resolution. Its text form is Go's and Prometheus': `90s`, `30m`, `1h30m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

/// Units of the text form, longest first, in microseconds.
const UNITS: [(&str, u64); 6] =
    [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A span of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// A span of `minutes` minutes.
    pub const fn from_mins(minutes: u64) -> Self {
        Self::from_secs(minutes.saturating_mul(60))
    }

    /// The length in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The length in seconds.
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The same length for APIs that take the standard library's type.
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0)
    }

    /// True when the length is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The difference, zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// How often `step` fits into this length; zero when `step` is zero.
    pub fn count_of(self, step: Self) -> u64 {
        self.0.checked_div(step.0).unwrap_or(0)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, size) in UNITS {
            // Days are read but never written: Go has no such unit.
            if unit == "d" || rest < size {
                continue;
            }
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = ParseTimeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseTimeError(format!("{text:?} is not a duration such as 90s, 30m or 1h30m"));
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let mut rest = text;
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let size = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size).ok_or_else(wrong)?;
            let number: u64 = number.parse().map_err(|_| wrong())?;
            total = number.checked_mul(size).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            rest = tail;
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Self(total)) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": Self::pattern()})
    }
}

#[cfg(feature = "schema")]
impl Span {
    /// A regular expression for the text form.
    pub(crate) fn pattern() -> String {
        let units: Vec<&str> = UNITS.iter().map(|(unit, _)| *unit).collect();
        format!("^(0|([0-9]+({}))+)$", units.join("|"))
    }
}

/// A text is no time or no duration; says which form was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseTimeError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_like_go() {
        for (text, micros) in [
            ("90s", 90_000_000),
            ("30m", 1_800_000_000),
            ("1h30m", 5_400_000_000),
            ("250ms", 250_000),
            ("1d", 86_400_000_000),
        ] {
            assert_eq!(text.parse::<Span>(), Ok(Span::from_micros(micros)), "{text}");
        }
        assert_eq!(Span::from_secs(90).to_string(), "1m30s");
        assert_eq!(Span::from_secs(86_400).to_string(), "24h");
        assert_eq!(Span::ZERO.to_string(), "0s");
    }

    #[test]
    fn a_duration_without_unit_or_with_a_sign_is_refused() {
        for text in ["", "5", "-5s", "1.5h", "5 s", "5x", "s", "99999999999999999999s", "9999999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn timestamps_round_trip_as_rfc_3339() {
        let at: Timestamp = "2026-12-01T08:00:00.25Z".parse().expect("valid");
        assert_eq!(at.to_string(), "2026-12-01T08:00:00.25Z");
        assert_eq!(at.to_string().parse(), Ok(at));
    }

    #[test]
    fn instants_align_to_the_epoch() {
        let at = Timestamp::from_micros(31_000_000);
        assert_eq!(at.align_down(Span::from_secs(15)), Timestamp::from_micros(30_000_000));
        assert_eq!(at.next_aligned(Span::from_secs(15)), Timestamp::from_micros(45_000_000));
        assert_eq!(
            Timestamp::from_micros(45_000_000).next_aligned(Span::from_secs(15)),
            Timestamp::from_micros(60_000_000)
        );
    }
}

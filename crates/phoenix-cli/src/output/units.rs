//! Numbers with their units, as people read them.

use phoenix_core::time::Span;

/// One mebibyte in bytes.
const MIB: f64 = 1_048_576.0;
/// What is written where there is no value.
pub(crate) const NOTHING: &str = "-";

/// A mean of counts: `474`, `99.3`, `12 345`. A fraction is shown only of small ones.
pub(crate) fn count(value: f64) -> String {
    let decimals = usize::from(value.abs() < 99.95 && (value - value.round()).abs() >= 0.05);
    grouped(value, decimals)
}

/// A rate: `92.0`, `1 234`.
pub(crate) fn rate(value: f64) -> String {
    grouped(value, usize::from(value.abs() < 999.95))
}

/// An amount of memory: `54.9 MiB`.
pub(crate) fn memory(bytes: f64) -> String {
    format!("{} MiB", grouped(bytes / MIB, 1))
}

/// Thousandths of a core: `33 mcpu`, `3.2 mcpu`.
pub(crate) fn cpu(cores: f64) -> String {
    let milli = cores * 1_000.0;
    format!("{} mcpu", grouped(milli, usize::from(milli.abs() < 9.95)))
}

/// A share: `0`, `0.31 %`, `0.0042 %`: two digits that say something, however small it is.
pub(crate) fn share(share: f64) -> String {
    if share == 0.0 { "0".to_owned() } else { format!("{} %", significant(share * 100.0)) }
}

/// A difference of shares, in percentage points: `0`, `+0.31 pt`.
pub(crate) fn points(difference: f64) -> String {
    if difference == 0.0 {
        "0".to_owned()
    } else {
        format!("{}{} pt", sign(difference), significant(difference.abs() * 100.0))
    }
}

/// A relative change: `-79.3 %`, `0`.
pub(crate) fn change(relative: f64) -> String {
    if relative == 0.0 { "0".to_owned() } else { format!("{} %", signed_percentage(relative)) }
}

/// A change in number: `-35`, `+1`, `0`.
pub(crate) fn difference(value: f64) -> String {
    let text = count(value.abs());
    if text == "0" { text } else { format!("{}{text}", sign(value)) }
}

/// The smallest and the largest relative change, if they differ as written: `-79.9 .. -77.4 %`.
pub(crate) fn range(low: f64, high: f64) -> Option<String> {
    let (low, high) = (signed_percentage(low), signed_percentage(high));
    (low != high).then(|| format!("{low} .. {high} %"))
}

/// The smallest and the largest difference of shares, if they differ as written: `0 .. +0.31 pt`.
pub(crate) fn points_range(low: f64, high: f64) -> Option<String> {
    let (low, high) = (points(low), points(high));
    let bare = low.strip_suffix(" pt").unwrap_or(&low);
    (low != high).then(|| format!("{bare} .. {high}"))
}

/// An amount of money: `3.0`, `0.004`, `1 234`.
pub(crate) fn money(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.1 => significant(value),
        large if large >= 99.95 => grouped(value, 0),
        _ => grouped(value, 1),
    }
}

/// A length of time without what nobody reads: `29m15s`, `3.2s`, `1h30m`.
pub(crate) fn span(span: Span) -> String {
    let micros = span.as_micros();
    let step = match micros {
        ..10_000_000 => 100_000,
        10_000_000..3_600_000_000 => 1_000_000,
        _ => 60_000_000,
    };
    let rounded = micros.saturating_add(step / 2) / step * step;
    if step == 100_000 && rounded < 10_000_000 {
        let seconds = Span::from_micros(rounded).as_secs_f64();
        return if rounded.is_multiple_of(1_000_000) { format!("{seconds:.0}s") } else { format!("{seconds:.1}s") };
    }
    Span::from_micros(rounded).to_string()
}

/// `noun` with its number: `1 sample`, `2 samples`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Adding zero turns a negative zero into a plain one.
fn signed_percentage(relative: f64) -> String {
    format!("{:+.1}", (relative * 1_000.0).round() / 10.0 + 0.0)
}

const fn sign(value: f64) -> &'static str {
    if value < 0.0 { "-" } else { "+" }
}

/// At least two significant digits.
fn significant(value: f64) -> String {
    let magnitude = value.abs();
    let mut decimals = 1;
    let mut limit = 1.0;
    while magnitude < limit && decimals < 8 {
        decimals += 1;
        limit /= 10.0;
    }
    format!("{value:.decimals$}")
}

/// The number with its thousands apart: `12 345.6`.
fn grouped(value: f64, decimals: usize) -> String {
    let scale = if decimals == 0 { 1.0 } else { 10.0 };
    let text = format!("{:.decimals$}", (value * scale).round() / scale + 0.0);
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, fraction)| (whole, fraction));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.chars().all(|c| c.is_ascii_digit()) {
            out.push(' ');
        }
        out.push(digit);
    }
    if fraction.is_empty() { out } else { format!("{out}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_rates_show_what_matters() {
        let written: Vec<String> = [474.0, 475.25, 99.25, 0.0, 1.5, 12_345.0, 1_234_567.8, 99.97].map(count).to_vec();
        assert_eq!(written, ["474", "475", "99.3", "0", "1.5", "12 345", "1 234 568", "100"]);
        assert_eq!([92.0, 19.56, 999.97, 1_234.0].map(rate).to_vec(), ["92.0", "19.6", "1 000", "1 234"]);
    }

    #[test]
    fn amounts_carry_their_units() {
        assert_eq!([54.9 * MIB, 2_000.0 * MIB, 0.0].map(memory).to_vec(), ["54.9 MiB", "2 000.0 MiB", "0.0 MiB"]);
        assert_eq!([0.0334, 0.0032, 1.25, 0.0].map(cpu).to_vec(), ["33 mcpu", "3.2 mcpu", "1 250 mcpu", "0.0 mcpu"]);
        assert_eq!([0.0, 0.0031, 0.000_042, 0.25].map(share).to_vec(), ["0", "0.31 %", "0.0042 %", "25.0 %"]);
        assert_eq!([3.008, 0.0042, 123.4, 12.0].map(money).to_vec(), ["3.0", "0.0042", "123", "12.0"]);
    }

    #[test]
    fn changes_carry_their_signs() {
        assert_eq!([-0.793, 0.05, 0.0, -1.0].map(change).to_vec(), ["-79.3 %", "+5.0 %", "0", "-100.0 %"]);
        assert_eq!([0.0031, -0.0031, 0.0].map(points).to_vec(), ["+0.31 pt", "-0.31 pt", "0"]);
        assert_eq!([-35.0, 1.0, 0.0, -0.01].map(difference).to_vec(), ["-35", "+1", "0", "0"]);
        assert_eq!(range(-0.799, -0.774).as_deref(), Some("-79.9 .. -77.4 %"));
        assert_eq!(range(-0.799_01, -0.799_02), None);
        assert_eq!(points_range(0.0, 0.0031).as_deref(), Some("0 .. +0.31 pt"));
        assert_eq!(points_range(0.0, 0.0), None);
    }

    #[test]
    fn spans_are_rounded_to_what_is_read() {
        let written = [0, 3_249_000, 4_000_000, 9_970_000, 29 * 60_000_000 + 15_400_000, 5_400_000_000, 5_431_000_000];
        let written: Vec<String> = written.iter().map(|micros| span(Span::from_micros(*micros))).collect();
        assert_eq!(written, ["0s", "3.2s", "4s", "10s", "29m15s", "1h30m", "1h31m"]);
    }
}

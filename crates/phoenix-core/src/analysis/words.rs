//! Numbers as people read them, and the one place where counts become floating point.

/// One mebibyte in bytes.
pub(super) const MIB: f64 = 1_048_576.0;

/// A count as a floating-point number.
#[expect(clippy::cast_precision_loss, reason = "counts of samples and executables stay far below 2^53")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

/// A length as a count.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A share as a percentage: `10 %`, `27.7 %`.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.1}", rounded(share));
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// A change as a percentage with its sign: `-79.3 %`.
pub(super) fn signed_percent(share: f64) -> String {
    if share.is_finite() { format!("{:+.1} %", rounded(share)) } else { "without bound".to_owned() }
}

/// Percentage with one decimal; adding zero turns a negative zero into a plain one.
fn rounded(share: f64) -> f64 {
    (share * 1_000.0).round() / 10.0 + 0.0
}

/// An amount of memory: `54.9 MiB`.
pub(super) fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / MIB + 0.0)
}

/// `noun` with its number: `1 sample`, `2 samples`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The first items of a list, and how many more there are.
pub(super) fn some_of(items: &[String], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(String::as_str).collect();
    let rest = items.len().saturating_sub(most);
    if rest == 0 { shown.join("; ") } else { format!("{}; and {rest} more", shown.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_a_table() {
        assert_eq!(percent(0.1), "10 %");
        assert_eq!(percent(0.277), "27.7 %");
        assert_eq!(signed_percent(-0.793_248_9), "-79.3 %");
        assert_eq!(signed_percent(-0.000_01), "+0.0 %");
        assert_eq!(signed_percent(f64::INFINITY), "without bound");
        assert_eq!(mebibytes(54.9 * MIB), "54.9 MiB");
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(counted(112, "sample"), "112 samples");
        let items = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(some_of(&items, 3), "a; b; c");
        assert_eq!(some_of(&items, 1), "a; and 2 more");
    }
}

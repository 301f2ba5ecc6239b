//! Instants and spans. The domain counts microseconds; messages hold nanoseconds and may be negative.

use phoenix_core::time::{Span, Timestamp};

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i128 = 1_000;
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// An instant as a message.
pub(super) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.as_micros();
    prost_types::Timestamp {
        seconds: micros.div_euclid(MICROS_PER_SECOND),
        nanos: nanos(micros.rem_euclid(MICROS_PER_SECOND)),
    }
}

/// A span as a message.
pub(super) fn duration(span: Span) -> prost_types::Duration {
    let micros = span.as_micros();
    let per_second = MICROS_PER_SECOND.unsigned_abs();
    prost_types::Duration {
        seconds: i64::try_from(micros / per_second).unwrap_or(i64::MAX),
        nanos: nanos(i64::try_from(micros % per_second).unwrap_or(0)),
    }
}

fn nanos(micros_of_a_second: i64) -> i32 {
    i32::try_from(micros_of_a_second * 1_000).unwrap_or(0)
}

/// An instant as a document writes it. What is no instant of the calendar stays a text, which no document accepts.
pub(super) fn timestamp_text(at: prost_types::Timestamp) -> String {
    match jiff::Timestamp::new(at.seconds, at.nanos) {
        Ok(at) => at.to_string(),
        Err(_) => format!("{}.{:09}s since 1970", at.seconds, at.nanos),
    }
}

/// A span as a document writes it. What is negative, too long or finer than a microsecond stays a text, which no document accepts.
pub(super) fn duration_text(span: prost_types::Duration) -> String {
    let nanos = i128::from(span.seconds) * NANOS_PER_SECOND + i128::from(span.nanos);
    let micros = u64::try_from(nanos / NANOS_PER_MICRO).ok().filter(|_| nanos % NANOS_PER_MICRO == 0);
    match micros {
        Some(micros) if nanos >= 0 => Span::from_micros(micros).to_string(),
        Some(_) | None if nanos % NANOS_PER_SECOND == 0 => format!("{}s", nanos / NANOS_PER_SECOND),
        Some(_) | None => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The last instant of the year 9999, the end of both calendars.
    const LAST: i64 = 253_402_300_799_999_999;
    /// The first of the year 1.
    const FIRST: i64 = -62_135_596_800_000_000;

    proptest! {
        #[test]
        fn an_instant_survives_both_ways(micros in FIRST..=LAST) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(timestamp_text(timestamp(at)).parse(), Ok(at));
        }

        #[test]
        fn a_span_survives_both_ways(micros in any::<u64>()) {
            let span = Span::from_micros(micros);
            prop_assert_eq!(duration_text(duration(span)).parse(), Ok(span));
        }

        #[test]
        fn every_message_has_a_text(seconds in any::<i64>(), nanos in any::<i32>()) {
            let instant = timestamp_text(prost_types::Timestamp { seconds, nanos });
            prop_assert!(!instant.is_empty());
            let text = duration_text(prost_types::Duration { seconds, nanos });
            let whole = i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos);
            let exact = text.parse::<Span>().ok().map(|span| i128::from(span.as_micros()) * NANOS_PER_MICRO);
            prop_assert!(exact.is_none_or(|exact| exact == whole), "{} is {:?}", whole, exact);
        }
    }

    #[test]
    fn what_the_domain_cannot_hold_is_refused_by_its_parser() {
        for (seconds, nanos, text) in [
            (-5, 0, "-5s"),
            (0, -1_000, "-1000ns"),
            (1, 1, "1000000001ns"),
            (i64::MAX, 0, "9223372036854775807s"),
            (-1, 999_999_999, "-1ns"),
        ] {
            let shown = duration_text(prost_types::Duration { seconds, nanos });
            assert_eq!(shown, text);
            assert!(shown.parse::<Span>().is_err(), "{shown}");
        }
        let shown = timestamp_text(prost_types::Timestamp { seconds: i64::MAX, nanos: 7 });
        assert_eq!(shown, "9223372036854775807.000000007s since 1970");
        assert!(shown.parse::<Timestamp>().is_err());
    }

    #[test]
    fn instants_before_the_epoch_have_positive_nanoseconds() {
        assert_eq!(timestamp(Timestamp::from_micros(-1)), prost_types::Timestamp { seconds: -1, nanos: 999_999_000 });
    }
}

//! `google.protobuf.Value` and JSON. A message holds every number as a double, so whole numbers are exact up to 2^53.

use std::collections::BTreeMap;

use prost_types::value::Kind;
use serde_json::Value;

/// The largest double up to which every whole number is exact.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The members of an object.
pub(super) fn object(message: prost_types::Struct) -> Value {
    Value::Object(message.fields.into_iter().map(|(key, value)| (key, json(value))).collect())
}

fn json(message: prost_types::Value) -> Value {
    match message.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(truth)) => Value::Bool(truth),
        Some(Kind::NumberValue(number)) => json_number(number),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => Value::Array(list.values.into_iter().map(json).collect()),
        Some(Kind::StructValue(members)) => object(members),
    }
}

/// A whole number is written without a fraction, because parsers of whole numbers want it so. JSON has no word for what is no number: it
/// becomes a text, which no number accepts.
fn json_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within the exact range")]
        let whole = number as i64;
        return Value::from(whole);
    }
    serde_json::Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

/// An object as a message.
pub(super) fn structure<'a>(members: impl IntoIterator<Item = (&'a String, &'a Value)>) -> prost_types::Struct {
    let fields: BTreeMap<String, prost_types::Value> =
        members.into_iter().map(|(key, value)| (key.clone(), message(value))).collect();
    prost_types::Struct { fields }
}

fn message(value: &Value) -> prost_types::Value {
    match value {
        Value::Null => Kind::NullValue(0).into(),
        Value::Bool(truth) => (*truth).into(),
        // Every JSON number is within the range of a double.
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(values) => values.iter().map(message).collect::<Vec<_>>().into(),
        Value::Object(members) => Kind::StructValue(structure(members)).into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let exact = -9_007_199_254_740_992_i64..=9_007_199_254_740_992;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            exact.prop_map(Value::from),
            (-1e6..1e6_f64).prop_filter("a fraction", |number| number.fract() != 0.0).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_survives_both_ways(value in any_value()) {
            prop_assert_eq!(json(message(&value)), value);
        }
    }

    #[test]
    fn a_whole_number_has_no_fraction_and_what_is_no_number_is_a_text() {
        assert_eq!(json(60.0.into()), json!(60));
        assert_eq!(json((-0.0).into()), json!(0));
        assert_eq!(json(0.25.into()), json!(0.25));
        assert_eq!(json(1e300.into()), json!(1e300));
        assert_eq!(json(f64::NAN.into()), json!("NaN"));
        assert_eq!(json(f64::INFINITY.into()), json!("inf"));
        assert_eq!(json(prost_types::Value { kind: None }), Value::Null);
    }
}

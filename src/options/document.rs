//! JSON documents in which no field may stand twice.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::Deserializer;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Parses one JSON object.
///
/// # Errors
/// [`Error::InvalidOption`] when the text is not one JSON object, or a field stands in it twice.
pub(super) fn parse(text: &[u8]) -> Result<Map<String, Value>> {
    let refusal = |reason: String| Error::InvalidOption(format!("the options are not one valid JSON object: {reason}"));
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader).map_err(|error| refusal(error.to_string()))?;
    reader.end().map_err(|error| refusal(error.to_string()))?;
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(refusal(format!("found {other}"))),
    }
}

/// Builds a [`Value`] and refuses duplicate fields at every depth.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Strict)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries
                .next_value_seed(Strict)
                .map_err(|error| A::Error::custom(format!("field '{name}': {error}")))?;
            if fields.contains_key(&name) {
                return Err(A::Error::custom(format!("field '{name}' stands twice")));
            }
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

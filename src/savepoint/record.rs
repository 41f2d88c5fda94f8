//! Records: what sections consist of. They may reach over the borders of blocks, and never over those of sections.
//!
//! ```text
//! 1 state     index in `states` (u32): what follows is of it
//! 2 timers    index in `timers` (u32): what follows is of them
//! 3 key       key length (u32) | namespace length (u32) | key | namespace: what follows is of them
//! 4 value     flags (u8) | [write time (i64)] | length (u32) | bytes
//! 5 element   as a value
//! 6 map entry flags (u8) | [write time (i64)] | map key length (u32) | value length (u32) | map key | value
//! 7 timer     timestamp (i64) | key length (u32) | namespace length (u32) | key | namespace
//! 8 row       key length (u32) | value length (u32) | key | value
//! ```

use crate::limits::{MAX_KEYED_KEY_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES};

const HAS_TIME: u8 = 1;
const IS_NULL: u8 = 2;

/// A value, list element or map entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// What a value state holds, or the accumulator of a reducing or aggregating state.
    Value {
        /// When it was written, in the time of the state's ttl; none without.
        written: Option<i64>,
        /// Its bytes.
        value: &'a [u8],
    },
    /// An element of a list, in order.
    Element {
        /// When it was added.
        written: Option<i64>,
        /// Its bytes.
        element: &'a [u8],
    },
    /// An entry of a map.
    MapEntry {
        /// When it was written.
        written: Option<i64>,
        /// Its map key.
        map_key: &'a [u8],
        /// Its value; none for the null value.
        value: Option<&'a [u8]>,
    },
}

/// A record as it stands in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw<'a> {
    State(u32),
    Timers(u32),
    Key { key: &'a [u8], namespace: &'a [u8] },
    Item(Item<'a>),
    Timer { timestamp: i64, key: &'a [u8], namespace: &'a [u8] },
    Row { key: &'a [u8], value: &'a [u8] },
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRecord {
    /// More of them are needed.
    Incomplete,
    Malformed,
}

impl<'a> Raw<'a> {
    /// Appends the record.
    pub(super) fn append(&self, target: &mut dyn FnMut(&[u8])) {
        let length = |bytes: &[u8]| (bytes.len() as u32).to_le_bytes();
        match *self {
            Raw::State(index) => append_all(target, &[&[1], &index.to_le_bytes()]),
            Raw::Timers(index) => append_all(target, &[&[2], &index.to_le_bytes()]),
            Raw::Key { key, namespace } => {
                append_all(target, &[&[3], &length(key), &length(namespace), key, namespace])
            }
            Raw::Item(Item::Value { written, value }) => {
                append_head(target, 4, written, false);
                append_all(target, &[&length(value), value]);
            }
            Raw::Item(Item::Element { written, element }) => {
                append_head(target, 5, written, false);
                append_all(target, &[&length(element), element]);
            }
            Raw::Item(Item::MapEntry { written, map_key, value }) => {
                append_head(target, 6, written, value.is_none());
                let value = value.unwrap_or_default();
                append_all(target, &[&length(map_key), &length(value), map_key, value]);
            }
            Raw::Timer { timestamp, key, namespace } => {
                let lengths = [length(key), length(namespace)];
                append_all(target, &[&[7], &timestamp.to_le_bytes(), &lengths[0], &lengths[1], key, namespace]);
            }
            Raw::Row { key, value } => append_all(target, &[&[8], &length(key), &length(value), key, value]),
        }
    }

    /// The record that `bytes` begin with, and its length.
    pub(super) fn of(bytes: &'a [u8]) -> Result<(Self, usize), NoRecord> {
        let mut fields = Fields(bytes);
        let record = match fields.byte()? {
            1 => Raw::State(fields.word()?),
            2 => Raw::Timers(fields.word()?),
            3 => {
                let (key, namespace) = fields.pair(MAX_KEYED_KEY_BYTES, MAX_KEYED_KEY_BYTES)?;
                Raw::Key { key, namespace }
            }
            kind @ (4 | 5) => {
                let (written, _) = fields.head(0)?;
                let length = fields.length(MAX_VALUE_BYTES)?;
                let value = fields.bytes(length)?;
                Raw::Item(if kind == 4 {
                    Item::Value { written, value }
                } else {
                    Item::Element { written, element: value }
                })
            }
            6 => {
                let (written, is_null) = fields.head(IS_NULL)?;
                let (map_key, value) = fields.pair(MAX_KEYED_KEY_BYTES, if is_null { 0 } else { MAX_VALUE_BYTES })?;
                Raw::Item(Item::MapEntry { written, map_key, value: (!is_null).then_some(value) })
            }
            7 => {
                let timestamp = fields.long()?;
                let (key, namespace) = fields.pair(MAX_KEYED_KEY_BYTES, MAX_KEYED_KEY_BYTES)?;
                Raw::Timer { timestamp, key, namespace }
            }
            8 => {
                let (key, value) = fields.pair(MAX_KEY_BYTES, MAX_VALUE_BYTES)?;
                Raw::Row { key, value }
            }
            _ => return Err(NoRecord::Malformed),
        };
        Ok((record, bytes.len() - fields.0.len()))
    }
}

fn append_all(target: &mut dyn FnMut(&[u8]), parts: &[&[u8]]) {
    parts.iter().for_each(|part| target(part));
}

fn append_head(target: &mut dyn FnMut(&[u8]), kind: u8, written: Option<i64>, is_null: bool) {
    let null = if is_null { IS_NULL } else { 0 };
    match written {
        None => target(&[kind, null]),
        Some(time) => {
            target(&[kind, null | HAS_TIME]);
            target(&time.to_le_bytes());
        }
    }
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn chunk<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], NoRecord> {
        let (chunk, rest) = self.0.split_first_chunk().ok_or(NoRecord::Incomplete)?;
        self.0 = rest;
        Ok(*chunk)
    }

    fn byte(&mut self) -> Result<u8, NoRecord> {
        self.chunk().map(|[byte]| byte)
    }

    fn word(&mut self) -> Result<u32, NoRecord> {
        self.chunk().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<i64, NoRecord> {
        self.chunk().map(i64::from_le_bytes)
    }

    fn length(&mut self, limit: usize) -> Result<usize, NoRecord> {
        let length = self.word()? as usize;
        if length > limit {
            return Err(NoRecord::Malformed);
        }
        Ok(length)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], NoRecord> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(NoRecord::Incomplete)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn pair(&mut self, limit: usize, other_limit: usize) -> Result<(&'a [u8], &'a [u8]), NoRecord> {
        let (one, other) = (self.length(limit)?, self.length(other_limit)?);
        Ok((self.bytes(one)?, self.bytes(other)?))
    }

    /// Write time, and whether the value is null, which `allowed` tells whether it may be.
    fn head(&mut self, allowed: u8) -> Result<(Option<i64>, bool), NoRecord> {
        let flags = self.byte()?;
        if flags & !(HAS_TIME | allowed) != 0 {
            return Err(NoRecord::Malformed);
        }
        let written = if flags & HAS_TIME != 0 { Some(self.long()?) } else { None };
        Ok((written, flags & IS_NULL != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_no_part_of_it_does() {
        let (key, namespace, value) = (&b"key"[..], &b"ns"[..], &b"value"[..]);
        for record in [
            Raw::State(7),
            Raw::Timers(8),
            Raw::Key { key, namespace },
            Raw::Item(Item::Value { written: Some(-1), value }),
            Raw::Item(Item::Element { written: None, element: b"" }),
            Raw::Item(Item::MapEntry { written: None, map_key: key, value: Some(b"") }),
            Raw::Item(Item::MapEntry { written: Some(i64::MIN), map_key: key, value: None }),
            Raw::Timer { timestamp: -5, key, namespace },
            Raw::Row { key, value },
        ] {
            let mut bytes = Vec::new();
            record.append(&mut |part| bytes.extend_from_slice(part));
            assert_eq!(Raw::of(&bytes), Ok((record, bytes.len())));
            for length in 0..bytes.len() {
                assert_eq!(Raw::of(&bytes[..length]), Err(NoRecord::Incomplete), "{record:?} of {length} bytes");
            }
        }
    }

    #[test]
    fn lengths_over_the_limit_and_unknown_flags_are_malformed() {
        assert_eq!(Raw::of(&[3, 0xff, 0xff, 0, 0]), Err(NoRecord::Malformed), "a key");
        assert_eq!(Raw::of(&[4, 0, 1, 0, 0, 4]), Err(NoRecord::Malformed), "a value");
        assert_eq!(Raw::of(&[4, IS_NULL]), Err(NoRecord::Malformed), "a null that is no map entry's");
        assert_eq!(Raw::of(&[9]), Err(NoRecord::Malformed), "a kind");
    }
}

//! Row values: `format byte | [write time, i64 big-endian] | payload`.
//!
//! A row says itself whether it has a write time, so that a ttl can be switched on and off without a rewrite.

use super::clock::{Time, NO_WATERMARK};

/// First version of the row format, in the low half of the format byte.
const VERSION: u8 = 1;
const VERSION_MASK: u8 = 0x0f;
const STAMPED: u8 = 0x10;
const NULL: u8 = 0x20;
const TIME_BYTES: usize = 8;

/// The longest head of a row value.
pub(crate) const MAX_HEAD_BYTES: usize = 1 + TIME_BYTES;

/// A row whose time is unknown: written in event time before the first watermark. It does not expire until it is written again.
pub(crate) const TIME_UNKNOWN: i64 = NO_WATERMARK;

/// How long a state's rows live, resolved against a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) ttl_millis: i64,
    pub(crate) time: Time,
    /// Time of rows that have none: when the ttl was switched on.
    pub(crate) enabled_at: i64,
}

impl Lifetime {
    /// Whether a row with that write time, or none, has expired by `now`.
    #[inline]
    pub(crate) fn expired(&self, written: Option<i64>, now: i64) -> bool {
        let written = written.unwrap_or(self.enabled_at);
        written != TIME_UNKNOWN && now != NO_WATERMARK && written.saturating_add(self.ttl_millis) <= now
    }
}

/// A row value in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) written: Option<i64>,
    pub(crate) null: bool,
    pub(crate) payload: &'a [u8],
}

impl<'a> Row<'a> {
    /// Splits a row value; none when it is of no known format.
    #[inline]
    pub(crate) fn of(value: &'a [u8]) -> Option<Self> {
        let (&format, rest) = value.split_first()?;
        if format & !(STAMPED | NULL) != VERSION {
            return None;
        }
        let null = format & NULL != 0;
        if format & STAMPED == 0 {
            return Some(Self { written: None, null, payload: rest });
        }
        let (time, payload) = rest.split_first_chunk::<TIME_BYTES>()?;
        Some(Self { written: Some(i64::from_be_bytes(*time)), null, payload })
    }
}

/// The head of a row value to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    bytes: [u8; MAX_HEAD_BYTES],
    length: usize,
}

impl Head {
    /// The head for a row written at `written`, or without a time.
    #[inline]
    pub(crate) fn new(written: Option<i64>, null: bool) -> Self {
        let null = if null { NULL } else { 0 };
        let mut bytes = [0; MAX_HEAD_BYTES];
        match written {
            None => bytes[0] = VERSION | null,
            Some(time) => {
                bytes[0] = VERSION | STAMPED | null;
                bytes[1..].copy_from_slice(&time.to_be_bytes());
            }
        }
        Self { bytes, length: if written.is_some() { MAX_HEAD_BYTES } else { 1 } }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Appends one chunk of a list: a head, the length of the element, the element.
pub(crate) fn append_chunk(target: &mut Vec<u8>, written: Option<i64>, element: &[u8]) {
    target.extend_from_slice(Head::new(written, false).as_bytes());
    target.extend_from_slice(&(element.len() as u32).to_le_bytes());
    target.extend_from_slice(element);
}

/// One element of a list row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    pub(crate) written: Option<i64>,
    pub(crate) element: &'a [u8],
    /// The chunk as it stands in the row.
    pub(crate) whole: &'a [u8],
}

/// The chunks of a list row, in order. Ends with `Err` at a chunk that is malformed.
pub(crate) struct Chunks<'a>(pub(crate) &'a [u8]);

/// A list row is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let chunk = first_chunk(self.0);
        self.0 = chunk.map_or(&[], |chunk| &self.0[chunk.whole.len()..]);
        Some(chunk.ok_or(Malformed))
    }
}

/// The chunk that a list row, or the rest of one, begins with; none when it is malformed.
pub(crate) fn first_chunk(row: &[u8]) -> Option<Chunk<'_>> {
    let format = *row.first()?;
    if format & !STAMPED & VERSION_MASK != VERSION || format & NULL != 0 {
        return None;
    }
    let head = Row::of(row)?;
    let (length, rest) = head.payload.split_first_chunk::<4>()?;
    let element = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let whole = &row[..row.len() - rest.len() + element.len()];
    Some(Chunk { written: head.written, element, whole })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_comes_back_in_its_parts(written: Option<i64>, null: bool, payload: Vec<u8>) {
            let mut value = Head::new(written, null).as_bytes().to_vec();
            value.extend_from_slice(&payload);
            prop_assert_eq!(Row::of(&value), Some(Row { written, null, payload: &payload }));
        }

        #[test]
        fn the_chunks_of_a_list_come_back_in_order(elements: Vec<(Option<i64>, Vec<u8>)>) {
            let mut row = Vec::new();
            elements.iter().for_each(|(written, element)| append_chunk(&mut row, *written, element));
            let found: Vec<_> = Chunks(&row).map(|chunk| chunk.map(|it| (it.written, it.element.to_vec()))).collect();
            prop_assert_eq!(found, elements.into_iter().map(Ok).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_split_into_chunks_or_are_malformed(row: Vec<u8>) {
            let whole: usize = Chunks(&row).map_while(Result::ok).map(|chunk| chunk.whole.len()).sum();
            prop_assert!(whole <= row.len());
        }
    }

    #[test]
    fn a_row_expires_when_its_time_and_ttl_have_passed() {
        let lifetime = Lifetime { ttl_millis: 10, time: Time::Processing, enabled_at: 100 };
        assert!(!lifetime.expired(Some(50), 59));
        assert!(lifetime.expired(Some(50), 60));
        assert!(lifetime.expired(None, 110), "a row without a time counts from when the ttl was switched on");
        assert!(!lifetime.expired(Some(TIME_UNKNOWN), 60));
        assert!(!lifetime.expired(Some(i64::MAX - 1), i64::MAX - 1), "no overflow");
        assert!(!lifetime.expired(Some(-50), NO_WATERMARK));
    }
}

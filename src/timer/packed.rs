//! Packed timers: what crosses the C boundary in one buffer.
//!
//! A record is `u8 time (1 event, 2 processing) | u8 has_hash | u16 zero | i32 hash | i64 timestamp in milliseconds | u32 key length |
//! u32 namespace length | key | namespace`. Integers are little-endian and unaligned.

use super::row::Entry;
use crate::error::{Error, Result};
use crate::limits::{MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS};
use crate::ttl::clock::Time;

pub(super) const HEADER_BYTES: usize = 24;

/// A timer: a key, within a namespace, waits for a time. Two that differ in their hash only are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer<'a> {
    /// Which time it waits for.
    pub time: Time,
    /// The caller's hash of the key, which places it in a key group; none for the default hash.
    pub hash: Option<i32>,
    /// When it is due, in milliseconds since 1970.
    pub timestamp: i64,
    /// Whose it is.
    pub key: &'a [u8],
    /// Its window; empty for none.
    pub namespace: &'a [u8],
}

impl<'a> Timer<'a> {
    /// Splits a page of [`TimerService::due`](crate::TimerService::due), or any packed timers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for malformed bytes, with their place; [`Error::LimitExceeded`].
    pub fn unpack(packed: &'a [u8]) -> Result<Vec<Self>> {
        limited(packed.len(), MAX_BATCH_BYTES, "bytes")?;
        let mut timers = Vec::with_capacity(packed.len() / (HEADER_BYTES + 8));
        let mut rest = packed;
        while !rest.is_empty() {
            let (timer, tail) = split(rest).map_err(|reason| malformed(timers.len(), &reason))?;
            timers.push(timer);
            limited(timers.len(), MAX_BATCH_OPERATIONS, "timers")?;
            rest = tail;
        }
        Ok(timers)
    }
}

fn split(bytes: &[u8]) -> std::result::Result<(Timer<'_>, &[u8]), String> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(format!("{} bytes are left, and a header has {HEADER_BYTES}", bytes.len()));
    };
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let time = match header[0] {
        1 => Time::Event,
        2 => Time::Processing,
        other => return Err(format!("its time is {other}; allowed are 1 (event) and 2 (processing)")),
    };
    if header[1] > 1 || header[2..4] != [0; 2] {
        return Err("has_hash must be 0 or 1 and the two bytes after it zero".to_owned());
    }
    let (key_length, namespace_length) = (word(16) as usize, word(20) as usize);
    let Some((owner, rest)) = rest.split_at_checked(key_length + namespace_length) else {
        let left = rest.len();
        return Err(format!(
            "it says key and namespace have {key_length} and {namespace_length} bytes, and {left} are left"
        ));
    };
    let (key, namespace) = owner.split_at(key_length);
    let timestamp = (u64::from(word(12)) << 32 | u64::from(word(8))) as i64;
    let hash = (header[1] == 1).then(|| word(4) as i32);
    Ok((Timer { time, hash, timestamp, key, namespace }, rest))
}

#[cold]
fn malformed(index: usize, reason: &str) -> Error {
    Error::InvalidArgument(format!("timer {index} of the packed timers is malformed: {reason}"))
}

fn limited(actual: usize, limit: usize, unit: &'static str) -> Result<()> {
    if actual > limit {
        return Err(Error::LimitExceeded { what: "the list of timers".to_owned(), actual, limit, unit });
    }
    Ok(())
}

/// Size of the record of an entry, in bytes.
pub(super) fn record_bytes(entry: &Entry) -> usize {
    HEADER_BYTES + entry.owner_bytes()
}

/// A page of records under way in the caller's memory.
pub(super) struct PageWriter<'a> {
    target: &'a mut [u8],
    length: usize,
    count: usize,
}

impl<'a> PageWriter<'a> {
    pub(super) fn new(target: &'a mut [u8]) -> Self {
        Self { target, length: 0, count: 0 }
    }

    /// Adds a record, or leaves the page as it is when it does not fit.
    pub(super) fn push(&mut self, time: Time, entry: &Entry) -> bool {
        let Some(record) = self.target[self.length..].get_mut(..record_bytes(entry)) else { return false };
        let (header, owner) = record.split_at_mut(HEADER_BYTES);
        header[..8].copy_from_slice(&[time as u8, 0, 0, 0, 0, 0, 0, 0]);
        header[8..16].copy_from_slice(&entry.timestamp().to_le_bytes());
        header[16..20].copy_from_slice(&(entry.key().len() as u32).to_le_bytes());
        header[20..24].copy_from_slice(&(entry.namespace().len() as u32).to_le_bytes());
        let (key, namespace) = owner.split_at_mut(entry.key().len());
        key.copy_from_slice(entry.key());
        namespace.copy_from_slice(entry.namespace());
        self.length += HEADER_BYTES + owner.len();
        self.count += 1;
        true
    }

    /// Bytes and records written.
    pub(super) fn filled(&self) -> (usize, usize) {
        (self.length, self.count)
    }
}

#[cfg(test)]
pub(super) fn append(target: &mut Vec<u8>, timer: &Timer<'_>) {
    target.extend_from_slice(&[timer.time as u8, u8::from(timer.hash.is_some()), 0, 0]);
    target.extend_from_slice(&timer.hash.unwrap_or_default().to_le_bytes());
    target.extend_from_slice(&timer.timestamp.to_le_bytes());
    target.extend_from_slice(&(timer.key.len() as u32).to_le_bytes());
    target.extend_from_slice(&(timer.namespace.len() as u32).to_le_bytes());
    target.extend_from_slice(timer.key);
    target.extend_from_slice(timer.namespace);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(timers: &[Timer<'_>]) -> Vec<u8> {
        let mut packed = Vec::new();
        timers.iter().for_each(|timer| append(&mut packed, timer));
        packed
    }

    const TIMER: Timer<'_> =
        Timer { time: Time::Processing, hash: Some(-7), timestamp: -2, key: b"key", namespace: b"window" };

    proptest! {
        #[test]
        fn any_bytes_are_split_or_refused(packed: Vec<u8>) {
            if let Ok(timers) = Timer::unpack(&packed) {
                let bytes = |timer: &Timer<'_>| HEADER_BYTES + timer.key.len() + timer.namespace.len();
                prop_assert_eq!(timers.iter().map(bytes).sum::<usize>(), packed.len());
            }
        }
    }

    #[test]
    fn what_is_packed_is_what_is_split() {
        let other = Timer { time: Time::Event, hash: None, timestamp: i64::MAX, key: b"", namespace: b"" };
        assert_eq!(Timer::unpack(&packed(&[TIMER, other])).expect("well-formed"), [TIMER, other]);
    }

    #[test]
    fn timers_cut_short_anywhere_are_refused_with_their_place() {
        let whole = packed(&[TIMER, TIMER]);
        for length in whole.len() / 2 + 1..whole.len() {
            let text = Timer::unpack(&whole[..length]).expect_err("cut short").to_string();
            assert!(text.contains("timer 1"), "{text}");
        }
    }

    #[test]
    fn an_unknown_time_and_stray_flags_are_refused() {
        for (at, value) in [(0, 0), (0, 3), (1, 2), (2, 1), (3, 1)] {
            let mut bytes = packed(&[TIMER]);
            bytes[at] = value;
            assert!(Timer::unpack(&bytes).is_err(), "byte {at} is {value}");
        }
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let mut bytes = packed(&[TIMER]);
        bytes[16..24].fill(0xff);
        let text = Timer::unpack(&bytes).expect_err("too long").to_string();
        assert!(text.contains("4294967295"), "{text}");
    }
}

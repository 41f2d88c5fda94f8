//! Rows of timers: `key group (u16 big-endian) | queue id (u32 big-endian) | timestamp (i64 big-endian, sign bit flipped) |
//! framed key | framed namespace`, with an empty value. They sort as the timers of a group are due.

use std::cmp::Ordering;

use crate::key::{frame, row};
use crate::limits::{MAX_KEYED_KEY_BYTES, MAX_KEY_BYTES};
use crate::ttl::clock::Time;

const TIMESTAMP_BYTES: usize = 8;
const SIGN_BIT: u64 = 1 << 63;

/// The first part of a row key: key group and queue id.
pub(super) type Head = [u8; row::HEAD_BYTES];

/// A timer with the key group that its key is in. Neither key nor namespace is over the limit of keyed state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed<'a> {
    pub(crate) time: Time,
    pub(crate) key_group: u16,
    pub(crate) timestamp: i64,
    pub(crate) key: &'a [u8],
    pub(crate) namespace: &'a [u8],
}

// Framing at most doubles key and namespace: with head and timestamp they fit into a key of the engine.
const _: () = assert!(row::HEAD_BYTES + TIMESTAMP_BYTES + 2 * (2 * MAX_KEYED_KEY_BYTES + 2) <= MAX_KEY_BYTES);

/// A timer within its queue and key group. Sorts by timestamp, key and namespace, as its row does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    timestamp: i64,
    key_length: u32,
    /// Key and namespace.
    bytes: Box<[u8]>,
}

impl Entry {
    pub(super) fn of(timer: &Placed<'_>) -> Self {
        Self::new(timer.timestamp, timer.key, timer.namespace)
    }

    fn new(timestamp: i64, key: &[u8], namespace: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(key.len() + namespace.len());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(namespace);
        Self { timestamp, key_length: key.len() as u32, bytes: bytes.into_boxed_slice() }
    }

    /// What a row key of the queue says; none when it is malformed.
    pub(crate) fn of_row_key(row_key: &[u8]) -> Option<Self> {
        let (timestamp, owner) = row_key.get(row::HEAD_BYTES..)?.split_first_chunk::<TIMESTAMP_BYTES>()?;
        let (key, rest) = frame::split(owner)?;
        let (namespace, rest) = frame::split(rest)?;
        let timestamp = (u64::from_be_bytes(*timestamp) ^ SIGN_BIT) as i64;
        rest.is_empty().then(|| Self::new(timestamp, &key, &namespace))
    }

    /// Appends what follows the head of its row key.
    pub(super) fn append_to_row_key(&self, target: &mut Vec<u8>) {
        append_to_row_key(self.timestamp, self.key(), self.namespace(), target);
    }

    /// The least entry that sorts after this one.
    pub(super) fn successor(&self) -> Self {
        let mut bytes = self.bytes.to_vec();
        bytes.push(0);
        Self { bytes: bytes.into_boxed_slice(), ..*self }
    }

    pub(crate) fn timestamp(&self) -> i64 {
        self.timestamp
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.bytes[..self.key_length as usize]
    }

    pub(crate) fn namespace(&self) -> &[u8] {
        &self.bytes[self.key_length as usize..]
    }

    /// Bytes of key and namespace.
    pub(super) fn owner_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let owner = || (self.key(), self.namespace()).cmp(&(other.key(), other.namespace()));
        self.timestamp.cmp(&other.timestamp).then_with(owner)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Timestamp, key and namespace of a timer.
#[cfg(feature = "inspect")]
pub(crate) type Shown = (i64, Vec<u8>, Vec<u8>);

/// What a row key says; none when it is malformed.
#[cfg(feature = "inspect")]
pub(crate) fn shown(row_key: &[u8]) -> Option<Shown> {
    let entry = Entry::of_row_key(row_key)?;
    Some((entry.timestamp, entry.key().to_vec(), entry.namespace().to_vec()))
}

/// The first part of the row keys of a queue in a key group.
pub(super) fn head(key_group: u16, queue_id: u32) -> Head {
    let (group, id) = (key_group.to_be_bytes(), queue_id.to_be_bytes());
    [group[0], group[1], id[0], id[1], id[2], id[3]]
}

/// Appends what follows the head of the row key of a timer.
pub(crate) fn append_to_row_key(timestamp: i64, key: &[u8], namespace: &[u8], target: &mut Vec<u8>) {
    target.extend_from_slice(&flipped(timestamp));
    frame::append(target, key);
    frame::append(target, namespace);
}

/// A timestamp as bytes that sort as it does.
pub(super) fn flipped(timestamp: i64) -> [u8; TIMESTAMP_BYTES] {
    (timestamp as u64 ^ SIGN_BIT).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tricky() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(1)], 0..4)
    }

    fn timestamp() -> impl Strategy<Value = i64> {
        prop_oneof![Just(i64::MIN), Just(i64::MAX), -2i64..3, any::<i64>()]
    }

    fn row_key(entry: &Entry) -> Vec<u8> {
        let mut row_key = head(9, 0x0102_0304).to_vec();
        entry.append_to_row_key(&mut row_key);
        row_key
    }

    proptest! {
        #[test]
        fn rows_sort_as_their_entries(
            left in (timestamp(), tricky(), tricky()), right in (timestamp(), tricky(), tricky()),
        ) {
            let entry = |(at, key, namespace): &(i64, Vec<u8>, Vec<u8>)| Entry::new(*at, key, namespace);
            let (one, other) = (entry(&left), entry(&right));
            prop_assert_eq!(one.cmp(&other), left.cmp(&right));
            prop_assert_eq!(row_key(&one).cmp(&row_key(&other)), left.cmp(&right));
        }

        #[test]
        fn a_row_key_holds_all_of_its_entry(at in timestamp(), key in tricky(), namespace in tricky()) {
            let entry = Entry::new(at, &key, &namespace);
            let row_key = row_key(&entry);
            prop_assert_eq!(row::head(&row_key), Some((9, 0x0102_0304)));
            prop_assert_eq!(Entry::of_row_key(&row_key), Some(entry));
            prop_assert_eq!(Entry::of_row_key(&row_key[..row_key.len() - 1]), None);
        }

        #[test]
        fn nothing_sorts_between_an_entry_and_its_successor(at in timestamp(), key in tricky(), one in tricky(), other in tricky()) {
            let (one, other) = (Entry::new(at, &key, &one), Entry::new(at, &key, &other));
            prop_assert_eq!(one < other, one.successor() <= other);
        }
    }
}

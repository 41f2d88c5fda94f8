//! What a job's state must hold, kept in plain collections.

use std::collections::{BTreeMap, BTreeSet};

/// Keys of the job; each in two namespaces.
pub const KEYS: u32 = 60;
pub const MAP_KEYS: u8 = 3;
/// Of the rows of state `aging`, while it has a ttl.
pub const TTL_MILLIS: i64 = 1000;

/// A key in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub key: u32,
    pub is_windowed: bool,
}

impl Slot {
    pub fn key_bytes(self) -> [u8; 4] {
        self.key.to_be_bytes()
    }

    pub fn namespace(self) -> &'static [u8] {
        if self.is_windowed {
            b"window\0"
        } else {
            b""
        }
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (0..KEYS).flat_map(|key| [false, true].map(|is_windowed| Self { key, is_windowed }))
    }
}

/// A row of the state that ages: its value, and when it was written, unless that was without a ttl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aging {
    pub value: u32,
    pub written: Option<i64>,
}

/// A timer: of event time or of processing time, when it is due, and whose it is.
pub type Timer = (bool, i64, Slot);

/// What one subtask's operator holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operator {
    /// List state, of which each element is in one subtask.
    pub offsets: Vec<u32>,
    /// Union state, which every subtask has as a whole after a rescale.
    pub seen: Vec<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// Processing time.
    pub now: i64,
    /// When the ttl of state `aging` was switched on; none while it has none.
    pub ttl_since: Option<i64>,
    pub values: BTreeMap<Slot, u32>,
    pub aging: BTreeMap<Slot, Aging>,
    pub lists: BTreeMap<Slot, Vec<u32>>,
    pub maps: BTreeMap<(Slot, u8), Option<u32>>,
    pub sums: BTreeMap<Slot, i64>,
    /// Sum and count.
    pub means: BTreeMap<Slot, (i64, i64)>,
    pub timers: BTreeSet<Timer>,
    /// Of each subtask.
    pub operators: Vec<Operator>,
    /// Broadcast state, the same in all.
    pub rules: BTreeMap<u8, u32>,
}

impl Model {
    pub fn new(parallelism: usize) -> Self {
        Self { operators: vec![Operator::default(); parallelism], ttl_since: Some(0), ..Self::default() }
    }

    fn is_expired(&self, row: &Aging) -> bool {
        let expires = |since| row.written.unwrap_or(since) + TTL_MILLIS <= self.now;
        self.ttl_since.is_some_and(expires)
    }

    /// What a read of the state that ages finds.
    pub fn aging(&self, slot: Slot) -> Option<u32> {
        self.aging.get(&slot).filter(|row| !self.is_expired(row)).map(|row| row.value)
    }

    /// Rows that have expired: whether they are still there nobody can tell.
    pub fn expired(&self) -> Vec<Slot> {
        self.aging.iter().filter(|(_, row)| self.is_expired(row)).map(|(slot, _)| *slot).collect()
    }

    /// What other subtasks find of this: operator state is dealt anew, in the order of those who had it.
    pub fn rescale(&mut self, parallelism: usize) {
        let offsets: Vec<u32> = self.operators.iter().flat_map(|it| it.offsets.clone()).collect();
        let seen: Vec<u32> = self.operators.iter().flat_map(|it| it.seen.clone()).collect();
        let share = |index| offsets.iter().copied().skip(index).step_by(parallelism).collect();
        self.operators = (0..parallelism).map(|index| Operator { offsets: share(index), seen: seen.clone() }).collect();
    }
}

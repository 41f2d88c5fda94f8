//! Where a key's record is: open addressing by 32 bits of the hash, in one array without tombstones.
//!
//! A slot is `hash << 32 | value`. The owner decides when the array grows, so that its memory is known at any time, and
//! compares the keys, which are not here.

/// The value that no entry has.
pub(super) const NOWHERE: u32 = u32::MAX;
const EMPTY: u64 = u64::MAX;

#[derive(Default)]
pub(super) struct Index {
    slots: Box<[u64]>,
    len: usize,
}

impl Index {
    pub(super) fn with_slots(slots: usize) -> Self {
        Self { slots: vec![EMPTY; slots].into_boxed_slice(), len: 0 }
    }

    pub(super) fn slot_count(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    /// Whether one entry more would make probes long: three quarters are taken.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        (self.len + 1) * 4 > self.slots.len() * 3
    }

    /// Whether so few slots are taken that a quarter of them would do.
    pub(super) fn is_mostly_empty(&self) -> bool {
        self.len * 8 < self.slots.len()
    }

    /// Position and value of the entry with that hash whose value `is` accepts.
    #[inline]
    pub(super) fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Option<(usize, u32)> {
        let mut at = self.home(hash);
        loop {
            let slot = *self.slots.get(at)?;
            if slot == EMPTY {
                return None;
            }
            if (slot >> 32) as u32 == hash && is(slot as u32) {
                return Some((at, slot as u32));
            }
            at = self.after(at);
        }
    }

    /// Adds an entry; the array must not be full.
    pub(super) fn insert(&mut self, hash: u32, value: u32) {
        let mut at = self.home(hash);
        while self.slots[at] != EMPTY {
            at = self.after(at);
        }
        self.slots[at] = u64::from(hash) << 32 | u64::from(value);
        self.len += 1;
    }

    /// Gives the entry at a position another value.
    pub(super) fn replace(&mut self, at: usize, value: u32) {
        self.slots[at] = self.slots[at] & !u64::from(u32::MAX) | u64::from(value);
    }

    /// Removes the entry at a position; those that had to step over it move up.
    pub(super) fn remove(&mut self, at: usize) {
        let mut hole = at;
        let mut next = self.after(at);
        while self.slots[next] != EMPTY {
            let home = self.home((self.slots[next] >> 32) as u32);
            if self.distance(home, next) >= self.distance(hole, next) {
                self.slots[hole] = self.slots[next];
                hole = next;
            }
            next = self.after(next);
        }
        self.slots[hole] = EMPTY;
        self.len -= 1;
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() {
            0
        } else {
            at + 1
        }
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from {
            to - from
        } else {
            to + self.slots.len() - from
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        // Hashes that crowd the ends of the array, so that probes wrap around and meet.
        #[test]
        fn an_index_is_a_map(steps in prop::collection::vec((0u32..40, any::<bool>()), 0..200)) {
            let hash_of = |value: u32| (value % 5).wrapping_sub(2) << 29;
            let mut index = Index::with_slots(56);
            let mut model = HashMap::new();
            for (value, keep) in steps {
                let found = index.find(hash_of(value), |other| other == value);
                prop_assert_eq!(found.is_some(), model.contains_key(&value));
                match (keep, found) {
                    (true, None) => index.insert(hash_of(value), value),
                    (false, Some((at, _))) => index.remove(at),
                    _ => {}
                }
                if keep { model.insert(value, ()); } else { model.remove(&value); }
                prop_assert_eq!(index.len, model.len());
            }
            for value in model.keys() {
                prop_assert!(index.find(hash_of(*value), |other| other == *value).is_some());
            }
        }
    }

    #[test]
    fn an_index_without_slots_has_nothing_and_is_full() {
        let index = Index::default();
        assert!(index.find(7, |_| true).is_none());
        assert!(index.is_full());
    }
}

//! Random operations on a cache over an engine that is a map and may fail, against what its user must see.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Slices of two bytes are the scopes.
pub(super) fn two_bytes(key: &[u8]) -> Option<usize> {
    (key.len() >= 2).then_some(2)
}

#[derive(Debug, Clone)]
enum Step {
    Get(Vec<u8>),
    Put(Vec<u8>, Option<Vec<u8>>),
    PutWith(Vec<u8>, Vec<u8>),
    Modify(Vec<u8>, u8),
    /// A write that goes past the cache, as part of a batch.
    WritePast(Vec<u8>, Option<Vec<u8>>),
    DeletePrefix(Vec<u8>),
    Evict,
    Drain(Vec<u8>),
    /// The writes to the engine that fail from now on, after so many that do not.
    Fail(usize),
}

/// Cache and engine as their caller uses them, and what must come out.
struct Pair {
    cache: RowCache,
    engine: Rows,
    truth: Rows,
    dirty: BTreeSet<Vec<u8>>,
    /// Writes that succeed before one fails.
    until_failure: Option<usize>,
}

/// Counts a write to the engine; an error when it is to fail.
fn attempt(until_failure: &mut Option<usize>) -> Result<(), ()> {
    match until_failure {
        Some(0) => {
            *until_failure = None;
            Err(())
        }
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    }
}

fn set(rows: &mut Rows, key: &[u8], row: Option<&[u8]>) {
    match row {
        Some(row) => rows.insert(key.to_vec(), row.to_vec()),
        None => rows.remove(key),
    };
}

impl Pair {
    fn new(capacity_bytes: usize, write_back: bool) -> Self {
        let cache = RowCache::new(capacity_bytes, write_back, two_bytes);
        Self { cache, engine: Rows::new(), truth: Rows::new(), dirty: BTreeSet::new(), until_failure: None }
    }

    fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        match self.cache.get(key) {
            Cached::Row(row) => Some(row.to_vec()),
            Cached::Absent => None,
            Cached::Unknown => {
                let row = self.engine.get(key).cloned();
                self.cache.fill(key, row.as_deref());
                row
            }
        }
    }

    fn settle(&mut self, put: Put, key: &[u8], row: Option<&[u8]>) {
        if put == Put::Took {
            self.dirty.insert(key.to_vec());
        } else {
            if attempt(&mut self.until_failure).is_err() {
                return;
            }
            set(&mut self.engine, key, row);
            self.cache.written(key, row);
            self.dirty.remove(key);
        }
        set(&mut self.truth, key, row);
    }

    /// Evicts, or drains a prefix.
    fn write_out(&mut self, prefix: Option<&[u8]>) -> Result<(), ()> {
        let Self { cache, engine, dirty, until_failure, .. } = self;
        let write = |rows: DirtyRows<'_>| {
            attempt(until_failure)?;
            assert!(rows.len() > 0, "an empty batch");
            for (key, row) in rows {
                set(engine, key, row);
                assert!(dirty.remove(key), "a row that is not dirty was handed out");
            }
            Ok(())
        };
        match prefix {
            Some(prefix) => cache.drain(prefix, write),
            None => cache.evict(write),
        }
    }

    fn modify(&mut self, key: &[u8], by: u8) {
        let changed = self.cache.modify(key, |row| {
            row.iter_mut().for_each(|byte| *byte = byte.wrapping_add(by));
            row.to_vec()
        });
        if let Some(row) = changed {
            assert!(self.truth.contains_key(key), "a row that is absent was modified");
            self.dirty.insert(key.to_vec());
            set(&mut self.truth, key, Some(&row));
        }
    }

    fn delete_prefix(&mut self, prefix: &[u8]) {
        if attempt(&mut self.until_failure).is_ok() {
            self.engine.retain(|key, _| !key.starts_with(prefix));
            self.cache.forget_prefix(prefix);
            self.truth.retain(|key, _| !key.starts_with(prefix));
            self.dirty.retain(|key| !key.starts_with(prefix));
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Get(key) => assert_eq!(self.get(&key), self.truth.get(&key).cloned(), "row of {key:?}"),
            Step::Put(key, row) => {
                let put = self.cache.put(&key, row.as_deref());
                self.settle(put, &key, row.as_deref());
            }
            Step::PutWith(key, row) => {
                let put = self.cache.put_with(&key, row.len(), |target| target.copy_from_slice(&row));
                self.settle(put, &key, Some(&row));
            }
            Step::Modify(key, by) => self.modify(&key, by),
            Step::WritePast(key, row) => self.settle(Put::Through, &key, row.as_deref()),
            Step::DeletePrefix(prefix) => self.delete_prefix(&prefix),
            Step::Evict => {}
            Step::Drain(prefix) => {
                let drained = self.write_out(Some(&prefix)).is_ok();
                assert!(!drained || !self.cache.dirty_with_prefix(&prefix));
            }
            Step::Fail(after) => self.until_failure = Some(after),
        }
        self.check();
        if self.write_out(None).is_ok() {
            assert!(!self.cache.needs_eviction(), "eviction made no room");
        }
        self.check();
    }

    fn check(&self) {
        let Self { cache, dirty, .. } = self;
        assert!(cache.bytes() <= cache.capacity_bytes(), "{} bytes of {}", cache.bytes(), cache.capacity_bytes());
        assert_eq!(cache.dirty_count(), dirty.len());
    }

    /// As [`Self::check`], and every row; slow.
    fn check_rows(&self) {
        let Self { cache, dirty, .. } = self;
        for key in self.engine.keys().chain(self.truth.keys()) {
            let row = match cache.find_key(key) {
                Some((_, address)) => cache.log.row(address),
                None => self.engine.get(key).map(Vec::as_slice),
            };
            assert_eq!(row, self.truth.get(key).map(Vec::as_slice), "row of {key:?}");
        }
        for scope in 0..4 {
            let is_dirty = |prefix: &[u8]| dirty.iter().any(|key| key.starts_with(prefix));
            assert_eq!(cache.dirty_with_prefix(&[scope]), is_dirty(&[scope]));
            assert_eq!(cache.dirty_with_prefix(&[scope, 0]), is_dirty(&[scope, 0]));
        }
    }
}

fn key(most: u16) -> impl Strategy<Value = Vec<u8>> {
    // Few scopes with many rows, one of them the scope alone; keys without a scope.
    (0..most, 0u8..4, 0u8..2, 0u8..40).prop_map(|(number, scope, half, kind)| match kind {
        0 => vec![scope],
        1 => vec![scope, half],
        _ => [&[scope, half][..], &number.to_be_bytes(), &vec![7; number as usize % 9]].concat(),
    })
}

fn row() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..60),
        2 => prop::collection::vec(any::<u8>(), 60..400),
        1 => prop::collection::vec(any::<u8>(), 480..520),
        1 => Just(vec![3; 70_000]),
    ]
}

fn step(keys: u16) -> impl Strategy<Value = Step> {
    prop_oneof![
        200 => key(keys).prop_map(Step::Get),
        100 => (key(keys), row()).prop_map(|(key, row)| Step::Put(key, Some(row))),
        40 => key(keys).prop_map(|key| Step::Put(key, None)),
        60 => (key(keys), row()).prop_map(|(key, row)| Step::PutWith(key, row)),
        40 => (key(keys), any::<u8>()).prop_map(|(key, by)| Step::Modify(key, by)),
        20 => (key(keys), prop::option::of(row())).prop_map(|(key, row)| Step::WritePast(key, row)),
        4 => (0u8..4, 0u8..2).prop_map(|(scope, half)| Step::DeletePrefix(vec![scope, half])),
        2 => (0u8..4).prop_map(|scope| Step::DeletePrefix(vec![scope])),
        20 => Just(Step::Evict),
        10 => (0u8..4, 0u8..2).prop_map(|(scope, half)| Step::Drain(vec![scope, half])),
        2 => (0u8..4).prop_map(|scope| Step::Drain(vec![scope])),
        1 => Just(Step::Drain(vec![])),
        20 => (0usize..3).prop_map(Step::Fail),
    ]
}

/// Steps on few keys, which find their rows, and on many, which do not.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![Just(3u16), Just(40), Just(4000)].prop_flat_map(|keys| prop::collection::vec(step(keys), 0..1000))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_row_is_lost_or_stale(
        steps in steps(), write_back: bool,
        capacity in prop_oneof![Just(0usize), Just(MIN_CAPACITY_BYTES), Just(20_000), Just(200_000)],
    ) {
        let mut pair = Pair::new(capacity, write_back);
        for (number, step) in steps.into_iter().enumerate() {
            pair.apply(step);
            if number % 8 == 0 {
                pair.check_rows();
            }
        }
        pair.check_rows();
        pair.until_failure = None;
        prop_assert!(pair.write_out(Some(&[])).is_ok());
        prop_assert_eq!(&pair.engine, &pair.truth);
    }
}

#[test]
fn no_row_is_lost_while_the_cache_steps_aside() {
    let mut pair = Pair::new(64 << 10, true);
    let key = |number: u32| number.to_be_bytes().to_vec();
    for number in 0..200 {
        pair.apply(Step::Get(key(number)));
        pair.apply(Step::Get(key(number)));
        pair.apply(Step::Put(key(number), Some(vec![1; 20])));
    }
    assert_eq!(pair.cache.dirty_count(), 200);
    let mut aside = 0;
    for number in 1000..60_000 {
        pair.apply(Step::Get(key(number)));
        if number % 100 == 0 && pair.cache.admission.is_aside() {
            aside += 1;
            pair.check_rows();
        }
    }
    assert!(aside > 100, "the cache stepped aside for {aside} hundreds of reads");
    assert_eq!(pair.cache.unsampled, 0);
}

#[test]
fn rows_that_change_their_length_are_kept_while_the_cache_steps_aside() {
    let mut pair = Pair::new(64 << 10, true);
    let mut random = 7u64;
    for number in 0..60_000u64 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = ((random >> 33) as u32 % 20_000).to_be_bytes().to_vec();
        pair.apply(Step::Get(key.clone()));
        pair.apply(Step::Put(key, Some(vec![number as u8; (random >> 50) as usize % 90])));
        if number % 1000 == 0 {
            pair.check_rows();
        }
    }
    assert!(pair.cache.admission.is_aside());
}

//! Random operations on a backend against an in-memory model, with flush, compaction and reopen in between, in every WAL mode.

use std::collections::BTreeMap;

use flink_state_backend::options::WalMode;
use flink_state_backend::{Backend, Direction, Operation, Options, PackedBatch, Page, ScanOptions};
use proptest::prelude::*;

const FAMILIES: [&str; 2] = ["user_state", "timer_state"];

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// One step: on a family (by index), with keys short enough to meet again.
#[derive(Debug, Clone)]
enum Step {
    Put(usize, Vec<u8>, Vec<u8>),
    Delete(usize, Vec<u8>),
    DeleteRange(usize, Vec<u8>, Vec<u8>),
    Batch(Vec<(usize, Vec<u8>, Option<Vec<u8>>)>),
    Flush,
    Compact(usize),
    Reopen,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0), Just(1), Just(0xfe), Just(0xff)], 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let family = 0..FAMILIES.len();
    let value = prop::collection::vec(any::<u8>(), 0..40);
    let change = (family.clone(), key(), prop::option::of(value.clone()));
    prop_oneof![
        6 => (family.clone(), key(), value).prop_map(|(family, key, value)| Step::Put(family, key, value)),
        3 => (family.clone(), key()).prop_map(|(family, key)| Step::Delete(family, key)),
        2 => (family.clone(), key(), key()).prop_map(|(family, one, other)| {
            let (begin, end) = if one <= other { (one, other) } else { (other, one) };
            Step::DeleteRange(family, begin, end)
        }),
        3 => prop::collection::vec(change, 0..8).prop_map(Step::Batch),
        1 => Just(Step::Flush),
        1 => family.prop_map(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

fn open(folder: &std::path::Path, wal: WalMode) -> Backend {
    let mut options = Options::new(folder.display().to_string());
    options.wal = wal;
    options.block_cache_size_bytes = 1 << 20;
    Backend::open(options, None).expect("opens")
}

fn apply(backend: &Backend, model: &mut [Rows; 2], step: Step) {
    let family = |index: usize| backend.column_family(FAMILIES[index]).expect("exists");
    match step {
        Step::Put(index, key, value) => {
            family(index).put(&key, &value).expect("put");
            model[index].insert(key, value);
        }
        Step::Delete(index, key) => {
            family(index).delete(&key).expect("delete");
            model[index].remove(&key);
        }
        Step::DeleteRange(index, begin, end) => {
            family(index).delete_range(&begin, &end).expect("delete range");
            model[index].retain(|key, _| *key < begin || *key >= end);
        }
        Step::Batch(changes) => write_batch(backend, model, changes),
        Step::Flush => backend.flush().expect("flush"),
        Step::Compact(index) => family(index).compact(None, None).expect("compact"),
        Step::Reopen => unreachable!("handled by the caller, which owns the backend"),
    }
}

fn write_batch(backend: &Backend, model: &mut [Rows; 2], changes: Vec<(usize, Vec<u8>, Option<Vec<u8>>)>) {
    let mut batch = PackedBatch::new();
    for (index, key, value) in changes {
        let id = backend.column_family(FAMILIES[index]).expect("exists").id();
        match value {
            Some(value) => {
                batch.push(Operation::Put, id, &key, &value);
                model[index].insert(key, value);
            }
            None => {
                batch.push(Operation::Delete, id, &key, &[]);
                model[index].remove(&key);
            }
        }
    }
    assert_eq!(backend.write(batch.as_bytes()).expect("write"), batch.operation_count());
}

/// All rows of a family, read by pages so small that they break everywhere.
fn rows(backend: &Backend, family: &str, direction: Direction) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut scan = backend.column_family(family).expect("exists").scan(&ScanOptions::default()).expect("scans");
    if direction == Direction::Backward {
        scan.seek_to_last().expect("seeks");
    }
    let mut found = Vec::new();
    let mut page = [0; 64];
    loop {
        match scan.page(direction, &mut page).expect("reads") {
            Page::Filled { row_count: 0, .. } => return found,
            Page::Filled { length, .. } => split(&page[..length], &mut found),
            Page::Short(needed) => panic!("a row of {needed} bytes does not fit"),
        }
    }
}

fn split(mut page: &[u8], found: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    while let Some((header, rest)) = page.split_at_checked(8) {
        let length = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes")) as usize;
        let (key, rest) = rest.split_at(length(0));
        let (value, rest) = rest.split_at(length(4));
        found.push((key.to_vec(), value.to_vec()));
        page = rest;
    }
}

fn compare(backend: &Backend, model: &[Rows; 2]) {
    for (index, family) in FAMILIES.iter().enumerate() {
        let expected: Vec<_> = model[index].clone().into_iter().collect();
        assert_eq!(rows(backend, family, Direction::Forward), expected);
        let mut backwards = rows(backend, family, Direction::Backward);
        backwards.reverse();
        assert_eq!(backwards, expected);
    }
}

fn run(wal: WalMode, steps: Vec<Step>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut backend = open(folder.path(), wal);
    let mut model = [Rows::new(), Rows::new()];
    for step in steps {
        if let Step::Reopen = step {
            backend.close().expect("closes");
            backend = open(folder.path(), wal);
            compare(&backend, &model);
        } else {
            apply(&backend, &mut model, step);
        }
    }
    compare(&backend, &model);
    backend.close().expect("closes");
    compare(&open(folder.path(), wal), &model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_backend_with_a_log_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..60)) {
        run(WalMode::Enabled, steps);
    }

    #[test]
    fn a_backend_without_a_log_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..60)) {
        run(WalMode::Disabled, steps);
    }
}

#[test]
fn a_range_that_leaves_no_row_is_not_taken_for_lost_data() {
    for wal in [WalMode::Disabled, WalMode::Enabled, WalMode::Sync] {
        let empty = Step::DeleteRange(0, b"a".to_vec(), b"a".to_vec());
        run(wal, vec![Step::Put(0, b"k".to_vec(), b"v".to_vec()), empty, Step::Flush, Step::Reopen]);
    }
}

#[test]
fn a_family_dropped_with_the_last_writes_is_not_taken_for_lost_data() {
    for wal in [WalMode::Disabled, WalMode::Enabled] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backend = open(folder.path(), wal);
        backend.column_family("user_state").expect("exists").put(b"k", b"v").expect("put");
        let scratch = backend.create_column_family("scratch", b"").expect("created");
        (0..100u8).for_each(|key| scratch.put(&[key], b"v").expect("put"));
        backend.drop_column_family("scratch").expect("dropped");
        assert!(scratch.put(b"k", b"v").is_err());
        drop(scratch);
        backend.flush().expect("flush");
        backend.close().expect("closes");
        let backend = open(folder.path(), wal);
        assert_eq!(
            backend.column_family("user_state").expect("exists").get(None, b"k").expect("get").as_deref(),
            Some(&b"v"[..])
        );
    }
}

//! Random operations on a backend against an in-memory model, with flush, compaction and reopen in between, with and without a log, with
//! and without checksums of what is in memory.

use std::collections::BTreeMap;

use flink_state_backend::options::{Integrity, WalMode};
use flink_state_backend::{Backend, Direction, Operation, Options, PackedBatch, Page, ScanOptions};
use proptest::prelude::*;

/// The default one has the id 0, which the engine writes in another way.
const FAMILIES: [&str; 3] = ["default", "user_state", "timer_state"];

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;
type Model = [Rows; FAMILIES.len()];

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
    prop_oneof![
        8 => prop::collection::vec(prop_oneof![Just(0), Just(1), Just(0xfe), Just(0xff)], 0..4),
        1 => (126..130usize).prop_map(|length| vec![1; length]),
    ]
}

/// Lengths on both sides of where the engine spends one byte more on them.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => prop::collection::vec(any::<u8>(), 0..40),
        2 => (any::<u8>(), 60..135usize).prop_map(|(byte, length)| vec![byte; length]),
        1 => (any::<u8>(), 16_382..16_386usize).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let family = 0..FAMILIES.len();
    // Neighbours in one family: the engine is given those in another way than the first.
    let change = (family.clone(), prop::collection::vec((key(), prop::option::weighted(0.8, value())), 0..6));
    let changes = prop::collection::vec(change, 0..5).prop_map(|runs| {
        runs.into_iter()
            .flat_map(|(family, run)| run.into_iter().map(move |(key, value)| (family, key, value)))
            .collect()
    });
    prop_oneof![
        6 => (family.clone(), key(), value()).prop_map(|(family, key, value)| Step::Put(family, key, value)),
        3 => (family.clone(), key()).prop_map(|(family, key)| Step::Delete(family, key)),
        2 => (family.clone(), key(), key()).prop_map(|(family, one, other)| {
            let (begin, end) = if one <= other { (one, other) } else { (other, one) };
            Step::DeleteRange(family, begin, end)
        }),
        3 => changes.prop_map(Step::Batch),
        1 => Just(Step::Flush),
        1 => family.prop_map(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

fn open(folder: &std::path::Path, wal: WalMode, integrity: Integrity) -> Backend {
    let mut options = Options::new(folder.display().to_string());
    (options.wal, options.integrity) = (wal, integrity);
    options.block_cache_size_bytes = 1 << 20;
    Backend::open(options, None).expect("opens")
}

fn apply(backend: &Backend, model: &mut Model, step: Step) {
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

fn write_batch(backend: &Backend, model: &mut Model, changes: Vec<(usize, Vec<u8>, Option<Vec<u8>>)>) {
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
    let mut page = vec![0; 64];
    loop {
        match scan.page(direction, &mut page).expect("reads") {
            Page::Filled { row_count: 0, .. } => return found,
            Page::Filled { length, .. } => split(&page[..length], &mut found),
            Page::Short(needed) => page.resize(needed, 0),
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

fn compare(backend: &Backend, model: &Model) {
    for (index, family) in FAMILIES.iter().enumerate() {
        let expected: Vec<_> = model[index].clone().into_iter().collect();
        assert_eq!(rows(backend, family, Direction::Forward), expected);
        let mut backwards = rows(backend, family, Direction::Backward);
        backwards.reverse();
        assert_eq!(backwards, expected);
    }
}

fn run(wal: WalMode, integrity: Integrity, steps: Vec<Step>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut backend = open(folder.path(), wal, integrity);
    let mut model = Model::default();
    for step in steps {
        if let Step::Reopen = step {
            backend.close().expect("closes");
            backend = open(folder.path(), wal, integrity);
            compare(&backend, &model);
        } else {
            apply(&backend, &mut model, step);
        }
    }
    compare(&backend, &model);
    backend.close().expect("closes");
    compare(&open(folder.path(), wal, integrity), &model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_backend_with_a_log_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..60)) {
        run(WalMode::Enabled, Integrity::Standard, steps);
    }

    #[test]
    fn a_backend_without_a_log_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..60)) {
        run(WalMode::Disabled, Integrity::Standard, steps);
    }

    #[test]
    fn a_backend_of_high_integrity_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..60)) {
        run(WalMode::Enabled, Integrity::High, steps);
    }
}

#[test]
fn a_range_that_leaves_no_row_is_not_taken_for_lost_data() {
    for wal in [WalMode::Disabled, WalMode::Enabled, WalMode::Sync] {
        let empty = Step::DeleteRange(0, b"a".to_vec(), b"a".to_vec());
        run(
            wal,
            Integrity::Standard,
            vec![Step::Put(0, b"k".to_vec(), b"v".to_vec()), empty, Step::Flush, Step::Reopen],
        );
    }
}

#[test]
fn a_family_dropped_with_the_last_writes_is_not_taken_for_lost_data() {
    for wal in [WalMode::Disabled, WalMode::Enabled] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backend = open(folder.path(), wal, Integrity::Standard);
        backend.column_family("user_state").expect("exists").put(b"k", b"v").expect("put");
        let scratch = backend.create_column_family("scratch", b"").expect("created");
        (0..100u8).for_each(|key| scratch.put(&[key], b"v").expect("put"));
        backend.drop_column_family("scratch").expect("dropped");
        assert!(scratch.put(b"k", b"v").is_err());
        drop(scratch);
        backend.flush().expect("flush");
        backend.close().expect("closes");
        let backend = open(folder.path(), wal, Integrity::Standard);
        assert_eq!(
            backend.column_family("user_state").expect("exists").get(None, b"k").expect("get").as_deref(),
            Some(&b"v"[..])
        );
    }
}

#[test]
fn rows_of_a_family_with_a_long_id_are_found_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open(folder.path(), WalMode::Enabled, Integrity::Standard);
    // Ids are never given out twice; from 128 on they take two bytes in the log.
    let id = loop {
        let id = backend.create_column_family("late", b"").expect("created").id();
        if id >= 128 {
            break id;
        }
        backend.drop_column_family("late").expect("dropped");
    };
    let mut batch = PackedBatch::new();
    (0..3u8).for_each(|key| batch.push(Operation::Put, id, &[key], b"batch"));
    assert_eq!(backend.write(batch.as_bytes()).expect("write"), 3);
    (3..6u8).for_each(|key| backend.column_family("late").expect("exists").put(&[key], b"put").expect("put"));
    backend.close().expect("closes");
    let found = rows(&open(folder.path(), WalMode::Enabled, Integrity::Standard), "late", Direction::Forward);
    let expected: Vec<_> =
        (0..6u8).map(|key| (vec![key], if key < 3 { b"batch".to_vec() } else { b"put".to_vec() })).collect();
    assert_eq!(found, expected);
}

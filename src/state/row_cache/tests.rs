//! One rule a test.

use super::model::two_bytes;
use super::*;

const SMALL: usize = 64 << 10;

fn write_back(capacity_bytes: usize) -> RowCache {
    RowCache::new(capacity_bytes, true, two_bytes)
}

fn key(number: u64) -> [u8; 12] {
    let mut key = [9; 12];
    key[4..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Writes a row so that the cache takes it: it was read before.
fn put_again(cache: &mut RowCache, key: &[u8], row: &[u8]) {
    if cache.get(key) == Cached::Unknown {
        cache.fill(key, None);
        cache.get(key);
    }
    assert_eq!(cache.put(key, Some(row)), Put::Took);
}

/// What a reader does that finds rows of so many bytes in the engine.
fn read(cache: &mut RowCache, key: &[u8], row_bytes: usize) {
    if cache.get(key) == Cached::Unknown {
        cache.fill(key, Some(&vec![1; row_bytes]));
    }
    let evicted = cache.evict(|_| Err("nothing is dirty"));
    assert_eq!(evicted, Ok(()));
}

fn rows_of(rows: DirtyRows<'_>) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    rows.map(|(key, row)| (key.to_vec(), row.map(<[u8]>::to_vec))).collect()
}

#[test]
fn what_the_engine_answered_is_remembered_absence_too() {
    let mut cache = write_back(SMALL);
    assert_eq!(cache.get(b"there"), Cached::Unknown);
    cache.fill(b"there", Some(b"row"));
    cache.fill(b"gone", None);
    cache.fill(b"empty", Some(b""));
    assert_eq!(cache.get(b"there"), Cached::Row(b"row"));
    assert_eq!(cache.get(b"gone"), Cached::Absent);
    assert_eq!(cache.get(b"empty"), Cached::Row(b""));
    assert_eq!((cache.hits(), cache.misses(), cache.dirty_count()), (3, 1, 0));
}

#[test]
fn a_row_that_is_here_is_newer_than_the_engines() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"key", b"new");
    cache.fill(b"key", Some(b"old"));
    assert_eq!(cache.get(b"key"), Cached::Row(b"new"));
    assert_eq!(cache.dirty_count(), 1);
}

#[test]
fn only_rows_used_again_are_written_back() {
    let mut cache = write_back(SMALL);
    assert_eq!(cache.put(b"key", Some(b"1")), Put::Through);
    assert_eq!(cache.get(b"key"), Cached::Unknown);
    cache.fill(b"key", Some(b"0"));
    // The write of the read-modify-write that brought the row in.
    assert_eq!(cache.put(b"key", Some(b"1")), Put::Through);
    assert_eq!(cache.get(b"key"), Cached::Row(b"0"), "a write that goes through changes nothing here");
    cache.written(b"key", Some(b"1"));
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (0, Cached::Row(b"1")));
    assert_eq!(cache.put(b"key", None), Put::Took);
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (1, Cached::Absent));
}

#[test]
fn who_only_writes_is_written_back_the_second_time() {
    let mut cache = write_back(SMALL);
    assert_eq!(cache.put(b"key", Some(b"1")), Put::Through);
    cache.written(b"key", Some(b"1"));
    assert_eq!(cache.put(b"key", Some(b"2")), Put::Took);
}

#[test]
fn a_write_past_the_cache_counts_when_it_is_told() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"key", b"old");
    cache.written(b"key", Some(b"new"));
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (0, Cached::Row(b"new")));
}

#[test]
fn write_through_takes_nothing() {
    let mut cache = RowCache::new(SMALL, false, two_bytes);
    cache.fill(b"key", Some(b"old"));
    cache.get(b"key");
    assert_eq!(cache.put(b"key", Some(b"new")), Put::Through);
    assert_eq!(cache.modify(b"key", |row| row[0] = 7), None);
    assert_eq!(cache.get(b"key"), Cached::Row(b"old"));
    cache.written(b"key", Some(b"new"));
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (0, Cached::Row(b"new")));
}

#[test]
fn a_row_is_changed_in_place() {
    let mut cache = write_back(SMALL);
    assert_eq!(cache.modify(b"key", |_| ()), None);
    cache.fill(b"key", Some(&[1, 2]));
    let changed = cache.modify(b"key", |row| {
        row[1] += 1;
        row.len()
    });
    assert_eq!(changed, Some(2));
    assert_eq!((cache.dirty_count(), cache.hits(), cache.get(b"key")), (1, 1, Cached::Row(&[1, 3])));
    assert_eq!(cache.put(b"key", None), Put::Took);
    assert_eq!(cache.modify(b"key", |_| ()), None, "there is no row any more");
}

#[test]
fn a_row_is_composed_where_it_will_be() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"key", b"something long");
    assert_eq!(cache.put_with(b"key", 3, |row| row.copy_from_slice(b"abc")), Put::Took);
    assert_eq!(cache.get(b"key"), Cached::Row(b"abc"));
    assert_eq!(cache.put_with(b"other", 3, |_| panic!("it goes through")), Put::Through);
}

#[test]
fn rows_that_keep_their_length_take_no_new_memory() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"key", &[0; 100]);
    for round in 0..10_000u32 {
        put_again(&mut cache, b"key", &[round as u8; 100]);
        put_again(&mut cache, b"key", &[round as u8; 3]);
    }
    assert_eq!(cache.log.in_use(), 1);
}

#[test]
fn rows_that_grow_move_with_room_to_grow() {
    let mut cache = write_back(1 << 20);
    for length in 0..2000usize {
        put_again(&mut cache, b"key", &vec![length as u8; length]);
    }
    assert_eq!(cache.get(b"key"), Cached::Row(&[207; 1999]));
    let all: usize = cache.log.in_use() * cache.log.segment_bytes();
    assert!(all < 40_000, "growing by and by took {all} bytes");
}

#[test]
fn a_row_too_large_goes_through_and_takes_the_old_one_with_it() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"key", b"small");
    let large = vec![1; MAX_SEGMENT_BYTES + 1];
    assert_eq!(cache.put(b"key", Some(&large)), Put::Through);
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (1, Cached::Row(b"small")));
    cache.written(b"key", Some(&large));
    assert_eq!((cache.dirty_count(), cache.get(b"key")), (0, Cached::Unknown));
}

#[test]
fn eviction_hands_out_dirty_rows_and_keeps_them_when_it_fails() {
    let mut cache = write_back(MIN_CAPACITY_BYTES);
    let mut number = 0;
    while cache.evict(|_| Err("no")).is_ok() {
        put_again(&mut cache, &key(number), b"row");
        number += 1;
    }
    assert!(cache.needs_eviction());
    let dirty = cache.dirty_count();
    assert_eq!(dirty as u64, number);
    for number in 0..number {
        assert_eq!(cache.get(&key(number)), Cached::Row(b"row"));
    }
    let mut written = 0;
    let evicted = cache.evict(|rows| {
        written += rows.len();
        assert!(rows.clone().all(|(_, row)| row == Some(b"row")));
        Ok::<(), ()>(())
    });
    assert_eq!(evicted, Ok(()));
    assert!(written > 0 && !cache.needs_eviction());
    assert_eq!(cache.dirty_count(), dirty - written);
}

#[test]
fn rows_spared_from_the_only_segment_of_their_queue_stay() {
    let mut cache = write_back(MIN_CAPACITY_BYTES);
    for queue in [Queue::Probation, Queue::Main, Queue::Main] {
        for number in 0..5 {
            put_again(&mut cache, &key(number), b"row");
            cache.get(&key(number));
        }
        assert_eq!(cache.evict_segment(queue, true, &mut |_| Err("they are spared")), Ok(()));
        assert_eq!((cache.dirty_count(), cache.log.in_use()), (5, 1));
        assert_eq!(cache.log.queue(Queue::Main).len(), 1);
    }
    for number in 0..5 {
        assert_eq!(cache.get(&key(number)), Cached::Row(b"row"));
    }
}

#[test]
fn a_drain_hands_out_what_is_dirty_once_and_keeps_it() {
    let mut cache = write_back(SMALL);
    put_again(&mut cache, b"aa1", b"one");
    put_again(&mut cache, b"bb2", b"two");
    cache.fill(b"cc3", Some(b"clean"));
    assert_eq!(cache.put(b"bb2", None), Put::Took);
    assert_eq!(cache.drain(b"", |_| Err(())), Err(()));
    assert_eq!(cache.dirty_count(), 2);
    let mut written = Vec::new();
    let drained = cache.drain(b"", |rows| {
        written.extend(rows_of(rows));
        Ok::<(), ()>(())
    });
    written.sort();
    assert_eq!(drained, Ok(()));
    assert_eq!(written, [(b"aa1".to_vec(), Some(b"one".to_vec())), (b"bb2".to_vec(), None)]);
    assert_eq!(cache.drain(b"", |_| Err(())), Ok(()));
    assert_eq!((cache.dirty_count(), cache.get(b"aa1")), (0, Cached::Row(b"one")));
}

#[test]
fn a_drain_of_one_map_leaves_the_others() {
    let mut cache = write_back(SMALL);
    for key in [&b"aa"[..], b"aa1", b"aa2", b"ab1", b"b"] {
        put_again(&mut cache, key, b"row");
    }
    let mut written = Vec::new();
    let drained = cache.drain(b"aa", |rows| {
        written.extend(rows_of(rows).into_iter().map(|(key, _)| key));
        Ok::<(), ()>(())
    });
    written.sort();
    assert_eq!(drained, Ok(()));
    assert_eq!(written, [&b"aa"[..], b"aa1", b"aa2"]);
    assert!(!cache.dirty_with_prefix(b"aa") && cache.dirty_with_prefix(b"ab") && cache.dirty_with_prefix(b"a"));
}

#[test]
fn a_drain_writes_batches_of_bounded_size() {
    let mut cache = write_back(1 << 20);
    for number in 0..5000 {
        put_again(&mut cache, &key(number), b"row");
        assert_eq!(cache.evict(|_| Ok::<(), ()>(())), Ok(()));
    }
    let (dirty, mut batches, mut written) = (cache.dirty_count(), 0, 0);
    let drained = cache.drain(b"", |rows| {
        batches += 1;
        written += rows.len();
        assert!(rows.len() <= 4096 / LEAST_RECORD_BYTES, "{} rows", rows.len());
        Ok::<(), ()>(())
    });
    assert_eq!((drained, written), (Ok(()), dirty));
    assert!(dirty > 1000 && batches > 1);
}

#[test]
fn what_is_below_a_deleted_prefix_is_forgotten() {
    let mut cache = write_back(SMALL);
    for key in [&b"aa"[..], b"aa1", b"aa2", b"ab1", b"b"] {
        put_again(&mut cache, key, b"row");
    }
    cache.forget_prefix(b"aa");
    assert_eq!(cache.get(b"aa"), Cached::Unknown);
    assert_eq!(cache.get(b"aa2"), Cached::Unknown);
    assert_eq!(cache.dirty_count(), 2);
    cache.forget_prefix(b"a");
    assert_eq!(cache.get(b"ab1"), Cached::Unknown);
    assert_eq!(cache.get(b"b"), Cached::Row(b"row"));
    assert_eq!(cache.dirty_count(), 1);
}

#[test]
fn a_cache_turned_off_holds_nothing_any_more_and_keeps_its_counts() {
    let mut cache = write_back(SMALL);
    cache.fill(b"key", Some(b"row"));
    cache.get(b"key");
    cache.turn_off();
    assert_eq!(cache.get(b"key"), Cached::Unknown);
    cache.fill(b"key", Some(b"row"));
    assert_eq!((cache.bytes(), cache.hits(), cache.misses()), (0, 1, 0));
}

#[test]
fn a_cache_that_is_off_costs_and_holds_nothing() {
    let mut cache = write_back(MIN_CAPACITY_BYTES - 1);
    cache.fill(b"key", Some(b"row"));
    cache.written(b"key", Some(b"row"));
    cache.forget_prefix(b"");
    assert_eq!(cache.get(b"key"), Cached::Unknown);
    assert_eq!(cache.put(b"key", Some(b"row")), Put::Through);
    assert_eq!((cache.bytes(), cache.capacity_bytes(), cache.hits(), cache.misses()), (0, 0, 0, 0));
    assert!(!cache.needs_eviction());
}

#[test]
fn bytes_stay_within_the_capacity_whatever_the_rows() {
    for row_bytes in [0, 8, 100, 1000] {
        let mut cache = write_back(1 << 20);
        for number in 0..60_000u64 {
            read(&mut cache, &key(number % 40_000), row_bytes);
            assert!(cache.bytes() <= cache.capacity_bytes());
        }
        assert!(cache.bytes() > cache.capacity_bytes() / 32, "{} bytes in use", cache.bytes());
    }
}

#[test]
fn a_scan_does_not_wash_hot_rows_out() {
    let mut cache = write_back(SMALL);
    // Hot rows for half of the memory, among them as many reads of rows that never come again.
    for number in 0..200_000u64 {
        read(&mut cache, &key(number % 400), 40);
        read(&mut cache, &key((1 << 40) | number), 40);
    }
    let cached = (0..400).filter(|number| cache.find_key(&key(*number)).is_some()).count();
    assert!(cached > 370, "{cached} of 400 hot rows are left");
}

#[test]
fn the_hot_set_can_change() {
    let mut cache = write_back(SMALL);
    for round in 0..3u64 {
        // Always in the same order, so that a key that loses its ghost to another would lose it every time.
        for number in 0..20_000 {
            read(&mut cache, &key((round << 40) | (number % 600)), 40);
        }
        let cached = (0..600).filter(|number| cache.find_key(&key((round << 40) | number)).is_some()).count();
        assert!(cached > 550, "{cached} of 600 hot rows are cached in round {round}");
    }
}

#[test]
fn a_skewed_load_finds_most_of_its_rows_and_lets_few_in() {
    const KEYS: f64 = 10_000.0;
    let mut cache = write_back(SMALL);
    let (mut random, mut let_in) = (1u64, 0);
    for number in 0..100_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The logarithm of the rank is uniform: zipf with exponent 1. The cache has room for a tenth of the keys.
        let rank = KEYS.powf((random >> 11) as f64 / (1u64 << 53) as f64) as u64;
        let known = cache.find_key(&key(rank)).is_some();
        read(&mut cache, &key(rank), 40);
        let_in += usize::from(number > 20_000 && !known && cache.find_key(&key(rank)).is_some());
    }
    let ratio = cache.hits() as f64 / 100_000.0;
    assert!(ratio > 0.6, "{ratio} of the reads found their row");
    assert!(let_in < 8_000, "{let_in} of 80000 reads brought their row in");
}

#[test]
fn a_cache_that_finds_nothing_steps_aside_and_comes_back() {
    let mut cache = write_back(SMALL);
    for number in 0..100_000u64 {
        read(&mut cache, &key(number), 40);
    }
    assert_eq!(cache.unsampled, 0, "only the sample is left");
    assert!(cache.bytes() < SMALL / 2, "{} bytes are left", cache.bytes());
    let passed_by = (0..100_000u64).filter(|number| cache.admission.passes_by(cache.hash(&key(*number)))).count();
    assert!((90_000..96_000).contains(&passed_by), "{passed_by} of 100000 keys pass by");

    for number in 0..100_000u64 {
        read(&mut cache, &key(number % 400), 40);
    }
    let cached = (0..400).filter(|number| cache.find_key(&key(*number)).is_some()).count();
    assert!(cached > 390, "{cached} of 400 hot rows are cached");
}

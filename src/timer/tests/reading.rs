//! What is read and written, counted by the engine.

use super::*;

/// One of the engine's tickers.
fn ticker(family: &ColumnFamily, name: &str) -> u64 {
    let text = family.property("rocksdb.options-statistics").expect("readable").expect("statistics are on");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" COUNT : ")).expect("a ticker");
    line.trim().parse().expect("a number")
}

fn skipped(family: &ColumnFamily) -> u64 {
    ticker(family, "rocksdb.number.iter.skip")
}

fn sequence(family: &ColumnFamily) -> u64 {
    family.handle().engine().latest_sequence()
}

#[test]
fn a_refill_does_not_walk_over_the_timers_popped_before() {
    const TIMERS: i64 = 100_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let family = timer_family(&backend);
    let mut service = open_service(&backend, true, Limits::default());
    for first in (0..TIMERS).step_by(1000) {
        let timers: Vec<_> = (first..first + 1000).map(|at| event_timer(7, at, b"key")).collect();
        service.register(&timers).expect("registered");
    }
    service.drain().expect("drained");
    let before = skipped(&family);
    let mut due = 0;
    while let popped @ 1.. = page(&mut service, &event_query(TIMERS - 10), 4 << 10).expect("due").len() as i64 {
        due += popped;
        service.drain().expect("drained");
    }
    assert_eq!(due, TIMERS - 9);
    assert_eq!(service.next(Time::Event).expect("next"), Some(TIMERS - 9));
    let walked = skipped(&family) - before;
    assert!(walked < TIMERS as u64 / 100, "{walked} tombstones were read");
}

/// How often the engine is sought in to pop timers of many key groups page by page, which may be looked at before.
fn seeks_of_popping(looking: bool) -> u64 {
    const TIMERS: i64 = 20_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let family = timer_family(&backend);
    let mut service = open_service(&backend, true, Limits::default());
    let timers: Vec<_> = (0..TIMERS).map(|at| event_timer(at as u16 % 100, at, b"key")).collect();
    service.register(&timers).expect("registered");
    service.drain().expect("drained");
    drop(service);
    let mut service = open_service(&backend, true, Limits::default());
    let before = ticker(&family, "rocksdb.number.db.seek");
    let (look, pop) = (Query { remove: false, ..event_query(TIMERS / 2) }, event_query(TIMERS / 2));
    let mut due = 0;
    loop {
        let looked = looking.then(|| page(&mut service, &look, 1 << 10).expect("due"));
        let popped = page(&mut service, &pop, 1 << 10).expect("due");
        assert!(looked.is_none_or(|looked| looked == popped));
        due += popped.len();
        if popped.is_empty() {
            break;
        }
    }
    assert_eq!(due as i64, TIMERS / 2 + 1);
    ticker(&family, "rocksdb.number.db.seek") - before
}

#[test]
fn looking_at_due_timers_reads_no_more_than_popping_them() {
    assert_eq!(seeks_of_popping(true), seeks_of_popping(false));
}

#[test]
fn timers_popped_or_deleted_before_they_are_written_never_reach_the_engine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let family = timer_family(&backend);
    let mut service = open_service(&backend, true, Limits::default());
    let before = sequence(&family);
    let keys: Vec<_> = (0..500u16).map(u16::to_be_bytes).collect();
    let timers: Vec<_> = keys.iter().map(|key| event_timer(7, 1, key)).collect();
    service.register(&timers).expect("registered");
    service.delete(&timers[..100]).expect("deleted");
    assert_eq!(page(&mut service, &event_query(1), 1 << 20).expect("due").len(), 400);
    service.drain().expect("drained");
    assert_eq!(sequence(&family), before);
}

#[test]
fn a_call_on_a_logged_backend_is_one_batch_of_what_changes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), false);
    let family = timer_family(&backend);
    let mut service = open_service(&backend, false, Limits::default());
    let before = sequence(&family);
    service.register(&[1, 2, 3, 3].map(|at| event_timer(7, at, b"key"))).expect("registered");
    service.register(&[2, 3].map(|at| event_timer(7, at, b"key"))).expect("registered");
    // A put of the same timer twice in one call is two operations on one row.
    assert_eq!(sequence(&family), before + 4);
    service.delete(&[3, 4].map(|at| event_timer(7, at, b"key"))).expect("deleted");
    assert_eq!(sequence(&family), before + 5);
    assert_eq!(page(&mut service, &event_query(9), 1 << 10).expect("due").len(), 2);
    assert_eq!(sequence(&family), before + 7);
}

#[test]
fn opening_goes_from_group_to_group_that_has_timers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), false);
    let family = timer_family(&backend);
    let mut service = open_service(&backend, false, Limits::default());
    let mut other = Service::open("other", timer_store(&backend), 0..=32_767, false).expect("opens");
    for group in [3, 4, 200, 32_767] {
        let timers: Vec<_> = (0..50).map(|at| event_timer(group, at, b"key")).collect();
        service.register(&timers).expect("registered");
        other.register(&timers[..10]).expect("registered");
    }
    let before = ticker(&family, "rocksdb.number.db.seek");
    let mut reopened = Service::open("window", timer_store(&backend), 4..=32_767, false).expect("opens");
    let seeks = ticker(&family, "rocksdb.number.db.seek") - before;
    assert!(seeks <= 20, "{seeks} seeks");
    assert_eq!(reopened.count(Time::Event).expect("count"), 150);
    assert_eq!(reopened.count(Time::Processing).expect("count"), 0);
}

#[test]
fn memory_stays_within_its_bound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let limits = Limits { total_bytes: 256 << 10, ..Limits::default() };
    let mut service = open_service(&backend, true, limits);
    for at in 0..600 {
        let keys: Vec<_> = (0..100u16).map(u16::to_be_bytes).collect();
        let timers: Vec<_> = keys.iter().enumerate().map(|(group, key)| event_timer(group as u16, at, key)).collect();
        service.register(&timers).expect("registered");
    }
    let bound = 100 * limits.least_group_bytes + (2 << 20) + (100 << 10);
    assert!(service.buffered_bytes() <= bound, "{} bytes", service.buffered_bytes());
    assert_eq!(service.count(Time::Event).expect("count"), 60_000);
}

#[test]
fn memory_is_given_back_with_the_timers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let mut service = open_service(&backend, true, Limits::default());
    let timers: Vec<_> = (0..200).map(|at| event_timer((at % 5) as u16, at, b"key")).collect();
    service.register(&timers).expect("registered");
    service.register(&timers).expect("registered");
    let all = service.buffered_bytes();
    assert!(all > 200 * 3);
    service.delete(&timers[100..]).expect("deleted");
    let half = service.buffered_bytes();
    assert!(half < all * 6 / 10, "{half} of {all} bytes");
    assert_eq!(page(&mut service, &event_query(200), 1 << 20).expect("due").len(), 100);
    assert!(service.buffered_bytes() < 4096, "{} bytes", service.buffered_bytes());
}

#[test]
fn timers_that_come_and_go_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let mut service = open_service(&backend, true, Limits::default());
    for at in (0..20_000).rev() {
        service.register(&[event_timer(7, at, b"key")]).expect("registered");
        service.delete(&[event_timer(7, at, b"key")]).expect("deleted");
    }
    assert!(service.buffered_bytes() < 4096, "{} bytes", service.buffered_bytes());
}

//! What the engine refuses changes nothing.

use super::*;
use crate::error::Error;

/// A service with three timers, the family of which is dropped under it.
fn with_dropped_family(write_back: bool, check: impl FnOnce(&mut Service)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), write_back);
    let mut service = open_service(&backend, write_back, Limits::default());
    service.register(&[1, 2, 3].map(|at| event_timer(7, at, b"key"))).expect("registered");
    service.drain().expect("drained");
    backend.drop_column_family("timer_state").expect("dropped");
    check(&mut service);
    assert_eq!(service.next(Time::Event).expect("in memory"), Some(1));
    assert_eq!(service.count(Time::Event).expect("in memory"), 3);
}

#[test]
fn a_refused_registration_leaves_the_timers() {
    with_dropped_family(false, |service| {
        let refused = service.register(&[event_timer(7, 0, b"key")]);
        assert!(matches!(refused, Err(Error::ColumnFamilyDropped(_))), "{refused:?}");
    });
}

#[test]
fn a_refused_deletion_leaves_the_timers() {
    with_dropped_family(false, |service| {
        let refused = service.delete(&[event_timer(7, 1, b"key")]);
        assert!(matches!(refused, Err(Error::ColumnFamilyDropped(_))), "{refused:?}");
    });
}

#[test]
fn timers_that_cannot_be_removed_are_not_handed_out() {
    with_dropped_family(false, |service| {
        assert!(matches!(page(service, &event_query(9), 1 << 10), Err(Error::ColumnFamilyDropped(_))));
        let of_key = Query { key: Some((7, b"key")), ..event_query(9) };
        assert!(matches!(page(service, &of_key, 1 << 10), Err(Error::ColumnFamilyDropped(_))));
    });
}

#[test]
fn a_refused_drain_loses_nothing_and_is_made_up_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let mut service = open_service(&backend, true, Limits::default());
    service.register(&[1, 2, 3].map(|at| event_timer(7, at, b"key"))).expect("registered");
    service.store().fails = true;
    assert!(service.drain().is_err());
    assert_eq!(page(&mut service, &event_query(1), 1 << 10).expect("due").len(), 1);
    service.delete(&[event_timer(7, 2, b"key")]).expect("deleted");
    service.store().fails = false;
    service.drain().expect("drained");
    let mut reopened = open_service(&backend, true, Limits::default());
    assert_eq!(page(&mut reopened, &event_query(9), 1 << 10).expect("due"), [(3, b"key".to_vec())]);
}

#[test]
fn with_writes_refused_for_long_a_call_is_refused_before_it_changes_anything() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), true);
    let mut service = open_service(&backend, true, TIGHT);
    service.store().fails = true;
    let mut registered = 0;
    while registered < 100_000 && service.register(&[event_timer(7, registered, b"key")]).is_ok() {
        registered += 1;
    }
    assert!(registered < 50_000, "memory grows without bound");
    service.store().fails = false;
    assert_eq!(service.count(Time::Event).expect("count"), registered as u64);
}

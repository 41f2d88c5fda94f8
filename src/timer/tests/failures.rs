//! What the engine refuses changes nothing.

use super::*;
use crate::error::Error;

/// A service that writes each call at once, with three timers.
fn with_timers(check: impl FnOnce(&Backend, &mut Service)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backend = open_backend(folder.path(), false);
    let mut service = open_service(&backend, false, Limits::default());
    service.register(&[1, 2, 3].map(|at| event_timer(7, at, b"key"))).expect("registered");
    check(&backend, &mut service);
}

/// The same while the engine refuses writes.
fn refusing(call: impl FnOnce(&mut Service) -> crate::Result<()>) {
    with_timers(|backend, service| {
        service.store().fails = true;
        assert!(call(service).is_err());
        service.store().fails = false;
        assert_eq!(service.next(Time::Event).expect("next"), Some(1));
        assert_eq!(service.count(Time::Event).expect("count"), 3);
        let mut reopened = open_service(backend, false, Limits::default());
        assert_eq!(page(&mut reopened, &event_query(9), 1 << 10).expect("due").len(), 3);
    });
}

#[test]
fn a_refused_registration_leaves_the_timers() {
    refusing(|service| service.register(&[event_timer(7, 0, b"key")]));
}

#[test]
fn a_refused_deletion_leaves_the_timers() {
    refusing(|service| service.delete(&[event_timer(7, 1, b"key")]));
}

#[test]
fn timers_that_cannot_be_removed_are_not_handed_out() {
    refusing(|service| page(service, &event_query(9), 1 << 10).map(|_| ()));
    let of_key = Query { key: Some((7, b"key")), ..event_query(9) };
    refusing(|service| page(service, &of_key, 1 << 10).map(|_| ()));
}

#[test]
fn the_timers_of_a_dropped_family_are_gone_and_every_call_says_so() {
    with_timers(|backend, service| {
        backend.drop_column_family("timer_state").expect("dropped");
        let timer = [event_timer(7, 1, b"key")];
        let refused = [
            service.register(&timer),
            service.delete(&timer),
            service.next(Time::Event).map(|_| ()),
            service.count(Time::Event).map(|_| ()),
            page(service, &event_query(9), 1 << 10).map(|_| ()),
        ];
        for (call, refused) in refused.into_iter().enumerate() {
            assert!(matches!(refused, Err(Error::ColumnFamilyDropped(_))), "call {call}: {refused:?}");
        }
        service.drain().expect("nothing is left to write");
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

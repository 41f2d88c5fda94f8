//! Processes that are killed at any one storage call or system call of a checkpoint's life and of a restore. Whoever comes next finds whole
//! checkpoints only, and the old state or the new one.

use crate::faulty::{Fault, Faulty};
use crate::killed::{self, Kill, Remains};
use crate::place::{make, rows, rows_of, store, write_for, Place, Template, CONFIRMED, LONG, UNCONFIRMED};
use flink_state_backend::checkpoint::{ClaimMode, Source};
use flink_state_backend::options::WalMode;
use flink_state_backend::{Backend, Options};

/// Confirmed checkpoints 1 and 2, the data folder restored from 2 which is still somebody else's, and files that nobody lists.
fn before_a_cycle() -> Place {
    let place = Place::new();
    let store = store(place.local(), 2);
    let backend = place.open();
    make(&backend, &store, 1, CONFIRMED);
    make(&backend, &store, 2, CONFIRMED);
    backend.close().expect("closes");
    let restored = Backend::restore(place.options("data"), None, &Source::of(&store, 2), ClaimMode::Legacy);
    restored.and_then(Backend::close).expect("restores");
    for stray in ["shared/.unfinished-1-1", "chk-1/stray", "chk-2/stray"] {
        std::fs::write(place.path("checkpoints").join(stray), "x").expect("written");
    }
    place
}

/// A child makes checkpoint 3, confirms it, so that 1 goes, discards 2 and collects. Killed somewhere on the way.
#[test]
fn child_with_a_cycle() {
    let Some(place) = killed::place() else { return };
    let storage = Faulty::new(place.local());
    let store = store(storage.clone(), 1);
    let backend = place.open();
    if let Some(at) = killed::storage_call() {
        storage.arm(at, Fault::Aborts);
    }
    killed::arm();
    write_for(&backend, 3);
    let task = backend.begin_checkpoint(&store, 3, UNCONFIRMED).expect("begins");
    task.wait(LONG).expect("succeeds").expect("ends");
    killed::done("made");
    backend.notify_checkpoint_complete(3).expect("confirms");
    killed::done("confirmed");
    store.discard(2).expect("discards");
    killed::done("discarded");
    store.collect().expect("collects");
    killed::done("collected");
    backend.close().expect("closes");
    killed::disarm();
}

fn check_cycle(place: &Place, remains: &Remains, what: &str) {
    let has = |step: &str| remains.done.iter().any(|done| done == step);
    let store = place.store();
    let ids = place.check_all(&store);
    assert!(has("made") <= ids.contains(&3), "{what}: 3 was made and is not there");
    assert!(has("made") || ids.contains(&1), "{what}: 1 went before there was 3");
    assert!(has("confirmed") || ids.contains(&2), "{what}: 2 went, which nobody had discarded");
    assert!(has("confirmed") <= !ids.contains(&1), "{what}: 1 is still there");
    assert!(has("discarded") <= !ids.contains(&2), "{what}: 2 is still there");
    let backend = place.open();
    place.check_data_folder();
    let found = rows(&backend);
    assert!(found == rows_of(2) || found == rows_of(3), "{what}: the data folder holds neither state");
    assert!(has("collected") <= (found == rows_of(3)), "{what}: what was written is gone");
    make(&backend, &store, 4, CONFIRMED);
    place.check_all(&store);
    store.collect().expect("collects");
    place.check_files(&store);
    backend.close().expect("closes");
}

/// A state with rows that only its logs hold, and checkpoint 1 of another.
fn before_a_restore() -> Place {
    let place = Place::new();
    let store = place.store();
    let backend = Backend::open(with_log(&place), None).expect("opens");
    make(&backend, &store, 1, CONFIRMED);
    write_for(&backend, 2);
    let family = backend.column_family("default").expect("exists");
    for (key, value) in rows_of(3) {
        family.put(&key.to_be_bytes(), value.as_bytes()).expect("written");
    }
    drop(family);
    backend.close().expect("closes");
    place
}

fn with_log(place: &Place) -> Options {
    let mut options = place.options("data");
    options.wal = WalMode::Enabled;
    options
}

/// A child restores checkpoint 1 over a state that holds the rows of 3.
#[test]
fn child_with_a_restore() {
    let Some(place) = killed::place() else { return };
    let storage = Faulty::new(place.local());
    let store = store(storage.clone(), 1);
    if let Some(at) = killed::storage_call() {
        storage.arm(at, Fault::Aborts);
    }
    killed::arm();
    let source = Source::newest(&store);
    let restored = Backend::restore(with_log(&place), None, &source, ClaimMode::NoClaim).expect("restores");
    killed::done("restored");
    killed::disarm();
    restored.close().expect("closes");
}

/// Whether the new state is there.
fn check_restore(place: &Place, remains: &Remains, what: &str) -> bool {
    let store = place.store();
    assert_eq!(place.check_all(&store).len(), 1, "{what}");
    let backend = Backend::open(with_log(place), None).expect("opens");
    place.check_data_folder();
    let found = rows(&backend);
    backend.close().expect("closes");
    assert!(found == rows_of(1) || found == rows_of(3), "{what}: neither the old state nor the new one: {found:?}");
    let is_new = found == rows_of(1);
    assert!(is_new || remains.done.is_empty(), "{what}: restored, and the old state is there");
    assert_eq!(place.path("data/FSB_ORIGIN").exists(), is_new, "{what}: what tells of one state is beside the other");
    // And it can be done again, over what there is.
    let source = Source::newest(&store);
    let restored = Backend::restore(with_log(place), None, &source, ClaimMode::NoClaim).expect("restores");
    assert_eq!(rows(&restored), rows_of(1), "{what}");
    restored.close().expect("closes");
    place.check_data_folder();
    assert_eq!(store.collect().expect("collects").files, 0, "{what}");
    is_new
}

/// A child opens a folder, and thereby brings back what an interrupted restore had set aside.
#[test]
fn child_with_an_open() {
    let Some(place) = killed::place() else { return };
    killed::arm();
    let backend = Backend::open(with_log(&place), None).expect("opens");
    killed::disarm();
    assert_eq!(rows(&backend), rows_of(3));
    backend.close().expect("closes");
}

#[test]
fn a_cycle_killed_at_any_storage_call_leaves_whole_checkpoints() {
    let template = Template::of(before_a_cycle());
    for at in 1.. {
        let place = template.again();
        let remains = killed::run("kills::child_with_a_cycle", &place, Kill::StorageCall(at));
        check_cycle(&place, &remains, &format!("killed at storage call {at}"));
        if remains.is_complete {
            println!("killed at each of {} storage calls", at - 1);
            assert!(at > 30, "only {} calls", at - 1);
            return;
        }
    }
}

#[test]
fn a_restore_killed_at_any_storage_call_leaves_the_old_state() {
    let template = Template::of(before_a_restore());
    for at in 1.. {
        let place = template.again();
        let remains = killed::run("kills::child_with_a_restore", &place, Kill::StorageCall(at));
        let is_new = check_restore(&place, &remains, &format!("killed at storage call {at}"));
        assert_eq!(is_new, remains.is_complete, "killed at storage call {at}");
        if remains.is_complete {
            println!("killed at each of {} storage calls", at - 1);
            assert!(at > 5, "only {} calls", at - 1);
            return;
        }
    }
}

#[test]
fn a_cycle_killed_at_any_system_call_leaves_whole_checkpoints() {
    let template = Template::of(before_a_cycle());
    let place = template.again();
    let remains = killed::run("kills::child_with_a_cycle", &place, Kill::Not);
    check_cycle(&place, &remains, "not killed");
    let calls = killed::system_calls(&place);
    for at in 1..=calls {
        let place = template.again();
        let remains = killed::run("kills::child_with_a_cycle", &place, Kill::SystemCall(at));
        check_cycle(&place, &remains, &format!("killed at system call {at}"));
    }
    println!("killed at each of {calls} system calls");
    assert!(calls > 80, "only {calls} calls");
}

#[test]
fn a_restore_killed_at_any_system_call_leaves_the_old_state_or_the_new() {
    let template = Template::of(before_a_restore());
    let place = template.again();
    let remains = killed::run("kills::child_with_a_restore", &place, Kill::Not);
    assert!(check_restore(&place, &remains, "not killed"));
    let calls = killed::system_calls(&place);
    let mut first_new = None;
    for at in 1..=calls {
        let place = template.again();
        let remains = killed::run("kills::child_with_a_restore", &place, Kill::SystemCall(at));
        let is_new = check_restore(&place, &remains, &format!("killed at system call {at}"));
        assert!(is_new || first_new.is_none(), "new when killed at {first_new:?}, and old again at {at}");
        first_new = first_new.or(is_new.then_some(at));
    }
    println!("killed at each of {calls} system calls; the new state is there from {first_new:?} on");
    assert!(calls > 80 && first_new.is_some_and(|at| at > calls * 3 / 4), "{first_new:?} of {calls}");
}

/// A restore that was killed right before the new state would have counted.
fn before_an_open() -> Place {
    let template = Template::of(before_a_restore());
    let place = template.again();
    killed::run("kills::child_with_a_restore", &place, Kill::Not);
    for at in (1..=killed::system_calls(&place)).rev() {
        let place = template.again();
        killed::run("kills::child_with_a_restore", &place, Kill::SystemCall(at));
        if place.path("data/FSB_RESTORE/phase").exists() {
            return template.into_place();
        }
    }
    panic!("a restore has no phases");
}

#[test]
fn an_open_after_a_killed_restore_killed_at_any_system_call_brings_the_old_state_back() {
    let template = Template::of(before_an_open());
    let place = template.again();
    killed::run("kills::child_with_an_open", &place, Kill::Not);
    let calls = killed::system_calls(&place);
    for at in 1..=calls {
        let place = template.again();
        let remains = killed::run("kills::child_with_an_open", &place, Kill::SystemCall(at));
        let is_new = check_restore(&place, &remains, &format!("killed at system call {at}"));
        assert!(!is_new, "killed at system call {at}: the new state is there, of which nobody was told");
    }
    println!("killed at each of {calls} system calls");
    assert!(calls > 40, "only {calls} calls");
}

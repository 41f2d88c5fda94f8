//! Storages that fail or hang at any one call: what was there stays, writers go on, and the next checkpoint works.

use std::fs;
use std::io;
use std::sync::mpsc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::faulty::{Fault, Faulty};
use crate::place::{make, rows, rows_of, store, write_for, Place, CONFIRMED, LONG, UNCONFIRMED};
use flink_state_backend::checkpoint::{
    CheckpointOptions, CheckpointStore, CheckpointTask, ClaimMode, LocalStorage, Source, StoreOptions,
};
use flink_state_backend::{Backend, Error};

/// A backend with confirmed checkpoints 1 and 2 of two to retain, in a storage that can fail, and files that nobody lists.
struct Job {
    place: Place,
    storage: Arc<Faulty>,
    store: Arc<CheckpointStore>,
    backend: Backend,
}

impl Job {
    fn new() -> Self {
        let place = Place::new();
        let storage = Faulty::new(place.local());
        let store = store(storage.clone(), 2);
        let backend = place.open();
        make(&backend, &store, 1, CONFIRMED);
        make(&backend, &store, 2, CONFIRMED);
        for stray in ["shared/.unfinished-1-1", "chk-1/stray", "chk-2/stray"] {
            fs::write(place.path("checkpoints").join(stray), "x").expect("written");
        }
        write_for(&backend, 3);
        Self { place, storage, store, backend }
    }

    /// One whole life: made, confirmed while an older one goes, discarded, collected.
    fn cycle(&self) -> Result<(), Error> {
        self.backend.begin_checkpoint(&self.store, 3, UNCONFIRMED)?.wait(LONG)?;
        self.backend.notify_checkpoint_complete(3)?;
        self.store.discard(2)?;
        self.store.collect().map(drop)
    }

    /// With the storage as it should be: everything listed is whole, the next checkpoint works, and nothing unlisted stays.
    fn check(self, what: &str) {
        assert!(self.place.check_all(&self.store).range(2..).next().is_some(), "{what}: neither 2 nor 3 is there");
        assert_eq!(rows(&self.backend), rows_of(3), "{what}");
        make(&self.backend, &self.store, 4, CONFIRMED);
        self.place.check_all(&self.store);
        self.store.collect().unwrap_or_else(|error| panic!("{what}: {error}"));
        self.place.check_files(&self.store);
        self.backend.close().expect("closes");
        drop(self.store);
        // And for whoever comes next.
        let store = self.place.store();
        self.place.check_all(&store);
        assert_eq!(store.collect().expect("collects").files, 0, "{what}");
    }
}

/// Has every call of a cycle meet the fault, one after the other.
fn fail_everywhere(fault: Fault) {
    for at in 1.. {
        let job = Job::new();
        job.storage.arm(at, fault);
        let outcome = job.cycle();
        let Some(struck) = job.storage.heal() else {
            outcome.expect("without a fault");
            println!("{fault:?} at each of {} calls", at - 1);
            assert!(at > 20, "only {} calls", at - 1);
            return job.check("no fault");
        };
        let what = format!("{fault:?} at call {at}, about {struck:?}");
        if let Err(error) = outcome {
            let text = error.to_string();
            assert!(text.contains(&struck) && text.contains("injected"), "{what}: {text}");
        }
        job.check(&what);
    }
}

#[test]
fn a_storage_that_fails_once_costs_what_failed_and_nothing_else() {
    fail_everywhere(Fault::Fails(io::ErrorKind::PermissionDenied));
}

#[test]
fn a_storage_that_fails_from_some_call_on_costs_nothing_that_was_there() {
    fail_everywhere(Fault::FailsFromThenOn(io::ErrorKind::ReadOnlyFilesystem));
}

#[test]
fn a_storage_that_does_what_it_says_it_did_not_does_no_harm() {
    fail_everywhere(Fault::FailsLate(io::ErrorKind::TimedOut));
}

#[test]
fn a_full_storage_is_told_as_such() {
    let job = Job::new();
    job.storage.arm(1, Fault::Fails(io::ErrorKind::StorageFull));
    match job.cycle() {
        Err(Error::CheckpointEnded(error)) => match &*error {
            Error::CheckpointFailed { id: 3, step, source } if source.kind() == io::ErrorKind::StorageFull => {
                assert!(step.starts_with("store '"), "{step}");
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    job.storage.heal();
    job.check("full");
}

#[test]
fn the_failing_step_is_named_also_beside_others() {
    for at in 1..=4 {
        let place = Place::new();
        let storage = Faulty::new(place.local());
        let options = StoreOptions { transfer_threads: 4, ..Default::default() };
        let store = Arc::new(CheckpointStore::new(storage.clone(), options).expect("valid"));
        let backend = place.open();
        write_for(&backend, 1);
        store.collect().expect("reads the root");
        storage.arm(at, Fault::Fails(io::ErrorKind::Other));
        let task = backend.begin_checkpoint(&store, 1, CONFIRMED).expect("begins");
        let text = task.wait(LONG).expect_err("fails").to_string();
        let struck = storage.heal().expect("struck");
        assert!(text.contains(&format!("failed to store '{struck}'")), "{struck}: {text}");
    }
}

/// Begins checkpoint 3 and has it hang at its Nth call, unless it ends before. With what that call is about.
fn hang(job: &Job, at: usize, options: CheckpointOptions) -> (CheckpointTask, Option<String>) {
    job.storage.arm(at, Fault::Hangs);
    let task = job.backend.begin_checkpoint(&job.store, 3, options).expect("begins");
    let struck = job.storage.wait_until_it_hangs(|| task.progress().is_ended);
    (task, struck)
}

/// While one checkpoint hangs, the next is made; and the hanging one is none when it goes on.
fn check_beside_a_hanging_one(job: Job, what: &str) {
    let Job { place, storage, store, backend } = job;
    let (done, is_done) = mpsc::channel();
    let other = Arc::clone(&store);
    let making = thread::spawn(move || {
        make(&backend, &other, 4, UNCONFIRMED);
        done.send(()).expect("awaited");
        backend
    });
    is_done.recv_timeout(LONG).unwrap_or_else(|_| panic!("{what}: the next checkpoint waits for the one that hangs"));
    let backend = making.join().expect("ends");
    place.check(&store, 4);
    storage.release();
    // Waits for the one that hung.
    backend.close().expect("closes");
    let ids = place.check_all(&store);
    assert!(ids.contains(&4) && !ids.contains(&3), "{what}: {ids:?}");
    store.collect().expect("collects");
    place.check_files(&store);
}

/// A checkpoint that hangs at its Nth call, begun with longer and longer deadlines until one is behind that call.
fn hang_before_its_deadline(at: usize) -> (Job, CheckpointTask, Option<String>) {
    let mut timeout = Duration::from_millis(20);
    loop {
        let job = Job::new();
        let (task, struck) = hang(&job, at, CheckpointOptions { timeout: Some(timeout), confirm: false });
        let in_time = match task.wait(LONG) {
            Err(Error::CheckpointTimedOut { step, .. }) => struck.as_ref().is_some_and(|struck| step.contains(struck)),
            outcome => outcome.is_ok(),
        };
        if in_time {
            return (job, task, struck);
        }
        job.storage.release();
        timeout *= 2;
        assert!(timeout < LONG, "call {at}, about {struck:?}: the deadline never names it");
    }
}

#[test]
fn a_checkpoint_that_hangs_is_given_up_at_its_deadline_wherever_that_is() {
    for at in 1.. {
        let (job, task, struck) = hang_before_its_deadline(at);
        let outcome = task.wait(LONG);
        let Some(struck) = struck else {
            outcome.expect("nothing hung").expect("ends");
            assert!(at > 8, "only {} calls", at - 1);
            return;
        };
        assert!(matches!(outcome, Err(Error::CheckpointTimedOut { id: 3, .. })), "call {at}: {outcome:?}");
        check_beside_a_hanging_one(job, &format!("call {at}, about {struck}"));
    }
}

#[test]
fn a_checkpoint_that_hangs_can_be_cancelled_wherever_that_is() {
    for at in 1.. {
        let job = Job::new();
        let (task, Some(struck)) = hang(&job, at, UNCONFIRMED) else {
            assert!(at > 8, "only {} calls", at - 1);
            return;
        };
        task.cancel();
        let outcome = task.wait(LONG);
        assert!(matches!(outcome, Err(Error::CheckpointCancelled(3))), "call {at}, about {struck}: {outcome:?}");
        check_beside_a_hanging_one(job, &format!("call {at}, about {struck}"));
    }
}

#[test]
fn a_removal_that_hangs_keeps_no_checkpoint_from_being_made() {
    let job = Job::new();
    // The first call that removes: of checkpoint 1, when 3 is confirmed.
    job.backend.begin_checkpoint(&job.store, 3, UNCONFIRMED).and_then(|task| task.wait(LONG)).expect("succeeds");
    job.storage.arm(1, Fault::Hangs);
    let store = Arc::clone(&job.store);
    let removing = thread::spawn(move || store.discard(1));
    job.storage.wait_until_it_hangs(|| false);
    make(&job.backend, &job.store, 4, UNCONFIRMED);
    job.place.check(&job.store, 4);
    job.storage.release();
    removing.join().expect("ends").expect("discards");
    job.place.check_all(&job.store);
}

#[test]
fn what_a_checkpoint_lists_stays_until_it_is_gone_itself() {
    let job = Job::new();
    job.storage.refuse("chk-1/_metadata.json");
    job.store.discard(1).expect_err("refused");
    // With files that 1 lists as well, such as the engine's options.
    job.store.discard(2).expect_err("goes on with 1");
    job.storage.heal();
    assert_eq!(job.store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [1]);
    job.place.check(&job.store, 1);
    assert_eq!(job.store.collect().expect("goes on with 1").files, 1, "in no folder of a checkpoint");
    job.place.check_files(&job.store);
    assert!(job.store.ids().expect("listed").is_empty());
}

#[test]
fn what_is_being_stored_is_not_collected() {
    let job = Job::new();
    job.storage.pause_within_upload();
    let task = job.backend.begin_checkpoint(&job.store, 3, UNCONFIRMED).expect("begins");
    job.storage.wait_until_it_hangs(|| false);
    assert!(fs::read_dir(job.place.path("checkpoints/shared")).expect("readable").count() > 2);
    job.store.collect().expect("collects");
    job.storage.release();
    task.wait(LONG).expect("succeeds").expect("ends");
    job.storage.heal();
    job.check("collected meanwhile");
}

#[test]
fn what_a_killed_process_of_the_same_number_left_is_in_nobodys_way() {
    let job = Job::new();
    for number in 0..1000 {
        let name = format!(".unfinished-{}-{number}", std::process::id());
        fs::create_dir_all(job.place.path("checkpoints/chk-3")).expect("created");
        for folder in ["shared", "chk-3"] {
            fs::write(job.place.path("checkpoints").join(folder).join(&name), "half").expect("written");
        }
    }
    job.cycle().expect("nothing fails");
    job.check("leftovers");
}

#[test]
fn one_that_is_not_claimed_stays_whatever_its_root_is_called() {
    let job = Job::new();
    let Job { place, store: first, backend, .. } = job;
    backend.close().expect("closes");
    drop(first);
    std::os::unix::fs::symlink("checkpoints", place.path("link")).expect("linked");
    let named = |name: &str| store(Arc::new(LocalStorage::new(place.path(name))), 1);
    let source = Source::of(&named("link/"), 2);
    let restored = Backend::restore(place.options("data"), None, &source, ClaimMode::NoClaim).expect("restores");
    make(&restored, &named("./checkpoints"), 3, CONFIRMED);
    assert!(place.check_all(&place.store()).contains(&2));
}

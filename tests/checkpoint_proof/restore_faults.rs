//! Storages that fail or hang at any one call of a restore or rescale: the folder holds what it held, or all of the new, and the next try works.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use flink_state_backend::checkpoint::{CheckpointStore, ClaimMode, Source, Subtask as Share};
use flink_state_backend::options::WalMode;
use flink_state_backend::{Backend, Error};

use crate::cycles::{Model, Setup, Slot, Subtask};
use crate::faulty::{Fault, Faulty};
use crate::place::{self, make, rows, rows_of, write_for, Place, Template, CONFIRMED, LONG};

const FAULTS: [Fault; 4] = [
    Fault::Fails(io::ErrorKind::PermissionDenied),
    Fault::FailsFromThenOn(io::ErrorKind::TimedOut),
    Fault::FailsLate(io::ErrorKind::ConnectionReset),
    Fault::HangsThenFails(io::ErrorKind::TimedOut),
];

/// What is restored, over what a folder holds.
struct Scene {
    template: Template,
    /// Folders of checkpoints; the fault is in the storage of one.
    roots: Vec<&'static str>,
    restore: fn(&Place, &[Arc<CheckpointStore>]) -> Result<Backend, Error>,
    check_new: fn(Backend, &Place),
}

/// A store whose calls come in one order.
fn store(place: &Place, root: &str) -> (Arc<Faulty>, Arc<CheckpointStore>) {
    let storage = place.faulty(root);
    (Arc::clone(&storage), place::store(storage, 1))
}

impl Scene {
    /// Has every call about one root meet the fault, one after the other. Answers how many there were.
    fn fail_everywhere(&self, root: usize, fault: Fault) -> usize {
        for at in 1.. {
            let place = self.template.again();
            let (storages, stores): (Vec<_>, Vec<_>) = self.roots.iter().map(|root| store(&place, root)).unzip();
            storages[root].arm(at, fault);
            let outcome = self.restore_beside(&place, &stores, &storages[root]);
            let Some(struck) = storages[root].heal() else {
                (self.check_new)(outcome.unwrap_or_else(|error| panic!("without a fault: {error}")), &place);
                return at - 1;
            };
            let what = format!("{fault:?} at call {at} about '{struck}'");
            let Err(error) = outcome else { panic!("{what}: no error") };
            check_named(&error, &struck, &what);
            check_old(&place, &what);
            let again = (self.restore)(&place, &stores).unwrap_or_else(|error| panic!("{what}, then: {error}"));
            (self.check_new)(again, &place);
        }
        unreachable!("some call is the last")
    }

    /// Restores, and lets a storage that hangs go on once nobody could have the folder meanwhile.
    fn restore_beside(
        &self, place: &Place, stores: &[Arc<CheckpointStore>], storage: &Faulty,
    ) -> Result<Backend, Error> {
        thread::scope(|scope| {
            let restoring = scope.spawn(|| (self.restore)(place, stores));
            if storage.wait_until_it_hangs(|| restoring.is_finished()).is_some() && !restoring.is_finished() {
                storage.release();
            }
            restoring.join().expect("does not panic")
        })
    }
}

/// The error says what could not be done, to what, and why.
fn check_named(error: &Error, struck: &str, what: &str) {
    let text = error.to_string();
    let steps = ["cannot list", "cannot read", "cannot restore"];
    let is_named = steps.iter().any(|step| text.contains(step)) && text.contains(struck);
    assert!(is_named && text.contains("injected"), "{what}: {text}");
}

/// The folder is as it was before the restore.
fn check_old(place: &Place, what: &str) {
    let backend = place.open();
    place.check_data_folder();
    assert_eq!(rows(&backend), rows_of(3), "{what}");
    assert!(!place.path("data/FSB_ORIGIN").exists(), "{what}: what tells of the new state is beside the old one");
    backend.close().expect("closes");
}

/// A folder with the rows of 3, closed.
fn with_old_rows(place: &Place) {
    let backend = place.open();
    write_for(&backend, 3);
    backend.close().expect("closes");
}

#[test]
fn a_restore_whose_storage_fails_leaves_the_folder_as_it_was() {
    let place = Place::new();
    let backend = place.open();
    make(&backend, &place.store(), 1, CONFIRMED);
    backend.close().expect("closes");
    with_old_rows(&place);
    let scene = Scene {
        template: Template::of(place),
        roots: vec!["checkpoints"],
        restore: |place, stores| {
            Backend::restore(place.options("data"), None, &Source::newest(&stores[0]), ClaimMode::NoClaim)
        },
        check_new: |backend, place| {
            assert_eq!(rows(&backend), rows_of(1));
            place.check_data_folder();
        },
    };
    for fault in FAULTS {
        let calls = scene.fail_everywhere(0, fault);
        println!("{fault:?} at each of {calls} calls");
        assert!(calls > 5, "only {calls} calls");
    }
}

/// What two subtasks hold together.
fn model() -> Model {
    let mut model = Model::new(2);
    for slot in Slot::all() {
        model.values.insert(slot, slot.key);
        model.timers.insert((true, slot.key.into(), slot));
    }
    for (index, operator) in (0..).zip(&mut model.operators) {
        (operator.offsets, operator.seen) = (vec![index, 10 + index], vec![20 + index]);
    }
    model
}

/// Checkpoint 1 of each of two subtasks, and a folder with other rows.
fn before_a_rescale() -> Place {
    let (place, model) = (Place::new(), model());
    for index in 0..2 {
        let setup = Setup { wal: WalMode::Disabled, row_cache_bytes: 0, parallelism: 2, index };
        let folder: PathBuf = place.path(&format!("former-{index}"));
        let backend = Backend::open(setup.options(&folder), None).expect("opens");
        let subtask = Subtask::new(backend, &place.path(&format!("checkpoints-{index}")), setup, &model);
        subtask.write(&model);
        let task = subtask.backend.begin_checkpoint(&subtask.store, 1, CONFIRMED).expect("begins");
        task.wait(LONG).expect("succeeds").expect("ends");
        subtask.into_backend().close().expect("closes");
    }
    with_old_rows(&place);
    place
}

/// One of so many subtasks takes its share of both.
fn rescale(place: &Place, stores: &[Arc<CheckpointStore>], parallelism: u32, index: u32) -> Result<Backend, Error> {
    let sources: Vec<Source> = stores.iter().map(Source::newest).collect();
    let share = Share { parallelism, index };
    Backend::rescale(place.options("data"), None, &sources, share, ClaimMode::NoClaim)
}

fn check_share(backend: Backend, place: &Place, parallelism: usize, index: usize) {
    let mut model = model();
    model.rescale(parallelism);
    let setup = Setup { wal: WalMode::Disabled, row_cache_bytes: 0, parallelism, index };
    let subtask = Subtask::new(backend, &place.path("later"), setup, &model);
    subtask.check(&model);
    subtask.check_groups();
    assert!(rows(&subtask.backend).is_empty());
    place.check_data_folder();
}

fn fail_a_rescale(scene: &Scene) {
    for fault in FAULTS {
        for root in 0..2 {
            let calls = scene.fail_everywhere(root, fault);
            println!("{fault:?} at each of {calls} calls about {}", scene.roots[root]);
            assert!(calls > 1, "only {calls} calls");
        }
    }
}

#[test]
fn a_rescale_in_whose_storage_fails_leaves_the_folder_as_it_was() {
    fail_a_rescale(&Scene {
        template: Template::of(before_a_rescale()),
        roots: vec!["checkpoints-0", "checkpoints-1"],
        restore: |place, stores| rescale(place, stores, 1, 0),
        check_new: |backend, place| check_share(backend, place, 1, 0),
    });
}

#[test]
fn a_rescale_out_whose_storage_fails_leaves_the_folder_as_it_was() {
    fail_a_rescale(&Scene {
        template: Template::of(before_a_rescale()),
        roots: vec!["checkpoints-0", "checkpoints-1"],
        restore: |place, stores| rescale(place, stores, 3, 0),
        check_new: |backend, place| check_share(backend, place, 3, 0),
    });
}

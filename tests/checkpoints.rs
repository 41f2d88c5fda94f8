//! Checkpoints as a job takes them: made, confirmed, retained, restored.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flink_state_backend::checkpoint::{
    CheckpointOptions, CheckpointStore, ClaimMode, LocalStorage, Report, Source, StoreOptions, Which,
};
use flink_state_backend::state::descriptor::{Descriptor, Kind};
use flink_state_backend::{Backend, KeyedOptions, Options, Time, Timer};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);
const CONFIRMED: CheckpointOptions = CheckpointOptions { timeout: None, confirm: true };

/// A folder with one backend's data and checkpoints.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn data(&self, name: &str) -> Options {
        let mut options = Options::new(self.folder.path().join(name).display().to_string());
        options.wal = flink_state_backend::options::WalMode::Disabled;
        options.family.disable_auto_compactions = true;
        options
    }

    fn open(&self, name: &str) -> Backend {
        Backend::open(self.data(name), None).expect("opens")
    }

    fn store_with(&self, options: StoreOptions) -> Arc<CheckpointStore> {
        let storage = Arc::new(LocalStorage::new(self.folder.path().join("checkpoints")));
        Arc::new(CheckpointStore::new(storage, options).expect("valid"))
    }

    fn store(&self) -> Arc<CheckpointStore> {
        self.store_with(StoreOptions::default())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn restore(&self, name: &str, store: &Arc<CheckpointStore>, which: Which, mode: ClaimMode) -> Backend {
        Backend::restore(self.data(name), None, &Source { store: Arc::clone(store), which }, mode).expect("restores")
    }
}

fn checkpoint(backend: &Backend, store: &Arc<CheckpointStore>, id: u64) -> Report {
    let task = backend.begin_checkpoint(store, id, CONFIRMED).expect("begins");
    task.wait(LONG).expect("succeeds").expect("ends")
}

fn put(backend: &Backend, from: u32, to: u32, value: &str) {
    let family = backend.column_family("default").expect("exists");
    (from..to).for_each(|key| family.put(&key.to_be_bytes(), value.as_bytes()).expect("written"));
}

/// Bytes that no compression makes fewer.
fn put_noise(backend: &Backend, from: u32, to: u32) {
    let family = backend.column_family("default").expect("exists");
    for key in from..to {
        let mut state = u64::from(key) + 1;
        let value: String = (0..200).map(|_| next_letter(&mut state)).collect();
        family.put(&key.to_be_bytes(), value.as_bytes()).expect("written");
    }
}

/// Xorshift.
fn next_letter(state: &mut u64) -> char {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    char::from(b'0' + (*state >> 32) as u8 % 64)
}

fn rows(backend: &Backend) -> Vec<(u32, String)> {
    let family = backend.column_family("default").expect("exists");
    let get = |key: u32| family.get(None, &key.to_be_bytes()).expect("read");
    (0..5000).filter_map(|key| get(key).map(|value| (key, String::from_utf8(value).expect("text")))).collect()
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| {
            entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

#[test]
fn what_was_written_before_comes_back_and_nothing_else() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put(&backend, 0, 1000, "first");
    let before = rows(&backend);
    let report = checkpoint(&backend, &store, 1);
    put(&backend, 500, 2000, "later");
    assert_eq!((report.id, report.new_bytes), (1, report.total_bytes));
    let restored = place.restore("two", &store, Which::Newest, ClaimMode::NoClaim);
    assert_eq!(rows(&restored), before);
    assert_eq!(files_of(&place.path("two/FSB_RESTORE")), [""; 0]);
    assert_eq!(store.verify(1).expect("whole").files, report.total_files);
}

/// A job that starts with its newest checkpoint each time, and dies before its first.
#[test]
fn a_restore_of_the_newest_or_of_nothing_leaves_no_row_that_no_checkpoint_holds() {
    let place = Place::new();
    let store = place.store();
    let start = || place.restore("one", &store, Which::NewestOrEmpty, ClaimMode::Claim);
    let backend = start();
    put(&backend, 0, 10, "x");
    backend.flush().expect("flushes");
    drop(backend);
    let backend = start();
    assert_eq!(rows(&backend).len(), 0);
    put(&backend, 0, 5, "x");
    checkpoint(&backend, &store, 1);
    put(&backend, 5, 10, "x");
    drop(backend);
    assert_eq!(rows(&start()).len(), 5);
    let missing = place.path("checkpoints/chk-1/_metadata.json");
    std::fs::write(missing, "{").expect("writable");
    let source = Source::newest_or_empty(&store);
    let damaged = Backend::restore(place.data("one"), None, &source, ClaimMode::Claim).err().expect("refused");
    assert!(damaged.to_string().contains("chk-1"), "{damaged}");
}

#[test]
fn keyed_state_with_cached_rows_and_timers_is_part_of_it() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    let keyed = backend.keyed(&KeyedOptions { max_parallelism: 16, ..Default::default() }).expect("opens");
    let count = keyed.state(Descriptor::new("count", Kind::Value)).expect("declared");
    let timers = keyed.timer_service("ticks").expect("opens");
    for key in 0..100_u32 {
        keyed.set_current_key(&key.to_be_bytes(), None).expect("of any group");
        count.put(&key.to_le_bytes()).expect("put");
        timers
            .register(&[Timer {
                time: Time::Event,
                hash: None,
                timestamp: i64::from(key),
                key: &key.to_be_bytes(),
                namespace: b"",
            }])
            .expect("registered");
    }
    checkpoint(&backend, &store, 1);
    let listed = store.list().expect("readable");
    assert_eq!((listed[0].id, listed[0].key_groups), (1, Some((0, 15))));
    let restored = place.restore("two", &store, Which::Id(1), ClaimMode::NoClaim);
    let keyed = restored.keyed(&KeyedOptions::default()).expect("opens");
    let count = keyed.state(Descriptor::new("count", Kind::Value)).expect("declared");
    for key in 0..100_u32 {
        keyed.set_current_key(&key.to_be_bytes(), None).expect("of any group");
        assert_eq!(count.get().expect("read").as_deref(), Some(&key.to_le_bytes()[..]));
    }
    let timers = keyed.timer_service("ticks").expect("opens");
    assert_eq!(timers.count(Time::Event).expect("counted"), 100);
}

#[test]
fn only_what_is_new_is_stored_and_only_beside_what_is_confirmed() {
    let place = Place::new();
    let (backend, store) =
        (place.open("one"), place.store_with(StoreOptions { num_retained: 3, ..Default::default() }));
    let begin = |id| backend.begin_checkpoint(&store, id, CheckpointOptions::default()).expect("begins");
    let made = |id| begin(id).wait(LONG).expect("succeeds").expect("ends");
    put_noise(&backend, 0, 3000);
    let first = made(1);
    put(&backend, 3000, 3010, "b");
    let unconfirmed = made(2);
    assert!(unconfirmed.new_bytes > first.total_bytes, "nothing of what is not confirmed is listed again");
    backend.notify_checkpoint_complete(2).expect("confirmed");
    let ids: Vec<u64> = store.ids().expect("listed").into_iter().collect();
    assert_eq!(ids, [2], "one that was passed over goes with the confirmation of a later one");
    put(&backend, 3010, 3020, "c");
    let third = made(3);
    assert!(third.new_bytes < first.total_bytes / 20, "{third:?} after {first:?}");
    assert_eq!(third.total_files, unconfirmed.total_files + 1);
    assert_eq!(rows(&place.restore("two", &store, Which::Id(3), ClaimMode::NoClaim)), rows(&backend));
}

#[test]
fn older_ones_go_when_newer_ones_are_confirmed_and_leave_no_file() {
    let place = Place::new();
    let (backend, store) =
        (place.open("one"), place.store_with(StoreOptions { num_retained: 2, ..Default::default() }));
    for id in 1..=5 {
        let from = u32::try_from(id).expect("small") * 100;
        put(&backend, from, from + 150, "x");
        if id == 4 {
            backend.column_family("default").expect("exists").compact(None, None).expect("compacts");
        }
        checkpoint(&backend, &store, id);
        assert_eq!(store.collect().expect("collects").files, 0, "after checkpoint {id}");
    }
    assert_eq!(store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [4, 5]);
    store.verify(4).and_then(|_| store.verify(5)).expect("whole");
    store.discard(4).and_then(|()| store.discard(5)).and_then(|()| store.discard(5)).expect("discards");
    assert_eq!(files_of(&place.path("checkpoints/shared")), [""; 0]);
    assert_eq!(files_of(&place.path("checkpoints")), ["FSB_LOCK", "shared"]);
}

#[test]
fn the_same_id_again_is_the_same_checkpoint_and_a_lower_one_is_refused() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put(&backend, 0, 10, "x");
    let report = checkpoint(&backend, &store, 7);
    put(&backend, 10, 20, "y");
    assert_eq!(checkpoint(&backend, &store, 7), report);
    let text = backend.begin_checkpoint(&store, 6, CONFIRMED).err().expect("refused").to_string();
    assert!(text.contains("checkpoint id 6 is not above 7"), "{text}");
    backend.close().expect("closes");
    // Another process, or a job that counts from the start again: what it would make must not be taken for what is there.
    drop(store);
    let (backend, store) = (place.open("one"), place.store());
    let text = backend.begin_checkpoint(&store, 7, CONFIRMED).err().expect("refused").to_string();
    assert!(text.contains("checkpoint id 7 is not above 7"), "{text}");
}

#[test]
fn an_aborted_one_is_gone_and_no_base_of_the_next() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put(&backend, 0, 100, "x");
    let task = backend.begin_checkpoint(&store, 1, CheckpointOptions::default()).expect("begins");
    task.wait(LONG).expect("succeeds");
    backend.notify_checkpoint_aborted(1).expect("aborts");
    backend.notify_checkpoint_aborted(99).expect("passed over");
    backend.notify_checkpoint_complete(1).expect("too late, passed over");
    assert_eq!((store.ids().expect("listed").len(), store.collect().expect("collects").files), (0, 0));
    let second = checkpoint(&backend, &store, 2);
    assert_eq!(second.new_bytes, second.total_bytes);
}

#[test]
fn an_id_that_was_cancelled_can_be_tried_again_at_once() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    for id in 1..=20 {
        put_noise(&backend, 0, 300);
        let task = backend.begin_checkpoint(&store, id, CONFIRMED).expect("begins");
        task.cancel();
        // Published before it could be cancelled, or else made anew.
        assert_eq!(checkpoint(&backend, &store, id).id, id);
        assert_eq!(store.newest().expect("there is one"), id);
    }
}

#[test]
fn a_second_owner_of_the_root_is_refused() {
    let place = Place::new();
    let (one, other, store, same) = (place.open("one"), place.open("other"), place.store(), place.store());
    checkpoint(&one, &store, 1);
    let text = other.begin_checkpoint(&same, 2, CONFIRMED).err().expect("refused").to_string();
    assert!(text.contains("is in use by this process"), "{text}");
    assert_eq!(same.list().expect("reading needs no ownership").len(), 1);
}

#[test]
fn a_claimed_one_is_the_base_of_the_next_and_then_goes() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put_noise(&backend, 0, 3000);
    let first = checkpoint(&backend, &store, 1);
    drop(backend);
    let restored = place.restore("two", &store, Which::Id(1), ClaimMode::Claim);
    put(&restored, 3000, 3010, "b");
    let second = checkpoint(&restored, &store, 2);
    assert!(second.new_bytes < first.total_bytes / 20, "{second:?}");
    assert_eq!(store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [2]);
    assert_eq!(rows(&place.restore("three", &store, Which::Newest, ClaimMode::NoClaim)).len(), 3010);
}

#[test]
fn one_that_is_not_claimed_stays_and_is_not_built_upon() {
    for (mode, is_base) in [(ClaimMode::NoClaim, false), (ClaimMode::Legacy, true)] {
        let place = Place::new();
        let (backend, store) = (place.open("one"), place.store());
        put_noise(&backend, 0, 3000);
        let first = checkpoint(&backend, &store, 1);
        drop(backend);
        let restored = place.restore("two", &store, Which::Id(1), mode);
        let second = checkpoint(&restored, &store, 2);
        assert_eq!(second.new_bytes < first.total_bytes / 20, is_base, "{mode:?}: {second:?}");
        checkpoint(&restored, &store, 3);
        drop((restored, store));
        // Also by the next process.
        let store = place.store();
        let again = place.restore("two", &store, Which::Id(3), ClaimMode::Claim);
        checkpoint(&again, &store, 4);
        assert_eq!(store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [1, 4], "{mode:?}");
        store.verify(1).and_then(|_| store.verify(4)).expect("whole");
        assert_eq!(store.collect().expect("collects").files, 0);
    }
}

#[test]
fn one_claimed_from_another_root_goes_after_the_first_confirmed_one() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put(&backend, 0, 100, "a");
    checkpoint(&backend, &store, 1);
    drop(backend);
    let own = Arc::new(
        CheckpointStore::new(Arc::new(LocalStorage::new(place.path("own"))), StoreOptions::default()).expect("valid"),
    );
    let restored = place.restore("two", &store, Which::Newest, ClaimMode::Claim);
    let task = restored.begin_checkpoint(&own, 2, CheckpointOptions::default()).expect("begins");
    task.wait(LONG).expect("succeeds");
    assert_eq!(store.ids().expect("listed").len(), 1, "not before it is confirmed");
    restored.notify_checkpoint_complete(2).expect("confirms");
    assert_eq!((store.ids().expect("listed").len(), files_of(&place.path("checkpoints/shared")).len()), (0, 0));
    assert_eq!(rows(&place.restore("three", &own, Which::Newest, ClaimMode::NoClaim)).len(), 100);
}

#[test]
fn a_restore_over_a_state_takes_its_place_or_leaves_it_as_it_was() {
    let place = Place::new();
    let (backend, store) = (place.open("one"), place.store());
    put(&backend, 0, 100, "old");
    checkpoint(&backend, &store, 1);
    put(&backend, 0, 200, "new");
    backend.close().expect("closes");
    // A file that is missing, one of another length, one of other content.
    let shared = place.path("checkpoints/shared");
    let table = shared.join(&files_of(&shared)[0]);
    let whole = std::fs::read(&table).expect("readable");
    let mut flipped = whole.clone();
    flipped[17] ^= 4;
    for (damage, reason) in
        [(None, "is missing"), (Some(&whole[1..]), "bytes and had"), (Some(&flipped[..]), "digest does not match")]
    {
        std::fs::remove_file(&table).expect("removed");
        if let Some(damage) = damage {
            std::fs::write(&table, damage).expect("written");
        } else {
            std::fs::remove_file(&table).expect_err("gone");
        }
        let refused = Backend::restore(place.data("one"), None, &Source::newest(&store), ClaimMode::NoClaim)
            .err()
            .expect("refused");
        assert!(refused.to_string().contains(reason) && refused.to_string().contains("shared/"), "{refused}");
        let backend = place.open("one");
        assert_eq!(rows(&backend), (0..200).map(|key| (key, "new".to_owned())).collect::<Vec<_>>());
        backend.close().expect("closes");
        std::fs::write(&table, "").expect("written");
    }
    std::fs::write(&table, whole).expect("written");
    let restored = place.restore("one", &store, Which::Newest, ClaimMode::NoClaim);
    assert_eq!(rows(&restored), (0..100).map(|key| (key, "old".to_owned())).collect::<Vec<_>>());
}

#[test]
fn a_store_without_checkpoints_says_so() {
    let place = Place::new();
    let refused = |which| {
        let source = Source { store: place.store(), which };
        Backend::restore(place.data("one"), None, &source, ClaimMode::NoClaim).err().expect("refused").to_string()
    };
    assert!(refused(Which::Newest).contains("there is no checkpoint in"), "{}", refused(Which::Newest));
    assert!(refused(Which::Id(3)).contains("checkpoint 3 is not in"), "{}", refused(Which::Id(3)));
}

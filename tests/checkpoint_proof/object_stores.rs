//! Checkpoints in object stores: in memory, and through a real S3-compatible server (moto), also one that is killed, hangs or refuses.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use crate::object_server::{settings, talkative, Proxy, Server};
use crate::place::{files_below, make, rows, rows_of, write_for, Place, CONFIRMED, LONG, UNCONFIRMED};
use flink_state_backend::checkpoint::storage::object::Limits;
use flink_state_backend::checkpoint::storage::Watch;
use flink_state_backend::checkpoint::{
    storage_at, CheckpointOptions, CheckpointStore, CheckpointTask, ClaimMode, ObjectSettings, ObjectStorage, Source,
    Storage, StoreOptions, Subtask,
};
use flink_state_backend::key::key_group;
use flink_state_backend::state::descriptor::{Descriptor, Kind};
use flink_state_backend::{Backend, Error, KeyedOptions};
use object_store::throttle::{ThrottleConfig, ThrottledStore};

const ROOT: &str = "s3://state/jobs/job-1/subtask-0";
/// The size above which files go in parts, in the tests, and such a size.
const PART_BYTES: usize = 5 << 20;
const LARGE_BYTES: usize = 7 << 20;

struct Counts(std::sync::Mutex<u64>);

impl Watch for Counts {
    fn moved(&self, bytes: u64) -> io::Result<()> {
        *self.0.lock().expect("whole") += bytes;
        Ok(())
    }
}

fn store(storage: Arc<dyn Storage>, num_retained: usize) -> Arc<CheckpointStore> {
    Arc::new(CheckpointStore::new(storage, StoreOptions { num_retained, ..Default::default() }).expect("valid"))
}

fn at(root: &str, settings: &ObjectSettings) -> Arc<dyn Storage> {
    storage_at(root, settings).expect("understood")
}

fn text_of(storage: &dyn Storage, path: &str) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    storage.open(path).expect("answers")?.read_to_end(&mut content).expect("read");
    Some(content)
}

fn paths(storage: &dyn Storage, folder: &str) -> Vec<String> {
    let mut paths: Vec<String> = storage.list(folder).expect("listed").into_iter().map(|file| file.path).collect();
    paths.sort();
    paths
}

/// Bytes that no compression makes smaller.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// What every storage promises.
fn keeps_its_promises(storage: &dyn Storage) {
    assert!(storage.open("chk-1/a").expect("answers").is_none());
    assert!(storage.list("").expect("listed").is_empty());
    storage.put("chk-1/a", b"one").expect("put");
    storage.put("chk-1/a", b"two").expect("replaces");
    assert_eq!(text_of(storage, "chk-1/a").as_deref(), Some(&b"two"[..]));
    storage.put_new("chk-1/new", b"first").expect("put");
    let taken = storage.put_new("chk-1/new", b"other").expect_err("taken");
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists, "{taken}");
    assert_eq!(text_of(storage, "chk-1/new").as_deref(), Some(&b"first"[..]));
    storage.put("chk-10/b", b"").expect("put");
    storage.sync("chk-1").expect("synced");
    let listed = storage.list("chk-1").expect("listed");
    assert_eq!(listed.iter().map(|file| file.size).sum::<u64>(), 8);
    assert_eq!(paths(storage, "chk-1"), ["chk-1/a", "chk-1/new"]);
    assert_eq!(paths(storage, ""), ["chk-1/a", "chk-1/new", "chk-10/b"]);

    let folder = tempfile::tempdir().expect("a folder");
    for length in [0, 100, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
        let (source, content) = (folder.path().join("source"), noise(length, 7));
        std::fs::write(&source, &content).expect("written");
        let path = format!("shared/{length}.sst");
        let counts = Counts(std::sync::Mutex::new(0));
        storage.upload(&source, &path, &counts).expect("stored");
        assert_eq!(*counts.0.lock().expect("whole"), length as u64);
        let target = folder.path().join(length.to_string());
        storage.download(&path, &target, true, &counts).expect("brought");
        assert!(std::fs::read(target).expect("read") == content, "{length} bytes differ");
    }
    let missing = storage.download("shared/none", &folder.path().join("none"), true, &Counts(std::sync::Mutex::new(0)));
    assert_eq!(missing.expect_err("missing").kind(), io::ErrorKind::NotFound);

    storage.delete("chk-1/a").expect("deleted");
    storage.delete("chk-1/a").expect("gone already");
    storage.delete_folder("chk-1").expect("not empty");
    assert_eq!(paths(storage, "chk-1"), ["chk-1/new"]);
    for file in storage.list("").expect("listed") {
        storage.delete(&file.path).expect("deleted");
    }
    assert!(storage.list("").expect("listed").is_empty());
}

#[test]
fn an_object_store_in_memory_keeps_the_promises() {
    let memory = Arc::new(object_store::memory::InMemory::new());
    let limits = Limits { part_bytes: PART_BYTES as u64, ..Limits::default() };
    for prefix in ["", "some/path"] {
        let storage = ObjectStorage::over(memory.clone(), prefix, "memory", limits).expect("opens");
        keeps_its_promises(&storage);
        // As when the answer to the first was lost.
        storage.put_new("chk-1/a", b"one").expect("put");
        storage.put_new("chk-1/a", b"one").expect("it is there");
    }
}

struct Stop;

impl Watch for Stop {
    fn moved(&self, _bytes: u64) -> io::Result<()> {
        Err(io::Error::other("told to stop"))
    }
}

#[test]
fn an_upload_without_an_answer_ends_when_it_is_told_to() {
    let slow = ThrottleConfig { wait_put_per_call: 60 * LONG, ..Default::default() };
    let memory = ThrottledStore::new(object_store::memory::InMemory::new(), slow);
    let limits = Limits { part_bytes: PART_BYTES as u64, call_timeout: 60 * LONG, ..Limits::default() };
    let storage = ObjectStorage::over(Arc::new(memory), "", "memory", limits).expect("opens");
    let folder = tempfile::tempdir().expect("a folder");
    for length in [100, LARGE_BYTES] {
        let source = folder.path().join("source");
        std::fs::write(&source, noise(length, 7)).expect("written");
        let ended = storage.upload(&source, "shared/a.sst", &Stop).expect_err("stopped");
        assert_eq!(ended.to_string(), "told to stop");
    }
    assert!(storage.list("").expect("listed").is_empty());
}

#[test]
fn a_folder_named_by_a_url_is_that_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a b");
    let storage = at(&format!("file://{}", path.display().to_string().replace(' ', "%20")), &ObjectSettings::default());
    assert_eq!(storage.root(), path.display().to_string());
    storage.put("chk-1/a", b"one").expect("put");
    assert_eq!(std::fs::read(path.join("chk-1/a")).expect("there"), b"one");
    storage.delete("chk-1/a").expect("deleted");
    keeps_its_promises(&*storage);
    assert!(files_below(&path).is_empty());
}

/// The text with which a root and settings are refused.
fn refusal(root: &str, settings: &[(&str, &str)]) -> String {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let refused = storage_at(root, &ObjectSettings(settings.collect())).err();
    refused.unwrap_or_else(|| panic!("{root} is taken")).to_string()
}

#[test]
fn roots_and_settings_that_are_not_understood_are_refused_without_a_secret() {
    let marker = "MARKER-of-something-secret";
    for (root, settings, expected) in [
        ("s3://key:MARKER-of-something-secret@bucket/x", vec![], "holds credentials"),
        ("s3://MARKER-of-something-secret@bucket/x", vec![], "holds credentials"),
        ("az://container/x?sig=MARKER-of-something-secret", vec![], "holds credentials"),
        ("s3://bucket/x#MARKER-of-something-secret", vec![], "'#'"),
        ("ftp://bucket/x", vec![], "names no object store; use s3://bucket/path"),
        ("s3:///x", vec![], "names no object store"),
        (
            "s3://bucket/x",
            vec![("secret_acces_key", marker)],
            "'object_store.secret_acces_key' is not a setting of AmazonS3",
        ),
        ("gs://bucket/x", vec![("region", "here")], "'object_store.region' is not a setting of GoogleCloudStorage"),
        ("az://container/x", vec![("account_key", marker)], "az://container/x"),
        ("gs://bucket/x", vec![("service_account_key", marker)], "gs://bucket/x"),
        (
            "s3://bucket/x",
            vec![("part_bytes", "5")],
            "'object_store.part_bytes' is '5'; allowed are integers from 5242880",
        ),
        ("s3://bucket/x", vec![("max_retries", "-1")], "from 0 to 100"),
        ("s3://bucket/x", vec![("retry_timeout_millis", "0")], "from 1 to 600000"),
        ("s3://bucket/x", vec![("allow_http", "perhaps")], "perhaps"),
        ("s3://bucket/x", vec![("proxy_url", "http://[MARKER-of-something-secret"), ("region", "x")], "s3://bucket/x"),
        ("file://elsewhere/x", vec![], "names no folder"),
        ("file:///x", vec![("region", "x")], "is a folder"),
    ] {
        let text = refusal(root, &settings);
        assert!(text.contains(expected), "{root} {settings:?}: {text}");
        assert!(!text.contains(marker), "{root}: {text}");
    }
}

/// A backend with its checkpoints in a bucket.
struct Job {
    place: Place,
    server: Server,
    store: Arc<CheckpointStore>,
    backend: Backend,
}

impl Job {
    fn start() -> Self {
        let (place, server) = (Place::new(), Server::start());
        let store = store(at(ROOT, &server.settings(None)), 2);
        let backend = place.open();
        Self { place, server, store, backend }
    }

    fn storage(&self) -> Arc<dyn Storage> {
        at(ROOT, &self.server.settings(None))
    }
}

#[test]
fn s3_keeps_the_promises() {
    let mut server = Server::start();
    keeps_its_promises(&*at("s3://state/some/path", &server.settings(None)));
    keeps_its_promises(&*at("s3://state/other", &server.settings(None)));
    assert_eq!(server.uploads(), 0);
    // More than the 1000 of one page.
    assert_eq!(at("s3://state/many/", &server.settings(None)).list("").expect("listed").len(), 1500);
}

#[test]
fn s3_checkpoints_are_made_kept_claimed_and_removed() {
    let Job { place, mut server, store: first, backend } = Job::start();
    make(&backend, &first, 1, CONFIRMED);
    write_large(&backend);
    make(&backend, &first, 2, CONFIRMED);
    let one_more = backend.begin_checkpoint(&first, 3, CONFIRMED).and_then(|task| task.wait(LONG));
    let report = one_more.expect("succeeds").expect("ends");
    assert!(report.total_bytes > LARGE_BYTES as u64 && report.new_bytes < 100_000, "{report:?}");
    assert_eq!(first.ids().expect("listed").into_iter().collect::<Vec<_>>(), [2, 3], "two are retained");
    assert!(first.verify(3).expect("whole").bytes > LARGE_BYTES as u64);
    assert_eq!(first.list().expect("listed").iter().filter(|listed| listed.damage.is_some()).count(), 0);
    backend.close().expect("closes");
    drop(first);

    // Somebody else's, by another process.
    let other = store(at(ROOT, &server.settings(None)), 1);
    let storage = at(ROOT, &server.settings(None));
    place.check(&other, 2);
    let restored = Backend::restore(place.options("data"), None, &Source::of(&other, 2), ClaimMode::NoClaim);
    let restored = restored.expect("restores");
    make(&restored, &other, 4, CONFIRMED);
    assert!(text_of(&*storage, "chk-2/_not_claimed").is_some());
    restored.close().expect("closes");

    // One's own: the next lists its files again, and takes its place.
    let restored =
        Backend::restore(place.options("data"), None, &Source::newest(&other), ClaimMode::Claim).expect("restores");
    write_for(&restored, 5);
    let report = restored.begin_checkpoint(&other, 5, CONFIRMED).and_then(|task| task.wait(LONG)).expect("succeeds");
    assert!(report.is_some_and(|report| report.new_bytes < report.total_bytes), "{report:?}");
    assert_eq!(rows(&restored), rows_of(5));
    let ids: Vec<u64> = other.ids().expect("listed").into_iter().collect();
    assert_eq!(ids, [2, 5], "4 was claimed, 2 was not");

    storage.put("shared/stray", b"x").expect("put");
    storage.put("chk-9/stray", b"x").expect("put");
    storage.put("elsewhere", b"x").expect("put");
    assert_eq!(other.collect().expect("collects").files, 2);
    other.discard(2).expect("discards");
    other.discard(5).expect("discards");
    other.collect().expect("collects");
    assert_eq!(paths(&*storage, ""), ["elsewhere"]);
    assert_eq!(server.uploads(), 0);
}

/// Rows that make a file which goes in parts.
fn write_large(backend: &Backend) {
    let family = backend.column_family("checkpoint").expect("exists");
    for (key, value) in noise(LARGE_BYTES, 11).chunks(1 << 20).enumerate() {
        family.put(&(key as u64).to_be_bytes(), value).expect("put");
    }
}

#[test]
fn s3_snapshots_stay_until_they_are_deleted() {
    let Job { store, mut server, .. } = Job::start();
    // One goes in parts.
    for snapshot in [noise(10, 1), noise(LARGE_BYTES, 2)] {
        store.put_snapshot("job-1", &snapshot).expect("stored");
        assert!(store.snapshot("job-1").expect("answers").as_deref() == Some(&snapshot[..]));
    }
    store.collect().expect("collects");
    assert!(store.snapshot("job-1").expect("answers").is_some());
    store.delete_snapshot("job-1").expect("deleted");
    assert_eq!(store.snapshot("job-1").expect("answers"), None);
    assert_eq!(server.uploads(), 0);
}

#[test]
fn s3_damage_is_named() {
    let job = Job::start();
    make(&job.backend, &job.store, 1, CONFIRMED);
    let storage = job.storage();
    let table = paths(&*storage, "shared").into_iter().find(|path| path.ends_with(".sst")).expect("there is one");
    let mut content = text_of(&*storage, &table).expect("there");
    content[20] ^= 1;
    storage.put(&table, &content).expect("put");
    let text = job.store.verify(1).expect_err("damaged").to_string();
    assert!(text.contains(&table) && text.contains(ROOT), "{text}");
    let restored = Backend::restore(job.place.options("other"), None, &Source::newest(&job.store), ClaimMode::NoClaim);
    assert!(restored.err().expect("refused").to_string().contains(&table));
    storage.delete(&table).expect("deleted");
    assert!(job.store.verify(1).expect_err("missing").to_string().contains("is missing"));
}

#[test]
fn s3_checkpoints_are_rescaled() {
    const PARALLELISM: u32 = 2;
    let (place, server) = (Place::new(), Server::start());
    let storage = |index: u32| store(at(&format!("s3://state/rescaled/{index}"), &server.settings(None)), 1);
    let keyed = |backend: &Backend, parallelism: u32, index: u32| {
        let range = key_group::range_of_subtask(16, parallelism, index).expect("in range");
        let (first_key_group, last_key_group) = (range.first().into(), Some(range.last().into()));
        let options = KeyedOptions { max_parallelism: 16, first_key_group, last_key_group, ..Default::default() };
        backend.keyed(&options).expect("opens")
    };
    let whole = place.open();
    let of_whole = keyed(&whole, 1, 0);
    let state = of_whole.state(Descriptor::new("value", Kind::Value)).expect("declared");
    for key in 0..500u32 {
        of_whole.set_current_key(&key.to_be_bytes(), None).expect("set");
        state.put(&key.to_le_bytes()).expect("put");
    }
    let all = storage(9);
    whole.begin_checkpoint(&all, 1, CONFIRMED).and_then(|task| task.wait(LONG)).expect("succeeds");

    let mut found = BTreeMap::new();
    for index in 0..PARALLELISM {
        let (options, subtask) = (place.options(&format!("part-{index}")), Subtask { parallelism: PARALLELISM, index });
        let sources = [Source::newest(&all)];
        let part = Backend::rescale(options, None, &sources, subtask, ClaimMode::NoClaim).expect("rescales");
        let of_part = keyed(&part, PARALLELISM, index);
        let state = of_part.state(Descriptor::new("value", Kind::Value)).expect("declared");
        for key in 0..500u32 {
            if of_part.set_current_key(&key.to_be_bytes(), None).is_ok() {
                found.insert(key, state.get().expect("read").map(|value| value.to_vec()));
            }
        }
        // And back into a root of its own.
        part.begin_checkpoint(&storage(index), 1, CONFIRMED).and_then(|task| task.wait(LONG)).expect("succeeds");
    }
    assert!(found.len() == 500 && found.iter().all(|(key, value)| value.as_deref() == Some(&key.to_le_bytes()[..])));
    let sources = [Source::newest(&storage(0)), Source::newest(&storage(1))];
    let subtask = Subtask { parallelism: 1, index: 0 };
    let again = Backend::rescale(place.options("again"), None, &sources, subtask, ClaimMode::Claim).expect("rescales");
    let of_again = keyed(&again, 1, 0);
    let state = of_again.state(Descriptor::new("value", Kind::Value)).expect("declared");
    of_again.set_current_key(&499u32.to_be_bytes(), None).expect("set");
    assert_eq!(state.get().expect("read").as_deref(), Some(&499u32.to_le_bytes()[..]));
}

/// Begins checkpoint 1, of which a file goes in parts, and has trouble begin among them.
fn run_into_trouble(
    proxy: &Proxy, backend: &Backend, store: &Arc<CheckpointStore>, options: CheckpointOptions,
) -> CheckpointTask {
    write_for(backend, 1);
    write_large(backend);
    store.collect().expect("knows the root");
    proxy.trouble_after(PART_BYTES + (1 << 20));
    let task = backend.begin_checkpoint(store, 1, options).expect("begins");
    proxy.wait_for_trouble();
    // Meanwhile writers go on.
    write_for(backend, 2);
    assert_eq!(rows(backend), rows_of(2));
    task
}

#[test]
fn s3_server_that_is_killed_in_mid_upload_costs_that_checkpoint_only() {
    let (place, server) = (Place::new(), Server::start());
    let proxy = Proxy::before(server.address);
    let (store, backend) = (store(at(ROOT, &server.settings(Some(proxy.address))), 1), place.open());
    let task = run_into_trouble(&proxy, &backend, &store, UNCONFIRMED);
    let address = server.address;
    drop(server);
    proxy.heal(address);
    let text = task.wait(LONG).expect_err("fails").to_string();
    assert!(text.starts_with("checkpoint 1 failed to store '") && text.contains(".sst'"), "{text}");

    let mut server = Server::start();
    proxy.heal(server.address);
    make(&backend, &store, 2, CONFIRMED);
    place.check(&store, 2);
    assert_eq!(store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [2]);
    assert_eq!(server.uploads(), 0);
}

/// One that hangs among the parts of a file has ended as told; then the next is made, and nothing is left of it.
fn check_hang(options: CheckpointOptions, end: impl Fn(&CheckpointTask) -> Error) {
    let (place, mut server) = (Place::new(), Server::start());
    let proxy = Proxy::before(server.address);
    let (store, backend) = (store(at(ROOT, &server.settings(Some(proxy.address))), 1), place.open());
    let task = run_into_trouble(&proxy, &backend, &store, options);
    let ended = end(&task);
    println!("{ended}");
    assert_eq!(server.uploads(), 1, "the server has heard nothing since");
    proxy.heal(server.address);
    make(&backend, &store, 2, CONFIRMED);
    place.check(&store, 2);
    backend.close().expect("closes");
    store.collect().expect("collects");
    assert_eq!(store.ids().expect("listed").into_iter().collect::<Vec<_>>(), [2]);
    assert_eq!(server.uploads(), 0, "parts are left");
}

#[test]
fn s3_upload_that_hangs_is_cancelled() {
    check_hang(UNCONFIRMED, |task| {
        task.cancel();
        let ended = task.wait(LONG).expect_err("cancelled");
        assert!(matches!(ended, Error::CheckpointCancelled(1)), "{ended}");
        ended
    });
}

#[test]
fn s3_upload_that_hangs_is_given_up_at_its_deadline() {
    let options = CheckpointOptions { timeout: Some(Duration::from_secs(2)), confirm: false };
    check_hang(options, |task| {
        let ended = task.wait(LONG).expect_err("given up");
        assert!(matches!(&ended, Error::CheckpointTimedOut { id: 1, step } if step.starts_with("store '")), "{ended}");
        ended
    });
}

/// A server that takes connections and never answers.
fn silent() -> (TcpListener, ObjectSettings) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let settings = settings(listener.local_addr().expect("bound"), "key", "secret");
    (listener, settings)
}

#[test]
fn a_server_that_never_answers_is_given_up_at_the_deadline() {
    let (_listener, settings) = silent();
    let (place, store) = (Place::new(), store(at(ROOT, &settings), 1));
    let backend = place.open();
    write_for(&backend, 1);
    let options = CheckpointOptions { timeout: Some(Duration::from_millis(50)), confirm: false };
    let ended = backend.begin_checkpoint(&store, 1, options).err().expect("given up");
    assert!(matches!(&ended, Error::CheckpointTimedOut { id: 1, step } if step.contains(ROOT)), "{ended}");
    assert_eq!(rows(&backend), rows_of(1));
    backend.close().expect("closes");
}

#[test]
fn a_server_that_never_answers_costs_no_more_than_the_limit() {
    let (_listener, mut settings) = silent();
    settings.0.insert("retry_timeout_millis".to_owned(), "200".to_owned());
    let error = at(ROOT, &settings).list("").expect_err("no answer");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("did not answer within 200 ms"), "{error}");
    let (place, store) = (Place::new(), store(at(ROOT, &settings), 1));
    let ended = place.open().begin_checkpoint(&store, 1, UNCONFIRMED).err().expect("no answer").to_string();
    assert!(ended.contains("cannot list") && ended.contains(ROOT), "{ended}");
}

/// Every text that a store has when nothing works.
fn texts(place: &Place, root: &str, settings: &ObjectSettings) -> Vec<String> {
    let storage = ObjectStorage::open(root, settings).expect("understood");
    let mut texts = vec![format!("{storage:?} {settings:?}"), storage.root().to_owned()];
    let file = place.path("file");
    std::fs::write(&file, noise(PART_BYTES + 1, 3)).expect("written");
    let small = place.path("small");
    std::fs::write(&small, "x").expect("written");
    let counts = Counts(std::sync::Mutex::new(0));
    let failures = [
        storage.list("").err(),
        storage.open("x").err(),
        storage.put("x", b"x").err(),
        storage.put_new("x", b"x").err(),
        storage.delete("x").err(),
        storage.upload(&file, "x", &counts).err(),
        storage.upload(&small, "x", &counts).err(),
        storage.download("x", &place.path("target"), true, &counts).err(),
    ];
    for failure in failures {
        let failure = failure.expect("nothing works");
        texts.extend([format!("{failure}"), format!("{failure:?}")]);
    }
    let (store, backend) = (store(Arc::new(storage), 1), place.open());
    let failures = [
        backend.begin_checkpoint(&store, 1, UNCONFIRMED).err(),
        store.list().err(),
        store.verify(1).err(),
        store.collect().err(),
        store.discard(1).err(),
        Backend::restore(place.options("restored"), None, &Source::newest(&store), ClaimMode::Claim).err(),
    ];
    for failure in failures {
        let failure = failure.expect("nothing works");
        texts.extend([format!("{failure}"), format!("{failure:?}")]);
    }
    backend.close().expect("closes");
    texts
}

#[test]
fn s3_refusals_are_told_and_secrets_are_not() {
    let (place, server) = (Place::new(), Server::start());
    let (marked_key, marked_secret) = ("MARKERKEY0123456789", "MARKERSECRET/0123456789+abc");
    let wrong_secret = settings(server.address, &server.key, marked_secret);
    let wrong_key = settings(server.address, marked_key, marked_secret);
    let nobody = settings("127.0.0.1:1".parse().expect("an address"), marked_key, marked_secret);
    let told_all = settings(talkative(marked_secret), marked_key, marked_secret);
    let cases = [
        (ROOT, &told_all, "***"),
        (ROOT, &wrong_secret, "SignatureDoesNotMatch"),
        (ROOT, &wrong_key, "InvalidAccessKeyId"),
        ("s3://wrong-bucket/x", &server.settings(None), "NoSuchBucket"),
        (ROOT, &nobody, "127.0.0.1:1"),
    ];
    for (root, settings, expected) in cases {
        let texts = texts(&place, root, settings);
        for text in &texts {
            println!("{text}");
            for secret in ["MARKER", &*server.secret, &*server.key] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        // All but the two that tell of no failure.
        assert!(texts[2..].iter().all(|text| text.contains(expected)), "{expected} is not in all of {texts:#?}");
    }
}

#[test]
fn s3_without_conditional_puts_is_told_as_such() {
    let (place, server) = (Place::new(), Server::start());
    let mut settings = server.settings(None);
    settings.0.insert("conditional_put".to_owned(), "disabled".to_owned());
    let (store, backend) = (store(at(ROOT, &settings), 1), place.open());
    let failed =
        backend.begin_checkpoint(&store, 1, UNCONFIRMED).and_then(|task| task.wait(LONG)).expect_err("refused");
    let text = failed.to_string();
    assert!(text.contains("failed to publish 'chk-1/_metadata.json'") && text.contains("conditional puts"), "{text}");
    backend.close().expect("closes");
    store.collect().expect("collects");
    assert!(paths(&*at(ROOT, &settings), "").is_empty());
}

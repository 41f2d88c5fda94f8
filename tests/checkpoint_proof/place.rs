//! Folders with a backend's data and its checkpoints, of which it is known what each must hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flink_state_backend::checkpoint::{
    CheckpointOptions, CheckpointStore, ClaimMode, LocalStorage, Source, Storage, StoreOptions,
};
use flink_state_backend::options::WalMode;
use flink_state_backend::{Backend, Options};
use tempfile::TempDir;

use crate::faulty::Faulty;

/// Longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(60);
pub const CONFIRMED: CheckpointOptions = CheckpointOptions { timeout: None, confirm: true };
pub const UNCONFIRMED: CheckpointOptions = CheckpointOptions { timeout: None, confirm: false };

pub type Rows = Vec<(u32, String)>;

/// A folder with data in `data` and checkpoints in `checkpoints`.
pub struct Place {
    _temporary: Option<TempDir>,
    folder: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        Self { folder: temporary.path().to_path_buf(), _temporary: Some(temporary) }
    }

    /// One that somebody else made, and keeps.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { _temporary: None, folder: folder.into() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn options(&self, name: &str) -> Options {
        let mut options = Options::new(self.path(name).display().to_string());
        options.wal = WalMode::Disabled;
        options.family.disable_auto_compactions = true;
        options
    }

    pub fn open(&self) -> Backend {
        Backend::open(self.options("data"), None).expect("opens")
    }

    pub fn local(&self) -> Arc<LocalStorage> {
        Arc::new(LocalStorage::new(self.path("checkpoints")))
    }

    /// A storage of its own, which can fail.
    pub fn faulty(&self, name: &str) -> Arc<Faulty> {
        Faulty::new(Arc::new(LocalStorage::new(self.path(name))))
    }

    pub fn store(&self) -> Arc<CheckpointStore> {
        store(self.local(), 1)
    }

    /// Holds a checkpoint to what it must hold, and every file to its digest.
    pub fn check(&self, store: &Arc<CheckpointStore>, id: u64) {
        store.verify(id).unwrap_or_else(|error| panic!("checkpoint {id} is not whole: {error}"));
        let restored = tempfile::tempdir().expect("a folder");
        let options = Options::new(restored.path().join("restored").display().to_string());
        let backend = Backend::restore(options, None, &Source::of(store, id), ClaimMode::NoClaim).expect("restores");
        assert_eq!(rows(&backend), rows_of(id), "checkpoint {id}");
        backend.close().expect("closes");
    }

    /// Holds every checkpoint that is listed to its digests, and the newest to its rows. Answers their ids.
    pub fn check_all(&self, store: &Arc<CheckpointStore>) -> BTreeSet<u64> {
        let ids = store.ids().expect("listed");
        for id in &ids {
            store.verify(*id).unwrap_or_else(|error| panic!("checkpoint {id} is not whole: {error}"));
        }
        if let Some(newest) = ids.last() {
            self.check(store, *newest);
        }
        ids
    }

    /// After a collection: exactly the files that checkpoints list are there.
    pub fn check_files(&self, store: &CheckpointStore) {
        check_files(store, &files_below(&self.path("checkpoints")));
    }

    /// Nothing of a checkpoint or restore that was interrupted is in the data folder.
    pub fn check_data_folder(&self) {
        for name in ["FSB_RESTORE", "FSB_CHECKPOINTS"] {
            assert!(!self.path("data").join(name).exists(), "{name} is left");
        }
    }
}

/// A place that can be had again as it was.
pub struct Template {
    place: Place,
    kept: TempDir,
}

impl Template {
    pub fn of(place: Place) -> Self {
        let kept = tempfile::tempdir().expect("a folder");
        copy_folder(&place.folder, kept.path());
        Self { place, kept }
    }

    pub fn into_place(self) -> Place {
        self.place
    }

    /// Under the very same path, which data folders remember.
    pub fn again(&self) -> Place {
        fs::remove_dir_all(&self.place.folder).expect("removed");
        copy_folder(self.kept.path(), &self.place.folder);
        Place::at(&self.place.folder)
    }
}

pub fn store(storage: Arc<dyn Storage>, num_retained: usize) -> Arc<CheckpointStore> {
    // One thread, so that calls come in one order.
    let options = StoreOptions { num_retained, transfer_threads: 1, ..Default::default() };
    Arc::new(CheckpointStore::new(storage, options).expect("valid"))
}

/// What checkpoint `id` must hold, when it is made after [`write_for`] of the same id.
pub fn rows_of(id: u64) -> Rows {
    let keys = 0..u32::try_from(id).expect("small") * 20 + 20;
    keys.map(|key| (key, format!("{} of {key}", id.min(u64::from(key / 20) + 1)))).collect()
}

/// Has a backend hold the rows of checkpoint `id`, in files that no other checkpoint has.
pub fn write_for(backend: &Backend, id: u64) {
    let family = backend.column_family("default").expect("exists");
    for (key, value) in rows_of(id) {
        family.put(&key.to_be_bytes(), value.as_bytes()).expect("written");
    }
    backend.flush().expect("flushed");
    family.compact(None, None).expect("compacts");
}

pub fn rows(backend: &Backend) -> Rows {
    let family = backend.column_family("default").expect("exists");
    let get = |key: u32| family.get(None, &key.to_be_bytes()).expect("read");
    (0..2000).filter_map(|key| get(key).map(|value| (key, String::from_utf8(value).expect("text")))).collect()
}

/// Makes a checkpoint of the rows that it must hold.
pub fn make(backend: &Backend, store: &Arc<CheckpointStore>, id: u64, options: CheckpointOptions) {
    write_for(backend, id);
    let task = backend.begin_checkpoint(store, id, options).expect("begins");
    task.wait(LONG).expect("succeeds").expect("ends");
}

/// Holds the files that are stored to those that checkpoints list.
pub fn check_files(store: &CheckpointStore, stored: &BTreeSet<String>) {
    let mut listed = BTreeSet::from(["FSB_LOCK".to_owned()]);
    for id in store.ids().expect("listed") {
        listed.extend(store.metadata(id).expect("whole").files.iter().map(|file| file.path(id)));
        listed.insert(format!("chk-{id}/_metadata.json"));
    }
    let unlisted: Vec<_> = stored.difference(&listed).filter(|path| !path.ends_with("/_not_claimed")).collect();
    let missing: Vec<_> = listed.difference(stored).collect();
    assert!(unlisted.is_empty() && missing.is_empty(), "unlisted: {unlisted:?}, missing: {missing:?}");
}

/// Every file below a folder, with `/` between names.
pub fn files_below(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).expect("below").display().to_string());
            }
        }
    }
    files
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("readable") {
        let (path, target) = (entry.as_ref().expect("readable").path(), to.join(entry.expect("readable").file_name()));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

//! The checkpoints of one backend: which are under way, which is the base of the next.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::digest;
use super::metadata::{folder_of, metadata_path, FileEntry, Metadata, SHARED_FOLDER};
use super::parallel;
use super::patience::within;
use super::restore::Origin;
use super::snapshot::{Staged, StagedFile};
use super::storage::Watch;
use super::store::CheckpointStore;
use super::task::{CheckpointTask, Report, Shared};
use crate::backend::Backend;
use crate::error::{Error, Result};

/// How long is waited for the thread of a checkpoint that was cancelled: its storage may hang.
const PATIENCE: Duration = Duration::from_secs(1);
/// Ended checkpoints of which the outcome is still known when the same id is asked for again.
const REMEMBERED: usize = 64;

/// How one checkpoint is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckpointOptions {
    /// When to give up; none for never. Flink's default is ten minutes.
    pub timeout: Option<Duration>,
    /// Confirms it as soon as it is published, for jobs without a coordinator: no [`Backend::notify_checkpoint_complete`] is needed.
    pub confirm: bool,
}

/// A checkpoint that was begun.
struct Begun {
    task: Arc<Shared>,
    store: Arc<CheckpointStore>,
}

#[derive(Default)]
struct State {
    begun: BTreeMap<u64, Begun>,
    /// What immutable files of the data folder hold, by name: size and digest. They never change.
    digests: HashMap<String, (u64, String)>,
    /// The checkpoints that the folder was restored from.
    origin: Option<Origin>,
    figures: CheckpointFigures,
}

/// What became of the checkpoints since open.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CheckpointFigures {
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) last: Option<Report>,
}

/// The checkpoints of one backend.
pub(crate) struct Coordinator {
    state: Mutex<State>,
    /// Held by a begin: one after the other, without keeping those who only look.
    beginning: Mutex<()>,
}

impl Coordinator {
    /// The coordinator of a folder that was restored, or not.
    pub(crate) fn new(origin: Option<Origin>) -> Self {
        let files = origin.iter().flat_map(|origin| &origin.record.files);
        let digests = files.map(|file| (file.name.clone(), (file.size, file.digest.clone()))).collect();
        Self { state: Mutex::new(State { digests, origin, ..State::default() }), beginning: Mutex::new(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of the checkpoints.
    pub(crate) fn figures(&self) -> CheckpointFigures {
        self.lock().figures
    }

    fn count(&self, report: Report) {
        let figures = &mut self.lock().figures;
        figures.completed += 1;
        figures.last = Some(report);
    }

    /// Cancels what is under way and waits until it has ended, within reason: a storage may hang.
    pub(crate) fn shut_down(&self) {
        let tasks: Vec<_> = self.lock().begun.values().map(|begun| Arc::clone(&begun.task)).collect();
        tasks.iter().for_each(|task| task.cancel());
        let until = Instant::now() + PATIENCE;
        for task in tasks {
            task.wait_for_thread(until.saturating_duration_since(Instant::now()));
        }
    }

    /// Keeps the stores that the folder was restored from within reach.
    pub(super) fn adopt(&self, stores: Vec<Arc<CheckpointStore>>) {
        if let Some(origin) = &mut self.lock().origin {
            origin.stores = stores;
        }
    }

    fn known_digest(&self, file: &StagedFile) -> Option<String> {
        let state = self.lock();
        let (size, digest) = state.digests.get(&file.name)?;
        (*size == file.size).then(|| digest.clone())
    }

    /// Remembers what the immutable files of a checkpoint hold, and forgets those that are gone.
    fn learn(&self, files: &[FileEntry]) {
        let shared = files.iter().filter(|file| file.shared);
        self.lock().digests = shared.map(|file| (file.name.clone(), (file.size, file.digest.clone()))).collect();
    }
}

impl Backend {
    /// Begins a checkpoint: returns when writers may go on, and has threads of its own read, store and publish it.
    ///
    /// Idempotent: with an id that this backend has under way or has made, returns that checkpoint.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an id that is not above the newest in the store; [`Error::StillInUse`] when as many are under way
    /// as the store allows, or when another owner has its root; [`Error::CheckpointTimedOut`] when the storage did not tell in time what
    /// is there; [`Error::Engine`]; [`Error::File`]. Nothing was begun then.
    pub fn begin_checkpoint(
        &self, store: &Arc<CheckpointStore>, id: u64, options: CheckpointOptions,
    ) -> Result<CheckpointTask> {
        let coordinator = self.coordinator();
        let _one_at_a_time = coordinator.beginning.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = coordinator.known(store, id)? {
            return Ok(known);
        }
        coordinator.see_off(id);
        coordinator.take_id(store, id, options.timeout)?;
        let begun = Instant::now();
        let staged = Staged::take(self, id).inspect_err(|_| store.take_back(id))?;
        let bytes = staged.files.iter().map(|file| file.size).sum();
        let task = Arc::new(Shared::new(id, begun.elapsed(), options.timeout, staged.files.len(), bytes));
        let run = Run {
            task: Arc::clone(&task),
            store: Arc::clone(store),
            coordinator: Arc::clone(coordinator),
            confirm: options.confirm,
        };
        let spawned = thread::Builder::new().name("fsb-checkpoint".to_owned()).spawn(move || run.run(staged));
        spawned.map_err(|source| {
            store.take_back(id);
            Error::CheckpointFailed { id, step: "start its thread".to_owned(), source }
        })?;
        let mut state = coordinator.lock();
        while state.begun.len() >= REMEMBERED
            && state.begun.first_key_value().is_some_and(|(_, begun)| begun.task.has_ended())
        {
            state.begun.pop_first();
        }
        state.begun.insert(id, Begun { task: Arc::clone(&task), store: Arc::clone(store) });
        Ok(CheckpointTask(task))
    }

    /// Told by the job's coordinator that a checkpoint is complete everywhere: it becomes the base of the next ones, and older ones are
    /// discarded, those beyond the retained ones and those that were never told complete. Ids that are not known are passed over, as Flink does.
    ///
    /// # Errors
    /// [`Error::File`] when an older one could not be removed as a whole; the next confirmation or collection goes on with it.
    pub fn notify_checkpoint_complete(&self, id: u64) -> Result<()> {
        match self.coordinator().published(id) {
            Some(store) => store.confirm(id).and_then(|()| self.coordinator().subsume_origin(&store)),
            None => Ok(()),
        }
    }

    /// Told by the job's coordinator that a checkpoint is not to be: it is cancelled, or discarded when it is published already. Ids that
    /// are not known are passed over.
    ///
    /// # Errors
    /// [`Error::File`] when it could not be removed as a whole.
    pub fn notify_checkpoint_aborted(&self, id: u64) -> Result<()> {
        let coordinator = self.coordinator();
        let begun = coordinator.lock().begun.get(&id).map(|begun| (Arc::clone(&begun.task), Arc::clone(&begun.store)));
        let Some((task, store)) = begun else { return Ok(()) };
        task.cancel();
        task.wait_for_thread(PATIENCE);
        match CheckpointTask(task).wait(Duration::ZERO) {
            Ok(Some(_)) => store.discard(id),
            _ => Ok(()),
        }
    }
}

impl Coordinator {
    /// Takes an id in a store. The first time the storage is asked what is there, which is waited for until the deadline only.
    fn take_id(self: &Arc<Self>, store: &Arc<CheckpointStore>, id: u64, timeout: Option<Duration>) -> Result<()> {
        let Some(timeout) = timeout.filter(|_| !store.is_known()) else { return self.take_id_now(store, id) };
        let (coordinator, asked, given_up) = (Arc::clone(self), Arc::clone(store), Arc::clone(store));
        let undo = move |taken: Result<()>| taken.map_or((), |()| given_up.take_back(id));
        let step = format!("look into '{}'", store.root());
        match within(timeout, move || coordinator.take_id_now(&asked, id), undo) {
            Ok(Some(taken)) => taken,
            Ok(None) => Err(Error::CheckpointTimedOut { id, step }),
            Err(source) => Err(Error::CheckpointFailed { id, step, source }),
        }
    }

    fn take_id_now(&self, store: &CheckpointStore, id: u64) -> Result<()> {
        self.settle_origin(store)?;
        store.begin(id)
    }

    /// Before the first checkpoint into the root that the folder was restored from: whether that one may be removed and built upon.
    fn settle_origin(&self, store: &CheckpointStore) -> Result<()> {
        let origin = self.lock().origin.clone();
        let Some(Origin { record, .. }) = origin else { return Ok(()) };
        let here = record.checkpoints.iter().filter(|checkpoint| checkpoint.root == store.root());
        here.map(|checkpoint| checkpoint.id).try_for_each(|id| store.note_restored(id, record.mode))
    }

    /// The checkpoint of that id when it was begun here. Refuses another one beside those under way.
    fn known(&self, store: &Arc<CheckpointStore>, id: u64) -> Result<Option<CheckpointTask>> {
        let state = self.lock();
        if let Some(begun) = state.begun.get(&id) {
            let failed = CheckpointTask(Arc::clone(&begun.task)).wait(Duration::ZERO).is_err();
            if Arc::ptr_eq(&begun.store, store) && !failed {
                return Ok(Some(CheckpointTask(Arc::clone(&begun.task))));
            }
        }
        let mut under_way = state.begun.values().filter(|begun| !begun.task.has_ended());
        match under_way.nth(store.options().max_concurrent - 1) {
            Some(begun) => Err(Error::StillInUse(format!(
                "checkpoint {} is still under way, to {}; wait for it or cancel it before checkpoint {id} begins, or raise 'max_concurrent'",
                begun.task.id,
                begun.task.step()
            ))),
            None => Ok(None),
        }
    }

    /// Before an id is tried again: what was stored under it the first time is being removed, unless the storage hangs.
    fn see_off(&self, id: u64) {
        let failed = self.lock().begun.get(&id).map(|begun| Arc::clone(&begun.task));
        failed.map(|task| task.wait_for_thread(PATIENCE));
    }

    /// The store of a checkpoint that was published here.
    fn published(&self, id: u64) -> Option<Arc<CheckpointStore>> {
        let state = self.lock();
        let begun = state.begun.get(&id)?;
        let ended = CheckpointTask(Arc::clone(&begun.task)).wait(Duration::ZERO);
        matches!(ended, Ok(Some(_))).then(|| Arc::clone(&begun.store))
    }

    /// After the first confirmed checkpoint, those that were claimed from other roots are needed no more.
    fn subsume_origin(&self, store: &CheckpointStore) -> Result<()> {
        let Some(Origin { record, stores }) = self.lock().origin.take() else { return Ok(()) };
        let claimed =
            record.checkpoints.iter().filter(|checkpoint| record.mode.owns() && checkpoint.root != store.root());
        for checkpoint in claimed {
            if let Some(other) = stores.iter().find(|other| other.root() == checkpoint.root) {
                other.discard(checkpoint.id)?;
            }
        }
        Ok(())
    }
}

/// What the thread of a checkpoint works with.
struct Run {
    task: Arc<Shared>,
    store: Arc<CheckpointStore>,
    coordinator: Arc<Coordinator>,
    confirm: bool,
}

/// Lets a step that moves nothing be stopped as well.
struct Stoppable<'a>(&'a Shared);

impl Watch for Stoppable<'_> {
    fn moved(&self, _bytes: u64) -> io::Result<()> {
        self.0.check().map_err(io::Error::other)
    }
}

/// What was stored, or found stored.
#[derive(Default)]
struct Stored {
    files: Vec<FileEntry>,
    new_bytes: u64,
    new_files: u64,
    /// Shared files that must not be collected before this checkpoint has ended.
    wanted: Vec<String>,
}

impl Run {
    fn run(self, staged: Staged) {
        let stored = Mutex::new(Stored::default());
        let made = catch_unwind(AssertUnwindSafe(|| self.make(&staged, &stored)));
        let made =
            made.unwrap_or_else(|_| Err(self.failed("go on", io::Error::other("a bug of the library ended it"))));
        let wanted = std::mem::take(&mut stored.into_inner().unwrap_or_else(PoisonError::into_inner).wanted);
        drop(staged);
        let (published, failure) = match made {
            Ok(metadata) => (Some(metadata), None),
            Err(error) => (None, Some(error)),
        };
        let confirm = self.confirm && published.is_some();
        let ended = self.store.end(self.task.id, published, &wanted);
        let confirmed = if confirm { self.confirm() } else { Ok(()) };
        // A failure to remove what is not needed any more is for the next collection: the checkpoint is whole, or has its own failure.
        drop(ended.and(confirmed));
        if failure.as_ref().is_some_and(|failure| !matches!(failure, Error::CheckpointCancelled(_))) {
            self.coordinator.lock().figures.failed += 1;
        }
        // Who waits for the end may hand the root to another owner at once.
        let task = Arc::clone(&self.task);
        drop(self);
        task.end(failure);
    }

    fn confirm(&self) -> Result<()> {
        self.store.confirm(self.task.id)?;
        self.coordinator.subsume_origin(&self.store)
    }

    fn make(&self, staged: &Staged, stored: &Mutex<Stored>) -> Result<Metadata> {
        let id = self.task.id;
        parallel::for_each(self.store.options().transfer_threads, &staged.files, |file| {
            self.store_file(staged, file, stored)
        })?;
        let (files, new_bytes, new_files) = {
            let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
            (std::mem::take(&mut stored.files), stored.new_bytes, stored.new_files)
        };
        let mut metadata = staged.metadata.clone();
        (metadata.files, metadata.new_bytes) = (files, new_bytes);
        metadata.files.sort_by(|one, other| one.name.cmp(&other.name));
        for folder in [SHARED_FOLDER.to_owned(), folder_of(id)] {
            self.step(&format!("sync '{folder}'"), || self.store.storage().sync(&folder))?;
        }
        self.publish(&metadata)?;
        let report = Report {
            id,
            sync_time: self.task.sync_time,
            async_time: self.task.async_time(),
            new_bytes: metadata.new_bytes,
            total_bytes: metadata.total_bytes(),
            new_files,
            total_files: metadata.files.len() as u64,
        };
        self.task.publish(report)?;
        self.coordinator.count(report);
        self.coordinator.learn(&metadata.files);
        Ok(metadata)
    }

    fn publish(&self, metadata: &Metadata) -> Result<()> {
        let path = metadata_path(self.task.id);
        let storage = self.store.storage();
        self.task.check()?;
        self.step(&format!("publish '{path}'"), || {
            storage.put_new(&path, &metadata.to_json()).and_then(|()| storage.sync(&folder_of(self.task.id)))
        })
    }

    /// Stores one file unless a confirmed checkpoint lists it.
    fn store_file(&self, staged: &Staged, file: &StagedFile, stored: &Mutex<Stored>) -> Result<()> {
        self.task.check()?;
        let path = staged.path(&file.name);
        let digest = match self.coordinator.known_digest(file).filter(|_| file.is_immutable) {
            Some(digest) => digest,
            None => self.step(&format!("read '{}'", file.name), || {
                Ok(digest::of_reader(&mut std::fs::File::open(&path)?, &Stoppable(&self.task))?.0)
            })?,
        };
        let entry = FileEntry { name: file.name.clone(), shared: file.is_immutable, size: file.size, digest };
        let target = entry.path(self.task.id);
        let is_new = !(entry.shared && self.want(&target, stored)?);
        if is_new {
            self.step(&format!("store '{}'", file.name), || {
                staged.sync(file).and_then(|()| self.store.storage().upload(&path, &target, &*self.task))
            })?;
        } else {
            self.task.skipped(file.size);
        }
        self.task.file_done();
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.new_bytes += if is_new { file.size } else { 0 };
        stored.new_files += u64::from(is_new);
        stored.files.push(entry);
        Ok(())
    }

    fn want(&self, path: &str, stored: &Mutex<Stored>) -> Result<bool> {
        stored.lock().unwrap_or_else(PoisonError::into_inner).wanted.push(path.to_owned());
        self.store.want(path)
    }

    /// Does one step, which its failure names.
    fn step<T>(&self, step: &str, work: impl FnOnce() -> io::Result<T>) -> Result<T> {
        self.task.enter_step(step);
        let done = work();
        self.task.leave_step(step);
        done.map_err(|source| self.failed(step, source))
    }

    /// The failure of a step, or the reason why it was made to fail.
    fn failed(&self, step: &str, source: io::Error) -> Error {
        match self.task.check() {
            Err(reason) => reason,
            Ok(()) => Error::CheckpointFailed { id: self.task.id, step: step.to_owned(), source },
        }
    }
}

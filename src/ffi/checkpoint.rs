//! `fsb_checkpoint`: a checkpoint on its way into its store; and what a backend does with checkpoints.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::backend::{fsb_backend, hand_over, shared_resources};
use super::bytes;
use super::checkpoint_store::fsb_checkpoint_store;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{self, Handle, Kind};
use super::resources::fsb_resources;
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::backend::{limited, Backend};
use crate::checkpoint::{CheckpointOptions, CheckpointStore, CheckpointTask, ClaimMode, Source, Subtask};
use crate::error::{Error, Result as CrateResult};
use crate::key::key_group::MAX_PARALLELISM_LIMIT;
use crate::limits::MAX_OPTIONS_BYTES;
use crate::options::Options;

/// A checkpoint on its way into its store. Freeing the handle ends nothing: the checkpoint goes on. Belongs to no backend, but a backend
/// that closes cancels its own. Threads: any, at once.
pub struct fsb_checkpoint {
    _opaque: [u8; 0],
}

impl Handle for fsb_checkpoint {
    type Object = CheckpointTask;
    const KIND: Kind = Kind::Checkpoint;
}

/// How far a checkpoint is.
#[repr(C)]
pub struct fsb_checkpoint_progress {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// 1 when it has ended, one way or the other: fsb_checkpoint_wait tells how.
    pub is_ended: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Its id.
    pub id: u64,
    /// Bytes stored so far. Those of files that the store has already count as well.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Files that are done.
    pub done_files: u64,
    /// Files in all.
    pub total_files: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_checkpoint_progress {
    const FIRST_SIZE: usize = end_of!(Self, total_files: u64);
}

/// What a checkpoint was, once it is published.
#[repr(C)]
pub struct fsb_checkpoint_report {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its id.
    pub id: u64,
    /// How long writers waited, in microseconds: row cache, flush and links.
    pub sync_micros: u64,
    /// From then on until it was published, in microseconds.
    pub async_micros: u64,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub new_bytes: u64,
    /// Bytes of all its files.
    pub total_bytes: u64,
    /// Number of files that were stored for it.
    pub new_files: u64,
    /// Number of all its files.
    pub total_files: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_checkpoint_report {
    const FIRST_SIZE: usize = end_of!(Self, total_files: u64);
}

fn store_of(store: *const fsb_checkpoint_store) -> Result<Arc<CheckpointStore>, Failure> {
    let lease = handle::lease(store).map_err(|refusal| Failure::of_refusal(refusal, Kind::CheckpointStore))?;
    Ok(Arc::clone(&lease))
}

/// Begins a checkpoint: drains the row caches, flushes all column families as one and links every file, on the calling thread; then returns,
/// and threads of the library's read, store and publish it. What was written before is in it. Idempotent: with an id that this backend has
/// under way or has made in this store, the handle is to that checkpoint.
///
/// Parameters: `id` is above that of every checkpoint in the store; `timeout_millis` bounds the time until it is published, 0 for no bound;
/// `confirm` 1 confirms it as soon as it is published, for jobs without a coordinator, else fsb_backend_notify_checkpoint_complete is to be
/// called; `checkpoint` receives a handle owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for an id that is too
/// low; FSB_STATUS_IN_USE when as many are under way as the store allows, or when another owner has its root;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; FSB_STATUS_NO_SPACE, FSB_STATUS_IO or another engine status: nothing was begun. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_begin_checkpoint(
    backend: *const fsb_backend, store: *const fsb_checkpoint_store, id: u64, timeout_millis: u64, confirm: u8,
    checkpoint: *mut *mut fsb_checkpoint, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_begin_checkpoint", backend, error, |backend| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(checkpoint, "checkpoint")? };
        let timeout = (timeout_millis != 0).then(|| Duration::from_millis(timeout_millis));
        let options = CheckpointOptions { timeout, confirm: confirm != 0 };
        let task = backend.begin_checkpoint(&store_of(store)?, id, options)?;
        out.set(guard::insert::<fsb_checkpoint>(task, 0)?);
        Ok(fsb_status::Ok)
    })
}

/// Waits until a checkpoint is published or has failed.
///
/// Parameters: `timeout_millis` bounds the wait, 0 only looks; `report->struct_size` is set by the caller, and written as all else.
/// Returns: FSB_STATUS_OK when it is published; FSB_STATUS_TIMED_OUT when it is still under way; FSB_STATUS_CANCELLED;
/// FSB_STATUS_CHECKPOINT_EXPIRED; FSB_STATUS_NO_SPACE, FSB_STATUS_IO or another failure, whose text names the step;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_wait(
    checkpoint: *const fsb_checkpoint, timeout_millis: u64, report: *mut fsb_checkpoint_report,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_wait", checkpoint, error, |checkpoint| {
        // SAFETY: the header asks for a struct of the size it states at `report`.
        let out = unsafe { sized::out(report, "report")? };
        let made = match checkpoint.wait(Duration::from_millis(timeout_millis)) {
            Ok(Some(made)) => made,
            Ok(None) => return Ok(fsb_status::TimedOut),
            Err(Error::CheckpointCancelled(_)) => return Ok(fsb_status::Cancelled),
            Err(failure) => return Err(failure.into()),
        };
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        out.set(fsb_checkpoint_report {
            struct_size: 0, // what is written, by `set`
            reserved: 0,
            id: made.id,
            sync_micros: micros(made.sync_time),
            async_micros: micros(made.async_time),
            new_bytes: made.new_bytes,
            total_bytes: made.total_bytes,
            new_files: made.new_files,
            total_files: made.total_files,
        });
        Ok(fsb_status::Ok)
    })
}

/// How far a checkpoint is.
///
/// Parameters: `progress->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_read_progress(
    checkpoint: *const fsb_checkpoint, progress: *mut fsb_checkpoint_progress, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_read_progress", checkpoint, error, |checkpoint| {
        // SAFETY: the header asks for a struct of the size it states at `progress`.
        let out = unsafe { sized::out(progress, "progress")? };
        let now = checkpoint.progress();
        out.set(fsb_checkpoint_progress {
            struct_size: 0, // what is written, by `set`
            is_ended: u8::from(now.is_ended),
            reserved: [0; 3],
            id: now.id,
            done_bytes: now.done_bytes,
            total_bytes: now.total_bytes,
            done_files: now.done_files,
            total_files: now.total_files,
        });
        Ok(fsb_status::Ok)
    })
}

/// Has a checkpoint stop where it is. It ends with FSB_STATUS_CANCELLED unless it is being published or has ended.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_cancel(
    checkpoint: *const fsb_checkpoint, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_cancel", checkpoint, error, |checkpoint| {
        checkpoint.cancel();
        Ok(fsb_status::Ok)
    })
}

/// Frees the handle of a checkpoint, which goes on if it is under way.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_free(checkpoint: *mut fsb_checkpoint) -> fsb_status {
    guard::free("fsb_checkpoint_free", checkpoint)
}

/// Tells a backend that a checkpoint is complete everywhere in the job: it becomes the base of the next ones, and older ones are removed: those
/// beyond the retained ones, and those that were never told complete. An id that is not known is passed over.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; FSB_STATUS_IO when an older one could not be removed as a whole:
/// fsb_checkpoint_store_collect goes on with it. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_notify_checkpoint_complete(
    backend: *const fsb_backend, id: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_notify_checkpoint_complete", backend, error, |backend| {
        backend.notify_checkpoint_complete(id)?;
        Ok(fsb_status::Ok)
    })
}

/// Tells a backend that a checkpoint is not to be: it is cancelled, or removed when it is published already. An id that is not known is
/// passed over.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; FSB_STATUS_IO when it could not be removed as a whole. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_notify_checkpoint_aborted(
    backend: *const fsb_backend, id: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_notify_checkpoint_aborted", backend, error, |backend| {
        backend.notify_checkpoint_aborted(id)?;
        Ok(fsb_status::Ok)
    })
}

/// How a restore is done.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RestoreDocument {
    checkpoint: Option<u64>,
    mode: ClaimMode,
    or_empty: bool,
}

impl RestoreDocument {
    fn parse(json: &str) -> CrateResult<Self> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json).map_err(|error| Error::InvalidOption(format!("options of the restore: {error}")))
    }

    fn source(&self, store: &Arc<CheckpointStore>) -> CrateResult<Source> {
        match (self.checkpoint, self.or_empty) {
            (None, false) => Ok(Source::newest(store)),
            (None, true) => Ok(Source::newest_or_empty(store)),
            (Some(id), false) => Ok(Source::of(store, id)),
            (Some(_), true) => Err(Error::InvalidOption(
                "option 'or_empty' of the restore is for the newest checkpoint; leave it or 'checkpoint' out"
                    .to_owned(),
            )),
        }
    }
}

/// Opens a folder of state with what a checkpoint holds, every byte verified, in the place of what the folder holds now. That comes back when
/// anything fails, also when the process is killed: a restore is done when this returns. Files are hard links where folder and store are on
/// one file system.
///
/// Parameters: `options_json` and `resources` as for fsb_backend_open; `restore_json` may be null with length 0 and holds any of
/// `checkpoint`, an id (default the newest), and `mode`: `claim`, the checkpoint is the backend's own, is built upon and in the end removed;
/// `no_claim` (default), it stays and is not built upon; `legacy`, it stays and is built upon; and `or_empty`, true to open with an empty
/// state, in the place of what the folder holds as well, while the store has no checkpoint, for a job that always starts with its newest
/// one. `backend` receives the handle, owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_CHECKPOINT_NOT_FOUND; FSB_STATUS_CORRUPTION naming the file of the checkpoint;
/// FSB_STATUS_INVALID_ARGUMENT when the store has none; FSB_STATUS_INVALID_HANDLE; as fsb_backend_open. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_restore(
    options_json: *const c_char, options_json_length: usize, resources: *const fsb_resources,
    store: *const fsb_checkpoint_store, restore_json: *const c_char, restore_json_length: usize,
    backend: *mut *mut fsb_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_backend_restore", error, || {
        // SAFETY: the header asks for two readable texts and a writable place.
        let (json, restore, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::text(restore_json, restore_json_length, "options of the restore", MAX_OPTIONS_BYTES)?,
                bytes::out(backend, "backend")?,
            )
        };
        let options = Options::from_json(limited(json.as_bytes())?)?;
        let restore = RestoreDocument::parse(restore)?;
        let source = restore.source(&store_of(store)?)?;
        hand_over(Backend::restore(options, shared_resources(resources)?, &source, restore.mode)?, out)
    })
}

/// How a rescale is done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RescaleDocument {
    parallelism: u32,
    subtask: u32,
    #[serde(default)]
    checkpoints: Vec<u64>,
    #[serde(default)]
    mode: ClaimMode,
}

impl RescaleDocument {
    fn parse(json: &str) -> CrateResult<Self> {
        serde_json::from_str(json).map_err(|error| Error::InvalidOption(format!("options of the rescale: {error}")))
    }

    /// The newest checkpoint of each store, or those of the ids given.
    fn sources(&self, stores: &[Arc<CheckpointStore>]) -> CrateResult<Vec<Source>> {
        if !self.checkpoints.is_empty() && self.checkpoints.len() != stores.len() {
            return Err(Error::InvalidOption(format!(
                "option 'checkpoints' of the rescale has {} ids for {} stores; give one for each, or none for the newest",
                self.checkpoints.len(),
                stores.len()
            )));
        }
        let source =
            |(at, store)| self.checkpoints.get(at).map_or_else(|| Source::newest(store), |id| Source::of(store, *id));
        Ok(stores.iter().enumerate().map(source).collect())
    }
}

/// Most stores of one rescale: one for each former subtask.
const MAX_STORES: usize = MAX_PARALLELISM_LIMIT as usize;

/// Opens a folder of state with one subtask's part of what the checkpoints of all former subtasks hold, in the place of what the folder holds
/// now, as fsb_backend_restore does. Each subtask is given all of the checkpoints: it takes keyed state and timers of its key groups, by
/// Flink's formula; every n-th element of list operator state, all of union state and one copy of broadcast state; and, as subtask 0, the rows
/// of other column families.
///
/// Parameters: `options_json` and `resources` as for fsb_backend_open; `stores` are `store_count` stores, one for each former subtask, in
/// their order; `rescale_json` is one JSON document with `parallelism`, the number of subtasks from now on, `subtask`, which of them from 0,
/// and, if wanted, `checkpoints`, an id for each store (default the newest of each), and `mode` as for fsb_backend_restore, of which `claim`
/// holds for a parallelism of 1 only: the other subtasks need the checkpoints as well. `backend` receives the handle, owned by the
/// caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for a subtask out of range, key groups that are in none or in two of the
/// checkpoints, and rows of one key in two of them; FSB_STATUS_STATE_MISMATCH for states that do not fit together;
/// FSB_STATUS_INVALID_OPTION; as fsb_backend_restore. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_rescale(
    options_json: *const c_char, options_json_length: usize, resources: *const fsb_resources,
    stores: *const *const fsb_checkpoint_store, store_count: usize, rescale_json: *const c_char,
    rescale_json_length: usize, backend: *mut *mut fsb_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_backend_rescale", error, || {
        // SAFETY: the header asks for two readable texts, that many handles, and a writable place.
        let (json, rescale, stores, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::text(rescale_json, rescale_json_length, "options of the rescale", MAX_OPTIONS_BYTES)?,
                bytes::handles(stores, store_count, "stores", MAX_STORES)?,
                bytes::out(backend, "backend")?,
            )
        };
        let options = Options::from_json(limited(json.as_bytes())?)?;
        let rescale = RescaleDocument::parse(rescale)?;
        let stores: Vec<_> = stores.iter().map(|store| store_of(*store)).collect::<Result<_, _>>()?;
        let sources = rescale.sources(&stores)?;
        let subtask = Subtask { parallelism: rescale.parallelism, index: rescale.subtask };
        hand_over(Backend::rescale(options, shared_resources(resources)?, &sources, subtask, rescale.mode)?, out)
    })
}

//! `fsb_checkpoint_store`: the checkpoints below one root.

use std::ffi::c_char;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::backend::limited;
use crate::checkpoint::{CheckpointStore, LocalStorage, StoreOptions};
use crate::error::{Error, Result as CrateResult};
use crate::limits::MAX_OPTIONS_BYTES;

/// The checkpoints below one root. Belongs to no backend. Threads: any, at once.
pub struct fsb_checkpoint_store {
    _opaque: [u8; 0],
}

impl Handle for fsb_checkpoint_store {
    type Object = Arc<CheckpointStore>;
    const KIND: Kind = Kind::CheckpointStore;
}

/// Where a store is, and how it works.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StoreDocument {
    directory: String,
    num_retained: usize,
    transfer_threads: usize,
    max_concurrent: usize,
}

impl Default for StoreDocument {
    fn default() -> Self {
        let StoreOptions { num_retained, transfer_threads, max_concurrent } = StoreOptions::default();
        Self { directory: String::new(), num_retained, transfer_threads, max_concurrent }
    }
}

impl StoreDocument {
    fn parse(json: &str) -> CrateResult<Self> {
        let invalid = |reason: String| Error::InvalidOption(format!("options of the checkpoint store: {reason}"));
        let document: Self = serde_json::from_str(json).map_err(|error| invalid(error.to_string()))?;
        if document.directory.is_empty() || document.directory.contains('\0') {
            return Err(invalid("'directory' is to be the path of a folder".to_owned()));
        }
        Ok(document)
    }

    fn open(self) -> CrateResult<CheckpointStore> {
        let Self { directory, num_retained, transfer_threads, max_concurrent } = self;
        let options = StoreOptions { num_retained, transfer_threads, max_concurrent };
        CheckpointStore::new(Arc::new(LocalStorage::new(directory)), options)
    }
}

/// Opens a store of checkpoints. Nothing is read or made yet; the first call that writes takes the root for this store alone.
///
/// Parameters: `options_json` is one JSON document with `directory`, the root, which need not exist; and any of `num_retained` (1 to 10000
/// confirmed checkpoints that are kept; 1), `transfer_threads` (1 to 64, for each checkpoint; 4), `max_concurrent` (1 to 16 checkpoints of
/// one backend under way at once; 1). `store` receives a handle owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION
/// naming the option; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_open(
    options_json: *const c_char, options_json_length: usize, store: *mut *mut fsb_checkpoint_store,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_checkpoint_store_open", error, || {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?, bytes::out(store, "store")?)
        };
        limited(json.as_bytes())?;
        let opened = StoreDocument::parse(json)?.open()?;
        out.set(guard::insert::<fsb_checkpoint_store>(Arc::new(opened), 0)?);
        Ok(fsb_status::Ok)
    })
}

/// Frees a store. Checkpoints under way go on, and keep its root.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_free(store: *mut fsb_checkpoint_store) -> fsb_status {
    guard::free("fsb_checkpoint_store_free", store)
}

/// The checkpoints that exist, by id, as a JSON array of objects with `id`, `created_at_millis` (since 1970), `total_bytes`, `new_bytes`
/// (stored for it, and not already for another one), `files`, `key_groups` (first and last, or null) and `damage` (null, or what is wrong
/// with its metadata; all but `id` is null then).
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_list(
    store: *const fsb_checkpoint_store, json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_list", store, error, |store| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        buffer::give(serde_json::to_string(&store.list()?).expect("a list is plain data"), out)?;
        Ok(fsb_status::Ok)
    })
}

/// Reads every file of a checkpoint and compares size and digest. May take long.
///
/// Parameters: `files` and `bytes` receive how many were read. Returns: FSB_STATUS_OK; FSB_STATUS_CHECKPOINT_NOT_FOUND;
/// FSB_STATUS_CORRUPTION naming the file; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_verify(
    store: *const fsb_checkpoint_store, id: u64, files: *mut u64, bytes: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_verify", store, error, |store| {
        let out = counts(files, bytes)?;
        let verified = store.verify(id)?;
        out.set(verified.files, verified.bytes);
        Ok(fsb_status::Ok)
    })
}

/// Removes a checkpoint and what it alone lists.
///
/// Returns: FSB_STATUS_OK, also when there is none of that id; FSB_STATUS_IN_USE while it is under way, or when another owner has the root;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_discard(
    store: *const fsb_checkpoint_store, id: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_discard", store, error, |store| {
        store.discard(id)?;
        Ok(fsb_status::Ok)
    })
}

/// Removes every file that no checkpoint lists: what was interrupted before it was published, or before it was gone.
///
/// Parameters: `files` and `bytes` receive how many were removed. Returns: FSB_STATUS_OK; FSB_STATUS_CORRUPTION when a metadata cannot be
/// read, so that what it lists is not known: discard that checkpoint first; FSB_STATUS_IN_USE when another owner has the root;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_collect(
    store: *const fsb_checkpoint_store, files: *mut u64, bytes: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_collect", store, error, |store| {
        let out = counts(files, bytes)?;
        let collected = store.collect()?;
        out.set(collected.files, collected.bytes);
        Ok(fsb_status::Ok)
    })
}

/// Places for two counts.
struct Counts<'a> {
    files: bytes::Out<'a, u64>,
    bytes: bytes::Out<'a, u64>,
}

impl Counts<'_> {
    fn set(self, files: u64, bytes: u64) {
        self.files.set(files);
        self.bytes.set(bytes);
    }
}

fn counts<'a>(files: *mut u64, bytes: *mut u64) -> Result<Counts<'a>, Failure> {
    // SAFETY: the header asks for two writable places.
    unsafe { Ok(Counts { files: bytes::out(files, "files")?, bytes: bytes::out(bytes, "bytes")? }) }
}

//! `fsb_checkpoint_store`: the checkpoints below one root.

use std::ffi::c_char;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::backend::limited;
use crate::checkpoint::{storage_at, CheckpointStore, ObjectSettings, StoreOptions};
use crate::error::{Error, Result as CrateResult};
use crate::limits::{MAX_NAME_BYTES, MAX_OPTIONS_BYTES, MAX_SNAPSHOT_BYTES};

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
    object_store: Value,
}

impl Default for StoreDocument {
    fn default() -> Self {
        let StoreOptions { num_retained, transfer_threads, max_concurrent } = StoreOptions::default();
        Self { directory: String::new(), num_retained, transfer_threads, max_concurrent, object_store: Value::Null }
    }
}

impl StoreDocument {
    fn parse(json: &str) -> CrateResult<Self> {
        let invalid = |reason: String| Error::InvalidOption(format!("options of the checkpoint store: {reason}"));
        let document: Self = serde_json::from_str(json).map_err(|error| invalid(error.to_string()))?;
        if document.directory.is_empty() || document.directory.contains('\0') {
            return Err(invalid("'directory' is to be the path of a folder, or a URL".to_owned()));
        }
        Ok(document)
    }

    fn open(self) -> CrateResult<CheckpointStore> {
        let Self { directory, num_retained, transfer_threads, max_concurrent, object_store } = self;
        let options = StoreOptions { num_retained, transfer_threads, max_concurrent };
        CheckpointStore::new(storage_at(&directory, &settings(object_store)?)?, options)
    }
}

/// Settings of an object store. Refusals show no value, which may be secret.
fn settings(object_store: Value) -> CrateResult<ObjectSettings> {
    let refused = |what: &str| Error::InvalidOption(format!("options of the checkpoint store: {what}"));
    let fields = match object_store {
        Value::Null => return Ok(ObjectSettings::default()),
        Value::Object(fields) => fields,
        _ => return Err(refused("'object_store' is to be an object of settings by name")),
    };
    let setting = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        _ => Err(refused(&format!("'object_store.{name}' is to be a text, a number, true or false"))),
    };
    fields.into_iter().map(setting).collect::<CrateResult<_>>().map(ObjectSettings)
}

/// Opens a store of checkpoints. Nothing is read or made yet; the first call that writes takes the root for this store alone.
///
/// Parameters: `options_json` is one JSON document with `directory`, the root, which need not exist: the path of a folder, or, when the
/// library was built with the feature object-stores, a URL such as s3://bucket/path, az://container/path or gs://bucket/path; and any of
/// `num_retained` (1 to 10000 confirmed checkpoints that are kept; 1), `transfer_threads` (1 to 64, for each checkpoint; 4),
/// `max_concurrent` (1 to 16 checkpoints of one backend under way at once; 1), `object_store` (for a URL: settings by name, such as
/// `endpoint`, `region`, `access_key_id`, `secret_access_key`, `allow_http`, `timeout`, as the crate object_store calls them, before the
/// usual environment variables; and `max_retries` (10), `retry_timeout_millis` (180000, of one call), `part_bytes` (8388608; larger files
/// go in parts)). No secret is ever shown. `store` receives a handle owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION
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

/// Stores bytes by name below the root, in the place of those of that name, with a digest. They are part of no checkpoint, stay until they
/// are deleted, survive a loss of power once this returns, and do not take the root.
///
/// Parameters: `name` has 1 to 200 letters and digits of ASCII, '-', '_' and '.', and does not begin with '.'; `data` is borrowed for the
/// call. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_LIMIT_EXCEEDED above 2147483591 bytes;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_put_snapshot(
    store: *const fsb_checkpoint_store, name: *const c_char, name_length: usize, data: *const u8, data_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_put_snapshot", store, error, |store| {
        // SAFETY: the header asks for readable bytes.
        let (name, data) = unsafe {
            (snapshot_name(name, name_length)?, bytes::input(data, data_length, "snapshot", MAX_SNAPSHOT_BYTES)?)
        };
        store.put_snapshot(name, data)?;
        Ok(fsb_status::Ok)
    })
}

/// The bytes that fsb_checkpoint_store_put_snapshot stored by that name, held to their digest.
///
/// Parameters: `snapshot` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND; FSB_STATUS_CORRUPTION naming
/// the file; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_get_snapshot(
    store: *const fsb_checkpoint_store, name: *const c_char, name_length: usize, snapshot: *mut *mut fsb_buffer,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_get_snapshot", store, error, |store| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) = unsafe { (snapshot_name(name, name_length)?, bytes::out(snapshot, "snapshot")?) };
        let Some(found) = store.snapshot(name)? else { return Ok(fsb_status::NotFound) };
        buffer::give(found, out)?;
        Ok(fsb_status::Ok)
    })
}

/// Removes the bytes that were stored by that name.
///
/// Returns: FSB_STATUS_OK, also when there are none; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IO. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_checkpoint_store_delete_snapshot(
    store: *const fsb_checkpoint_store, name: *const c_char, name_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_checkpoint_store_delete_snapshot", store, error, |store| {
        // SAFETY: the header asks for a readable text.
        store.delete_snapshot(unsafe { snapshot_name(name, name_length)? })?;
        Ok(fsb_status::Ok)
    })
}

/// # Safety
/// As [`bytes::input`].
unsafe fn snapshot_name<'a>(name: *const c_char, length: usize) -> Result<&'a str, Failure> {
    // SAFETY: as promised by the caller.
    unsafe { bytes::text(name, length, "name", MAX_NAME_BYTES) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_settings_show_no_value() {
        for store in [
            r#""SECRET""#,
            r#"["SECRET"]"#,
            r#"{"secret_key":{"a":"SECRET"}}"#,
            r#"{"secret_key":["SECRET"]}"#,
            "1",
            "true",
        ] {
            let json = format!(r#"{{"directory":"s3://bucket/x","object_store":{store}}}"#);
            let text = StoreDocument::parse(&json).and_then(StoreDocument::open).err().map(|error| error.to_string());
            let text = text.unwrap_or_else(|| panic!("{store} is taken"));
            assert!(text.contains("'object_store") && !text.contains("SECRET"), "{text}");
        }
    }

    #[test]
    fn settings_are_texts_numbers_and_switches() {
        let json = r#"{"directory":"x","object_store":{"a":"b","max_retries":3,"allow_http":true}}"#;
        let document = StoreDocument::parse(json).expect("understood");
        let settings = settings(document.object_store).expect("understood").0;
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(settings, [("a", "b"), ("allow_http", "true"), ("max_retries", "3")]);
    }
}

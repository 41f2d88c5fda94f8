//! `fsb_iterator`: an ordered walk over a column family, page by page.

use std::sync::Arc;

use super::bytes;
use super::column_family::fsb_column_family;
use super::error::{fsb_error, Failure};
use super::guard::{self, Outcome};
use super::handle::{Handle, Kind};
use super::sized::{self, end_of};
use super::snapshot::{self, fsb_snapshot};
use super::status::fsb_status;
use crate::backend::Backend;
use crate::db::engine::{Direction, Page};
use crate::db::scan::{Scan, ScanOptions};
use crate::limits::MAX_KEY_BYTES;
use crate::metrics::Side;

/// An ordered walk over the rows of a column family as they were when it began. Keeps its backend alive, and old rows on disk:
/// free it soon. Threads: one at a time, otherwise FSB_STATUS_IN_USE.
pub struct fsb_iterator {
    _opaque: [u8; 0],
}

impl Handle for fsb_iterator {
    type Object = IteratorObject;
    const KIND: Kind = Kind::Iterator;
}

/// A scan with the backend it keeps alive.
pub(super) struct IteratorObject {
    scan: Scan,
    // IMPORTANT: last, so that the backend goes after the scan.
    backend: Arc<Backend>,
}

/// What an iterator walks over.
#[repr(C)]
pub struct fsb_iterator_options {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// 1 keeps the blocks read in the block cache; 0 for a walk over everything, which would empty it of better blocks.
    pub fill_cache: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Read as of this snapshot; null for now.
    pub snapshot: *const fsb_snapshot,
    /// First key wanted.
    pub lower: *const u8,
    /// Its length in bytes; 0 for no bound.
    pub lower_length: usize,
    /// First key no longer wanted.
    pub upper: *const u8,
    /// Its length in bytes; 0 for no bound.
    pub upper_length: usize,
    /// Only keys that start with this; combines with the bounds.
    pub prefix: *const u8,
    /// Its length in bytes; 0 for every key.
    pub prefix_length: usize,
}

// SAFETY: `repr(C)` with the size first; numbers and pointers, for all of which zero is valid.
unsafe impl sized::StatesSize for fsb_iterator_options {
    const FIRST_SIZE: usize = end_of!(Self, prefix_length: usize);
}

/// Starts a walk at its first row.
///
/// Parameters: `options` with `struct_size` set, or null for all rows as of now; `iterator` receives a handle owned by the
/// caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT, also for a snapshot of another
/// backend; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_iterator(
    family: *const fsb_column_family, options: *const fsb_iterator_options, iterator: *mut *mut fsb_iterator,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_iterator", family, error, |object| {
        // SAFETY: the header asks for a writable place and, unless null, for options of the size they state.
        let (out, options) = unsafe { (bytes::out(iterator, "iterator")?, given(options)?) };
        let snapshot = snapshot::optional(options.as_ref().map_or(std::ptr::null(), |options| options.snapshot))?;
        // SAFETY: the header asks for readable bytes in the options.
        let wanted = unsafe { converted(options.as_ref())? };
        object.backend.drain()?;
        let scan = object.family.scan(&ScanOptions { snapshot: snapshot.as_deref(), ..wanted })?;
        let walk = IteratorObject { scan, backend: Arc::clone(&object.backend) };
        out.set(guard::insert::<fsb_iterator>(walk, object.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// # Safety
/// `options` must be null or point to options of the size they state.
unsafe fn given(options: *const fsb_iterator_options) -> Result<Option<fsb_iterator_options>, Failure> {
    if options.is_null() {
        return Ok(None);
    }
    // SAFETY: as promised by the caller.
    unsafe { sized::input(options, "options").map(Some) }
}

/// # Safety
/// The pointers in the options must lead to as many readable bytes as they state.
unsafe fn converted(options: Option<&fsb_iterator_options>) -> Result<ScanOptions<'_>, Failure> {
    let Some(options) = options else { return Ok(ScanOptions::default()) };
    // SAFETY: as promised by the caller.
    unsafe {
        Ok(ScanOptions {
            lower: bytes::input(options.lower, options.lower_length, "lower bound", MAX_KEY_BYTES)?,
            upper: bytes::input(options.upper, options.upper_length, "upper bound", MAX_KEY_BYTES)?,
            prefix: bytes::input(options.prefix, options.prefix_length, "prefix", MAX_KEY_BYTES)?,
            snapshot: None,
            fill_cache: options.fill_cache != 0,
        })
    }
}

/// Goes to the first row.
///
/// Returns: FSB_STATUS_OK, also when there is no row; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an
/// engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_seek_to_first(
    iterator: *mut fsb_iterator, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_seek_to_first", iterator, error, |object| {
        object.scan.seek_to_first()?;
        Ok(fsb_status::Ok)
    })
}

/// Goes to the last row.
///
/// Returns: as fsb_iterator_seek_to_first. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_seek_to_last(
    iterator: *mut fsb_iterator, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_seek_to_last", iterator, error, |object| {
        object.scan.seek_to_last()?;
        Ok(fsb_status::Ok)
    })
}

/// Goes to the first row with the key or a greater one.
///
/// Returns: as fsb_iterator_seek_to_first; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_LIMIT_EXCEEDED. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_seek(
    iterator: *mut fsb_iterator, key: *const u8, key_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_seek", iterator, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let key = unsafe { bytes::input(key, key_length, "key", MAX_KEY_BYTES)? };
        object.scan.seek(key)?;
        Ok(fsb_status::Ok)
    })
}

/// Goes to the last row with the key or a smaller one.
///
/// Returns: as fsb_iterator_seek. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_seek_for_prev(
    iterator: *mut fsb_iterator, key: *const u8, key_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_seek_for_prev", iterator, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let key = unsafe { bytes::input(key, key_length, "key", MAX_KEY_BYTES)? };
        object.scan.seek_for_prev(key)?;
        Ok(fsb_status::Ok)
    })
}

/// Reads rows from the current one upwards and moves past them.
///
/// Parameters: `buffer` of `capacity` bytes receives rows `u32 key length | u32 value length | key | value`, as many as fit;
/// `length` receives the bytes written, `row_count` the rows. Returns: FSB_STATUS_OK, with no rows at the end;
/// FSB_STATUS_BUFFER_TOO_SMALL when the next row alone does not fit: `length` is its size, the position stays;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; FSB_STATUS_CORRUPTION or
/// another engine status, with no rows handed out. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_next_page(
    iterator: *mut fsb_iterator, buffer: *mut u8, capacity: usize, length: *mut usize, row_count: *mut usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_next_page", iterator, error, |object| {
        // SAFETY: the header asks for writable bytes and places.
        unsafe { page(object, Direction::Forward, (buffer, capacity), length, row_count) }
    })
}

/// Reads rows from the current one downwards and moves past them.
///
/// Parameters and returns: as fsb_iterator_next_page. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_prev_page(
    iterator: *mut fsb_iterator, buffer: *mut u8, capacity: usize, length: *mut usize, row_count: *mut usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_iterator_prev_page", iterator, error, |object| {
        // SAFETY: the header asks for writable bytes and places.
        unsafe { page(object, Direction::Backward, (buffer, capacity), length, row_count) }
    })
}

/// # Safety
/// `buffer` must be as many writable bytes as it states, `length` and `row_count` writable, unless null.
unsafe fn page(
    object: &mut IteratorObject, direction: Direction, buffer: (*mut u8, usize), length: *mut usize,
    row_count: *mut usize,
) -> Outcome {
    // SAFETY: as promised by the caller.
    let (target, length, row_count) = unsafe {
        (bytes::target(buffer.0, buffer.1)?, bytes::out(length, "length")?, bytes::out(row_count, "row_count")?)
    };
    let rows = |page: &Page| if let Page::Filled { row_count, .. } = page { *row_count as u64 } else { 0 };
    match object.backend.metrics().measure(Side::Read, rows, || object.scan.page(direction, target))? {
        Page::Filled { length: filled, row_count: rows } => {
            length.set(filled);
            row_count.set(rows);
            Ok(fsb_status::Ok)
        }
        Page::Short(needed) => {
            length.set(needed);
            Ok(fsb_status::BufferTooSmall)
        }
    }
}

/// Frees an iterator.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_iterator_free(iterator: *mut fsb_iterator) -> fsb_status {
    guard::free("fsb_iterator_free", iterator)
}

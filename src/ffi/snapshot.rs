//! `fsb_snapshot`: a view of a backend at one point in time.

use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{self, Handle, Kind, Lease};
use super::status::fsb_status;
use crate::db::snapshot::Snapshot;

/// A backend as it was: reads through it see no later write. Free it soon, it keeps old rows on disk. Threads: any.
pub struct fsb_snapshot {
    _opaque: [u8; 0],
}

impl Handle for fsb_snapshot {
    type Object = Snapshot;
    const KIND: Kind = Kind::Snapshot;
}

/// The snapshot of an optional parameter.
pub(super) fn optional(snapshot: *const fsb_snapshot) -> Result<Option<Lease<Snapshot>>, Failure> {
    if snapshot.is_null() {
        return Ok(None);
    }
    required(snapshot).map(Some)
}

/// The snapshot behind a handle.
#[inline(never)]
pub(super) fn required(snapshot: *const fsb_snapshot) -> Result<Lease<Snapshot>, Failure> {
    handle::lease(snapshot).map_err(|refusal| Failure::of_refusal(refusal, Kind::Snapshot))
}

/// Sequence number of the last write that a snapshot sees.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT for null; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_snapshot_sequence(
    snapshot: *const fsb_snapshot, sequence: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_snapshot_sequence", snapshot, error, |snapshot| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(sequence, "sequence")? };
        out.set(snapshot.sequence());
        Ok(fsb_status::Ok)
    })
}

/// Frees a snapshot.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_snapshot_free(snapshot: *mut fsb_snapshot) -> fsb_status {
    guard::free("fsb_snapshot_free", snapshot)
}

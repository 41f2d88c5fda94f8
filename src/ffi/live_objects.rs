//! How many objects the process has not freed.

use super::guard;
use super::handle::{self, Kind};
use super::sized::{self, end_of};
use super::status::fsb_status;

/// Objects given out and not yet freed, over the whole process. All zero when nothing leaks.
#[repr(C)]
pub struct fsb_live_objects {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Backends, closed or not.
    pub backends: u64,
    /// Column family handles.
    pub column_families: u64,
    /// Iterators.
    pub iterators: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Shared resources.
    pub resources: u64,
    /// Owned buffers.
    pub buffers: u64,
    /// Pinned views.
    pub views: u64,
    /// Errors.
    pub errors: u64,
    /// Keyed backends.
    pub keyed_backends: u64,
    /// States.
    pub states: u64,
    /// Walks over states.
    pub state_scans: u64,
    /// Timer services.
    pub timer_services: u64,
    /// Credit pools.
    pub credit_pools: u64,
    /// Channels of credit pools.
    pub credit_channels: u64,
    /// Checkpoint stores.
    pub checkpoint_stores: u64,
    /// Checkpoints, under way or not.
    pub checkpoints: u64,
    /// Exports of savepoints.
    pub savepoint_exports: u64,
    /// Imports of savepoints.
    pub savepoint_imports: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_live_objects {
    const FIRST_SIZE: usize = end_of!(Self, errors: u64);
}

/// Counts the objects that were given out and not yet freed.
///
/// Parameters: `counts->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_live_objects_count(counts: *mut fsb_live_objects) -> fsb_status {
    guard::unbound("fsb_live_objects_count", guard::NO_ERROR, || {
        // SAFETY: the header asks for a struct of the size it states at `counts`.
        let out = unsafe { sized::out(counts, "counts")? };
        out.set(fsb_live_objects {
            struct_size: 0, // what is written, by `set`
            reserved: 0,
            backends: handle::live(Kind::Backend),
            column_families: handle::live(Kind::ColumnFamily),
            iterators: handle::live(Kind::Iterator),
            snapshots: handle::live(Kind::Snapshot),
            resources: handle::live(Kind::Resources),
            buffers: handle::live(Kind::Buffer),
            views: handle::live(Kind::View),
            errors: handle::live(Kind::Error),
            keyed_backends: handle::live(Kind::KeyedBackend),
            states: handle::live(Kind::State),
            state_scans: handle::live(Kind::StateScan),
            timer_services: handle::live(Kind::TimerService),
            credit_pools: handle::live(Kind::CreditPool),
            credit_channels: handle::live(Kind::CreditChannel),
            checkpoint_stores: handle::live(Kind::CheckpointStore),
            checkpoints: handle::live(Kind::Checkpoint),
            savepoint_exports: handle::live(Kind::SavepointExport),
            savepoint_imports: handle::live(Kind::SavepointImport),
        });
        Ok(fsb_status::Ok)
    })
}

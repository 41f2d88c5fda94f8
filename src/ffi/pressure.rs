//! `fsb_pressure`: how near a backend is to holding its writers up.

use super::backend::fsb_backend;
use super::error::fsb_error;
use super::guard;
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::pressure::{Description, Pressure, Warning};

/// Effective pressure below 0.3.
pub const FSB_PRESSURE_LOW: u32 = 0;
/// Effective pressure below 0.6.
pub const FSB_PRESSURE_MEDIUM: u32 = 1;
/// Effective pressure below 0.8.
pub const FSB_PRESSURE_HIGH: u32 = 2;
/// Effective pressure of 0.8 and more.
pub const FSB_PRESSURE_CRITICAL: u32 = 3;

/// Warning: the effective pressure is above 0.7. Each warning ends when its value has fallen below 0.9 of its threshold.
pub const FSB_WARNING_PRESSURE_ELEVATED: u32 = 1;
/// Warning: the effective pressure is above 0.8.
pub const FSB_WARNING_PRESSURE_HIGH: u32 = 2;
/// Warning: the mean time of a write is above half of `pressure_write_latency_reference_millis`, by default above 50 ms.
pub const FSB_WARNING_SLOW_WRITES: u32 = 4;
/// Warning: memory is above 500/512 of `pressure_memory_reference_bytes`, by default above 500 MiB.
pub const FSB_WARNING_MUCH_MEMORY: u32 = 8;
/// Warning: pending compaction is above `pressure_pending_compaction_reference_bytes`, by default above 100 MiB.
pub const FSB_WARNING_MUCH_COMPACTION: u32 = 16;

// They stand here as numbers because the header generator does not follow names.
const _: () = {
    assert!(FSB_PRESSURE_LOW == Description::Low as u32 && FSB_PRESSURE_MEDIUM == Description::Medium as u32);
    assert!(FSB_PRESSURE_HIGH == Description::High as u32 && FSB_PRESSURE_CRITICAL == Description::Critical as u32);
    assert!(FSB_WARNING_PRESSURE_ELEVATED == Warning::Elevated as u32);
    assert!(FSB_WARNING_PRESSURE_HIGH == Warning::High as u32);
    assert!(FSB_WARNING_SLOW_WRITES == Warning::SlowWrites as u32);
    assert!(FSB_WARNING_MUCH_MEMORY == Warning::MuchMemory as u32);
    assert!(FSB_WARNING_MUCH_COMPACTION == Warning::MuchCompaction as u32);
};

/// How near a backend is to holding its writers up. Levels and shares are from 0 to 1 and never NaN: what is not measured presses with
/// nothing. Shares of families are those of the family that has most.
#[repr(C)]
pub struct fsb_pressure {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// The effective pressure in a word: one of FSB_PRESSURE_LOW, _MEDIUM, _HIGH and _CRITICAL.
    pub description: u32,
    /// FLINK.NET's documented level: the mean of memory_share, write_latency_share and compaction_share.
    pub level: f64,
    /// Largest of the level and the other shares; at least 0.9 while RocksDB delays writes, 1 while it has stopped them.
    pub effective: f64,
    /// Memory in use, of `pressure_memory_reference_bytes`.
    pub memory_share: f64,
    /// Mean time of a write, of `pressure_write_latency_reference_millis`.
    pub write_latency_share: f64,
    /// Pending compaction, of `pressure_pending_compaction_reference_bytes`.
    pub compaction_share: f64,
    /// Memtables that wait for a flush, of those that stop writes.
    pub immutable_memtable_share: f64,
    /// Files of level 0, of `level0_slowdown_writes_trigger`; or, with the memtables that will be such files, of `level0_stop_writes_trigger`,
    /// whichever share is greater.
    pub level0_share: f64,
    /// Pending compaction, of `soft_pending_compaction_bytes_limit`.
    pub pending_compaction_share: f64,
    /// Wait for a credit of the attached pool where it is longest, as in fsb_credit_figures, of `pressure_queue_wait_target_millis`; 0 without.
    pub queue_wait_share: f64,
    /// For how long a producer without credits should pause before its next write, in milliseconds: (effective - 0.8) * 100 above 0.8.
    pub throttle_delay_ms: f64,
    /// Mean time of a flush, in milliseconds; NaN before the first.
    pub mean_flush_ms: f64,
    /// Warnings in force: a sum of FSB_WARNING_ bits. RocksDB's own log and the event log tell of each once when it begins and once when it ends.
    pub warnings: u32,
    /// 1 while RocksDB has stopped writes.
    pub write_stopped: u8,
    /// 1 while RocksDB delays writes.
    pub write_delayed: u8,
    /// Always 0.
    pub reserved: [u8; 2],
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_pressure {
    const FIRST_SIZE: usize = end_of!(Self, reserved: [u8; 2]);
}

impl From<Pressure> for fsb_pressure {
    fn from(read: Pressure) -> Self {
        Self {
            struct_size: 0, // what is written, by `SizedOut::set`
            description: read.description() as u32,
            level: read.level,
            effective: read.effective,
            memory_share: read.memory_share,
            write_latency_share: read.write_latency_share,
            compaction_share: read.compaction_share,
            immutable_memtable_share: read.immutable_memtable_share,
            level0_share: read.level0_share,
            pending_compaction_share: read.pending_compaction_share,
            queue_wait_share: read.queue_wait_share,
            throttle_delay_ms: read.throttle_millis(),
            mean_flush_ms: read.mean_flush_millis,
            warnings: read.warnings,
            write_stopped: u8::from(read.stopped),
            write_delayed: u8::from(read.delayed),
            reserved: [0; 2],
        }
    }
}

/// Reads how near a backend is to holding its writers up, now. Cheap enough for a hundred readings a second.
///
/// Parameters: `pressure->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size; FSB_STATUS_CLOSED;
/// an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_pressure(
    backend: *const fsb_backend, pressure: *mut fsb_pressure, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_pressure", backend, error, |backend| {
        // SAFETY: the header asks for a struct of the size it states at `pressure`.
        let out = unsafe { sized::out(pressure, "pressure")? };
        out.set(backend.pressure()?.into());
        Ok(fsb_status::Ok)
    })
}

//! RocksDB's own tickers and histograms, by name.

use std::ffi::c_char;

use serde_json::json;

use super::backend::fsb_backend;
use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::db::engine::Histogram;
use crate::limits::MAX_NAME_BYTES;

/// One of RocksDB's histograms since the backend was opened, in the unit that its name states: mostly microseconds or bytes. Percentiles are
/// within RocksDB's buckets, which grow by half. All is 0 while nothing was recorded.
#[repr(C)]
pub struct fsb_histogram {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// Always 0.
    pub reserved: u32,
    /// Values recorded.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// Their mean.
    pub average: f64,
    /// How far they are from it.
    pub standard_deviation: f64,
    /// The smallest.
    pub min: f64,
    /// The median.
    pub p50: f64,
    /// The value that 95 of 100 do not exceed.
    pub p95: f64,
    /// The value that 99 of 100 do not exceed.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_histogram {
    const FIRST_SIZE: usize = end_of!(Self, max: f64);
}

impl From<Histogram> for fsb_histogram {
    fn from(read: Histogram) -> Self {
        Self {
            struct_size: 0, // what is written, by `SizedOut::set`
            reserved: 0,
            count: read.count,
            sum: read.sum,
            average: read.average,
            standard_deviation: read.standard_deviation,
            min: read.min,
            p50: read.median,
            p95: read.percentile95,
            p99: read.percentile99,
            max: read.max,
        }
    }
}

/// Names of RocksDB's tickers and histograms: a JSON object with the lists `tickers` and `histograms`.
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK, also when the option `enable_statistics` is off;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_list_statistics(
    backend: *const fsb_backend, json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_list_statistics", backend, error, |backend| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        let names = json!({ "tickers": backend.ticker_names(), "histograms": backend.histogram_names() });
        buffer::give(names.to_string(), out)?;
        Ok(fsb_status::Ok)
    })
}

/// The count of one of RocksDB's tickers since the backend was opened.
///
/// Parameters: `name` is RocksDB's, such as `rocksdb.block.cache.miss`, in UTF-8. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION when the
/// option `enable_statistics` is off; FSB_STATUS_INVALID_ARGUMENT, for a name that no ticker has too; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_ticker(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, count: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_ticker", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) =
            unsafe { (bytes::text(name, name_length, "ticker name", MAX_NAME_BYTES)?, bytes::out(count, "count")?) };
        out.set(backend.ticker(name)?);
        Ok(fsb_status::Ok)
    })
}

/// One of RocksDB's histograms.
///
/// Parameters: `name` is RocksDB's, such as `rocksdb.db.get.micros`, in UTF-8; `histogram->struct_size` is set by the caller, and written as
/// all else. Returns: as fsb_backend_ticker; FSB_STATUS_INVALID_ARGUMENT for too small a struct_size. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_histogram(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, histogram: *mut fsb_histogram,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_histogram", backend, error, |backend| {
        // SAFETY: the header asks for a readable text, and for a struct of the size it states at `histogram`.
        let (name, out) = unsafe {
            (bytes::text(name, name_length, "histogram name", MAX_NAME_BYTES)?, sized::out(histogram, "histogram")?)
        };
        out.set(backend.histogram(name)?.into());
        Ok(fsb_status::Ok)
    })
}

//! Timers against an in-memory model, against failures, and against tombstones.

mod failures;
mod model;
mod reading;
mod throughput;

use std::path::Path;

use super::packed::Timer;
use super::queue::Limits;
use super::row::Placed;
use super::service::{Query, Service};
use super::store::Store;
use crate::backend::Backend;
use crate::db::column_family::ColumnFamily;
use crate::db::engine::Page;
use crate::options::{Options, WalMode};
use crate::ttl::clock::Time;

/// So small that a handful of timers overflows a key group.
pub(super) const TIGHT: Limits = Limits { total_bytes: 4 << 10, least_group_bytes: 200, most_group_bytes: 400 };

pub(super) fn open_backend(folder: &Path, write_back: bool) -> Backend {
    let mut options = Options::new(folder.display().to_string());
    options.wal = if write_back { WalMode::Disabled } else { WalMode::Enabled };
    options.block_cache_size_bytes = 8 << 20;
    options.enable_statistics = true;
    Backend::open(options, None).expect("opens")
}

pub(super) fn timer_family(backend: &Backend) -> ColumnFamily {
    backend.column_family("timer_state").expect("exists")
}

pub(super) fn registry_family(backend: &Backend) -> ColumnFamily {
    backend.column_family("checkpoint").expect("exists")
}

/// The timers of a backend, as a service takes them.
pub(super) fn timer_store(backend: &Backend) -> Store {
    Store::new(timer_family(backend), registry_family(backend))
}

/// A service over all key groups.
pub(super) fn open_service(backend: &Backend, write_back: bool, limits: Limits) -> Service {
    Service::with_limits("window", timer_store(backend), 0..=32_767, write_back, limits).expect("opens")
}

pub(super) fn event_timer(key_group: u16, timestamp: i64, key: &[u8]) -> Placed<'_> {
    Placed { time: Time::Event, key_group, timestamp, key, namespace: b"" }
}

/// All event timers up to a time.
pub(super) fn event_query(up_to: i64) -> Query<'static> {
    Query { time: Time::Event, remove: true, up_to, key: None, namespace: None }
}

/// The timers of one page.
pub(super) fn page(service: &mut Service, query: &Query<'_>, capacity: usize) -> crate::Result<Vec<(i64, Vec<u8>)>> {
    let mut target = vec![0; capacity];
    match service.due(query, &mut target)? {
        Page::Filled { length, row_count } => {
            let records = Timer::unpack(&target[..length]).expect("well-formed");
            assert_eq!(records.len(), row_count);
            Ok(records.iter().map(|record: &Timer<'_>| (record.timestamp, record.key.to_vec())).collect())
        }
        Page::Short(needed) => panic!("a record of {needed} bytes does not fit"),
    }
}

//! The memory of a backend, each part once.

use crate::backend::Backend;
use crate::db::database::Database;
use crate::state::keyed::CacheFigures;

/// What takes memory, in bytes.
pub(crate) struct Memory {
    /// None without a block cache.
    pub(crate) cache: Option<u64>,
    pub(crate) memtables: u64,
    /// Those that the block cache does not hold already.
    pub(crate) uncharged_memtables: u64,
    pub(crate) table_readers: u64,
    pub(crate) row_caches: u64,
    pub(crate) timers: u64,
}

impl Memory {
    /// Of a database whose row caches take as much as `rows` says.
    pub(crate) fn of(database: &Database, rows: &CacheFigures) -> Self {
        let memtables = database.sum_of_property("rocksdb.size-all-mem-tables");
        Self {
            cache: database.cache_usage_bytes(),
            memtables,
            uncharged_memtables: if database.resources().charges_memtables_to_cache() { 0 } else { memtables },
            table_readers: database.sum_of_property("rocksdb.estimate-table-readers-mem"),
            row_caches: rows.bytes,
            timers: rows.timer_bytes,
        }
    }

    /// All parts together.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.cache.unwrap_or(0) + self.uncharged_memtables + self.table_readers + self.row_caches + self.timers
    }
}

impl Backend {
    pub(crate) fn memory(&self) -> Memory {
        Memory::of(self.database(), &self.cache_figures())
    }
}

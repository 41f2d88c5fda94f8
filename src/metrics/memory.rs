//! The memory of a backend, each part once.

use crate::backend::Backend;

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
    /// All parts together.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.cache.unwrap_or(0) + self.uncharged_memtables + self.table_readers + self.row_caches + self.timers
    }
}

impl Backend {
    pub(crate) fn memory(&self) -> Memory {
        let database = self.database();
        let memtables = database.sum_of_property("rocksdb.size-all-mem-tables");
        let rows = self.cache_figures();
        Memory {
            cache: database.cache_usage_bytes(),
            memtables,
            uncharged_memtables: if database.resources().charges_memtables_to_cache() { 0 } else { memtables },
            table_readers: database.sum_of_property("rocksdb.estimate-table-readers-mem"),
            row_caches: rows.bytes,
            timers: rows.timer_bytes,
        }
    }
}

//! What the engine says of itself, in numbers.

use super::database::Database;
use crate::error::{Error, Result};

/// Use of the block cache, in bytes. A cache shared by several backends is counted whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CacheUsage {
    pub(crate) usage_bytes: u64,
    pub(crate) pinned_bytes: u64,
    pub(crate) capacity_bytes: u64,
}

impl Database {
    /// One of the engine's integer properties, summed over the families.
    #[inline(never)]
    pub(crate) fn sum_of_property(&self, name: &str) -> u64 {
        self.families().iter().filter_map(|family| family.handle().integer_property(name)).sum()
    }

    /// One of the engine's integer properties that is the same whichever family is asked.
    #[inline(never)]
    pub(crate) fn property_of_whole(&self, name: &str) -> u64 {
        self.families().iter().find_map(|family| family.handle().integer_property(name)).unwrap_or(0)
    }

    /// Files of level 0, summed over the families.
    pub(crate) fn level0_file_count(&self) -> u64 {
        let count = |text: String| text.parse::<u64>().ok();
        let families = self.families();
        let texts = families.iter().filter_map(|family| family.property("rocksdb.num-files-at-level0").ok().flatten());
        texts.filter_map(count).sum()
    }

    /// None without a block cache.
    pub(crate) fn cache_usage(&self) -> Option<CacheUsage> {
        self.engine().cache().map(|cache| CacheUsage {
            usage_bytes: cache.usage_bytes(),
            pinned_bytes: cache.pinned_usage_bytes(),
            capacity_bytes: self.resources().options().block_cache_size_bytes,
        })
    }

    /// Size of the write-ahead log files.
    pub(crate) fn wal_bytes(&self) -> Result<u64> {
        self.engine().wal_bytes().map_err(|status| Error::Engine {
            context: format!("cannot list the log files of '{}'", self.folder().display()),
            status,
        })
    }
}

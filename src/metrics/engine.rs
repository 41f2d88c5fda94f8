//! RocksDB's own tickers and histograms, by name, for a backend that was opened with `enable_statistics`.

use crate::backend::Backend;
use crate::db::engine::Histogram;
use crate::db::figures::statistic_names;
use crate::error::Result;

impl Backend {
    /// The count of a ticker since the backend was opened, by RocksDB's name for it, such as `rocksdb.block.cache.miss`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption) when the option `enable_statistics` is off;
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that no ticker has.
    pub fn ticker(&self, name: &str) -> Result<u64> {
        self.database().ticker(name)
    }

    /// A histogram over the time since the backend was opened, by RocksDB's name for it, such as `rocksdb.db.get.micros`.
    ///
    /// # Errors
    /// As [`Backend::ticker`].
    pub fn histogram(&self, name: &str) -> Result<Histogram> {
        self.database().histogram(name)
    }

    /// Names of all tickers.
    pub fn ticker_names(&self) -> Vec<String> {
        statistic_names(false)
    }

    /// Names of all histograms.
    pub fn histogram_names(&self) -> Vec<String> {
        statistic_names(true)
    }
}

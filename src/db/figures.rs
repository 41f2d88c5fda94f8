//! What the engine says of itself, in numbers.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::database::Database;
use super::engine::{self, Events, Histogram};
use crate::error::{Error, Result};

/// The bytes that readers pin in the block cache are counted anew after this: the cache looks at every block to tell, which takes half a
/// millisecond when it has 256 MiB.
const PINNED_AGE: Duration = Duration::from_secs(1);

/// When the pinned bytes were counted, and how many they were.
pub(super) type PinnedCount = Mutex<Option<(Instant, u64)>>;

impl Database {
    /// One of the engine's integer properties, summed over the families, dropped ones that are still held among them.
    #[inline(never)]
    pub(crate) fn sum_of_property(&self, name: &str) -> u64 {
        self.engine().aggregated_property(name).unwrap_or(0)
    }

    /// One of the engine's integer properties that is the same whichever family is asked.
    #[inline(never)]
    pub(crate) fn property_of_whole(&self, name: &str) -> u64 {
        self.families().iter().find_map(|family| family.handle().integer_property(name)).unwrap_or(0)
    }

    /// In use in the block cache, the whole of a shared one; none without a cache.
    pub(crate) fn cache_usage_bytes(&self) -> Option<u64> {
        self.engine().cache().map(|cache| cache.usage_bytes())
    }

    /// Of that, pinned by readers, at most a second ago.
    pub(crate) fn cache_pinned_bytes(&self) -> Option<u64> {
        let cache = self.engine().cache()?;
        let mut count = self.pinned_count().lock().unwrap_or_else(PoisonError::into_inner);
        let known = count.filter(|(taken, _)| taken.elapsed() < PINNED_AGE);
        let (_, bytes) = *count.insert(known.unwrap_or_else(|| (Instant::now(), cache.pinned_usage_bytes())));
        Some(bytes)
    }

    /// Room in the block cache; none without a cache.
    pub(crate) fn cache_capacity_bytes(&self) -> Option<u64> {
        self.engine().cache().map(|_| self.resources().options().block_cache_size_bytes)
    }

    /// Size of the write-ahead log files.
    pub(crate) fn wal_bytes(&self) -> Result<u64> {
        let sealed = self.engine().sealed_memtables();
        self.log_files().bytes(self.folder(), sealed).map_err(|source| Error::File {
            path: self.folder().to_path_buf(),
            doing: "list the log files of",
            source,
        })
    }

    /// What the engine did since it was opened, and whether it holds writes up now.
    pub(crate) fn events(&self) -> Result<Events> {
        self.engine().events().map_err(|status| self.failed("cannot read the events of", status))
    }

    /// For which writes have waited, in microseconds; none when the engine does not tell.
    pub(crate) fn write_wait_micros(&self) -> Result<Option<u64>> {
        self.engine().write_wait_micros().map_err(|status| self.failed("cannot read the waits of", status))
    }

    /// The count of one of the engine's tickers.
    pub(crate) fn ticker(&self, name: &str) -> Result<u64> {
        self.check_keeps_statistics()?;
        let found = self.engine().ticker(name).map_err(|status| self.failed("cannot read a ticker of", status))?;
        found.ok_or_else(|| unknown("ticker", name))
    }

    /// One of the engine's histograms.
    pub(crate) fn histogram(&self, name: &str) -> Result<Histogram> {
        self.check_keeps_statistics()?;
        let found =
            self.engine().histogram(name).map_err(|status| self.failed("cannot read a histogram of", status))?;
        found.ok_or_else(|| unknown("histogram", name))
    }

    fn check_keeps_statistics(&self) -> Result<()> {
        if self.engine().keeps_statistics() {
            return Ok(());
        }
        Err(Error::InvalidOption(
            "option 'enable_statistics' is false, so the engine keeps no tickers and histograms; open the backend with it true".to_owned(),
        ))
    }
}

/// Names of the tickers, or of the histograms, that the engine can keep.
pub(crate) fn statistic_names(histograms: bool) -> Vec<String> {
    engine::statistic_names(histograms)
}

fn unknown(kind: &str, name: &str) -> Error {
    Error::InvalidArgument(format!("the engine has no {kind} '{name}'; fsb_backend_list_statistics lists those it has"))
}

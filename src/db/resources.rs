//! [`Resources`]: block cache, write-buffer manager and rate limiter, for one backend or shared by several.

use std::sync::Arc;

use super::engine::{Cache, EngineStatus, RateLimiter, WriteBufferManager};
use crate::error::{Error, Result};
use crate::options::{Options, ResourceOptions};

/// Memory and I/O bounds of one backend, or of several that share them. Lives as long as the last backend that uses it.
pub struct Resources {
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) write_buffer_manager: Option<Arc<WriteBufferManager>>,
    pub(super) rate_limiter: Option<Arc<RateLimiter>>,
    options: ResourceOptions,
}

impl Resources {
    /// Creates the resources.
    ///
    /// # Errors
    /// [`Error::Engine`] when memory is short.
    pub fn new(options: ResourceOptions) -> Result<Self> {
        let failed =
            |what: &str, status: EngineStatus| Error::Engine { context: format!("cannot create the {what}"), status };
        let cache = nonzero(options.block_cache_size_bytes)
            .map(|bytes| Cache::new(bytes as usize).map(Arc::new))
            .transpose()
            .map_err(|status| failed("block cache", status))?;
        let write_buffer_manager = nonzero(options.write_buffer_manager_size_bytes)
            .map(|bytes| WriteBufferManager::new(bytes as usize, cache.as_deref()).map(Arc::new))
            .transpose()
            .map_err(|status| failed("write-buffer manager", status))?;
        let rate_limiter = nonzero(options.rate_limiter_bytes_per_second)
            .map(|bytes| RateLimiter::new(bytes as i64).map(Arc::new))
            .transpose()
            .map_err(|status| failed("rate limiter", status))?;
        Ok(Self { cache, write_buffer_manager, rate_limiter, options })
    }

    /// Resources of a backend's own.
    pub(super) fn of_one_backend(options: &Options) -> Result<Self> {
        Self::new(ResourceOptions {
            block_cache_size_bytes: options.block_cache_size_bytes,
            write_buffer_manager_size_bytes: options.write_buffer_manager_size_bytes,
            rate_limiter_bytes_per_second: options.rate_limiter_bytes_per_second,
        })
    }

    /// The options they were created with.
    pub fn options(&self) -> &ResourceOptions {
        &self.options
    }

    /// Memtables are charged to the block cache, so its usage holds them already.
    pub(crate) fn charges_memtables_to_cache(&self) -> bool {
        self.cache.is_some() && self.write_buffer_manager.is_some()
    }
}

fn nonzero(value: u64) -> Option<u64> {
    (value != 0).then_some(value)
}

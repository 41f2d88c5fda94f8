//! An ordered walk over the rows of one column family, page by page.

use std::ptr::{self, NonNull};
use std::sync::Arc;

use super::status::{checked, with_status};
use super::{slice, sys, EngineStatus, Family, Snapshot};

/// Which way a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards greater keys.
    Forward,
    /// Towards smaller keys.
    Backward,
}

/// The outcome of filling one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// This many rows in this many bytes; no rows at the end of the walk.
    Filled {
        /// Bytes written.
        length: usize,
        /// Rows written.
        row_count: usize,
    },
    /// The next row alone needs this many bytes; the position is unchanged.
    Short(usize),
}

/// Bounds and cache use of a walk; empty bounds mean none.
pub(crate) struct ScanBounds<'a> {
    /// First key wanted.
    pub(crate) lower: &'a [u8],
    /// First key no longer wanted.
    pub(crate) upper: &'a [u8],
    /// Keep the blocks read in the block cache.
    pub(crate) fill_cache: bool,
}

/// A walk at one point in time. Keeps its family, snapshot and engine.
pub(crate) struct Iterator {
    raw: NonNull<sys::Iterator>,
    _snapshot: Option<Arc<Snapshot>>,
    _family: Arc<Family>,
}

// SAFETY: a rocksdb::Iterator may move between threads; `&mut` keeps it to one at a time.
unsafe impl Send for Iterator {}
// SAFETY: a shared reference offers nothing that touches the iterator.
unsafe impl Sync for Iterator {}

impl Iterator {
    pub(crate) fn new(
        family: Arc<Family>, snapshot: Option<Arc<Snapshot>>, bounds: &ScanBounds<'_>,
    ) -> Result<Self, EngineStatus> {
        let mut raw = ptr::null_mut();
        // SAFETY: engine, family and snapshot are alive and kept by the new value; the bounds are copied by the shim.
        checked(|status| unsafe {
            sys::fsb_engine_iterator_create(
                family.engine_ptr(),
                family.as_ptr(),
                snapshot.as_ref().map_or(ptr::null(), |snapshot| snapshot.as_ptr()),
                slice(bounds.lower),
                slice(bounds.upper),
                u8::from(bounds.fill_cache),
                &mut raw,
                status,
            )
        })?;
        let raw = NonNull::new(raw).expect("the shim fills its output whenever it answers 0");
        Ok(Self { raw, _snapshot: snapshot, _family: family })
    }

    pub(crate) fn seek_to_first(&mut self) -> Result<(), EngineStatus> {
        // SAFETY: the iterator is alive and borrowed mutably.
        checked(|status| unsafe { sys::fsb_engine_iterator_seek_to_first(self.raw.as_ptr(), status) })
    }

    pub(crate) fn seek_to_last(&mut self) -> Result<(), EngineStatus> {
        // SAFETY: as above.
        checked(|status| unsafe { sys::fsb_engine_iterator_seek_to_last(self.raw.as_ptr(), status) })
    }

    pub(crate) fn seek(&mut self, key: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: as above; the key is borrowed for the call.
        checked(|status| unsafe { sys::fsb_engine_iterator_seek(self.raw.as_ptr(), slice(key), status) })
    }

    pub(crate) fn seek_for_prev(&mut self, key: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: as above; the key is borrowed for the call.
        checked(|status| unsafe { sys::fsb_engine_iterator_seek_for_prev(self.raw.as_ptr(), slice(key), status) })
    }

    /// Fills `target` with rows `u32 key length | u32 value length | key | value` from the current one on.
    pub(crate) fn page(&mut self, direction: Direction, target: &mut [u8]) -> Result<Page, EngineStatus> {
        let forward = u8::from(direction == Direction::Forward);
        let (mut length, mut row_count) = (0, 0);
        let (answer, status) = with_status(|status| {
            // SAFETY: the iterator is borrowed mutably, the target for the call.
            unsafe {
                sys::fsb_engine_iterator_page(
                    self.raw.as_ptr(),
                    forward,
                    target.as_mut_ptr(),
                    target.len(),
                    &mut length,
                    &mut row_count,
                    status,
                )
            }
        });
        match answer {
            sys::FOUND => Ok(Page::Filled { length, row_count }),
            sys::TOO_SHORT => Ok(Page::Short(length)),
            _ => Err(status.read()),
        }
    }
}

impl Drop for Iterator {
    fn drop(&mut self) {
        // SAFETY: this value owns the iterator; family, snapshot and engine are still alive.
        unsafe { sys::fsb_engine_iterator_destroy(self.raw.as_ptr()) }
    }
}

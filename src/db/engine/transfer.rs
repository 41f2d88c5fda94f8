//! Whole families between engines, and parts of them cut off: what rescaling needs.

use std::ptr;
use std::sync::Arc;

use super::filter::{self, FilterSlot};
use super::status::{checked, EngineStatus};
use super::{slice, sys, Engine, Family, FamilyRequest};

impl Family {
    /// Removes the table files that hold no row from `begin`, included, to `end`, excluded, but for those of level 0.
    pub(crate) fn delete_files_outside(&self, begin: &[u8], end: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: engine and family are alive, the bounds are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_delete_files_outside(self.engine_ptr(), self.as_ptr(), slice(begin), slice(end), status)
        })
    }

    /// Leaves, also physically, nothing but the rows from `begin`, included, to `end`, excluded. Rewrites the files.
    pub(crate) fn clip(&self, begin: &[u8], end: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: engine and family are alive, the bounds are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_clip(self.engine_ptr(), self.as_ptr(), slice(begin), slice(end), status)
        })
    }
}

impl Engine {
    /// Makes a family of the table files of families in other engines, of which nothing is in memory only. Their files are linked, or
    /// copied where links are not possible, and removed there. Refused when files of two of them overlap.
    pub(crate) fn import_family(
        self: &Arc<Self>, request: &FamilyRequest, sources: &[&Family],
    ) -> Result<Family, EngineStatus> {
        let cache = self.cache.as_ref().map_or(ptr::null_mut(), |cache| cache.as_ptr());
        let engines: Vec<_> = sources.iter().map(|family| family.engine_ptr()).collect();
        let families: Vec<_> = sources.iter().map(|family| family.as_ptr()).collect();
        let filter = Arc::default();
        let mut raw = ptr::null_mut();
        // SAFETY: the engines and families are alive and borrowed for the call, every slice outlives it, and the shim retains the filter's slot itself.
        checked(|status| unsafe {
            sys::fsb_engine_import_family(
                self.raw.as_ptr(),
                slice(request.name.as_bytes()),
                slice(request.options.as_bytes()),
                slice(request.table_options.as_bytes()),
                cache,
                &filter::HOOKS,
                FilterSlot::as_ptr(&filter),
                engines.as_ptr(),
                families.as_ptr(),
                sources.len(),
                &mut raw,
                status,
            )
        })?;
        Ok(Family::adopt(self, raw, filter))
    }
}

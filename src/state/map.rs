//! Values by map key, each a row of its own.

use super::descriptor::Kind;
use super::keyed::{check_part, Core, State};
use super::packed;
use super::value::{check_value, Found};
use crate::db::engine::{Direction, Page, Read};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ttl::stamp::{Head, Row};

const KINDS: &[Kind] = &[Kind::Map, Kind::Broadcast];
/// Room for the first few entries of a map.
const PEEK_BYTES: usize = 256;

/// The value of a map entry that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapRead {
    /// The value is in the target, or how it did not get there.
    Value(Read),
    /// The entry has a null value.
    Null,
}

impl State {
    /// Copies the value of a map entry into `target`.
    ///
    /// # Errors
    /// [`Error::NoCurrentKey`]; [`Error::StateMismatch`] when the state is no map; [`Error::LimitExceeded`] for a map key over
    /// 12 KiB; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    #[inline]
    pub fn map_get(&self, map_key: &[u8], target: &mut [u8]) -> Result<MapRead> {
        let Found { read, null } =
            self.with_entry(map_key, |state, core, row_key| state.read(&mut core.rows, row_key, target))?;
        Ok(if null && read != Read::Absent { MapRead::Null } else { MapRead::Value(read) })
    }

    /// Whether there is a map entry.
    ///
    /// # Errors
    /// As [`State::map_get`].
    pub fn map_contains(&self, map_key: &[u8]) -> Result<bool> {
        Ok(self.map_get(map_key, &mut [])? != MapRead::Value(Read::Absent))
    }

    /// Writes a map entry; none is a null value.
    ///
    /// # Errors
    /// As [`State::map_get`], and for a value over its limit.
    #[inline]
    pub fn map_put(&self, map_key: &[u8], value: Option<&[u8]>) -> Result<()> {
        check_value(value.unwrap_or_default())?;
        let head = Head::new(self.written_now(), value.is_none());
        self.with_entry(map_key, |_, core, row_key| {
            core.rows.store(row_key, &head, value.unwrap_or_default())?;
            core.changed();
            Ok(())
        })
    }

    /// Writes packed entries, `u32 key length | u32 value length, 0xFFFFFFFF for null | key | value`, all of them or none.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for malformed bytes; else as [`State::map_put`].
    pub fn map_put_all(&self, entries: &[u8]) -> Result<()> {
        self.check_kind(KINDS)?;
        let entries = packed::entries(entries)?;
        for (map_key, value) in &entries {
            check_part("the map key", map_key)?;
            check_value(value.unwrap_or_default())?;
        }
        let mut core = self.enter()?;
        let written = self.written_now();
        let (rows, prefix) = core.at(self.id())?;
        rows.store_all(prefix, written, &entries)?;
        core.changed();
        Ok(())
    }

    /// Removes a map entry; no error when there is none.
    ///
    /// # Errors
    /// As [`State::map_get`].
    pub fn map_remove(&self, map_key: &[u8]) -> Result<()> {
        self.with_entry(map_key, |_, core, row_key| {
            core.rows.remove(row_key)?;
            core.changed();
            Ok(())
        })
    }

    /// Runs `body` with the row key of an entry.
    #[inline]
    fn with_entry<T>(&self, map_key: &[u8], body: impl FnOnce(&Self, &mut Core, &[u8]) -> Result<T>) -> Result<T> {
        self.check_kind(KINDS)?;
        check_part("the map key", map_key)?;
        let mut core = self.enter()?;
        let row_key = core.entry_row_key(self.id(), map_key)?;
        let result = body(self, &mut core, &row_key);
        core.give_back(row_key);
        result
    }

    /// Whether no live entry is there. Reads up to the first one.
    pub(super) fn has_no_entry(&self) -> Result<bool> {
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        let mut scan = rows.scan(row_key)?;
        let mut page = vec![0; PEEK_BYTES];
        loop {
            match scan.page(Direction::Forward, &mut page)? {
                Page::Filled { row_count: 0, .. } => return Ok(true),
                Page::Filled { length, .. } if self.any_live(&page[..length])? => return Ok(false),
                Page::Filled { .. } => {}
                Page::Short(needed) => page.resize(needed, 0),
            }
        }
    }

    fn any_live(&self, page: &[u8]) -> Result<bool> {
        for (_, value) in packed::entries(page)? {
            let row = Row::of(value.unwrap_or_default()).ok_or_else(|| self.damaged())?;
            if !self.has_expired(row.written) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

//! One value for each key and namespace; also the accumulators of reducing and aggregating state.

use super::descriptor::{Kind, TtlUpdate, TtlVisibility};
use super::keyed::State;
use super::rows::Rows;
use crate::db::engine::Read;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ttl::stamp::{Head, Row};

const KINDS: &[Kind] = &[Kind::Value, Kind::Reducing, Kind::Aggregating];

/// What a read found, and whether it was the null value of a map entry.
pub(super) struct Found {
    pub(super) read: Read,
    pub(super) null: bool,
}

const ABSENT: Found = Found { read: Read::Absent, null: false };

impl State {
    /// Copies the value of the current key and namespace into `target`; of a list, its packed elements `u32 length | bytes`.
    ///
    /// # Errors
    /// [`Error::NoCurrentKey`]; [`Error::StateMismatch`] for a map; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    #[inline]
    pub fn get_into(&self, target: &mut [u8]) -> Result<Read> {
        if matches!(self.descriptor().kind, Kind::List | Kind::Union) {
            return self.elements_into(target);
        }
        self.check_kind(KINDS)?;
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        Ok(self.read(rows, row_key, target)?.read)
    }

    /// The value of the current key and namespace as an own copy.
    ///
    /// # Errors
    /// As [`State::get_into`].
    pub fn get(&self) -> Result<Option<Vec<u8>>> {
        let mut value = vec![0; 64];
        loop {
            match self.get_into(&mut value)? {
                Read::Copied(length) => {
                    value.truncate(length);
                    return Ok(Some(value));
                }
                Read::Absent => return Ok(None),
                Read::Short(needed) => value.resize(needed, 0),
            }
        }
    }

    /// Writes the value of the current key and namespace.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]; [`Error::InvalidArgument`] for an accumulator of another length than the native aggregate has; else as
    /// [`State::get_into`].
    #[inline]
    pub fn put(&self, value: &[u8]) -> Result<()> {
        self.check_kind(KINDS)?;
        check_value(value)?;
        self.check_accumulator(value)?;
        let head = Head::new(self.written_now(), false);
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        rows.store(row_key, &head, value)
    }

    /// Removes all that the state has for the current key and namespace.
    ///
    /// # Errors
    /// As [`State::get_into`].
    pub fn clear(&self) -> Result<()> {
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        match self.descriptor().kind {
            Kind::Map | Kind::Broadcast => rows.remove_prefix(row_key)?,
            Kind::List | Kind::Union => rows.remove_appended(row_key)?,
            _ => rows.remove(row_key)?,
        }
        core.changed();
        Ok(())
    }

    /// Whether the state has nothing for the current key and namespace.
    ///
    /// # Errors
    /// As [`State::get_into`].
    pub fn is_empty(&self) -> Result<bool> {
        match self.descriptor().kind {
            Kind::Map | Kind::Broadcast => self.has_no_entry(),
            Kind::List | Kind::Union => Ok(self.elements_into(&mut [])? == Read::Absent),
            _ => {
                let mut core = self.enter()?;
                let (rows, row_key) = core.at(self.id())?;
                Ok(self.read(rows, row_key, &mut [])?.read == Read::Absent)
            }
        }
    }

    /// Reads one row by the rules of its ttl. One that does not fit stays untouched, so that it can be read again.
    #[inline]
    pub(super) fn read(&self, rows: &mut Rows, row_key: &[u8], target: &mut [u8]) -> Result<Found> {
        if !rows.load(row_key)? {
            return Ok(ABSENT);
        }
        let row = Row::of(rows.row()).ok_or_else(|| self.damaged())?;
        let found = Found { read: copied(row.payload, target), null: row.null };
        match self.descriptor().ttl {
            None => Ok(found),
            Some(_) => {
                let written = row.written;
                self.aged(rows, row_key, written, found)
            }
        }
    }

    /// What a read of the loaded row, written at `written`, finds under a ttl, which may remove the row or refresh its time.
    fn aged(&self, rows: &mut Rows, row_key: &[u8], written: Option<i64>, found: Found) -> Result<Found> {
        let Some(ttl) = &self.descriptor().ttl else { return Ok(found) };
        if self.has_expired(written) {
            if ttl.visibility == TtlVisibility::NeverReturnExpired {
                rows.remove(row_key)?;
                return Ok(ABSENT);
            }
            if !matches!(found.read, Read::Short(_)) {
                rows.remove(row_key)?;
            }
        } else if ttl.update == TtlUpdate::OnReadAndWrite && written != self.written_now() {
            rows.restamp(row_key, self.written_now())?;
        }
        Ok(found)
    }

    /// Whether a row with that write time, or none, has expired.
    #[inline]
    pub(super) fn has_expired(&self, written: Option<i64>) -> bool {
        self.definition().lifetime().is_some_and(|life| life.expired(written, self.shared().clock.now(life.time)))
    }
}

/// Refuses a value over the limit.
pub(super) fn check_value(value: &[u8]) -> Result<()> {
    crate::db::column_family::check_value(value)
}

#[inline]
pub(super) fn copied(bytes: &[u8], target: &mut [u8]) -> Read {
    match target.get_mut(..bytes.len()) {
        Some(place) => {
            place.copy_from_slice(bytes);
            Read::Copied(bytes.len())
        }
        None => Read::Short(bytes.len()),
    }
}

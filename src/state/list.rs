//! Elements in the order of their addition: one row of chunks, to which additions are appended unread.

use super::descriptor::{Kind, TtlUpdate, TtlVisibility};
use super::keyed::State;
use super::packed;
use super::rows::Rows;
use super::value::check_value;
use crate::db::engine::Read;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ttl::stamp::{append_chunk, Chunk, Chunks};

const KINDS: &[Kind] = &[Kind::List, Kind::Union];
const LENGTH_BYTES: usize = 4;

impl State {
    /// Appends packed elements, `u32 length | bytes`, in order.
    ///
    /// # Errors
    /// [`Error::NoCurrentKey`]; [`Error::StateMismatch`] when the state is no list; [`Error::InvalidArgument`] for malformed bytes;
    /// [`Error::LimitExceeded`]; [`Error::StillInUse`]; [`Error::Engine`].
    pub fn add_elements(&self, elements: &[u8]) -> Result<()> {
        let chunks = self.chunks_of(elements)?;
        if chunks.is_empty() {
            return Ok(());
        }
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        rows.append(row_key, &chunks)?;
        core.changed();
        Ok(())
    }

    /// Replaces the list by packed elements; none clear it.
    ///
    /// # Errors
    /// As [`State::add_elements`].
    pub fn update_elements(&self, elements: &[u8]) -> Result<()> {
        let chunks = self.chunks_of(elements)?;
        if chunks.is_empty() {
            return self.clear();
        }
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        rows.replace(row_key, &chunks)?;
        core.changed();
        Ok(())
    }

    fn chunks_of(&self, elements: &[u8]) -> Result<Vec<u8>> {
        self.check_kind(KINDS)?;
        check_value(elements)?;
        let written = self.written_now();
        let mut chunks = Vec::with_capacity(elements.len() + elements.len() / 4);
        packed::items(elements, "element")?.iter().for_each(|element| append_chunk(&mut chunks, written, element));
        Ok(chunks)
    }

    /// Copies the elements into `target`, packed. Absent when none is visible.
    pub(super) fn elements_into(&self, target: &mut [u8]) -> Result<Read> {
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        if !self.load_list(rows, row_key)? {
            return Ok(Read::Absent);
        }
        let needed = self.visible_bytes(rows.row())?;
        if needed == 0 {
            return Ok(Read::Absent);
        }
        let Some(mut place) = target.get_mut(..needed) else { return Ok(Read::Short(needed)) };
        for element in Chunks(rows.row()).flatten().filter(|chunk| self.is_visible(chunk)).map(|chunk| chunk.element) {
            let (record, rest) = place.split_at_mut(LENGTH_BYTES + element.len());
            record[..LENGTH_BYTES].copy_from_slice(&(element.len() as u32).to_le_bytes());
            record[LENGTH_BYTES..].copy_from_slice(element);
            place = rest;
        }
        Ok(Read::Copied(needed))
    }

    /// Loads a list row, refreshed or removed as its ttl asks.
    pub(super) fn load_list(&self, rows: &mut Rows, row_key: &[u8]) -> Result<bool> {
        if !rows.load_appended(row_key)? {
            return Ok(false);
        }
        let Some(ttl) = &self.descriptor().ttl else { return Ok(true) };
        if ttl.update == TtlUpdate::OnReadAndWrite {
            let live = self.refreshed(rows.row())?;
            if live.is_empty() {
                rows.remove_appended(row_key)?;
                return Ok(false);
            }
            rows.replace(row_key, &live)?;
        }
        Ok(true)
    }

    fn refreshed(&self, row: &[u8]) -> Result<Vec<u8>> {
        let mut live = Vec::with_capacity(row.len());
        for chunk in Chunks(row) {
            let chunk = chunk.map_err(|_| self.damaged())?;
            if !self.has_expired(chunk.written) {
                append_chunk(&mut live, self.written_now(), chunk.element);
            }
        }
        Ok(live)
    }

    /// Size of the visible elements of a row, packed.
    fn visible_bytes(&self, row: &[u8]) -> Result<usize> {
        let mut bytes = 0;
        for chunk in Chunks(row) {
            let chunk = chunk.map_err(|_| self.damaged())?;
            if self.is_visible(&chunk) {
                bytes += LENGTH_BYTES + chunk.element.len();
            }
        }
        Ok(bytes)
    }

    /// Whether an element may be returned.
    #[inline]
    pub(super) fn is_visible(&self, chunk: &Chunk<'_>) -> bool {
        match &self.descriptor().ttl {
            None => true,
            Some(ttl) => {
                ttl.visibility == TtlVisibility::ReturnExpiredIfNotCleanedUp || !self.has_expired(chunk.written)
            }
        }
    }
}

//! [`Scan`]: an ordered walk over the rows of a family, page by page.

use std::ops::ControlFlow;

use super::column_family::{check_key, ColumnFamily};
use super::engine::{self, Direction, EngineStatus, Page, ScanBounds};
use super::snapshot::Snapshot;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// What a scan walks over. The default is everything, as of now, through the block cache.
#[derive(Clone, Copy)]
pub struct ScanOptions<'a> {
    /// First key wanted; empty for no bound.
    pub lower: &'a [u8],
    /// First key no longer wanted; empty for no bound.
    pub upper: &'a [u8],
    /// Only keys that start with this; combines with the bounds.
    pub prefix: &'a [u8],
    /// Read as of this snapshot instead of now.
    pub snapshot: Option<&'a Snapshot>,
    /// Keep the blocks read in the block cache. Switch off for a walk over everything.
    pub fill_cache: bool,
}

impl Default for ScanOptions<'_> {
    fn default() -> Self {
        Self { lower: &[], upper: &[], prefix: &[], snapshot: None, fill_cache: true }
    }
}

/// A walk over the rows of one family at one point in time. One thread at a time.
pub struct Scan {
    rows: engine::Iterator,
    family: ColumnFamily,
}

impl ColumnFamily {
    /// Starts a walk at its first row.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a bound over the key limit; [`Error::InvalidArgument`] for a snapshot of another backend;
    /// [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub fn scan(&self, options: &ScanOptions<'_>) -> Result<Scan> {
        self.check_live()?;
        self.own(options.snapshot)?;
        [options.lower, options.upper, options.prefix].into_iter().try_for_each(check_key)?;
        let after_prefix = successor(options.prefix);
        let lower = options.lower.max(options.prefix);
        let upper = least_bound(options.upper, &after_prefix);
        let bounds = ScanBounds { lower, upper, fill_cache: options.fill_cache };
        let snapshot = options.snapshot.map(Snapshot::shared_handle);
        let rows = engine::Iterator::new(self.shared_handle(), snapshot, &bounds)
            .map_err(|status| self.failed("cannot scan", status))?;
        let mut scan = Scan { rows, family: self.clone() };
        scan.seek_to_first()?;
        Ok(scan)
    }
}

/// Bytes of a page of [`ColumnFamily::each_row`].
const PAGE_BYTES: usize = 256 << 10;

impl ColumnFamily {
    /// Hands over the rows of a walk, in order, past the block cache.
    pub(crate) fn each_row(
        &self, options: &ScanOptions<'_>, mut body: impl FnMut(&[u8], &[u8]) -> Result<()>,
    ) -> Result<()> {
        self.walk(options, |key, value| body(key, value).map(ControlFlow::Continue)).map(drop)
    }

    /// As [`ColumnFamily::each_row`], until one is enough.
    pub(crate) fn walk(
        &self, options: &ScanOptions<'_>, mut body: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let mut scan = self.scan(&ScanOptions { fill_cache: false, ..*options })?;
        let mut page = vec![0; PAGE_BYTES];
        loop {
            match scan.page(Direction::Forward, &mut page)? {
                Page::Short(needed) => page.resize(needed, 0),
                Page::Filled { row_count: 0, .. } => return Ok(ControlFlow::Continue(())),
                Page::Filled { length, .. } => {
                    let mut rest = &page[..length];
                    while let Some((key, value, behind)) = first_row(rest) {
                        if body(key, value)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                        rest = behind;
                    }
                }
            }
        }
    }

    /// Removes all rows.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub(crate) fn empty(&self) -> Result<()> {
        let Some(last) = self.last_key()? else { return Ok(()) };
        self.delete_range(&[], &last)?;
        self.delete(&last)
    }

    /// The last row key; none when there is no row.
    pub(crate) fn last_key(&self) -> Result<Option<Vec<u8>>> {
        let mut scan = self.scan(&ScanOptions { fill_cache: false, ..ScanOptions::default() })?;
        let mut page = vec![0; PAGE_BYTES];
        scan.seek_to_last()?;
        loop {
            match scan.page(Direction::Backward, &mut page)? {
                Page::Short(needed) => page.resize(needed, 0),
                Page::Filled { length, .. } => return Ok(first_row(&page[..length]).map(|(key, _, _)| key.to_vec())),
            }
        }
    }
}

/// The first row of a page, key and value, and what is behind it.
pub(crate) fn first_row(page: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key_length, rest) = page.split_first_chunk::<4>()?;
    let (value_length, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key_length) as usize)?;
    let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_length) as usize)?;
    Some((key, value, rest))
}

impl Scan {
    /// Goes to the first row.
    ///
    /// # Errors
    /// [`Error::Engine`], as for the other moves.
    pub fn seek_to_first(&mut self) -> Result<()> {
        let moved = self.rows.seek_to_first();
        self.checked(moved)
    }

    /// Goes to the last row.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn seek_to_last(&mut self) -> Result<()> {
        let moved = self.rows.seek_to_last();
        self.checked(moved)
    }

    /// Goes to the first row with `key` or a greater one.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]; [`Error::Engine`].
    pub fn seek(&mut self, key: &[u8]) -> Result<()> {
        check_key(key)?;
        let moved = self.rows.seek(key);
        self.checked(moved)
    }

    /// Goes to the last row with `key` or a smaller one.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]; [`Error::Engine`].
    pub fn seek_for_prev(&mut self, key: &[u8]) -> Result<()> {
        check_key(key)?;
        let moved = self.rows.seek_for_prev(key);
        self.checked(moved)
    }

    /// Fills `target` with rows `u32 key length | u32 value length | key | value`, little-endian and unaligned, from the current
    /// one on, and moves past them. At the end it fills nothing.
    ///
    /// # Errors
    /// [`Error::Engine`], also when a block read on the way was damaged: no page is handed out then.
    pub fn page(&mut self, direction: Direction, target: &mut [u8]) -> Result<Page> {
        self.rows.page(direction, target).map_err(|status| self.family.failed("cannot scan", status))
    }

    fn checked(&self, moved: std::result::Result<(), EngineStatus>) -> Result<()> {
        moved.map_err(|status| self.family.failed("cannot scan", status))
    }
}

/// The least key greater than every key with this prefix; empty when there is none.
pub(crate) fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut bytes = prefix.to_vec();
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            break;
        }
    }
    bytes
}

/// The smaller of two upper bounds, of which an empty one means none.
fn least_bound<'a>(left: &'a [u8], right: &'a [u8]) -> &'a [u8] {
    match (left.is_empty(), right.is_empty()) {
        (true, _) => right,
        (_, true) => left,
        _ => left.min(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_successor_of_a_prefix_parts_its_keys_from_all_greater_ones(prefix: Vec<u8>, key: Vec<u8>) {
            let bound = successor(&prefix);
            let below = bound.is_empty() || key < bound;
            prop_assert_eq!(key.starts_with(&prefix), key >= prefix && below);
        }
    }

    #[test]
    fn a_prefix_of_highest_bytes_has_no_successor() {
        assert!(successor(&[0xff, 0xff]).is_empty());
        assert_eq!(successor(&[1, 0xff]), [2]);
    }
}

//! [`Cursor`]: the rows of a family one by one, with a way to leap.

use crate::db::column_family::ColumnFamily;
use crate::db::engine::{Direction, Page};
use crate::db::scan::{first_row, Scan, ScanOptions};
use crate::error::Result;

/// Memory of a cursor when there are few of them.
pub(super) const PAGE_BYTES: usize = 256 << 10;

/// A walk over rows, in order, past the block cache.
pub(super) struct Cursor {
    scan: Scan,
    page: Vec<u8>,
    at: usize,
    length: usize,
}

impl Cursor {
    pub(super) fn new(family: &ColumnFamily, options: &ScanOptions<'_>, page_bytes: usize) -> Result<Self> {
        let scan = family.scan(&ScanOptions { fill_cache: false, ..*options })?;
        Ok(Self { scan, page: vec![0; page_bytes], at: 0, length: 0 })
    }

    /// Makes sure that the current row is at hand, if there is one.
    pub(super) fn fill(&mut self) -> Result<()> {
        while self.at == self.length {
            match self.scan.page(Direction::Forward, &mut self.page)? {
                Page::Short(needed) => self.page.resize(needed, 0),
                Page::Filled { row_count: 0, .. } => break,
                Page::Filled { length, .. } => (self.at, self.length) = (0, length),
            }
        }
        Ok(())
    }

    /// The current row, once [`Cursor::fill`] was called; none at the end.
    pub(super) fn row(&self) -> Option<(&[u8], &[u8])> {
        first_row(&self.page[self.at..self.length]).map(|(key, value, _)| (key, value))
    }

    /// Leaves the current row behind.
    pub(super) fn step(&mut self) {
        if let Some((_, _, rest)) = first_row(&self.page[self.at..self.length]) {
            self.at = self.length - rest.len();
        }
    }

    /// Goes to the first row with `key` or a greater one.
    pub(super) fn seek(&mut self, key: &[u8]) -> Result<()> {
        (self.at, self.length) = (0, 0);
        self.scan.seek(key)
    }
}

/// Ids of states and queues that are wanted among the rows of key groups.
pub(super) struct WantedIds(Vec<u32>);

impl WantedIds {
    pub(super) fn new(mut ids: Vec<u32>) -> Self {
        ids.sort_unstable();
        Self(ids)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: u32) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// Where the next rows that are wanted begin, after those of an id that is not.
    pub(super) fn next_head(&self, key_group: u16, id: u32) -> [u8; 6] {
        let next = self.0.get(self.0.partition_point(|wanted| *wanted < id));
        let (group, id) = match next {
            Some(next) => (key_group, *next),
            None => (key_group + 1, self.0.first().copied().unwrap_or_default()),
        };
        let (group, id) = (group.to_be_bytes(), id.to_be_bytes());
        [group[0], group[1], id[0], id[1], id[2], id[3]]
    }
}

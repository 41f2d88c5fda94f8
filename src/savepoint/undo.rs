//! [`Marker`]: which rows an import under way may have written. It is stored before the first of them and goes with the write that makes them
//! count, so that whoever finds it removes them.

use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, WantedIds, PAGE_BYTES};
use crate::db::batch::Operation;
use crate::db::column_family::ColumnFamily;
use crate::db::database::OpenFamilies;
use crate::db::scan::ScanOptions;
use crate::error::{Error, Result};
use crate::key::key_group;
use crate::key::row::{self, Framed};
use crate::state::directory::REGISTRY_FAMILY;
use crate::state::registry::{digested, undigested};
use crate::timer::row::Entry;

/// Row of the registry's family.
pub(super) const MARKER: &[u8] = b"import/savepoint";
/// Rows removed at once.
const REMOVED_AT_ONCE: usize = 1024;

/// What an import writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Marker {
    /// Families of keyed state and timers.
    pub(super) families: Vec<String>,
    /// Ids of states.
    pub(super) states: Vec<u32>,
    /// Ids of queues of timers.
    pub(super) queues: Vec<u32>,
    /// First and last key group.
    pub(super) key_groups: Option<(u16, u16)>,
    /// Max parallelism and key groups of the savepoint, when keys are placed anew: they tell its rows from those of others.
    pub(super) rehashed_from: Option<(u32, u32, u32)>,
    /// Families without state, which had no rows.
    pub(super) plain: Vec<String>,
}

/// Removes what an import that was interrupted has left. False when there is nothing.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::Engine`].
pub(crate) fn clean(families: &OpenFamilies) -> Result<bool> {
    let registry = match families.named(REGISTRY_FAMILY) {
        Err(Error::ColumnFamilyNotFound(_)) => return Ok(false),
        family => family?,
    };
    let Some(row) = registry.get(None, MARKER)? else { return Ok(false) };
    let marker = undigested(&row).and_then(|json| serde_json::from_slice::<Marker>(json).ok()).ok_or_else(|| {
        Error::Damaged(
            "what was noted of an interrupted import of a savepoint is damaged; restore the state from a checkpoint"
                .to_owned(),
        )
    })?;
    marker.undo(families)?;
    registry.delete(MARKER)?;
    Ok(true)
}

impl Marker {
    /// As it is stored.
    pub(super) fn to_row(&self) -> Vec<u8> {
        digested(self)
    }

    fn undo(&self, families: &OpenFamilies) -> Result<()> {
        for name in &self.families {
            let Some(family) = existing(families, name)? else { continue };
            let mut rows: Vec<Vec<u8>> = Vec::new();
            let mut own = OwnRows::new(self, &family)?;
            while let Some(row_key) = own.next_row()? {
                rows.push(row_key.to_vec());
                if rows.len() >= REMOVED_AT_ONCE {
                    remove(&family, &mut rows)?;
                }
            }
            remove(&family, &mut rows)?;
        }
        for name in &self.plain {
            if let Some(family) = existing(families, name)? {
                family.empty()?;
            }
        }
        Ok(())
    }

    /// Id of a state or queue of which there are such rows already; none when there are not.
    pub(super) fn first_taken(&self, families: &OpenFamilies) -> Result<Option<u32>> {
        for name in &self.families {
            let Some(family) = existing(families, name)? else { continue };
            if let Some(row_key) = OwnRows::new(self, &family)?.next_row()? {
                return Ok(row::head(row_key).map(|(_, id)| id));
            }
        }
        Ok(None)
    }

    /// Whether a row of a state or queue that is imported is of this savepoint, and not of another one.
    fn owns(&self, id: u32, row_key: &[u8]) -> bool {
        let Some((max_parallelism, first, last)) = self.rehashed_from else { return true };
        let group = |key: &[u8]| key_group::of_key(key, max_parallelism).ok();
        let group = if self.queues.contains(&id) {
            Entry::of_row_key(row_key).and_then(|entry| group(entry.key()))
        } else {
            Framed::of(row_key).and_then(|framed| group(&framed.key()))
        };
        group.is_some_and(|group| (first..=last).contains(&group.into()))
    }
}

/// The rows of a family that an import may have written.
struct OwnRows<'a> {
    marker: &'a Marker,
    wanted: WantedIds,
    /// None without key groups.
    cursor: Option<Cursor>,
    has_begun: bool,
}

impl<'a> OwnRows<'a> {
    fn new(marker: &'a Marker, family: &ColumnFamily) -> Result<Self> {
        let wanted = WantedIds::new([&marker.states[..], &marker.queues].concat());
        let bounds = marker.key_groups.filter(|_| !wanted.is_empty());
        let bounds = bounds.map(|(first, last)| (first.to_be_bytes(), last.saturating_add(1).to_be_bytes()));
        let open = |(lower, upper): ([u8; 2], [u8; 2])| {
            let rows = ScanOptions { lower: &lower, upper: &upper, ..ScanOptions::default() };
            Cursor::new(family, &rows, PAGE_BYTES)
        };
        Ok(Self { marker, wanted, cursor: bounds.map(open).transpose()?, has_begun: false })
    }

    fn next_row(&mut self) -> Result<Option<&[u8]>> {
        let Some(cursor) = &mut self.cursor else { return Ok(None) };
        if self.has_begun {
            cursor.step();
        }
        self.has_begun = true;
        loop {
            cursor.fill()?;
            let Some((row_key, _)) = cursor.row() else { return Ok(None) };
            match row::head(row_key) {
                Some((key_group, id)) if !self.wanted.has(id) => {
                    let next = self.wanted.next_head(key_group, id);
                    cursor.seek(&next)?;
                }
                Some((_, id)) if self.marker.owns(id, row_key) => break,
                _ => cursor.step(),
            }
        }
        Ok(cursor.row().map(|(row_key, _)| row_key))
    }
}

fn existing(families: &OpenFamilies, name: &str) -> Result<Option<ColumnFamily>> {
    match families.named(name) {
        Err(Error::ColumnFamilyNotFound(_)) => Ok(None),
        family => family.map(Some),
    }
}

fn remove(family: &ColumnFamily, rows: &mut Vec<Vec<u8>>) -> Result<()> {
    let bytes = rows.iter().map(Vec::len).sum();
    family.write(bytes, rows.iter().map(|row_key| (Operation::Delete, &row_key[..], &[][..])))?;
    rows.clear();
    Ok(())
}

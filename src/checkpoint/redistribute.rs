//! Rows that belong to no key group, on their way to other subtasks.

use std::collections::BTreeMap;

use super::rescale::Subtask;
use crate::db::column_family::ColumnFamily;
use crate::db::database::Database;
use crate::db::engine::{Direction, Page};
use crate::db::scan::ScanOptions;
use crate::error::{Error, Result};
use crate::key::row;
use crate::state::descriptor::Kind;
use crate::state::directory::OPERATOR_FAMILY;
use crate::state::registry::{Realm, Registry};
use crate::timer::registration;
use crate::ttl::stamp::Chunks;

const PAGE_BYTES: usize = 256 << 10;

/// Gives a subtask its share of what the operator states of all former subtasks hold, which are in their order.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::Engine`].
pub(super) fn operator_state(
    registry: &Registry, from: &[&Database], target: &ColumnFamily, subtask: Subtask,
) -> Result<()> {
    let mut shares = Vec::new();
    for definition in registry.of(Realm::Operator) {
        let mut prefix = Vec::new();
        row::append_head(&mut prefix, 0, definition.state_id);
        let mut parts = Vec::new();
        for database in from {
            match database.column_family(OPERATOR_FAMILY) {
                Err(Error::ColumnFamilyNotFound(_)) => {}
                family => parts.push(rows(&family?, &prefix)?),
            }
        }
        let name = &definition.descriptor.name;
        shares.push(match definition.descriptor.kind {
            Kind::List => joined(name, parts, |at| at % u64::from(subtask.parallelism) == u64::from(subtask.index))?,
            Kind::Union => joined(name, parts, |_| true)?,
            _ => parts.into_iter().find(|rows| !rows.is_empty()).unwrap_or_default(),
        });
    }
    empty(target)?;
    shares.iter().flatten().try_for_each(|(key, value)| target.put(key, value))
}

/// The elements of all lists that `is_taken` by their number over all, as one list.
fn joined(name: &str, parts: Vec<Rows>, is_taken: impl Fn(u64) -> bool) -> Result<Rows> {
    let mut lists: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut number = 0;
    for (key, list) in parts.into_iter().flatten() {
        for chunk in Chunks(&list) {
            let damaged =
                |_| Error::Damaged(format!("a row of operator state '{name}' is damaged; use another checkpoint"));
            let chunk = chunk.map_err(damaged)?;
            if is_taken(number) {
                lists.entry(key.clone()).or_default().extend_from_slice(chunk.whole);
            }
            number += 1;
        }
    }
    Ok(lists.into_iter().collect())
}

/// Takes over the registrations of timers.
///
/// # Errors
/// [`Error::StateMismatch`] when two names have one id; [`Error::Engine`].
pub(super) fn merge_registrations(from: &ColumnFamily, to: &ColumnFamily) -> Result<()> {
    for (key, value) in rows(from, registration::PREFIX)? {
        match to.get(None, &key)? {
            None => to.put(&key, &value)?,
            Some(known) if known == value => {}
            Some(_) => {
                return Err(Error::StateMismatch(
                    "two subtasks have timers of other names with one id; rename them".to_owned(),
                ))
            }
        }
    }
    Ok(())
}

/// Adds the rows of a family to another one.
///
/// # Errors
/// [`Error::InvalidArgument`] when a key has another value there; [`Error::Engine`].
pub(super) fn merge_rows(from: &ColumnFamily, to: &ColumnFamily) -> Result<()> {
    each_page(from, &[], |key, value| match to.get(None, key)? {
        None => to.put(key, value),
        Some(known) if known == value => Ok(()),
        Some(_) => Err(Error::InvalidArgument(format!(
            "column family '{}' has no key groups, and one of its keys has different values in two of the checkpoints; \
            remove the rows before the checkpoint is taken, or keep them in keyed state",
            from.name()
        ))),
    })
}

/// Removes all rows of a family.
///
/// # Errors
/// [`Error::Engine`].
pub(super) fn empty(family: &ColumnFamily) -> Result<()> {
    let mut scan = family.scan(&ScanOptions { fill_cache: false, ..Default::default() })?;
    let mut page = vec![0; PAGE_BYTES];
    scan.seek_to_last()?;
    let last = loop {
        match scan.page(Direction::Backward, &mut page)? {
            Page::Short(needed) => page.resize(needed, 0),
            Page::Filled { row_count: 0, .. } => return Ok(()),
            Page::Filled { length, .. } => break entry(&page[..length]).map(|(key, _, _)| key.to_vec()),
        }
    };
    let Some(last) = last else { return Ok(()) };
    family.delete_range(&[], &last)?;
    family.delete(&last)
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

fn rows(family: &ColumnFamily, prefix: &[u8]) -> Result<Rows> {
    let mut rows = Vec::new();
    each_page(family, prefix, |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        Ok(())
    })?;
    Ok(rows)
}

fn each_page(family: &ColumnFamily, prefix: &[u8], mut body: impl FnMut(&[u8], &[u8]) -> Result<()>) -> Result<()> {
    let mut scan = family.scan(&ScanOptions { prefix, fill_cache: false, ..Default::default() })?;
    let mut page = vec![0; PAGE_BYTES];
    loop {
        match scan.page(Direction::Forward, &mut page)? {
            Page::Short(needed) => page.resize(needed, 0),
            Page::Filled { row_count: 0, .. } => return Ok(()),
            Page::Filled { length, .. } => {
                let mut rest = &page[..length];
                while let Some((key, value, behind)) = entry(rest) {
                    body(key, value)?;
                    rest = behind;
                }
            }
        }
    }
}

/// The first row of a page, and what is behind it.
fn entry(page: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key_length, rest) = page.split_first_chunk::<4>()?;
    let (value_length, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key_length) as usize)?;
    let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_length) as usize)?;
    Some((key, value, rest))
}

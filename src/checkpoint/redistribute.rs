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
    target.empty()?;
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
    from.each_row(&ScanOptions::default(), |key, value| match to.get(None, key)? {
        None => to.put(key, value),
        Some(known) if known == value => Ok(()),
        Some(_) => Err(Error::InvalidArgument(format!(
            "column family '{}' has no key groups, and one of its keys has different values in two of the checkpoints; \
            remove the rows before the checkpoint is taken, or keep them in keyed state",
            from.name()
        ))),
    })
}

/// Whether a family has rows outside a range: below `begin`, or from `end` on.
///
/// # Errors
/// [`Error::Engine`].
pub(super) fn has_rows_outside(family: &ColumnFamily, begin: &[u8], end: &[u8]) -> Result<bool> {
    let mut page = [0; 16];
    for (lower, upper) in [(&[][..], begin), (end, &[][..])] {
        let mut scan = family.scan(&ScanOptions { lower, upper, ..ScanOptions::default() })?;
        if !matches!(scan.page(Direction::Forward, &mut page)?, Page::Filled { row_count: 0, .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

fn rows(family: &ColumnFamily, prefix: &[u8]) -> Result<Rows> {
    let mut rows = Vec::new();
    family.each_row(&ScanOptions { prefix, ..ScanOptions::default() }, |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        Ok(())
    })?;
    Ok(rows)
}

//! Merging namespaces, as session windows do.

use std::collections::HashSet;

use super::descriptor::Kind;
use super::keyed::{check_part, Core, State};
use super::packed;
use super::registry::Realm;
use super::rows::Change;
use crate::error::{Error, Result};
use crate::ttl::stamp::{Chunks, Head};

impl State {
    /// Merges the namespaces of packed `u32 length | bytes` records into `target` and clears them, for the current key, all or nothing.
    /// A source that is the target stays.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] unless the state is a list or has a native aggregate; [`Error::InvalidArgument`] for malformed bytes;
    /// [`Error::Overflow`]; [`Error::NoCurrentKey`]; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn merge_namespaces(&self, target: &[u8], sources: &[u8]) -> Result<()> {
        self.check_keyed()?;
        self.check_kind(&[Kind::List, Kind::Reducing, Kind::Aggregating])?;
        let sources = packed::items(sources, "namespace")?;
        sources.iter().chain([&target]).try_for_each(|namespace| check_part("the namespace", namespace))?;
        let mut core = self.enter()?;
        core.at(self.id())?;
        let changes = if self.descriptor().kind == Kind::List {
            self.merged_lists(&mut core, target, &sources)?
        } else {
            self.merged_accumulators(&mut core, target, &sources)?
        };
        core.rows.apply(&changes)?;
        changes.iter().for_each(|(row_key, _)| core.changed_beside(row_key, None));
        Ok(())
    }

    /// Refuses operator state.
    pub(super) fn check_keyed(&self) -> Result<()> {
        if self.shared().realm == Realm::Keyed {
            return Ok(());
        }
        Err(Error::StateMismatch(format!(
            "state '{}' is operator state, which has neither keys nor namespaces",
            self.descriptor().name
        )))
    }

    fn merged_lists(&self, core: &mut Core, target: &[u8], sources: &[&[u8]]) -> Result<Vec<(Vec<u8>, Change)>> {
        let (mut changes, mut chunks) = (Vec::new(), Vec::new());
        for source in others(sources, target) {
            let row_key = core.row_key_in(self.id(), source)?;
            if core.rows.load_appended(&row_key)? {
                for chunk in Chunks(core.rows.row()) {
                    let chunk = chunk.map_err(|_| self.damaged())?;
                    if self.is_visible(&chunk) {
                        chunks.extend_from_slice(chunk.whole);
                    }
                }
                changes.push((row_key, Change::Remove));
            }
        }
        if !chunks.is_empty() {
            changes.push((core.row_key_in(self.id(), target)?, Change::Append(chunks)));
        }
        Ok(changes)
    }

    fn merged_accumulators(&self, core: &mut Core, target: &[u8], sources: &[&[u8]]) -> Result<Vec<(Vec<u8>, Change)>> {
        let aggregate = self.aggregate()?;
        let target_key = core.row_key_in(self.id(), target)?;
        let mut merged = self.accumulator_at(&mut core.rows, &target_key)?;
        let mut changes = Vec::new();
        for source in others(sources, target) {
            let row_key = core.row_key_in(self.id(), source)?;
            if let Some(found) = self.accumulator_at(&mut core.rows, &row_key)? {
                merged = Some(match merged {
                    None => found,
                    Some(before) => aggregate.merged(&before, &found).ok_or_else(|| self.overflow())?,
                });
                changes.push((row_key, Change::Remove));
            }
        }
        if let (Some(merged), false) = (merged, changes.is_empty()) {
            let head = Head::new(self.written_now(), false);
            changes.push((target_key, Change::Put([head.as_bytes(), merged.as_bytes()].concat())));
        }
        Ok(changes)
    }
}

/// The sources in their order, each once, without the target.
fn others<'a>(sources: &[&'a [u8]], target: &'a [u8]) -> Vec<&'a [u8]> {
    let mut others = Vec::with_capacity(sources.len());
    let mut seen = HashSet::from([target]);
    others.extend(sources.iter().copied().filter(|source| seen.insert(*source)));
    others
}

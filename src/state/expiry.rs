//! [`Expiry`]: tells the families which states expire in which key groups.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::descriptor::Kind;
use super::keyed::Shared;
use super::registry::Definition;
use crate::db::database::OpenFamilies;
use crate::db::row_filter::RowFilter;
use crate::error::{Error, Result};
use crate::ttl::filter::{Dropped, Expiring, Partition, Shape, TtlFilter};

/// Keeps the filter of every family up to date with the keyed backends that are open and the states declared since.
///
/// A state that was registered before and has not been declared again yet stays as it is: it may be declared without its ttl.
pub(crate) struct Expiry {
    families: OpenFamilies,
    declared: Mutex<Declared>,
    dropped: Arc<Dropped>,
}

#[derive(Default)]
struct Declared {
    partitions: Vec<Partition>,
    /// By id, with the names of their families.
    states: BTreeMap<u32, (String, Expiring)>,
}

impl Expiry {
    pub(crate) fn new(families: OpenFamilies) -> Self {
        Self { families, declared: Mutex::default(), dropped: Arc::default() }
    }

    /// What compactions removed.
    pub(crate) fn dropped(&self) -> &Dropped {
        &self.dropped
    }

    /// Adds the key groups of a keyed backend.
    pub(crate) fn open(&self, shared: &Shared) -> Result<()> {
        let mut declared = self.declared();
        declared.partitions.push(Partition { range: shared.range, clock: Arc::clone(&shared.clock) });
        self.arm_all(&declared)
    }

    /// Takes them away: what is left of its rows does not expire while nobody advances its clock.
    pub(crate) fn close(&self, shared: &Shared) {
        let mut declared = self.declared();
        let own = |partition: &Partition| Arc::ptr_eq(&partition.clock, &shared.clock);
        let Some(at) = declared.partitions.iter().position(own) else { return };
        declared.partitions.remove(at);
        // NOTE: only the first filter of a family can fail to be armed, and that would have been an earlier one.
        let _ = self.arm_all(&declared);
        if declared.partitions.is_empty() {
            declared.states.clear();
        }
    }

    /// Takes note of a state as it is declared now, whose rows are in that family.
    pub(crate) fn declare(&self, family: &str, definition: &Definition) -> Result<()> {
        let expiring = expiring(definition).map(|state| (family.to_owned(), state));
        let mut declared = self.declared();
        if declared.states.get(&definition.state_id) == expiring.as_ref() {
            return Ok(());
        }
        match expiring {
            Some(state) => declared.states.insert(definition.state_id, state),
            None => declared.states.remove(&definition.state_id),
        };
        self.arm(&declared, family)
    }

    /// Takes note of a state that was dropped.
    pub(crate) fn forget(&self, state_id: u32) -> Result<()> {
        let mut declared = self.declared();
        match declared.states.remove(&state_id) {
            Some((family, _)) => self.arm(&declared, &family),
            None => Ok(()),
        }
    }

    fn arm_all(&self, declared: &Declared) -> Result<()> {
        let mut families: Vec<_> = declared.states.values().map(|(family, _)| family).collect();
        families.sort_unstable();
        families.dedup();
        families.into_iter().try_for_each(|family| self.arm(declared, family))
    }

    fn arm(&self, declared: &Declared, family: &str) -> Result<()> {
        let states = declared.states.values().filter(|(of, _)| of == family).map(|(_, state)| *state);
        let states: Vec<_> = states.collect();
        let filter = (!states.is_empty() && !declared.partitions.is_empty()).then(|| {
            let filter = TtlFilter::new(states, declared.partitions.clone(), Arc::clone(&self.dropped));
            Arc::new(filter) as Arc<dyn RowFilter>
        });
        match self.families.named(family) {
            Ok(family) => family.set_row_filter(filter),
            // Its rows went with it.
            Err(Error::ColumnFamilyNotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn declared(&self) -> MutexGuard<'_, Declared> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn expiring(definition: &Definition) -> Option<Expiring> {
    let shape = match definition.descriptor.kind {
        Kind::List | Kind::Union => Shape::List,
        Kind::Value | Kind::Map | Kind::Reducing | Kind::Aggregating | Kind::Broadcast => Shape::Single,
    };
    Some(Expiring { state_id: definition.state_id, shape, lifetime: definition.lifetime()? })
}

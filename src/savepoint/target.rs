//! [`Target`]: the backend's side of an import.

use std::collections::{BTreeMap, BTreeSet};

use super::header::Header;
use super::options::{ImportOptions, Parts};
use super::pending::Pending;
use super::placement::Placement;
use super::reader::Record;
use super::record::Item;
use super::undo::{clean, Marker, MARKER};
use crate::db::column_family::ColumnFamily;
use crate::db::database::{Database, OpenFamilies};
use crate::db::engine::Batch;
use crate::db::scan::ScanOptions;
use crate::error::{Error, Result};
use crate::key::{frame, row};
use crate::limits::MAX_BATCH_BYTES;
use crate::state::descriptor::Kind;
use crate::state::directory::{Directory, ImportClaim, OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::registry::{Definition, KeyedFacts, Realm};
use crate::timer::registration;
use crate::ttl::stamp::{append_chunk, Head};

/// What becomes of the rows of a column family that holds no state.
enum Plain {
    Unwanted,
    Into(usize),
    /// There must be none, and why.
    Refused(String),
}

/// What becomes of an operator state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Unwanted,
    /// Every n-th element.
    Share,
    All,
}

/// Where the records of a savepoint go.
pub(super) struct Target {
    families: OpenFamilies,
    registry: ColumnFamily,
    placement: Option<Placement>,
    facts: Option<KeyedFacts>,
    /// Number of the family of each keyed state; none for those that are not wanted.
    states: Vec<Option<usize>>,
    timers: Option<usize>,
    operators: Vec<Operator>,
    plain: Vec<Plain>,
    pending: Pending,
    /// The key under way: its number, and whether it is wanted.
    key: (u64, bool),
    row_key: Vec<u8>,
    /// Length of the row key without a map key.
    prefix_length: usize,
    chunk: Vec<u8>,
    /// Rows of operator state, by state and map key. Written at the end: they may add to rows that are there.
    gathered: BTreeMap<(usize, Vec<u8>), Vec<u8>>,
    gathered_bytes: usize,
    /// Elements of each operator list so far.
    counts: Vec<u64>,
    is_marked: bool,
}

impl Target {
    /// Holds a savepoint to what the backend has, and makes ready to take it in.
    pub(super) fn prepare(
        header: &Header, options: &ImportOptions, database: &Database, directory: &Directory, claim: &ImportClaim,
    ) -> Result<Self> {
        let parts = options.parts();
        parts.check(|name| header.states().any(|state| state.name == name))?;
        let mut target = Self::new(database, ensure(database, REGISTRY_FAMILY)?);
        directory.with_registry(|registry| {
            for state in header.states.iter().filter(|state| parts.has_state(&state.descriptor.name)) {
                registry.check_import(Realm::Keyed, state)?;
            }
            if parts.operator_states {
                header.operator_states.iter().try_for_each(|state| registry.check_import(Realm::Operator, state))?;
            }
            let Some(keyed) = &header.keyed else { return Ok(()) };
            let placement = Placement::new(options, keyed, registry.stored_keyed_facts())?;
            let mut facts = registry.keyed_facts(placement.max_parallelism(), &keyed.key_type)?;
            facts.extend(placement.range, &[&options.column_family, &options.timer_column_family]);
            (target.placement, target.facts) = (Some(placement), Some(facts));
            Ok(())
        })?;
        target.placement.map_or(Ok(()), |placement| claim.extend(placement.range))?;
        let mut marker = Marker::default();
        target.open_states(header, options, &parts, database, &mut marker)?;
        target.open_operators(header, options, &parts, database)?;
        target.open_plain(header, options, &parts, database, &mut marker)?;
        if let Some(id) = marker.first_taken(&target.families)? {
            return Err(taken(header, id));
        }
        target.registry.put(MARKER, &marker.to_row())?;
        target.is_marked = true;
        Ok(target)
    }

    fn new(database: &Database, registry: ColumnFamily) -> Self {
        Self {
            families: database.open_families().clone(),
            registry,
            placement: None,
            facts: None,
            states: Vec::new(),
            timers: None,
            operators: Vec::new(),
            plain: Vec::new(),
            pending: Pending::new(),
            key: (0, false),
            row_key: Vec::new(),
            prefix_length: 0,
            chunk: Vec::new(),
            gathered: BTreeMap::new(),
            gathered_bytes: 0,
            counts: Vec::new(),
            is_marked: false,
        }
    }

    fn open_states(
        &mut self, header: &Header, options: &ImportOptions, parts: &Parts, database: &Database, marker: &mut Marker,
    ) -> Result<()> {
        let mut families = BTreeSet::new();
        for Definition { descriptor, state_id, .. } in &header.states {
            let mut number = None;
            if parts.has_state(&descriptor.name) {
                let name = descriptor.column_family.as_ref().unwrap_or(&options.column_family);
                number = Some(self.pending.number_of(&ensure(database, name)?));
                families.insert(name.clone());
                marker.states.push(*state_id);
            }
            self.states.push(number);
        }
        if parts.timers && !header.timers.is_empty() {
            for queue in &header.timers {
                registration::is_registered(&self.registry, &queue.name, queue.time)?;
                marker.queues.push(queue.queue_id);
            }
            self.timers = Some(self.pending.number_of(&ensure(database, &options.timer_column_family)?));
            families.insert(options.timer_column_family.clone());
        }
        marker.families = families.into_iter().collect();
        if let (Some(placement), Some(keyed)) = (self.placement, &header.keyed) {
            marker.key_groups = placement.reach(keyed);
            marker.rehashed_from = placement.rehashed_from(keyed);
        }
        Ok(())
    }

    fn open_operators(
        &mut self, header: &Header, options: &ImportOptions, parts: &Parts, database: &Database,
    ) -> Result<()> {
        self.counts = vec![options.position.into(); header.operator_states.len()];
        if !parts.operator_states || header.operator_states.is_empty() {
            self.operators = vec![Operator::Unwanted; header.operator_states.len()];
            return Ok(());
        }
        let family = ensure(database, OPERATOR_FAMILY)?;
        for Definition { descriptor, state_id, .. } in &header.operator_states {
            let mut prefix = Vec::new();
            row::append_head(&mut prefix, 0, *state_id);
            let has_rows = has_rows(&family, &prefix)?;
            if has_rows && options.position == 0 {
                return Err(Error::StateMismatch(format!(
                    "operator state '{}' has content already; import into a fresh backend, leave operator state out, or \
                    give the 'position' of this savepoint among those that are imported one after the other",
                    descriptor.name
                )));
            }
            self.operators.push(match descriptor.kind {
                Kind::List => Operator::Share,
                Kind::Union => Operator::All,
                // One copy of it is as good as all.
                _ if has_rows => Operator::Unwanted,
                _ => Operator::All,
            });
        }
        Ok(())
    }

    fn open_plain(
        &mut self, header: &Header, options: &ImportOptions, parts: &Parts, database: &Database, marker: &mut Marker,
    ) -> Result<()> {
        for name in &header.column_families {
            if !parts.column_families {
                self.plain.push(Plain::Unwanted);
                continue;
            }
            let shared = self.facts.iter().any(|facts| facts.families.contains(name));
            let own = header.states.iter().any(|state| state.descriptor.column_family.as_ref() == Some(name));
            if shared || own || *name == options.column_family || *name == options.timer_column_family {
                let reason =
                    format!("column family '{name}' holds state here, and rows without state in the savepoint");
                self.plain.push(Plain::Refused(reason));
                continue;
            }
            let family = ensure(database, name)?;
            self.plain.push(if has_rows(&family, &[])? {
                Plain::Refused(format!("column family '{name}' has rows already"))
            } else {
                marker.plain.push(name.clone());
                Plain::Into(self.pending.number_of(&family))
            });
        }
        Ok(())
    }

    /// Takes a record in.
    pub(super) fn take(
        &mut self, record: &Record<'_>, key_number: u64, header: &Header, options: &ImportOptions,
    ) -> Result<()> {
        match *record {
            Record::Keyed { key_group, state, key, namespace, item } => {
                let Some(family) = self.states[state] else { return Ok(()) };
                if self.key.0 != key_number {
                    let placed = self.placed(key_group, key)?;
                    self.key = (key_number, placed.is_some());
                    self.row_key.clear();
                    row::append_head(&mut self.row_key, placed.unwrap_or_default(), header.states[state].state_id);
                    frame::append(&mut self.row_key, key);
                    frame::append(&mut self.row_key, namespace);
                    self.prefix_length = self.row_key.len();
                }
                if self.key.1 {
                    self.keyed_item(family, &item)
                } else {
                    Ok(())
                }
            }
            Record::Timer { key_group, queue, timestamp, key, namespace } => {
                let Some(family) = self.timers else { return Ok(()) };
                let Some(placed) = self.placed(key_group, key)? else { return Ok(()) };
                self.row_key.clear();
                row::append_head(&mut self.row_key, placed, header.timers[queue].queue_id);
                crate::timer::row::append_to_row_key(timestamp, key, namespace, &mut self.row_key);
                self.pending.put(family, &self.row_key, &[])
            }
            Record::Operator { state, item } => self.operator_item(state, &item, options),
            Record::Row { column_family, key, value } => match &self.plain[column_family] {
                Plain::Unwanted => Ok(()),
                Plain::Into(family) => self.pending.put(*family, key, &[value]),
                Plain::Refused(reason) => Err(Error::StateMismatch(format!(
                    "{reason}; import into a fresh backend, or leave 'column_families' out"
                ))),
            },
        }
    }

    fn placed(&self, key_group: u16, key: &[u8]) -> Result<Option<u16>> {
        self.placement.map_or(Ok(None), |placement| placement.of(key_group, key))
    }

    fn keyed_item(&mut self, family: usize, item: &Item<'_>) -> Result<()> {
        match *item {
            Item::Value { written, value } => {
                self.pending.put(family, &self.row_key, &[Head::new(written, false).as_bytes(), value])
            }
            Item::Element { written, element } => {
                self.chunk.clear();
                append_chunk(&mut self.chunk, written, element);
                self.pending.append(family, &self.row_key, &self.chunk)
            }
            Item::MapEntry { written, map_key, value } => {
                self.row_key.truncate(self.prefix_length);
                self.row_key.extend_from_slice(map_key);
                let head = Head::new(written, value.is_none());
                self.pending.put(family, &self.row_key, &[head.as_bytes(), value.unwrap_or_default()])
            }
        }
    }

    fn operator_item(&mut self, state: usize, item: &Item<'_>, options: &ImportOptions) -> Result<()> {
        let number = self.counts[state];
        self.counts[state] += 1;
        let is_share = number % u64::from(options.subtasks()) == u64::from(options.subtask);
        let taken = match self.operators[state] {
            Operator::Unwanted => false,
            Operator::Share => is_share,
            Operator::All => true,
        };
        if !taken {
            return Ok(());
        }
        self.chunk.clear();
        let map_key = match *item {
            Item::MapEntry { written, map_key, value } => {
                self.chunk.extend_from_slice(Head::new(written, value.is_none()).as_bytes());
                self.chunk.extend_from_slice(value.unwrap_or_default());
                map_key
            }
            Item::Value { written, value: element } | Item::Element { written, element } => {
                append_chunk(&mut self.chunk, written, element);
                &[]
            }
        };
        self.gathered_bytes += self.chunk.len() + map_key.len();
        if self.gathered_bytes > MAX_BATCH_BYTES {
            return Err(Error::LimitExceeded {
                what: "the operator state of the savepoint".to_owned(),
                actual: self.gathered_bytes,
                limit: MAX_BATCH_BYTES,
                unit: "bytes",
            });
        }
        self.gathered.entry((state, map_key.to_vec())).or_default().extend_from_slice(&self.chunk);
        Ok(())
    }

    /// Makes all of it count, by one write.
    pub(super) fn finish(&mut self, header: &Header, options: &ImportOptions, directory: &Directory) -> Result<()> {
        self.pending.flush()?;
        let parts = options.parts();
        let keyed = header.states.iter().filter(|state| parts.has_state(&state.descriptor.name));
        let operator = header.operator_states.iter().filter(|_| parts.operator_states);
        let states: Vec<(Realm, &Definition)> =
            keyed.map(|state| (Realm::Keyed, state)).chain(operator.map(|state| (Realm::Operator, state))).collect();
        let facts = self.facts.clone();
        directory.with_registry(|registry| {
            states.iter().try_for_each(|(realm, state)| registry.check_import(*realm, state))?;
            registry.take_over(&states, facts, |rows| self.write_last(header, rows))
        })?;
        self.is_marked = false;
        Ok(())
    }

    /// Registry, operator state and the end of the mark, all of it or nothing.
    fn write_last(&self, header: &Header, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<()> {
        let registry = &self.registry;
        let failed = |status| registry.failed("cannot import into", status);
        let engine = registry.handle().engine();
        let mut batch = Batch::new(engine, self.gathered_bytes + rows.len() * 256).map_err(failed)?;
        batch.delete(registry.handle(), MARKER).map_err(failed)?;
        let queues = header.timers.iter().filter(|_| self.timers.is_some());
        let queues: Vec<_> = queues.map(|queue| registration::row_of(&queue.name, queue.time)).collect();
        for (key, value) in rows.iter().chain(&queues) {
            batch.put(registry.handle(), key, value).map_err(failed)?;
        }
        if !self.gathered.is_empty() {
            let family = self.families.named(OPERATOR_FAMILY)?;
            for ((state, map_key), content) in &self.gathered {
                let definition = &header.operator_states[*state];
                let mut row_key = Vec::new();
                row::append_head(&mut row_key, 0, definition.state_id);
                frame::append(&mut row_key, &[]);
                frame::append(&mut row_key, &[]);
                row_key.extend_from_slice(map_key);
                let added = match definition.descriptor.kind {
                    Kind::List | Kind::Union => batch.merge(family.handle(), &row_key, content),
                    _ => batch.put(family.handle(), &row_key, content),
                };
                added.map_err(failed)?;
            }
        }
        engine.write(&mut batch).map_err(failed)
    }
}

/// What was not made to count goes.
impl Drop for Target {
    fn drop(&mut self) {
        if self.is_marked {
            // NOTE: the mark stays when this fails, and the next opening of the folder removes the rows.
            drop(clean(&self.families));
        }
    }
}

#[cold]
fn taken(header: &Header, id: u32) -> Error {
    let state = header.states.iter().find(|state| state.state_id == id).map(|state| &state.descriptor.name);
    let queue = header.timers.iter().find(|queue| queue.queue_id == id).map(|queue| &queue.name);
    let what = match (state, queue) {
        (Some(name), _) => format!("state '{name}' has"),
        (None, name) => format!("timers '{}' have", name.map_or("", |name| name)),
    };
    Error::StateMismatch(format!(
        "{what} rows already in key groups of the savepoint; drop the state, leave it out, or import into a fresh backend"
    ))
}

/// A family, created when it is missing.
fn ensure(database: &Database, name: &str) -> Result<ColumnFamily> {
    match database.create_column_family(name, Default::default()) {
        Err(Error::ColumnFamilyExists(_)) => database.column_family(name),
        created => created,
    }
}

fn has_rows(family: &ColumnFamily, prefix: &[u8]) -> Result<bool> {
    let rows = ScanOptions { prefix, ..ScanOptions::default() };
    let mut cursor = super::cursor::Cursor::new(family, &rows, 0)?;
    cursor.fill()?;
    Ok(cursor.row().is_some())
}

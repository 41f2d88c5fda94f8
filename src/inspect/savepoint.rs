//! The records of a savepoint, in the same words as the rows of a checkpoint.

use std::ops::ControlFlow;

use super::description::{Description, StateDescription, TimersDescription};
use super::opened::Selection;
use super::record::{bytes, Record, RecordKind};
use crate::error::{Error, Result};
use crate::savepoint::{self, Header, Item, SavepointReader};
use crate::state::registry::Definition;
use crate::ttl::stamp::TIME_UNKNOWN;

impl From<&Header> for Description {
    fn from(header: &Header) -> Self {
        let timers = header.timers.iter().map(|queue| TimersDescription {
            name: queue.name.clone(),
            time: queue.time,
            queue_id: queue.queue_id,
        });
        let keyed = header.keyed.as_ref();
        Self {
            column_families: header.column_families.clone(),
            max_parallelism: keyed.map(|keyed| keyed.max_parallelism),
            key_type: keyed.map(|keyed| keyed.key_type.clone()),
            key_groups: keyed.map(|keyed| (keyed.first_key_group, keyed.last_key_group)),
            states: header.states.iter().map(StateDescription::from).collect(),
            operator_states: header.operator_states.iter().map(StateDescription::from).collect(),
            timers: Some(timers.collect()),
            origins: Vec::new(),
        }
    }
}

/// Hands over what the wanted records of a savepoint say, in their order, until `body` breaks off. What is handed over was verified.
///
/// # Errors
/// [`Error::InvalidArgument`] for a name that no state, timers or rows have; as [`SavepointReader::next_record`].
pub fn each_savepoint_record(
    reader: &mut SavepointReader<'_>, selection: &Selection, body: &mut dyn FnMut(&Record) -> ControlFlow<()>,
) -> Result<()> {
    let header = reader.header().clone();
    check(&header, selection)?;
    let mut elements = Elements::default();
    while let Some(found) = reader.next_record()? {
        let record = elements.number(in_words(&header, &found));
        if is_wanted(&record, selection) && body(&record).is_break() {
            break;
        }
    }
    Ok(())
}

fn check(header: &Header, selection: &Selection) -> Result<()> {
    let states = header.states.iter().chain(&header.operator_states).map(|state| &state.descriptor.name);
    let mut names = states.chain(header.timers.iter().map(|queue| &queue.name));
    if let Some(name) = selection.state.as_ref().filter(|name| !names.any(|known| known == *name)) {
        return Err(Error::InvalidArgument(format!(
            "there is neither a state nor a timer service '{name}'; 'show' lists which there are"
        )));
    }
    match selection.column_family.as_ref().filter(|name| !header.column_families.contains(name)) {
        Some(name) => Err(Error::InvalidArgument(format!(
            "the savepoint has no rows of a column family '{name}'; only families without states are told apart in it"
        ))),
        None => Ok(()),
    }
}

fn is_wanted(record: &Record, selection: &Selection) -> bool {
    let Selection { state, key_group, column_family } = selection;
    let group = record.key_group.filter(|_| record.kind != RecordKind::Operator);
    (state.is_none() || record.state == *state)
        && (key_group.is_none() || group == *key_group)
        && column_family.as_ref().is_none_or(|name| record.kind == RecordKind::Plain && record.column_family == *name)
}

fn in_words(header: &Header, found: &savepoint::Record<'_>) -> Record {
    match *found {
        savepoint::Record::Keyed { key_group, state, key, namespace, item } => {
            let definition = &header.states[state];
            let family = definition.descriptor.column_family.as_deref().unwrap_or_default();
            let record = Record::new(family, RecordKind::Keyed);
            let record = Record { key_group: Some(key_group), key: bytes(key), namespace: bytes(namespace), ..record };
            of_state(record, definition, &item)
        }
        savepoint::Record::Timer { key_group, queue, timestamp, key, namespace } => {
            let queue = &header.timers[queue];
            Record {
                state: Some(queue.name.clone()),
                state_id: Some(queue.queue_id),
                key_group: Some(key_group),
                key: bytes(key),
                namespace: bytes(namespace),
                time: Some(queue.time),
                timestamp: Some(timestamp),
                ..Record::new("", RecordKind::Timer)
            }
        }
        savepoint::Record::Operator { state, item } => {
            of_state(Record::new("", RecordKind::Operator), &header.operator_states[state], &item)
        }
        savepoint::Record::Row { column_family, key, value } => {
            let record = Record::new(&header.column_families[column_family], RecordKind::Plain);
            Record { key: bytes(key), value: bytes(value), ..record }
        }
    }
}

fn of_state(record: Record, definition: &Definition, item: &Item<'_>) -> Record {
    let known = |written: Option<i64>| written.filter(|written| *written != TIME_UNKNOWN);
    let name = definition.descriptor.name.clone();
    let record = Record { state: Some(name), state_id: Some(definition.state_id), ..record };
    match *item {
        Item::Value { written, value } => Record { written_at: known(written), ..record }.with_value(definition, value),
        Item::Element { written, element } => {
            Record { written_at: known(written), element: Some(0), value: bytes(element), ..record }
        }
        Item::MapEntry { written, map_key, value } => {
            Record { written_at: known(written), map_key: bytes(map_key), value: value.and_then(bytes), ..record }
        }
    }
}

/// Numbers the elements of each list, which come one after the other.
#[derive(Default)]
struct Elements {
    last: Option<Record>,
}

impl Elements {
    fn number(&mut self, mut record: Record) -> Record {
        if record.element.is_none() {
            self.last = None;
            return record;
        }
        let of = |it: &Record| (it.kind, it.state_id, it.key_group, it.key.clone(), it.namespace.clone());
        let before = self.last.as_ref().filter(|last| of(last) == of(&record));
        record.element = Some(before.and_then(|last| last.element).map_or(0, |element| element + 1));
        self.last = Some(record.clone());
        record
    }
}

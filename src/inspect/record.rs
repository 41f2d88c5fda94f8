//! [`Record`]: a row in words, and how it is read.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::key::row::{self, Framed};
use crate::state::descriptor::Kind;
use crate::state::registry::Definition;
use crate::timer;
use crate::ttl::clock::Time;
use crate::ttl::stamp::{Chunks, Row, TIME_UNKNOWN};

/// Bytes of the caller's: `"text"` where they are printable UTF-8 and `0x` with hexadecimal digits otherwise; in JSON `{"text": ...}` or
/// `{"hex": ...}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok().filter(|text| !text.chars().any(char::is_control))
    }

    fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(formatter, "{text:?}"),
            None => write!(formatter, "0x{}", self.hex()),
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (form, content) = match self.text() {
            Some(text) => ("text", text.to_owned()),
            None => ("hex", self.hex()),
        };
        serializer.collect_map([(form, content)])
    }
}

/// What a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A keyed state.
    Keyed,
    /// A state of an operator.
    Operator,
    /// A timer service.
    Timer,
    /// A column family of the caller's own.
    Plain,
}

/// A row, or one element of a list, in words. What does not apply is none, and absent in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The column family that it is in; empty in a savepoint for states and timers, which it does not tell families of.
    pub column_family: String,
    /// What it belongs to.
    pub kind: RecordKind,
    /// Name of the state or of the timers; none when the registry does not know the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What stands for the state in row keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_id: Option<u32>,
    /// Key group of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_group: Option<u16>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Bytes>,
    /// The namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Bytes>,
    /// The key in a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_key: Option<Bytes>,
    /// The place in a list, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<u64>,
    /// What a timer waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// When a timer is due, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// The value; none for a timer and for the null value of a map entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
    /// What a native aggregate amounts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// When it was written, in milliseconds of the time that its ttl counts in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<i64>,
    /// What is wrong with the row, whose value is then as it stands in the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<&'static str>,
}

impl Record {
    pub(super) fn new(column_family: &str, kind: RecordKind) -> Self {
        Self {
            column_family: column_family.to_owned(),
            kind,
            state: None,
            state_id: None,
            key_group: None,
            key: None,
            namespace: None,
            map_key: None,
            element: None,
            time: None,
            timestamp: None,
            value: None,
            result: None,
            written_at: None,
            damage: None,
        }
    }

    fn damaged(mut self, value: &[u8], damage: &'static str) -> Self {
        (self.value, self.damage) = (bytes(value), Some(damage));
        self
    }

    fn with_content(mut self, definition: &Definition, row: &Row<'_>) -> Self {
        self.written_at = row.written.filter(|written| *written != TIME_UNKNOWN);
        if row.null {
            return self;
        }
        self.with_value(definition, row.payload)
    }

    pub(super) fn with_value(mut self, definition: &Definition, value: &[u8]) -> Self {
        self.value = bytes(value);
        let Some(aggregate) = definition.descriptor.aggregate else { return self };
        self.result = aggregate.text_of(value);
        match self.result {
            Some(_) => self,
            None => self.damaged(value, "its accumulator has another length than its aggregate's"),
        }
    }
}

pub(super) fn bytes(bytes: &[u8]) -> Option<Bytes> {
    Some(Bytes(bytes.to_vec()))
}

/// How the row keys of a family are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Keyed,
    Operator,
    Plain,
}

/// What the ids in row keys stand for.
#[derive(Default)]
pub(super) struct Names {
    pub(super) states: HashMap<u32, Arc<Definition>>,
    pub(super) operator_states: HashMap<u32, Arc<Definition>>,
    pub(super) timers: HashMap<u32, (String, Time)>,
}

impl Names {
    /// The ids of whatever has that name in a family of that layout.
    pub(super) fn ids_of(&self, layout: Layout, name: &str) -> Vec<u32> {
        let of = |states: &HashMap<u32, Arc<Definition>>| -> Vec<u32> {
            states.iter().filter(|(_, it)| it.descriptor.name == name).map(|(id, _)| *id).collect()
        };
        let timers = self.timers.iter().filter(|(_, (known, _))| known == name).map(|(id, _)| *id);
        match layout {
            Layout::Keyed => of(&self.states).into_iter().chain(timers).collect(),
            Layout::Operator => of(&self.operator_states),
            Layout::Plain => Vec::new(),
        }
    }

    /// What a row says: one record, or one for each element of a list.
    pub(super) fn read(&self, family: &str, layout: Layout, key: &[u8], value: &[u8]) -> Vec<Record> {
        let (kind, states) = match layout {
            Layout::Plain => {
                let plain = Record::new(family, RecordKind::Plain);
                return vec![Record { key: bytes(key), value: bytes(value), ..plain }];
            }
            Layout::Keyed => (RecordKind::Keyed, &self.states),
            Layout::Operator => (RecordKind::Operator, &self.operator_states),
        };
        let record = Record::new(family, kind);
        let Some((key_group, id)) = row::head(key) else {
            return vec![Record { key: bytes(key), ..record }.damaged(value, "its key is too short")];
        };
        let record = Record { key_group: Some(key_group), state_id: Some(id), ..record };
        if let Some((name, time)) = self.timers.get(&id).filter(|_| layout == Layout::Keyed) {
            return vec![timer_of(record, name, *time, key, value)];
        }
        let Some(framed) = Framed::of(key) else {
            return vec![Record { key: bytes(key), ..record }.damaged(value, "its key is malformed")];
        };
        let record = Record { key: bytes(&framed.key()), namespace: bytes(&framed.namespace()), ..record };
        match states.get(&id) {
            Some(definition) => of_state(record, definition, &key[framed.prefix_length()..], value),
            None => vec![record.damaged(value, "the registry knows no state of its id")],
        }
    }
}

fn timer_of(record: Record, name: &str, time: Time, key: &[u8], value: &[u8]) -> Record {
    let record = Record { kind: RecordKind::Timer, state: Some(name.to_owned()), time: Some(time), ..record };
    match timer::row::shown(key) {
        Some((timestamp, key, namespace)) if value.is_empty() => {
            Record { timestamp: Some(timestamp), key: bytes(&key), namespace: bytes(&namespace), ..record }
        }
        _ => Record { key: bytes(key), ..record }.damaged(value, "it is no timer"),
    }
}

fn of_state(record: Record, definition: &Definition, map_key: &[u8], value: &[u8]) -> Vec<Record> {
    let mut record = Record { state: Some(definition.descriptor.name.clone()), ..record };
    match definition.descriptor.kind {
        Kind::List | Kind::Union => return elements(&record, value),
        Kind::Map | Kind::Broadcast => record.map_key = bytes(map_key),
        Kind::Value | Kind::Reducing | Kind::Aggregating if !map_key.is_empty() => {
            return vec![record.damaged(value, "its key is longer than that of such a state")];
        }
        Kind::Value | Kind::Reducing | Kind::Aggregating => {}
    }
    match Row::of(value) {
        Some(row) => vec![record.with_content(definition, &row)],
        None => vec![record.damaged(value, "its value has no known format")],
    }
}

fn elements(record: &Record, row: &[u8]) -> Vec<Record> {
    let element = |(at, chunk): (u64, Result<crate::ttl::stamp::Chunk<'_>, _>)| {
        let record = Record { element: Some(at), ..record.clone() };
        match chunk {
            Ok(chunk) => Record {
                value: bytes(chunk.element),
                written_at: chunk.written.filter(|written| *written != TIME_UNKNOWN),
                ..record
            },
            Err(_) => record.damaged(row, "the row ends within an element"),
        }
    };
    (0..).zip(Chunks(row)).map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_bytes_are_text_and_others_are_hexadecimal() {
        for (bytes, text, json) in [
            (&b"UA \"x\""[..], r#""UA \"x\"""#, r#"{"text":"UA \"x\""}"#),
            (b"", r#""""#, r#"{"text":""}"#),
            ("Zürich".as_bytes(), "\"Zürich\"", r#"{"text":"Zürich"}"#),
            (b"a\n", "0x610a", r#"{"hex":"610a"}"#),
            (&[0xff, 0], "0xff00", r#"{"hex":"ff00"}"#),
        ] {
            let bytes = Bytes(bytes.to_vec());
            assert_eq!(bytes.to_string(), text);
            assert_eq!(serde_json::to_string(&bytes).expect("plain data"), json);
        }
    }

    #[test]
    fn whatever_a_row_is_it_is_told_and_never_a_panic() {
        let names = Names::default();
        for layout in [Layout::Keyed, Layout::Operator] {
            for length in 0..12 {
                let records = names.read("user_state", layout, &vec![0; length], &[1]);
                assert!(records.len() == 1 && records[0].damage.is_some(), "{records:?}");
            }
        }
    }
}

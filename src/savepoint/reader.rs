//! [`SavepointReader`]: the records of a savepoint, verified. Knows no backend.

use std::fmt::Write as _;
use std::io::{self, Read};

use super::block::{BlockReader, Damage, Section};
use super::header::{Header, MAX_HEADER_BYTES};
use super::progress::SavepointProgress;
use super::record::{Item, NoRecord, Raw};
use crate::error::{Error, Result};
use crate::state::descriptor::Kind;

/// Bytes of a stream that are read, or taken in, at once.
pub(super) const PIECE_BYTES: usize = 256 << 10;

/// A record of a savepoint, with what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record<'a> {
    /// Of keyed state.
    Keyed {
        /// The key group that the key is in.
        key_group: u16,
        /// Place of the state among [`Header::states`].
        state: usize,
        /// The key.
        key: &'a [u8],
        /// The namespace.
        namespace: &'a [u8],
        /// What is there.
        item: Item<'a>,
    },
    /// A timer.
    Timer {
        /// The key group that its key is in.
        key_group: u16,
        /// Place of its queue among [`Header::timers`].
        queue: usize,
        /// When it is due, in milliseconds since 1970.
        timestamp: i64,
        /// The key.
        key: &'a [u8],
        /// The namespace.
        namespace: &'a [u8],
    },
    /// Of operator state.
    Operator {
        /// Place of the state among [`Header::operator_states`].
        state: usize,
        /// What is there.
        item: Item<'a>,
    },
    /// A row of a column family that holds no state.
    Row {
        /// Place of the family among [`Header::column_families`].
        column_family: usize,
        /// Its key.
        key: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
}

/// What a whole savepoint was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavepointSummary {
    /// Values, elements, map entries, timers and rows.
    pub entries: u64,
    /// Blocks.
    pub blocks: u64,
    /// Bytes before they were compressed.
    pub raw_bytes: u64,
    /// SHA-256 over all of it, in lower-case hexadecimal: two savepoints with the same one hold the same.
    pub digest: String,
}

/// What the record under way belongs to.
#[derive(Default)]
struct Context {
    of: Option<Of>,
    /// Id of the state or queue, after which a greater one comes.
    id: Option<u32>,
    /// Key and namespace, of the last timer or row as well.
    key: Vec<u8>,
    namespace: Vec<u8>,
    timestamp: i64,
    map_key: Vec<u8>,
    has_key: bool,
    /// Items of the key.
    items: u64,
    /// A state or key without what must follow.
    owes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    State(usize),
    Timers(usize),
}

/// Records out of bytes that are fed.
pub(super) struct RecordReader {
    blocks: BlockReader,
    header: Option<Header>,
    /// What is left of the section, with the records that were read.
    content: Vec<u8>,
    at: usize,
    section: Section,
    context: Context,
    /// Where the current record is in `content`.
    current: usize,
    entries: u64,
    /// Grows with each key.
    key_number: u64,
    summary: Option<SavepointSummary>,
}

impl RecordReader {
    pub(super) fn new() -> Self {
        Self {
            blocks: BlockReader::new(),
            header: None,
            content: Vec::new(),
            at: 0,
            section: Section::Header,
            context: Context::default(),
            current: 0,
            entries: 0,
            key_number: 0,
            summary: None,
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.blocks.feed(bytes);
    }

    /// None before all of it was read.
    pub(super) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// None before the end.
    pub(super) fn summary(&self) -> Option<&SavepointSummary> {
        self.summary.as_ref()
    }

    /// Differs between the records of one key and those of the next.
    pub(super) fn key_number(&self) -> u64 {
        self.key_number
    }

    /// Goes to the next record; false when more bytes are needed, and at the end.
    pub(super) fn advance(&mut self) -> std::result::Result<bool, Damage> {
        loop {
            let has_records = self.section != Section::Header && self.section != Section::End;
            if has_records && self.read_record()? {
                self.entries += 1;
                return Ok(true);
            }
            if !self.blocks.advance()? {
                return Ok(false);
            }
            self.take_block()?;
        }
    }

    /// Refuses a stream that ended too early.
    pub(super) fn finish(&self) -> std::result::Result<&SavepointSummary, Damage> {
        match &self.summary {
            Some(summary) if self.blocks.unread() == 0 => Ok(summary),
            Some(_) => Err(Damage::at("what follows the end record", "is too much")),
            None => {
                let place = format!("block {}, after {},", self.blocks.totals().blocks, self.section);
                Err(Damage::at(place, "is missing or cut short"))
            }
        }
    }

    fn take_block(&mut self) -> std::result::Result<(), Damage> {
        let section = self.blocks.section().unwrap_or(Section::Header);
        if section != self.section {
            self.end_section()?;
            self.begin_section(section)?;
        }
        self.content.drain(..self.at);
        self.at = 0;
        self.content.extend_from_slice(self.blocks.raw());
        match section {
            Section::Header if self.content.len() > MAX_HEADER_BYTES => {
                Err(Damage::at(section, format!("has more than the {MAX_HEADER_BYTES} bytes allowed")))
            }
            Section::End => self.read_end(),
            _ => Ok(()),
        }
    }

    fn begin_section(&mut self, section: Section) -> std::result::Result<(), Damage> {
        let header = self.header.as_ref().ok_or_else(|| Damage::at(section, "comes before the header"))?;
        let is_listed = match section {
            Section::KeyGroup(group) => {
                header.keyed.as_ref().and_then(super::header::Keyed::range).is_some_and(|range| range.contains(group))
            }
            Section::OperatorState(index) => (index as usize) < header.operator_states.len(),
            Section::ColumnFamily(index) => (index as usize) < header.column_families.len(),
            Section::Header | Section::End => true,
        };
        if !is_listed {
            return Err(Damage::at(section, "is not in the header"));
        }
        (self.section, self.context) = (section, Context::default());
        if let Section::OperatorState(index) = section {
            self.context.of = Some(Of::State(index as usize));
            self.context.has_key = true;
        }
        Ok(())
    }

    fn end_section(&mut self) -> std::result::Result<(), Damage> {
        if self.section == Section::Header {
            self.header = Some(Header::from_json(&self.content)?);
            self.content.clear();
        }
        if self.at < self.content.len() || self.context.owes {
            return Err(Damage::at(self.section, "ends within a record"));
        }
        self.content.clear();
        self.at = 0;
        Ok(())
    }

    fn read_end(&mut self) -> std::result::Result<(), Damage> {
        let mut expected = Vec::new();
        let totals = self.blocks.totals();
        let raw_bytes = totals.raw_bytes - self.content.len() as u64;
        append_end(totals.blocks - 1, self.entries, raw_bytes, &mut |bytes| expected.extend_from_slice(bytes));
        if self.content != expected {
            return Err(Damage::at(Section::End, "has other totals than the savepoint"));
        }
        let mut digest = String::new();
        for byte in self.blocks.digest() {
            write!(digest, "{byte:02x}").expect("a String takes all that fits into memory");
        }
        self.summary = Some(SavepointSummary { entries: self.entries, blocks: totals.blocks, raw_bytes, digest });
        Ok(())
    }

    /// Goes to the next item, timer or row in what there is of the section.
    fn read_record(&mut self) -> std::result::Result<bool, Damage> {
        loop {
            let bytes = &self.content[self.at..];
            if bytes.is_empty() {
                return Ok(false);
            }
            let (raw, length) = match Raw::of(bytes) {
                Ok(read) => read,
                Err(NoRecord::Incomplete) => return Ok(false),
                Err(NoRecord::Malformed) => return Err(Damage::at(self.section, "has a record that is none")),
            };
            let header = self.header.as_ref().expect("sections of records follow the header");
            let is_record = self.context.take(&raw, self.section, header, &mut self.key_number);
            let is_record = is_record.map_err(|reason| Damage::at(self.section, reason))?;
            self.current = self.at;
            self.at += length;
            if is_record {
                return Ok(true);
            }
        }
    }

    /// The record that [`RecordReader::advance`] went to.
    pub(super) fn record(&self) -> Record<'_> {
        let (raw, _) = Raw::of(&self.content[self.current..]).expect("it was read before");
        let Context { key, namespace, of, .. } = &self.context;
        match (self.section, raw, of) {
            (Section::KeyGroup(key_group), Raw::Item(item), Some(Of::State(state))) => {
                Record::Keyed { key_group, state: *state, key, namespace, item }
            }
            (Section::KeyGroup(key_group), Raw::Timer { timestamp, key, namespace }, Some(Of::Timers(queue))) => {
                Record::Timer { key_group, queue: *queue, timestamp, key, namespace }
            }
            (Section::OperatorState(state), Raw::Item(item), _) => Record::Operator { state: state as usize, item },
            (Section::ColumnFamily(column_family), Raw::Row { key, value }, _) => {
                Record::Row { column_family: column_family as usize, key, value }
            }
            _ => unreachable!("records of other sections were refused"),
        }
    }
}

impl Context {
    /// Takes a record in; whether it is one for the outside.
    fn take(
        &mut self, raw: &Raw<'_>, section: Section, header: &Header, key_number: &mut u64,
    ) -> std::result::Result<bool, &'static str> {
        const OUT_OF_PLACE: &str = "has a record where none of its kind can be";
        match (section, raw) {
            (Section::KeyGroup(_), Raw::State(index)) => {
                let state = header.states.get(*index as usize).ok_or("has a state that is not in the header")?;
                self.turn_to(Of::State(*index as usize), state.state_id)?;
                Ok(false)
            }
            (Section::KeyGroup(_), Raw::Timers(index)) => {
                let queue = header.timers.get(*index as usize).ok_or("has timers that are not in the header")?;
                self.turn_to(Of::Timers(*index as usize), queue.queue_id)?;
                Ok(false)
            }
            (Section::KeyGroup(_), Raw::Key { key, namespace }) if matches!(self.of, Some(Of::State(_))) => {
                if self.has_key && (self.owes || (*key, *namespace) <= (&self.key[..], &self.namespace[..])) {
                    return Err("has keys out of order, or without content");
                }
                self.remember(key, namespace);
                (self.items, self.owes) = (0, true);
                *key_number += 1;
                Ok(false)
            }
            (Section::KeyGroup(_), Raw::Item(item)) => {
                let Some(Of::State(state)) = self.of.filter(|_| self.has_key) else { return Err(OUT_OF_PLACE) };
                self.take_item(item, header.states[state].descriptor.kind)
            }
            (Section::OperatorState(state), Raw::Item(item)) => {
                self.take_item(item, header.operator_states[state as usize].descriptor.kind)
            }
            (Section::KeyGroup(_), Raw::Timer { timestamp, key, namespace })
                if matches!(self.of, Some(Of::Timers(_))) =>
            {
                let before = (self.timestamp, &self.key[..], &self.namespace[..]);
                if self.has_key && (*timestamp, *key, *namespace) <= before {
                    return Err("has timers out of order");
                }
                self.remember(key, namespace);
                (self.timestamp, self.owes) = (*timestamp, false);
                Ok(true)
            }
            (Section::ColumnFamily(_), Raw::Row { key, .. }) => {
                if self.has_key && *key <= &self.key[..] {
                    return Err("has rows out of order");
                }
                self.remember(key, &[]);
                Ok(true)
            }
            _ => Err(OUT_OF_PLACE),
        }
    }

    fn turn_to(&mut self, of: Of, id: u32) -> std::result::Result<(), &'static str> {
        if self.owes || self.id.is_some_and(|before| id <= before) {
            return Err("has states or timers out of order, or without content");
        }
        *self = Self { of: Some(of), id: Some(id), owes: true, ..Self::default() };
        Ok(())
    }

    fn remember(&mut self, key: &[u8], namespace: &[u8]) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.namespace.clear();
        self.namespace.extend_from_slice(namespace);
        self.has_key = true;
    }

    fn take_item(&mut self, item: &Item<'_>, kind: Kind) -> std::result::Result<bool, &'static str> {
        match (item, kind) {
            (Item::Value { .. }, Kind::Value | Kind::Reducing | Kind::Aggregating) if self.items == 0 => {}
            (Item::Element { .. }, Kind::List | Kind::Union) => {}
            (Item::MapEntry { map_key, .. }, Kind::Map | Kind::Broadcast) => {
                if self.items > 0 && *map_key <= &self.map_key[..] {
                    return Err("has map entries out of order");
                }
                self.map_key.clear();
                self.map_key.extend_from_slice(map_key);
            }
            _ => return Err("has an entry that its state cannot have"),
        }
        self.items += 1;
        self.owes = false;
        Ok(true)
    }
}

/// What the end record holds.
pub(super) fn append_end(blocks: u64, entries: u64, raw_bytes: u64, target: &mut dyn FnMut(&[u8])) {
    [blocks, entries, raw_bytes].into_iter().for_each(|number| target(&number.to_le_bytes()));
}

/// The same damage, with the name of the savepoint.
#[cold]
pub(super) fn named(name: &str, damage: Damage) -> Error {
    Error::SavepointDamaged { savepoint: name.to_owned(), place: damage.place, reason: damage.reason }
}

/// The records of a savepoint, one after the other. Nothing is handed out before the block that holds it was verified.
pub struct SavepointReader<'a> {
    name: String,
    source: &'a mut dyn Read,
    records: RecordReader,
    piece: Vec<u8>,
    /// The first record was read together with the header.
    is_ahead: bool,
}

impl<'a> SavepointReader<'a> {
    /// Reads the header. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::SavepointDamaged`]; [`Error::File`] when `source` fails.
    pub fn new(name: &str, source: &'a mut dyn Read) -> Result<Self> {
        let (records, piece) = (RecordReader::new(), vec![0; PIECE_BYTES]);
        let mut reader = Self { name: name.to_owned(), source, records, piece, is_ahead: false };
        reader.is_ahead = reader.read_on()?;
        Ok(reader)
    }

    /// What it holds.
    pub fn header(&self) -> &Header {
        self.records.header().expect("read by `new`")
    }

    /// The next record; none at the end, by which all of it was verified.
    ///
    /// # Errors
    /// As [`SavepointReader::new`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        if self.advance()? {
            return Ok(Some(self.records.record()));
        }
        Ok(None)
    }

    /// What the savepoint was; none before the end.
    pub fn summary(&self) -> Option<&SavepointSummary> {
        self.records.summary()
    }

    fn advance(&mut self) -> Result<bool> {
        if std::mem::take(&mut self.is_ahead) {
            return Ok(true);
        }
        self.read_on()
    }

    /// Goes to the next record, or to the end when there is none.
    fn read_on(&mut self) -> Result<bool> {
        loop {
            if self.records.advance().map_err(|damage| named(&self.name, damage))? {
                return Ok(true);
            }
            let count = match self.source.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|source| Error::File { path: self.name.clone().into(), doing: "read", source })?,
            };
            if count == 0 {
                self.records.finish().map_err(|damage| named(&self.name, damage))?;
                return Ok(false);
            }
            self.records.feed(&self.piece[..count]);
        }
    }
}

/// Reads a whole savepoint and verifies every byte. `name` is for messages.
///
/// # Errors
/// As [`SavepointReader::new`]; [`Error::SavepointCancelled`].
pub fn verify(name: &str, source: &mut dyn Read, progress: &SavepointProgress) -> Result<SavepointSummary> {
    read_all(name, source, &mut || {
        progress.count(1, 0);
        progress.check()
    })
}

/// Reads a whole savepoint, with a call for each record.
pub(super) fn read_all(
    name: &str, source: &mut dyn Read, each: &mut dyn FnMut() -> Result<()>,
) -> Result<SavepointSummary> {
    let mut reader = SavepointReader::new(name, source)?;
    while reader.advance()? {
        each()?;
    }
    Ok(reader.summary().expect("the end was read").clone())
}

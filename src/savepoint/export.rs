//! [`SavepointExport`]: a savepoint on its way out, made while it is read.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::block::{BlockWriter, Section};
use super::cursor::{Cursor, WantedIds, PAGE_BYTES};
use super::header::{Header, Keyed, TimerQueue};
use super::options::{ExportOptions, Parts};
use super::progress::SavepointProgress;
use super::reader::append_end;
use super::record::{Item, Raw};
use crate::backend::Backend;
use crate::db::column_family::ColumnFamily;
use crate::db::scan::ScanOptions;
use crate::db::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::key::key_group::KeyGroupRange;
use crate::key::row::{self, Framed, HEAD_BYTES};
use crate::state::descriptor::Kind;
use crate::state::directory::{Registered, OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::registry::Definition;
use crate::timer::registration;
use crate::timer::row::Entry;
use crate::ttl::clock::Time;
use crate::ttl::stamp::{Chunks, Lifetime, Row};

/// Memory of all cursors together, unless single rows need more.
const PAGES_BYTES: usize = 16 << 20;
const LEAST_PAGE_BYTES: usize = 16 << 10;

/// What rows of an id are.
enum Source {
    State { index: u32, kind: Kind, lifetime: Option<Lifetime>, own_family: Option<String> },
    Timers { index: u32 },
}

/// A walk over one of the families whose rows begin with a key group.
struct KeyedRows {
    cursor: Cursor,
    family: String,
    /// Of all states that have no family of their own.
    is_shared: bool,
}

/// What comes after keyed state.
enum Rest {
    Operator { index: u32, kind: Kind, cursor: Cursor },
    Family { index: u32, family: ColumnFamily },
    Rows { index: u32, cursor: Cursor },
}

/// A savepoint that is read out: the state as it was when the export began. Nothing is made before it is read, writers are not held up, and
/// memory stays bounded by the largest row. One thread at a time.
pub struct SavepointExport {
    snapshot: Snapshot,
    sources: HashMap<u32, Source>,
    wanted: WantedIds,
    /// Key groups of open keyed backends, with their watermark and processing time at the beginning.
    times: Vec<(KeyGroupRange, [i64; 2])>,
    keyed: Vec<KeyedRows>,
    rest: VecDeque<Rest>,
    emitter: Emitter,
    progress: Arc<SavepointProgress>,
    has_ended: bool,
    failed: bool,
}

impl Backend {
    /// Begins to export the state as it is now, or parts of it: what row caches and timers hold back is written out, then a snapshot is read.
    ///
    /// The savepoint holds no time of its own: two of the same state are the same bytes. Rows that have expired are left out. It is no
    /// checkpoint, belongs to whoever made it, and no checkpoint builds upon it.
    ///
    /// # Errors
    /// [`Error::StateNotFound`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn export_savepoint(&self, options: &ExportOptions) -> Result<SavepointExport> {
        let snapshot = self.snapshot()?;
        let times = self.directory().times();
        let registered = self.directory().registered()?;
        let parts = options.parts();
        parts.check(|name| registered.states.iter().any(|state| state.descriptor.name == name))?;
        let header = self.savepoint_header(&registered, &parts, &snapshot)?;
        let sources = sources_of(&header)?;
        let mut export = SavepointExport {
            wanted: WantedIds::new(sources.keys().copied().collect()),
            sources,
            times,
            keyed: Vec::new(),
            rest: VecDeque::new(),
            emitter: Emitter::new(),
            progress: Arc::default(),
            has_ended: false,
            failed: false,
            snapshot,
        };
        export.open_keyed(self, &registered)?;
        export.open_rest(self, &header)?;
        export.emitter.writer.push(&header.to_json());
        export.emitter.writer.end_block();
        Ok(export)
    }

    fn savepoint_header(&self, registered: &Registered, parts: &Parts, snapshot: &Snapshot) -> Result<Header> {
        let has_registry = self.column_family(REGISTRY_FAMILY);
        let mut timers = Vec::new();
        if let (true, Ok(registry)) = (parts.timers && registered.keyed.is_some(), &has_registry) {
            for (queue_id, name, time) in registration::all(registry, snapshot)? {
                timers.push(TimerQueue { name, time, queue_id });
            }
        }
        timers.sort_by(|one, other| (&one.name, one.time as u8).cmp(&(&other.name, other.time as u8)));
        let keyed = registered.keyed.as_ref().and_then(|facts| {
            let range = facts.range()?;
            Some(Keyed {
                max_parallelism: facts.max_parallelism,
                key_type: facts.key_type.clone(),
                first_key_group: range.first().into(),
                last_key_group: range.last().into(),
            })
        });
        let is_wanted = |state: &&Definition| keyed.is_some() && parts.has_state(&state.descriptor.name);
        let operator_states = if parts.operator_states { registered.operator_states.clone() } else { Vec::new() };
        let plain = |name: &String| !is_keyed(registered, name) && name != REGISTRY_FAMILY && name != OPERATOR_FAMILY;
        let families = if parts.column_families { self.column_family_names() } else { Vec::new() };
        Ok(Header {
            library: env!("CARGO_PKG_VERSION").to_owned(),
            states: registered.states.iter().filter(is_wanted).cloned().collect(),
            keyed,
            operator_states,
            timers,
            column_families: families.into_iter().filter(plain).collect(),
        })
    }
}

/// Whether rows of a family begin with a key group.
fn is_keyed(registered: &Registered, name: &str) -> bool {
    let shared = registered.keyed.iter().any(|facts| facts.families.contains(name));
    shared || registered.states.iter().any(|state| state.descriptor.column_family.as_deref() == Some(name))
}

fn sources_of(header: &Header) -> Result<HashMap<u32, Source>> {
    let mut sources = HashMap::new();
    for (index, state) in (0..).zip(&header.states) {
        let Definition { descriptor, state_id, .. } = state;
        let own_family = descriptor.column_family.clone();
        let source = Source::State { index, kind: descriptor.kind, lifetime: state.lifetime(), own_family };
        sources.insert(*state_id, source);
    }
    for (index, queue) in (0..).zip(&header.timers) {
        if sources.insert(queue.queue_id, Source::Timers { index }).is_some() {
            return Err(Error::StateMismatch(format!(
                "timers '{}' have the same id as a state; export the states without timers, or rename them",
                queue.name
            )));
        }
    }
    Ok(sources)
}

impl SavepointExport {
    fn open_keyed(&mut self, backend: &Backend, registered: &Registered) -> Result<()> {
        let Some(facts) = &registered.keyed else { return Ok(()) };
        let Some(range) = facts.range().filter(|_| !self.wanted.is_empty()) else { return Ok(()) };
        let own = self.sources.values().filter_map(|source| match source {
            Source::State { own_family: Some(family), .. } => Some(family),
            _ => None,
        });
        let names: BTreeSet<String> = own.chain(&facts.families).cloned().collect();
        let page_bytes = (PAGES_BYTES / names.len().max(1)).clamp(LEAST_PAGE_BYTES, PAGE_BYTES);
        let (lower, upper) = (range.first().to_be_bytes(), (range.last() + 1).to_be_bytes());
        for name in names {
            let family = match backend.column_family(&name) {
                // Its rows went with it.
                Err(Error::ColumnFamilyNotFound(_)) => continue,
                family => family?,
            };
            let rows =
                ScanOptions { lower: &lower, upper: &upper, snapshot: Some(&self.snapshot), ..ScanOptions::default() };
            let cursor = Cursor::new(&family, &rows, page_bytes)?;
            self.keyed.push(KeyedRows { cursor, is_shared: facts.families.contains(&name), family: name });
        }
        Ok(())
    }

    fn open_rest(&mut self, backend: &Backend, header: &Header) -> Result<()> {
        for (index, state) in (0..).zip(&header.operator_states) {
            let family = backend.column_family(OPERATOR_FAMILY)?;
            let mut prefix = Vec::new();
            row::append_head(&mut prefix, 0, state.state_id);
            let rows = ScanOptions { prefix: &prefix, snapshot: Some(&self.snapshot), ..ScanOptions::default() };
            let cursor = Cursor::new(&family, &rows, LEAST_PAGE_BYTES)?;
            self.rest.push_back(Rest::Operator { index, kind: state.descriptor.kind, cursor });
        }
        for (index, name) in (0..).zip(&header.column_families) {
            self.rest.push_back(Rest::Family { index, family: backend.column_family(name)? });
        }
        Ok(())
    }

    /// How far it is, and the way to stop it.
    pub fn progress(&self) -> &Arc<SavepointProgress> {
        &self.progress
    }

    /// Copies the next bytes of the savepoint into `target`, and returns how many; 0 at the end.
    ///
    /// # Errors
    /// [`Error::SavepointCancelled`]; [`Error::Damaged`] for a row that is none of the library's; [`Error::ColumnFamilyDropped`];
    /// [`Error::Engine`]. What was read before is no savepoint then.
    pub fn read(&mut self, target: &mut [u8]) -> Result<usize> {
        if self.failed {
            return Err(Error::InvalidArgument("the export has failed before; begin another one".to_owned()));
        }
        if target.is_empty() {
            return Ok(0);
        }
        while !self.emitter.writer.has_waiting() && !self.has_ended {
            self.progress.check().and_then(|()| self.step()).inspect_err(|_| self.failed = true)?;
        }
        let count = self.emitter.writer.take(target);
        self.progress.count(std::mem::take(&mut self.emitter.uncounted), count as u64);
        Ok(count)
    }

    /// Takes one more row along.
    fn step(&mut self) -> Result<()> {
        if !self.keyed.is_empty() {
            return match self.next_keyed()? {
                Some(at) => self.keyed_row(at),
                None => {
                    self.keyed.clear();
                    Ok(())
                }
            };
        }
        match self.rest.front_mut() {
            Some(rest) => {
                if !rest.step(&self.snapshot, &mut self.emitter)? {
                    self.rest.pop_front();
                }
            }
            None => {
                self.emitter.end();
                self.has_ended = true;
            }
        }
        Ok(())
    }

    /// Which walk has the least row; none at the end of all.
    fn next_keyed(&mut self) -> Result<Option<usize>> {
        self.keyed.iter_mut().try_for_each(|rows| rows.cursor.fill())?;
        let mut least: Option<(usize, &[u8])> = None;
        for (at, rows) in self.keyed.iter().enumerate() {
            let Some((key, _)) = rows.cursor.row() else { continue };
            match least.map(|(_, other)| key.cmp(other)) {
                Some(Ordering::Greater) => {}
                Some(Ordering::Equal) => return Err(self.in_two_families(at)),
                Some(Ordering::Less) | None => least = Some((at, key)),
            }
        }
        Ok(least.map(|(at, _)| at))
    }

    #[cold]
    fn in_two_families(&self, at: usize) -> Error {
        let family = &self.keyed[at].family;
        Error::Damaged(format!(
            "a row of key group and key is in column family '{family}' and in another one; drop the one that is out of use"
        ))
    }

    fn keyed_row(&mut self, at: usize) -> Result<()> {
        let Self { keyed, sources, wanted, times, emitter, .. } = self;
        let KeyedRows { cursor, family, is_shared } = &mut keyed[at];
        let Some((row_key, value)) = cursor.row() else { return Ok(()) };
        let Some((key_group, id)) = row::head(row_key) else {
            cursor.step();
            return Ok(());
        };
        let source = match sources.get(&id) {
            None => {
                // Of a state that is not wanted, or was dropped.
                let next = wanted.next_head(key_group, id);
                return cursor.seek(&next);
            }
            Some(source) => source,
        };
        match source {
            Source::State { index, kind, lifetime, own_family } => {
                let is_at_home = own_family.as_ref().map_or(*is_shared, |own| own == family);
                if is_at_home {
                    let ttl = Ttl::new(*lifetime, times, key_group);
                    emitter.keyed_row(*index, *kind, &ttl, row_key, value).map_err(|Malformed| damaged(family))?;
                }
            }
            Source::Timers { index } if *is_shared => {
                emitter.timer(*index, row_key).map_err(|Malformed| damaged(family))?;
            }
            Source::Timers { .. } => {}
        }
        cursor.step();
        Ok(())
    }
}

#[cold]
fn damaged(family: &str) -> Error {
    Error::Damaged(format!("a row of column family '{family}' is damaged; restore the state from a checkpoint"))
}

impl Rest {
    /// Takes one more row along; false when there is none.
    fn step(&mut self, snapshot: &Snapshot, emitter: &mut Emitter) -> Result<bool> {
        match self {
            Rest::Operator { index, kind, cursor } => {
                cursor.fill()?;
                let Some((row_key, value)) = cursor.row() else { return Ok(false) };
                emitter.operator_row(*index, *kind, row_key, value).map_err(|Malformed| damaged(OPERATOR_FAMILY))?;
                cursor.step();
            }
            // Opened in its turn: there may be a thousand of them.
            Rest::Family { index, family } => {
                let rows = ScanOptions { snapshot: Some(snapshot), ..ScanOptions::default() };
                *self = Rest::Rows { index: *index, cursor: Cursor::new(family, &rows, PAGE_BYTES)? };
            }
            Rest::Rows { index, cursor } => {
                cursor.fill()?;
                let Some((key, value)) = cursor.row() else { return Ok(false) };
                emitter.plain_row(*index, key, value);
                cursor.step();
            }
        }
        Ok(true)
    }
}

/// A row is none of the library's.
struct Malformed;

/// How rows of a state expire, as of the beginning.
struct Ttl {
    lifetime: Option<Lifetime>,
    /// None where nobody advances the time: nothing expires then.
    now: Option<i64>,
}

impl Ttl {
    fn new(lifetime: Option<Lifetime>, times: &[(KeyGroupRange, [i64; 2])], key_group: u16) -> Self {
        let now = lifetime.and_then(|lifetime| {
            let (_, [event, processing]) = times.iter().find(|(range, _)| range.contains(key_group))?;
            Some(if lifetime.time == Time::Event { *event } else { *processing })
        });
        Self { lifetime, now }
    }

    /// The write time as it is exported; none when the row has expired.
    fn written(&self, written: Option<i64>) -> Option<Option<i64>> {
        let Some(lifetime) = self.lifetime else { return Some(written) };
        let has_expired = self.now.is_some_and(|now| lifetime.expired(written, now));
        (!has_expired).then(|| Some(written.unwrap_or(lifetime.enabled_at)))
    }
}

/// Makes sections of rows.
struct Emitter {
    writer: BlockWriter,
    /// Row key of the key under way, up to the namespace; or its head, for timers.
    prefix: Vec<u8>,
    entries: u64,
    uncounted: u64,
}

impl Emitter {
    fn new() -> Self {
        Self { writer: BlockWriter::new(), prefix: Vec::new(), entries: 0, uncounted: 0 }
    }

    fn append(&mut self, record: &Raw<'_>) {
        record.append(&mut |bytes| self.writer.push(bytes));
    }

    fn entry(&mut self, record: &Raw<'_>) {
        self.append(record);
        self.entries += 1;
        self.uncounted += 1;
    }

    fn turn_to(&mut self, section: Section) {
        if self.writer.section() != section {
            self.writer.begin(section);
        }
    }

    /// Turns to a state or queue of a key group.
    fn turn_to_head(&mut self, head: &[u8], record: &Raw<'_>) {
        if self.prefix.get(..HEAD_BYTES) != Some(head) {
            self.turn_to(Section::KeyGroup(u16::from_be_bytes([head[0], head[1]])));
            self.append(record);
            self.prefix.clear();
            self.prefix.extend_from_slice(head);
        }
    }

    fn keyed_row(
        &mut self, index: u32, kind: Kind, ttl: &Ttl, row_key: &[u8], value: &[u8],
    ) -> std::result::Result<(), Malformed> {
        let framed = Framed::of(row_key).ok_or(Malformed)?;
        let (prefix, map_key) = row_key.split_at(framed.prefix_length());
        for_each_item(kind, ttl, map_key, value, |item| {
            if self.prefix != prefix {
                self.turn_to_head(&row_key[..HEAD_BYTES], &Raw::State(index));
                self.append(&Raw::Key { key: &framed.key(), namespace: &framed.namespace() });
                self.prefix.clear();
                self.prefix.extend_from_slice(prefix);
            }
            self.entry(&Raw::Item(item));
        })
    }

    fn timer(&mut self, index: u32, row_key: &[u8]) -> std::result::Result<(), Malformed> {
        let entry = Entry::of_row_key(row_key).ok_or(Malformed)?;
        self.turn_to_head(&row_key[..HEAD_BYTES], &Raw::Timers(index));
        let (key, namespace) = (entry.key(), entry.namespace());
        self.entry(&Raw::Timer { timestamp: entry.timestamp(), key, namespace });
        Ok(())
    }

    fn operator_row(
        &mut self, index: u32, kind: Kind, row_key: &[u8], value: &[u8],
    ) -> std::result::Result<(), Malformed> {
        let framed = Framed::of(row_key).ok_or(Malformed)?;
        let map_key = &row_key[framed.prefix_length()..];
        for_each_item(kind, &Ttl { lifetime: None, now: None }, map_key, value, |item| {
            self.turn_to(Section::OperatorState(index));
            self.entry(&Raw::Item(item));
        })
    }

    fn plain_row(&mut self, index: u32, key: &[u8], value: &[u8]) {
        self.turn_to(Section::ColumnFamily(index));
        self.entry(&Raw::Row { key, value });
    }

    fn end(&mut self) {
        self.writer.begin(Section::End);
        let (totals, writer) = (self.writer.totals(), &mut self.writer);
        append_end(totals.blocks, self.entries, totals.raw_bytes, &mut |bytes| writer.push(bytes));
        self.writer.end_block();
    }
}

/// Hands over what a row holds and has not expired.
fn for_each_item<'a>(
    kind: Kind, ttl: &Ttl, map_key: &'a [u8], value: &'a [u8], mut body: impl FnMut(Item<'a>),
) -> std::result::Result<(), Malformed> {
    if matches!(kind, Kind::List | Kind::Union) {
        if !map_key.is_empty() {
            return Err(Malformed);
        }
        for chunk in Chunks(value) {
            let chunk = chunk.map_err(|_| Malformed)?;
            if let Some(written) = ttl.written(chunk.written) {
                body(Item::Element { written, element: chunk.element });
            }
        }
        return Ok(());
    }
    let is_map = matches!(kind, Kind::Map | Kind::Broadcast);
    let Row { written, null, payload } = Row::of(value).ok_or(Malformed)?;
    if !is_map && (null || !map_key.is_empty()) {
        return Err(Malformed);
    }
    let Some(written) = ttl.written(written) else { return Ok(()) };
    body(if is_map {
        Item::MapEntry { written, map_key, value: (!null).then_some(payload) }
    } else {
        Item::Value { written, value: payload }
    });
    Ok(())
}

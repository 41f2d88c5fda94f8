//! [`KeyedBackend`]: state scoped to the current key, and [`State`], one declared state.

use std::sync::atomic::{fence, AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

use serde::{Deserialize, Serialize};

use super::descriptor::{self, Descriptor, Kind};
use super::directory::Directory;
use super::registry::{Definition, Realm};
use super::rows::Rows;
use super::timers::TimerService;
use crate::error::{Error, Result};
use crate::key::key_group::{self, KeyGroupRange};
use crate::key::{frame, row};
use crate::limits::{MAX_KEYED_KEY_BYTES, MAX_KEY_BYTES};
use crate::timer;
use crate::ttl::clock::{Clock, Time};

/// Where a keyed backend takes its processing time from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSource {
    /// The system's clock as of its last tick, up to 10 ms ago, which is never followed backwards.
    #[default]
    System,
    /// [`KeyedBackend::set_time`]; starts at 0.
    Manual,
}

/// What a keyed backend opens with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyedOptions {
    /// Number of key groups, fixed for the life of the state: 1 to 32768. 0 takes what is stored, or 128.
    pub max_parallelism: u32,
    /// First key group of this backend; default 0.
    pub first_key_group: u32,
    /// Last key group of this backend; none for the last of all.
    pub last_key_group: Option<u32>,
    /// The caller's name for the type of the keys; empty takes what is stored.
    pub key_type: String,
    /// Family of the rows; default `user_state`.
    pub column_family: String,
    /// Family of the timers; default `timer_state`.
    pub timer_column_family: String,
    /// Room of the row cache, in bytes; 0 for none. Default 16 MiB.
    pub row_cache_bytes: usize,
    /// Where processing time comes from; default the system.
    pub clock: ClockSource,
}

impl Default for KeyedOptions {
    fn default() -> Self {
        Self {
            max_parallelism: 0,
            first_key_group: 0,
            last_key_group: None,
            key_type: String::new(),
            column_family: "user_state".to_owned(),
            timer_column_family: "timer_state".to_owned(),
            row_cache_bytes: 16 << 20,
            clock: ClockSource::System,
        }
    }
}

impl KeyedOptions {
    /// Reads the JSON form; an empty document takes the defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] naming the field at fault.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        descriptor::parse(json, "the options of the keyed backend are")
    }
}

/// The part of a keyed backend that its states share.
pub(crate) struct Shared {
    pub(crate) realm: Realm,
    pub(crate) range: KeyGroupRange,
    pub(crate) max_parallelism: u32,
    pub(crate) clock: Arc<Clock>,
    /// Name of the family of states that have none of their own.
    pub(crate) family: String,
    /// Family of the timers.
    pub(crate) timer_family: String,
    core: Mutex<Core>,
    /// Visits from outside, to write out what the cache holds back or to look at it: those under way in the lower half, those ever
    /// begun in the upper one. Calls wait for them.
    visits: AtomicU64,
}

/// What row caches take and do, and what timers take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheFigures {
    pub(crate) bytes: u64,
    pub(crate) capacity_bytes: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) timer_bytes: u64,
}

impl CacheFigures {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            capacity_bytes: self.capacity_bytes + other.capacity_bytes,
            hits: self.hits + other.hits,
            misses: self.misses + other.misses,
            timer_bytes: self.timer_bytes + other.timer_bytes,
        }
    }
}

/// What one call at a time may touch.
pub(crate) struct Core {
    pub(crate) rows: Rows,
    /// The timer services that were opened.
    pub(crate) timers: Vec<timer::Service>,
    /// Key group, room for a state id, framed key and framed namespace of the current key; empty without one.
    row_key: Vec<u8>,
    /// Where the framed namespace begins in `row_key`.
    namespace_at: usize,
    namespace_frame: Vec<u8>,
    /// Memory for the row key of a map entry.
    entry_key: Vec<u8>,
    watches: Vec<Weak<Watch>>,
}

/// Tells a strict scan that its map or list was changed beside it.
pub(crate) struct Watch {
    pub(crate) prefix: Vec<u8>,
    pub(crate) modified: AtomicBool,
}

impl Core {
    fn new(rows: Rows) -> Self {
        let mut namespace_frame = Vec::new();
        frame::append(&mut namespace_frame, &[]);
        let (row_key, entry_key, watches) = (Vec::new(), Vec::new(), Vec::new());
        Self { rows, timers: Vec::new(), row_key, namespace_at: 0, namespace_frame, entry_key, watches }
    }

    fn set_key(&mut self, key_group: u16, key: &[u8]) {
        self.row_key.clear();
        row::append_head(&mut self.row_key, key_group, 0);
        frame::append(&mut self.row_key, key);
        self.namespace_at = self.row_key.len();
        self.row_key.extend_from_slice(&self.namespace_frame);
    }

    fn set_namespace(&mut self, namespace: &[u8]) {
        self.namespace_frame.clear();
        frame::append(&mut self.namespace_frame, namespace);
        if !self.row_key.is_empty() {
            self.row_key.truncate(self.namespace_at);
            self.row_key.extend_from_slice(&self.namespace_frame);
        }
    }

    /// The namespace as it stands in row keys.
    pub(crate) fn namespace_frame(&self) -> &[u8] {
        &self.namespace_frame
    }

    /// The row key of a state for the current key and namespace, beside the rows.
    #[inline]
    pub(crate) fn at(&mut self, state_id: u32) -> Result<(&mut Rows, &mut Vec<u8>)> {
        match self.row_key.get_mut(2..row::HEAD_BYTES) {
            Some(place) => place.copy_from_slice(&state_id.to_be_bytes()),
            None => return Err(Error::NoCurrentKey),
        }
        Ok((&mut self.rows, &mut self.row_key))
    }

    /// The row key of a map entry, in memory to be given back.
    #[inline]
    pub(crate) fn entry_row_key(&mut self, state_id: u32, map_key: &[u8]) -> Result<Vec<u8>> {
        self.at(state_id)?;
        let mut entry_key = std::mem::take(&mut self.entry_key);
        entry_key.clear();
        entry_key.extend_from_slice(&self.row_key);
        entry_key.extend_from_slice(map_key);
        Ok(entry_key)
    }

    #[inline]
    pub(crate) fn give_back(&mut self, entry_key: Vec<u8>) {
        self.entry_key = entry_key;
    }

    /// The row key of a state for the current key and another namespace.
    pub(crate) fn row_key_in(&mut self, state_id: u32, namespace: &[u8]) -> Result<Vec<u8>> {
        let at = self.namespace_at;
        let (_, row_key) = self.at(state_id)?;
        let mut other = row_key[..at].to_vec();
        frame::append(&mut other, namespace);
        Ok(other)
    }

    /// Tells strict scans over the rows of a state, for the current key and namespace, that they change.
    #[inline]
    pub(crate) fn changed(&mut self) {
        if !self.watches.is_empty() {
            let prefix = std::mem::take(&mut self.row_key);
            self.changed_beside(&prefix, None);
            self.row_key = prefix;
        }
    }

    /// Tells strict scans over the rows below a prefix that they change; not the one that changes them.
    #[cold]
    pub(crate) fn changed_beside(&mut self, prefix: &[u8], own: Option<&Arc<Watch>>) {
        self.watches.retain(|watch| watch.strong_count() > 0);
        for watch in self.watches.iter().filter_map(Weak::upgrade).filter(|watch| watch.prefix == prefix) {
            if !own.is_some_and(|own| Arc::ptr_eq(own, &watch)) {
                watch.modified.store(true, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn watch(&mut self, prefix: &[u8]) -> Arc<Watch> {
        let watch = Arc::new(Watch { prefix: prefix.to_vec(), modified: AtomicBool::new(false) });
        self.watches.push(Arc::downgrade(&watch));
        watch
    }
}

impl Shared {
    pub(crate) fn new(
        realm: Realm, range: KeyGroupRange, max_parallelism: u32, clock: ClockSource, rows: Rows,
    ) -> Self {
        let clock = match clock {
            ClockSource::System => Clock::system(),
            ClockSource::Manual => Clock::manual(),
        };
        let family = rows.family().name().to_owned();
        let mut core = Core::new(rows);
        if realm == Realm::Operator {
            core.set_key(0, &[]);
        }
        Self {
            realm,
            range,
            max_parallelism,
            clock: Arc::new(clock),
            family,
            timer_family: String::new(),
            core: Mutex::new(core),
            visits: AtomicU64::new(0),
        }
    }

    /// The same with its timers in a family.
    pub(crate) fn with_timers_in(self, family: &str) -> Self {
        Self { timer_family: family.to_owned(), ..self }
    }

    /// The key group of a key, which must be one of this backend.
    pub(crate) fn key_group_of(&self, key: &[u8], hash: Option<i32>) -> Result<u16> {
        let Self { range, max_parallelism, .. } = *self;
        let key_group = match hash {
            None => key_group::of_key(key, max_parallelism)?,
            Some(hash) => key_group::of_hash(hash, max_parallelism)?,
        };
        if range.contains(key_group) {
            Ok(key_group)
        } else {
            Err(Error::KeyGroupOutOfRange { key_group, range })
        }
    }

    /// Enters for one call.
    ///
    /// # Errors
    /// [`Error::StillInUse`] while another thread is inside.
    #[inline]
    pub(crate) fn enter(&self) -> Result<MutexGuard<'_, Core>> {
        match self.try_enter() {
            Some(core) => Ok(core),
            None => self.enter_after_visits(),
        }
    }

    #[inline]
    fn try_enter(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits when who is inside may be a visitor: one was here just before, or has come since.
    #[cold]
    fn enter_after_visits(&self) -> Result<MutexGuard<'_, Core>> {
        let before = self.visits.load(Ordering::Acquire);
        if let Some(core) = self.try_enter() {
            return Ok(core);
        }
        fence(Ordering::Acquire);
        if before as u32 > 0 || self.visits.load(Ordering::Acquire) >> 32 != before >> 32 {
            return Ok(self.wait());
        }
        Err(Error::StillInUse(
            "the keyed backend is in use by another thread; it serves one thread at a time".to_owned(),
        ))
    }

    fn wait(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes out what row cache and timers hold back, from any thread.
    pub(crate) fn drain(&self) -> Result<()> {
        self.visit(Core::drain)
    }

    /// Lets go of a family that is about to be dropped, from any thread.
    pub(crate) fn leave(&self, family: &str) -> Result<()> {
        self.visit(|core| core.rows.leave(family))
    }

    /// What row cache and timers take and do, from any thread.
    pub(crate) fn cache_figures(&self) -> CacheFigures {
        self.visit(|core| {
            let cache = core.rows.cache();
            CacheFigures {
                bytes: cache.bytes() as u64,
                capacity_bytes: cache.capacity_bytes() as u64,
                hits: cache.hits(),
                misses: cache.misses(),
                timer_bytes: core.timers.iter().map(|service| service.buffered_bytes() as u64).sum(),
            }
        })
    }

    fn visit<T>(&self, body: impl FnOnce(&mut Core) -> T) -> T {
        self.visits.fetch_add(1 << 32 | 1, Ordering::AcqRel);
        let result = body(&mut self.wait());
        self.visits.fetch_sub(1, Ordering::AcqRel);
        result
    }
}

impl Core {
    pub(crate) fn drain(&mut self) -> Result<()> {
        let rows = self.rows.drain();
        self.timers.iter_mut().fold(rows, |drained, service| drained.and(service.drain()))
    }
}

/// State scoped to keys, for the keys of one key-group range. Serves one thread at a time, with all states taken from it.
///
/// Cheap to clone; its rows leave the cache at the latest when the last clone and the last state are dropped.
#[derive(Clone)]
pub struct KeyedBackend(Arc<Attached>);

/// Keeps a keyed backend in its directory.
pub(crate) struct Attached {
    pub(crate) shared: Arc<Shared>,
    directory: Arc<Directory>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.directory.detach(&self.shared);
    }
}

impl KeyedBackend {
    pub(crate) fn new(shared: Arc<Shared>, directory: Arc<Directory>) -> Self {
        Self(Arc::new(Attached { shared, directory }))
    }

    /// Its key groups.
    pub fn key_group_range(&self) -> KeyGroupRange {
        self.0.shared.range
    }

    /// Number of key groups of all backends of the job.
    pub fn max_parallelism(&self) -> u32 {
        self.0.shared.max_parallelism
    }

    /// Makes `key` the current one; `hash` places it where the caller's own 32-bit hash, such as Java's, does. Returns its key group.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a key over 12 KiB; [`Error::KeyGroupOutOfRange`]; [`Error::StillInUse`]. The current key stays then.
    pub fn set_current_key(&self, key: &[u8], hash: Option<i32>) -> Result<u16> {
        check_part("the key", key)?;
        let key_group = self.key_group_of(key, hash)?;
        self.0.shared.enter()?.set_key(key_group, key);
        Ok(key_group)
    }

    /// The key group of a key, which must be one of this backend.
    ///
    /// # Errors
    /// [`Error::KeyGroupOutOfRange`].
    pub fn key_group_of(&self, key: &[u8], hash: Option<i32>) -> Result<u16> {
        self.0.shared.key_group_of(key, hash)
    }

    /// Leaves no key current: state is not accessible until the next one.
    ///
    /// # Errors
    /// [`Error::StillInUse`].
    pub fn clear_current_key(&self) -> Result<()> {
        self.0.shared.enter()?.row_key.clear();
        Ok(())
    }

    /// Makes a namespace current, for this and the next keys; the empty one is Flink's void namespace and the first.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a namespace over 12 KiB; [`Error::StillInUse`].
    pub fn set_namespace(&self, namespace: &[u8]) -> Result<()> {
        check_part("the namespace", namespace)?;
        self.0.shared.enter()?.set_namespace(namespace);
        Ok(())
    }

    /// Advances the watermark, or the processing time of a manual clock, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time before the last one, and for processing time that is the system's.
    pub fn set_time(&self, time: Time, millis: i64) -> Result<()> {
        self.0.shared.clock.advance(time, millis)
    }

    /// Writes out what row cache and timers hold back.
    ///
    /// # Errors
    /// [`Error::Engine`]: what could not be written stays in memory. [`Error::StillInUse`].
    pub fn drain(&self) -> Result<()> {
        self.0.shared.enter()?.drain()
    }

    /// Opens the timers of that name, of 1 to 255 bytes. The same name again leads to the same timers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name of another length; [`Error::StateMismatch`] when another name has the same id;
    /// [`Error::ColumnFamilyNotFound`]; [`Error::Damaged`]; [`Error::StillInUse`]; [`Error::Engine`].
    pub fn timer_service(&self, name: &str) -> Result<TimerService> {
        let index = self.0.directory.open_timers(&self.0.shared, name)?;
        Ok(TimerService::new(Arc::clone(&self.0), index))
    }

    /// Registers a state, or finds it registered the same way.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]; [`Error::StateMismatch`] when it is registered in another way; [`Error::ColumnFamilyNotFound`].
    pub fn state(&self, descriptor: Descriptor) -> Result<State> {
        let definition = self.0.directory.register(&self.0.shared, descriptor)?;
        Ok(State { attached: Arc::clone(&self.0), definition })
    }

    /// The registered states with what holds for all of them, as one JSON document.
    ///
    /// # Errors
    /// [`Error::StillInUse`].
    pub fn states_json(&self) -> Result<String> {
        self.0.directory.states_json(&self.0.shared)
    }

    /// Forgets a state and removes its rows in the key groups of this backend.
    ///
    /// # Errors
    /// [`Error::StateNotFound`]; [`Error::StillInUse`] while a handle to it is open; [`Error::Engine`].
    pub fn drop_state(&self, name: &str) -> Result<()> {
        self.0.directory.drop_state(&self.0.shared, name)
    }
}

/// One declared state. Follows the current key and namespace of its keyed backend, which it keeps alive.
#[derive(Clone)]
pub struct State {
    attached: Arc<Attached>,
    definition: Arc<Definition>,
}

impl State {
    pub(crate) fn of_operator(shared: Arc<Shared>, directory: Arc<Directory>, definition: Arc<Definition>) -> Self {
        Self { attached: Arc::new(Attached { shared, directory }), definition }
    }

    /// Its declaration.
    pub fn descriptor(&self) -> &Descriptor {
        &self.definition.descriptor
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.attached.shared
    }

    #[inline]
    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
    }

    #[inline]
    pub(crate) fn id(&self) -> u32 {
        self.definition.state_id
    }

    #[inline]
    pub(crate) fn enter(&self) -> Result<MutexGuard<'_, Core>> {
        self.attached.shared.enter()
    }

    /// The time that a row written now carries; none without a ttl.
    #[inline]
    pub(crate) fn written_now(&self) -> Option<i64> {
        self.definition.descriptor.ttl.as_ref().map(|ttl| self.attached.shared.clock.now(ttl.time))
    }

    /// Refuses a kind that the call is not for.
    #[inline]
    pub(crate) fn check_kind(&self, allowed: &[Kind]) -> Result<()> {
        if allowed.contains(&self.definition.descriptor.kind) {
            Ok(())
        } else {
            Err(self.wrong_kind(allowed))
        }
    }

    #[cold]
    fn wrong_kind(&self, allowed: &[Kind]) -> Error {
        let Descriptor { name, kind, .. } = self.descriptor();
        let allowed: Vec<_> = allowed.iter().map(|kind| kind.name()).collect();
        Error::StateMismatch(format!(
            "state '{name}' is of kind {}, and the call is for {}",
            kind.name(),
            allowed.join(", ")
        ))
    }

    /// The damage of a row that no version of the library wrote.
    #[cold]
    pub(crate) fn damaged(&self) -> Error {
        Error::Damaged(format!(
            "a row of state '{}' is damaged; restore the state from a checkpoint",
            self.descriptor().name
        ))
    }
}

/// Refuses a key, namespace or map key over the limit of one part of a row key.
#[inline]
pub(crate) fn check_part(what: &str, bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_KEYED_KEY_BYTES {
        return Err(Error::LimitExceeded {
            what: what.to_owned(),
            actual: bytes.len(),
            limit: MAX_KEYED_KEY_BYTES,
            unit: "bytes",
        });
    }
    Ok(())
}

// Framing at most doubles a part: head, key, namespace and map key fit into a key of the engine.
const _: () = assert!(row::HEAD_BYTES + 2 * (2 * MAX_KEYED_KEY_BYTES + 2) + MAX_KEYED_KEY_BYTES <= MAX_KEY_BYTES);

//! [`Directory`]: the keyed backends and registered states of one backend.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::descriptor::Descriptor;
use super::expiry::Expiry;
use super::keyed::{CacheFigures, KeyedBackend, KeyedOptions, Shared, State};
use super::registry::{Definition, KeyedFacts, Realm, Registry};
use super::rows::Rows;
use crate::db::column_family::ColumnFamily;
use crate::db::database::OpenFamilies;
use crate::error::{Error, Result};
use crate::key::key_group::KeyGroupRange;
use crate::limits::MAX_NAME_BYTES;
use crate::timer;
use crate::ttl::clock::Time;

/// Family of the registry.
pub(crate) const REGISTRY_FAMILY: &str = "checkpoint";
/// Family of operator state.
pub(crate) const OPERATOR_FAMILY: &str = "operator_state";

/// Which keyed backends are open, and which states are registered.
pub(crate) struct Directory {
    families: OpenFamilies,
    expiry: Expiry,
    /// Rows may wait in the row cache: without a log they would be lost with the memtable anyway.
    write_back: bool,
    registry: Mutex<Option<Registry>>,
    open: Mutex<Vec<Arc<Shared>>>,
    /// Locked after `open`.
    importing: Mutex<Importing>,
    /// Figures of the keyed backends that are gone.
    gone: Mutex<CacheFigures>,
}

/// The import of a savepoint that is under way.
#[derive(Default)]
struct Importing {
    is_under_way: bool,
    /// Its key groups, once they are known.
    range: Option<KeyGroupRange>,
}

/// Keeps other imports, and keyed backends of its key groups, out while an import is under way.
pub(crate) struct ImportClaim(Arc<Directory>);

impl ImportClaim {
    /// Takes the key groups that are imported.
    ///
    /// # Errors
    /// [`Error::StillInUse`] while a keyed backend has some of them open.
    pub(crate) fn extend(&self, range: KeyGroupRange) -> Result<()> {
        let open = lock(&self.0.open);
        let keyed = |other: &&Arc<Shared>| other.realm == Realm::Keyed && other.range.overlaps(range);
        if let Some(other) = open.iter().find(keyed) {
            return Err(Error::StillInUse(format!(
                "a savepoint cannot be imported into key groups {range} while a keyed backend has {} open; free it first",
                other.range
            )));
        }
        lock(&self.0.importing).range = Some(range);
        Ok(())
    }
}

impl Drop for ImportClaim {
    fn drop(&mut self) {
        *lock(&self.0.importing) = Importing::default();
    }
}

/// All that the registry holds.
#[derive(Default)]
pub(crate) struct Registered {
    pub(crate) keyed: Option<KeyedFacts>,
    pub(crate) states: Vec<Definition>,
    pub(crate) operator_states: Vec<Definition>,
}

/// What [`KeyedBackend::states_json`] shows.
#[derive(Serialize)]
struct Listing<'a> {
    max_parallelism: u32,
    key_type: String,
    first_key_group: u16,
    last_key_group: u16,
    states: Vec<Listed<'a>>,
}

/// A state as it is listed: its descriptor, and what the library made of it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    descriptor: &'a Descriptor,
    state_id: u32,
    ttl_enabled_at: Option<i64>,
}

impl<'a> Listed<'a> {
    fn of(definition: &'a Arc<Definition>) -> Self {
        let Definition { descriptor, state_id, ttl_enabled_at } = &**definition;
        Self { descriptor, state_id: *state_id, ttl_enabled_at: *ttl_enabled_at }
    }
}

impl Directory {
    pub(crate) fn new(families: OpenFamilies, write_back: bool) -> Self {
        Self {
            expiry: Expiry::new(families.clone()),
            families,
            write_back,
            registry: Mutex::new(None),
            open: Mutex::new(Vec::new()),
            importing: Mutex::default(),
            gone: Mutex::default(),
        }
    }

    /// Which rows expire, and what compactions removed of them.
    pub(crate) fn expiry(&self) -> &Expiry {
        &self.expiry
    }

    /// Opens keyed state over a key-group range that no other open keyed backend overlaps.
    pub(crate) fn open_keyed(self: &Arc<Self>, options: &KeyedOptions) -> Result<KeyedBackend> {
        let family = self.families.named(&options.column_family)?;
        let rows = Rows::new(family, options.row_cache_bytes, self.write_back);
        let (facts, range) = self.with_registry(|registry| {
            let mut facts = registry.keyed_facts(options.max_parallelism, &options.key_type)?;
            let last = options.last_key_group.unwrap_or(facts.max_parallelism - 1);
            let range = KeyGroupRange::new(options.first_key_group, last, facts.max_parallelism)
                .map_err(|error| Error::InvalidOption(error.to_string()))?;
            facts.extend(range, &[&options.column_family, &options.timer_column_family]);
            registry.fix_keyed_facts(&facts)?;
            Ok((facts, range))
        })?;
        let shared = Shared::new(Realm::Keyed, range, facts.max_parallelism, options.clock, rows);
        let shared = Arc::new(shared.with_timers_in(&options.timer_column_family));
        self.attach(&shared)?;
        Ok(KeyedBackend::new(shared, Arc::clone(self)))
    }

    fn attach(&self, shared: &Arc<Shared>) -> Result<()> {
        let mut open = lock(&self.open);
        let keyed = |other: &&Arc<Shared>| other.realm == Realm::Keyed && other.range.overlaps(shared.range);
        if let Some(other) = open.iter().find(keyed) {
            return Err(Error::StillInUse(format!(
                "key-group range {} overlaps {}, which another keyed backend has open",
                shared.range, other.range
            )));
        }
        if lock(&self.importing).range.is_some_and(|range| range.overlaps(shared.range)) {
            return Err(Error::StillInUse(format!(
                "a savepoint is being imported into key groups {}; finish the import first",
                shared.range
            )));
        }
        let armed = self.expiry.open(shared);
        match armed {
            Ok(()) => open.push(Arc::clone(shared)),
            Err(_) => self.expiry.close(shared),
        }
        armed
    }

    /// Lets a keyed backend go once its rows are out. One whose rows cannot be written stays until the backend closes, which reports it.
    pub(crate) fn detach(&self, shared: &Arc<Shared>) {
        if shared.drain().is_ok() {
            self.expiry.close(shared);
            let mut open = lock(&self.open);
            open.retain(|other| !Arc::ptr_eq(other, shared));
            let figures = CacheFigures { bytes: 0, capacity_bytes: 0, timer_bytes: 0, ..shared.cache_figures() };
            let mut gone = lock(&self.gone);
            *gone = gone.and(figures);
        }
    }

    /// Writes out what the caches of all keyed backends hold back.
    pub(crate) fn drain(&self) -> Result<()> {
        let open = lock(&self.open).clone();
        open.iter().try_for_each(|shared| shared.drain())
    }

    /// Lets go of a family that is about to be dropped.
    pub(crate) fn leave(&self, family: &str) -> Result<()> {
        let open = lock(&self.open).clone();
        open.iter().try_for_each(|shared| shared.leave(family))
    }

    /// What the row caches take now, and did since the backend was opened.
    pub(crate) fn cache_figures(&self) -> CacheFigures {
        let open = lock(&self.open);
        let gone = *lock(&self.gone);
        open.iter().fold(gone, |sum, shared| sum.and(shared.cache_figures()))
    }

    pub(crate) fn register(&self, shared: &Arc<Shared>, descriptor: Descriptor) -> Result<Arc<Definition>> {
        descriptor.check(shared.realm == Realm::Operator)?;
        let family = descriptor.column_family.as_deref().map(|name| self.families.named(name)).transpose()?;
        let definition = self.with_registry(|registry| registry.register(shared.realm, descriptor, &shared.clock))?;
        if shared.realm == Realm::Keyed {
            let name = family.as_ref().map_or(shared.family.as_str(), ColumnFamily::name);
            self.expiry.declare(name, &definition)?;
        }
        shared.enter()?.rows.set_family(definition.state_id, family);
        Ok(definition)
    }

    /// Opens the timers of that name, or finds them open. Returns which they are among the timers of the keyed backend.
    pub(crate) fn open_timers(&self, shared: &Shared, name: &str) -> Result<usize> {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            let text =
                format!("the name of a timer service has {} bytes; allowed are 1 to {MAX_NAME_BYTES}", name.len());
            return Err(Error::InvalidArgument(text));
        }
        let mut core = shared.enter()?;
        if let Some(index) = core.timers.iter().position(|service| service.name() == name) {
            return Ok(index);
        }
        let family = self.families.named(&shared.timer_family)?;
        let groups = shared.range.first()..=shared.range.last();
        let store = timer::Store::new(family, self.families.named(REGISTRY_FAMILY)?);
        core.timers.push(timer::Service::open(name, store, groups, self.write_back)?);
        Ok(core.timers.len() - 1)
    }

    /// Opens operator state, which has no keys.
    pub(crate) fn open_operator(self: &Arc<Self>, descriptor: Descriptor) -> Result<State> {
        let range = KeyGroupRange::new(0, 0, 1)?;
        let rows = Rows::new(self.families.named(OPERATOR_FAMILY)?, 0, false);
        let shared = Arc::new(Shared::new(Realm::Operator, range, 1, Default::default(), rows));
        let definition = self.register(&shared, descriptor)?;
        Ok(State::of_operator(shared, Arc::clone(self), definition))
    }

    pub(crate) fn states_json(&self, shared: &Shared) -> Result<String> {
        self.with_registry(|registry| {
            let facts = registry.keyed_facts(0, "")?;
            let listing = Listing {
                max_parallelism: facts.max_parallelism,
                key_type: facts.key_type,
                first_key_group: shared.range.first(),
                last_key_group: shared.range.last(),
                states: registry.of(shared.realm).map(Listed::of).collect(),
            };
            Ok(serde_json::to_string(&listing).expect("plain data"))
        })
    }

    pub(crate) fn drop_state(&self, shared: &Arc<Shared>, name: &str) -> Result<()> {
        self.with_registry(|registry| {
            let definition = registry.find(shared.realm, name)?;
            if Arc::strong_count(definition) > 1 {
                return Err(Error::StillInUse(format!(
                    "state '{name}' has open handles; free them before it is dropped"
                )));
            }
            let (state_id, own) = (definition.state_id, definition.descriptor.column_family.as_deref());
            match own.map(|family| self.families.named(family)).transpose() {
                Ok(own) => shared.enter()?.rows.remove_state(state_id, own, shared.range)?,
                // Its rows went with its family.
                Err(Error::ColumnFamilyNotFound(_)) => {}
                Err(error) => return Err(error),
            }
            registry.remove(shared.realm, name)?;
            self.expiry.forget(state_id)
        })
    }

    /// The times of the keyed backends that are open: those of their key groups, watermark and processing time.
    pub(crate) fn times(&self) -> Vec<(KeyGroupRange, [i64; 2])> {
        let open = lock(&self.open);
        let times = |shared: &Arc<Shared>| {
            let now = [Time::Event, Time::Processing].map(|time| shared.clock.now(time));
            (shared.range, now)
        };
        open.iter().filter(|shared| shared.realm == Realm::Keyed).map(times).collect()
    }

    /// What is registered, for a checkpoint: facts of keyed state, its states, and those of operators.
    pub(crate) fn registered(&self) -> Result<Registered> {
        match self.families.named(REGISTRY_FAMILY) {
            Err(Error::ColumnFamilyNotFound(_)) => return Ok(Registered::default()),
            found => drop(found?),
        }
        self.with_registry(|registry| {
            let states = |realm| registry.of(realm).map(|definition| (**definition).clone()).collect();
            Ok(Registered {
                keyed: registry.stored_keyed_facts().cloned(),
                states: states(Realm::Keyed),
                operator_states: states(Realm::Operator),
            })
        })
    }

    /// Begins the import of a savepoint, one at a time.
    ///
    /// # Errors
    /// [`Error::StillInUse`].
    pub(crate) fn begin_import(self: &Arc<Self>) -> Result<ImportClaim> {
        let mut importing = lock(&self.importing);
        if importing.is_under_way {
            return Err(Error::StillInUse(
                "another savepoint is being imported; finish that import, or free it".to_owned(),
            ));
        }
        importing.is_under_way = true;
        Ok(ImportClaim(Arc::clone(self)))
    }

    pub(crate) fn with_registry<T>(&self, body: impl FnOnce(&mut Registry) -> Result<T>) -> Result<T> {
        let mut registry = lock(&self.registry);
        let loaded = match registry.take() {
            Some(loaded) => loaded,
            None => Registry::load(self.families.named(REGISTRY_FAMILY)?)?,
        };
        body(registry.insert(loaded))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

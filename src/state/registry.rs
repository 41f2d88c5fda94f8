//! The registry: which states a backend has. Kept in family `checkpoint`, each row with its own digest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::descriptor::Descriptor;
use crate::db::column_family::ColumnFamily;
use crate::db::scan::ScanOptions;
use crate::error::{Error, Result};
use crate::key::key_group::{check_max_parallelism, KeyGroupRange, DEFAULT_MAX_PARALLELISM};
use crate::key::row;
use crate::ttl::clock::Clock;
use crate::ttl::stamp::Lifetime;

const PREFIX: &str = "registry/";
const KEYED: &str = "registry/keyed";
const DIGEST_BYTES: usize = 8;

/// What a backend's keyed state was first opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyedFacts {
    pub(crate) max_parallelism: u32,
    pub(crate) key_type: String,
    /// First and last key group that were ever opened; none in what earlier versions stored.
    #[serde(default)]
    pub(crate) key_groups: Option<(u32, u32)>,
    /// Families whose rows begin with a key group, in order.
    #[serde(default)]
    pub(crate) families: BTreeSet<String>,
}

impl KeyedFacts {
    /// The key groups that there may be rows of.
    pub(crate) fn range(&self) -> Option<KeyGroupRange> {
        let (first, last) = self.key_groups?;
        KeyGroupRange::new(first, last, self.max_parallelism).ok()
    }

    /// Adds what a keyed backend opens.
    pub(crate) fn extend(&mut self, range: KeyGroupRange, families: &[&str]) {
        let (first, last) = (u32::from(range.first()), u32::from(range.last()));
        self.key_groups = Some(self.key_groups.map_or((first, last), |known| (known.0.min(first), known.1.max(last))));
        self.families.extend(families.iter().map(|family| (*family).to_owned()));
    }
}

/// A registered state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(crate) descriptor: Descriptor,
    pub(crate) state_id: u32,
    /// When its ttl was switched on, in its time.
    pub(crate) ttl_enabled_at: Option<i64>,
}

impl Definition {
    /// How long its rows live; none without a ttl.
    #[inline]
    pub(crate) fn lifetime(&self) -> Option<Lifetime> {
        let ttl = self.descriptor.ttl.as_ref()?;
        Some(Lifetime { ttl_millis: ttl.millis, time: ttl.time, enabled_at: self.ttl_enabled_at? })
    }
}

/// The states of keyed or of operator state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Realm {
    Keyed,
    Operator,
}

impl Realm {
    fn row_prefix(self) -> &'static str {
        match self {
            Realm::Keyed => "registry/state/",
            Realm::Operator => "registry/operator/",
        }
    }
}

/// All states of a backend.
pub(crate) struct Registry {
    family: ColumnFamily,
    keyed: Option<KeyedFacts>,
    states: BTreeMap<String, Arc<Definition>>,
}

impl Registry {
    /// Reads the registry of a backend from its family.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a row whose digest does not hold; [`Error::Engine`].
    pub(crate) fn load(family: ColumnFamily) -> Result<Self> {
        let mut registry = Self { family, keyed: None, states: BTreeMap::new() };
        let rows = ScanOptions { prefix: PREFIX.as_bytes(), ..ScanOptions::default() };
        registry.family.clone().each_row(&rows, |key, value| registry.adopt(key, value))?;
        Ok(registry)
    }

    fn adopt(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let name = String::from_utf8_lossy(key).into_owned();
        let json = undigested(value).ok_or_else(|| damaged(&name))?;
        if name == KEYED {
            self.keyed = Some(serde_json::from_slice(json).map_err(|_| damaged(&name))?);
        } else {
            let definition: Definition = serde_json::from_slice(json).map_err(|_| damaged(&name))?;
            self.states.insert(name, Arc::new(definition));
        }
        Ok(())
    }

    /// What holds for all keyed state of the backend, as stored or, at the first time, as wished. A zero or empty wish takes what is
    /// stored.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] for another max parallelism or key type than stored; [`Error::InvalidOption`].
    pub(crate) fn keyed_facts(&self, wished_max_parallelism: u32, wished_key_type: &str) -> Result<KeyedFacts> {
        if let Some(stored) = &self.keyed {
            if wished_max_parallelism != 0 && wished_max_parallelism != stored.max_parallelism {
                return Err(Error::StateMismatch(format!(
                    "the state has max parallelism {}, fixed for its life, not {wished_max_parallelism}",
                    stored.max_parallelism
                )));
            }
            if !wished_key_type.is_empty() && wished_key_type != stored.key_type {
                return Err(Error::StateMismatch(format!(
                    "the state has key type '{}', not '{wished_key_type}'",
                    stored.key_type
                )));
            }
            return Ok(stored.clone());
        }
        let max_parallelism =
            if wished_max_parallelism == 0 { DEFAULT_MAX_PARALLELISM } else { wished_max_parallelism };
        check_max_parallelism(max_parallelism).map_err(|error| Error::InvalidOption(error.to_string()))?;
        Ok(KeyedFacts {
            max_parallelism,
            key_type: wished_key_type.to_owned(),
            key_groups: None,
            families: BTreeSet::new(),
        })
    }

    /// Stores what holds for all keyed state of the backend, unless it is stored.
    pub(crate) fn fix_keyed_facts(&mut self, facts: &KeyedFacts) -> Result<()> {
        if self.keyed.as_ref() != Some(facts) {
            self.write(KEYED, facts)?;
            self.keyed = Some(facts.clone());
        }
        Ok(())
    }

    /// What is stored of keyed state; none when there never was any.
    pub(crate) fn stored_keyed_facts(&self) -> Option<&KeyedFacts> {
        self.keyed.as_ref()
    }

    /// Registers a state, or finds it registered the same way. A ttl may differ from the one stored when no handle to the state is open.
    ///
    /// # Errors
    /// [`Error::StateMismatch`]; [`Error::Engine`].
    pub(crate) fn register(&mut self, realm: Realm, descriptor: Descriptor, clock: &Clock) -> Result<Arc<Definition>> {
        let row_name = format!("{}{}", realm.row_prefix(), descriptor.name);
        let Some(existing) = self.states.get(&row_name) else {
            return self.register_first(realm, row_name, descriptor, clock);
        };
        descriptor.check_same(&existing.descriptor)?;
        if descriptor.ttl == existing.descriptor.ttl {
            return Ok(Arc::clone(existing));
        }
        if Arc::strong_count(existing) > 1 {
            return Err(Error::StateMismatch(format!(
                "state '{}' is open with another ttl; free its handles first to change it",
                descriptor.name
            )));
        }
        let enabled_before = existing.descriptor.ttl.as_ref().map(|ttl| ttl.time);
        let enabled_at = match (&descriptor.ttl, enabled_before) {
            (Some(ttl), Some(time)) if ttl.time == time => existing.ttl_enabled_at,
            (Some(ttl), _) => Some(clock.now(ttl.time)),
            (None, _) => None,
        };
        self.store(row_name, Definition { descriptor, state_id: existing.state_id, ttl_enabled_at: enabled_at })
    }

    fn register_first(
        &mut self, realm: Realm, row_name: String, descriptor: Descriptor, clock: &Clock,
    ) -> Result<Arc<Definition>> {
        let state_id = row::id_of_name(descriptor.name.as_bytes());
        let clash = self.of(realm).find(|other| other.state_id == state_id);
        if let Some(other) = clash {
            return Err(Error::StateMismatch(format!(
                "state '{}' has the same id as state '{}'; choose another name",
                descriptor.name, other.descriptor.name
            )));
        }
        let ttl_enabled_at = descriptor.ttl.as_ref().map(|ttl| clock.now(ttl.time));
        self.store(row_name, Definition { descriptor, state_id, ttl_enabled_at })
    }

    fn store(&mut self, row_name: String, definition: Definition) -> Result<Arc<Definition>> {
        self.write(&row_name, &definition)?;
        let definition = Arc::new(definition);
        self.states.insert(row_name, Arc::clone(&definition));
        Ok(definition)
    }

    /// Takes over the states of another subtask's registry.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] when a state is registered in another way there, or the keyed state has another max parallelism or key type.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        for (row_name, definition) in &other.states {
            match self.states.get(row_name) {
                Some(known) => definition.descriptor.check_same(&known.descriptor)?,
                None => drop(self.store(row_name.clone(), (**definition).clone())?),
            }
        }
        let Some(facts) = &other.keyed else { return Ok(()) };
        let mut merged = self.keyed_facts(facts.max_parallelism, &facts.key_type)?;
        merged.key_groups = merged.key_groups.or(facts.key_groups);
        merged.families.extend(facts.families.iter().cloned());
        self.fix_keyed_facts(&merged)
    }

    /// Stores which key groups there are rows of from now on.
    pub(crate) fn set_range(&mut self, range: KeyGroupRange) -> Result<()> {
        let Some(mut facts) = self.keyed.clone() else { return Ok(()) };
        facts.key_groups = None;
        facts.extend(range, &[]);
        self.fix_keyed_facts(&facts)
    }

    /// A registered state.
    ///
    /// # Errors
    /// [`Error::StateNotFound`].
    pub(crate) fn find(&self, realm: Realm, name: &str) -> Result<&Arc<Definition>> {
        let row_name = format!("{}{name}", realm.row_prefix());
        self.states.get(&row_name).ok_or_else(|| Error::StateNotFound(name.to_owned()))
    }

    /// Forgets a state of which no handle is open.
    ///
    /// # Errors
    /// [`Error::StateNotFound`]; [`Error::StillInUse`]; [`Error::Engine`].
    pub(crate) fn remove(&mut self, realm: Realm, name: &str) -> Result<()> {
        let row_name = format!("{}{name}", realm.row_prefix());
        self.family.delete(row_name.as_bytes())?;
        self.states.remove(&row_name);
        Ok(())
    }

    /// The states of a realm, by name.
    pub(crate) fn of(&self, realm: Realm) -> impl Iterator<Item = &Arc<Definition>> {
        let prefix = realm.row_prefix();
        self.states.iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(_, definition)| definition)
    }

    /// Refuses a state of a savepoint that is registered in another way here.
    ///
    /// # Errors
    /// [`Error::StateMismatch`].
    pub(crate) fn check_import(&self, realm: Realm, definition: &Definition) -> Result<()> {
        let Definition { descriptor, state_id, .. } = definition;
        match self.of(realm).find(|known| known.state_id == *state_id) {
            Some(known) if known.descriptor.name != descriptor.name => Err(Error::StateMismatch(format!(
                "state '{}' of the savepoint has the same id as state '{}'",
                descriptor.name, known.descriptor.name
            ))),
            Some(known) => descriptor.check_same(&known.descriptor),
            None => Ok(()),
        }
    }

    /// Registers states of a savepoint that are not registered yet, and what holds for all keyed state, by the one write of `store`, which is
    /// given the rows.
    ///
    /// # Errors
    /// Those of `store`: nothing has changed then.
    pub(crate) fn take_over(
        &mut self, states: &[(Realm, &Definition)], facts: Option<KeyedFacts>,
        store: impl FnOnce(&[(Vec<u8>, Vec<u8>)]) -> Result<()>,
    ) -> Result<()> {
        let mut new = Vec::new();
        let mut rows = Vec::new();
        for (realm, definition) in states {
            let row_name = format!("{}{}", realm.row_prefix(), definition.descriptor.name);
            if !self.states.contains_key(&row_name) {
                rows.push((row_name.clone().into_bytes(), digested(definition)));
                new.push((row_name, Arc::new((*definition).clone())));
            }
        }
        rows.extend(facts.iter().map(|facts| (KEYED.as_bytes().to_vec(), digested(facts))));
        store(&rows)?;
        self.states.extend(new);
        self.keyed = facts.or_else(|| self.keyed.take());
        Ok(())
    }

    fn write(&self, row_name: &str, content: &impl Serialize) -> Result<()> {
        self.family.put(row_name.as_bytes(), &digested(content))
    }
}

/// A value of the registry: the content as JSON, with its digest.
pub(crate) fn digested(content: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(content).expect("plain data without maps of other keys than text");
    let mut value = xxh3_64(&json).to_le_bytes().to_vec();
    value.extend_from_slice(&json);
    value
}

/// The JSON of a value of the registry; none when its digest does not hold.
pub(crate) fn undigested(value: &[u8]) -> Option<&[u8]> {
    let (digest, json) = value.split_first_chunk::<DIGEST_BYTES>()?;
    (u64::from_le_bytes(*digest) == xxh3_64(json)).then_some(json)
}

#[cold]
fn damaged(row_name: &str) -> Error {
    Error::Damaged(format!("row '{row_name}' of the state registry is damaged; restore the state from a checkpoint"))
}

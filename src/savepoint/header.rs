//! [`Header`]: what a savepoint holds, as JSON.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::block::{Damage, Section};
use crate::key::key_group::{check_max_parallelism, KeyGroupRange};
use crate::key::row;
use crate::limits::{MAX_COLUMN_FAMILIES, MAX_NAME_BYTES};
use crate::options::check_family_name;
use crate::state::descriptor::Descriptor;
use crate::state::directory::{OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::registry::Definition;
use crate::timer::registration;
use crate::ttl::clock::Time;

/// Largest header that is read: some ten thousand states.
pub(super) const MAX_HEADER_BYTES: usize = 16 << 20;

/// What holds for all keyed state of a savepoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyed {
    /// Number of key groups of the job.
    pub max_parallelism: u32,
    /// The caller's name for the type of the keys.
    pub key_type: String,
    /// First key group of the subtask.
    pub first_key_group: u32,
    /// Last key group of the subtask.
    pub last_key_group: u32,
}

impl Keyed {
    pub(super) fn range(&self) -> Option<KeyGroupRange> {
        KeyGroupRange::new(self.first_key_group, self.last_key_group, self.max_parallelism).ok()
    }
}

/// One queue of timers: those of one service and one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimerQueue {
    /// Name of the service.
    pub name: String,
    /// Which time its timers wait for.
    pub time: Time,
    /// Id of the queue.
    pub queue_id: u32,
}

/// What a savepoint holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the library that wrote it.
    pub library: String,
    /// What holds for all keyed state; none when there never was any.
    pub keyed: Option<Keyed>,
    pub(crate) states: Vec<Definition>,
    pub(crate) operator_states: Vec<Definition>,
    /// Queues of timers, by name and time.
    pub timers: Vec<TimerQueue>,
    /// Column families whose rows are included, by name.
    pub column_families: Vec<String>,
}

impl Header {
    /// The keyed states, by name. Records lead to them by their place.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &Descriptor> {
        self.states.iter().map(|definition| &definition.descriptor)
    }

    /// The operator states, by name. Records lead to them by their place.
    pub fn operator_states(&self) -> impl ExactSizeIterator<Item = &Descriptor> {
        self.operator_states.iter().map(|definition| &definition.descriptor)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a header is plain data")
    }

    /// Reads what [`Header::to_json`] wrote.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Damage> {
        let wrong = |reason: String| Damage::at(Section::Header, reason);
        let header: Self =
            serde_json::from_slice(json).map_err(|error| wrong(format!("is none of a savepoint: {error}")))?;
        header.check().map_err(|reason| wrong(format!("is none of a savepoint: {reason}")))?;
        Ok(header)
    }

    /// Holds the content to what a savepoint can be, whoever wrote it.
    fn check(&self) -> Result<(), String> {
        match &self.keyed {
            None if !self.states.is_empty() || !self.timers.is_empty() => {
                return Err("it has keyed state without key groups".to_owned())
            }
            Some(keyed) => {
                check_max_parallelism(keyed.max_parallelism).map_err(|error| error.to_string())?;
                keyed.range().ok_or("its key groups cannot be")?;
            }
            None => {}
        }
        check_states(&self.states, false)?;
        check_states(&self.operator_states, true)?;
        self.check_timers()?;
        self.check_families()
    }

    fn check_timers(&self) -> Result<(), String> {
        let order = |queue: &TimerQueue| (queue.name.clone(), queue.time as u8);
        for queue in &self.timers {
            let is_named = (1..=MAX_NAME_BYTES).contains(&queue.name.len()) && !queue.name.contains('\0');
            if !is_named || registration::id_of(&queue.name, queue.time) != queue.queue_id {
                return Err(format!("timers '{}' have another name or id than any can have", queue.name));
            }
        }
        let sorted = self.timers.is_sorted_by(|one, other| order(one) < order(other));
        let ids = self.timers.iter().map(|queue| queue.queue_id).chain(self.states.iter().map(|state| state.state_id));
        if !sorted || !are_distinct(ids) {
            return Err("it lists timers out of order, or two things of one id".to_owned());
        }
        Ok(())
    }

    fn check_families(&self) -> Result<(), String> {
        let families = &self.column_families;
        let own = self.states.iter().filter_map(|state| state.descriptor.column_family.as_ref());
        for name in families.iter().chain(own) {
            check_family_name(name).map_err(|error| error.to_string())?;
            if name == REGISTRY_FAMILY || name == OPERATOR_FAMILY {
                return Err(format!("column family '{name}' is the library's own"));
            }
        }
        if families.len() > MAX_COLUMN_FAMILIES || !families.is_sorted_by(|one, other| one < other) {
            return Err("it lists too many column families, or not in order".to_owned());
        }
        Ok(())
    }
}

fn check_states(states: &[Definition], is_operator: bool) -> Result<(), String> {
    for Definition { descriptor, state_id, ttl_enabled_at } in states {
        descriptor.check(is_operator).map_err(|error| error.to_string())?;
        if *state_id != row::id_of_name(descriptor.name.as_bytes())
            || ttl_enabled_at.is_some() != descriptor.ttl.is_some()
        {
            return Err(format!("state '{}' is not as any can be", descriptor.name));
        }
    }
    let sorted = states.is_sorted_by(|one, other| one.descriptor.name < other.descriptor.name);
    if !sorted || !are_distinct(states.iter().map(|state| state.state_id)) {
        return Err("it lists states out of order, or two of one id".to_owned());
    }
    Ok(())
}

fn are_distinct(mut ids: impl Iterator<Item = u32>) -> bool {
    let mut known = HashSet::new();
    ids.all(|id| known.insert(id))
}

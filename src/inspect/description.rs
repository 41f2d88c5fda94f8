//! [`Description`]: what states there are.

use serde::Serialize;

use crate::checkpoint::{ClaimMode, Metadata};
use crate::state::descriptor::Descriptor;
use crate::state::registry::{Definition, KeyedFacts};
use crate::ttl::clock::Time;

/// What a checkpoint or a state folder holds, in the words of its registry.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Description {
    /// Its column families, in order.
    pub column_families: Vec<String>,
    /// Number of key groups; none when there never was keyed state.
    pub max_parallelism: Option<u32>,
    /// Type of the keys, as the caller named it.
    pub key_type: Option<String>,
    /// First and last key group that there may be rows of.
    pub key_groups: Option<(u32, u32)>,
    /// Keyed states, by name.
    pub states: Vec<StateDescription>,
    /// States of operators, by name.
    pub operator_states: Vec<StateDescription>,
    /// Timers, by name; none when that is not known, as from the metadata of a checkpoint alone.
    pub timers: Option<Vec<TimersDescription>>,
    /// Checkpoints that a folder was restored from.
    pub origins: Vec<Origin>,
}

/// A registered state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateDescription {
    /// Its declaration.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// What stands for it in row keys.
    pub state_id: u32,
    /// When its ttl was switched on, in milliseconds of its time.
    pub ttl_enabled_at: Option<i64>,
}

/// One of the two queues of a timer service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimersDescription {
    /// Name of the service.
    pub name: String,
    /// What its timers wait for.
    pub time: Time,
    /// What stands for it in row keys.
    pub queue_id: u32,
}

/// A checkpoint that a folder was restored from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Root of its store.
    pub root: String,
    /// Its id.
    pub id: u64,
    /// Whose it is since then.
    pub mode: ClaimMode,
}

impl From<&Definition> for StateDescription {
    fn from(definition: &Definition) -> Self {
        let Definition { descriptor, state_id, ttl_enabled_at } = definition.clone();
        Self { descriptor, state_id, ttl_enabled_at }
    }
}

impl From<&Metadata> for Description {
    fn from(metadata: &Metadata) -> Self {
        let mut description = Self { column_families: metadata.column_families.clone(), ..Self::default() };
        description.set_keyed(metadata.keyed.as_ref());
        description.states = metadata.states.iter().map(StateDescription::from).collect();
        description.operator_states = metadata.operator_states.iter().map(StateDescription::from).collect();
        description
    }
}

impl Description {
    pub(super) fn set_keyed(&mut self, facts: Option<&KeyedFacts>) {
        self.max_parallelism = facts.map(|facts| facts.max_parallelism);
        self.key_type = facts.map(|facts| facts.key_type.clone());
        self.key_groups = facts.and_then(|facts| facts.key_groups);
    }
}

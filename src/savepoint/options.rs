//! What an export takes along, and how an import is done.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which parts of the state are taken along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportOptions {
    /// Name for messages, such as that of a file.
    pub name: String,
    /// Keyed states by name; none for all of them.
    pub states: Option<Vec<String>>,
    /// Whether timers are. Default: when all keyed states are.
    pub timers: Option<bool>,
    /// Whether operator states are. Default: when all keyed states are.
    pub operator_states: Option<bool>,
    /// Whether rows of column families that hold no state are. Default: when all keyed states are.
    pub column_families: Option<bool>,
}

/// How a savepoint is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    /// Name for messages, such as that of a file.
    pub name: String,
    /// Keyed states by name; none for all that the savepoint has.
    pub states: Option<Vec<String>>,
    /// As in [`ExportOptions::timers`], for what the savepoint has.
    pub timers: Option<bool>,
    /// As in [`ExportOptions::operator_states`], for what the savepoint has.
    pub operator_states: Option<bool>,
    /// As in [`ExportOptions::column_families`], for what the savepoint has; by default in subtask 0 only.
    pub column_families: Option<bool>,
    /// First key group wanted. Default with [`ImportOptions::last_key_group`]: those of the subtask when the parallelism is given, else those
    /// that the backend has or had open, which must be all that the savepoint has, else those of the savepoint.
    pub first_key_group: Option<u32>,
    /// Last key group wanted.
    pub last_key_group: Option<u32>,
    /// Number of subtasks of the job, which share the key groups and what operator lists hold. Default one, of any key groups.
    pub parallelism: Option<u32>,
    /// Which of them the backend is of, from 0.
    pub subtask: u32,
    /// How many savepoints of the same job were imported into the backend before this one: operator lists are then added to.
    pub position: u32,
    /// Max parallelism of the backend. 0 takes that of the backend, or that of the savepoint when there is no keyed state yet.
    pub max_parallelism: u32,
    /// Places each key anew, by murmur3 of its bytes: what a max parallelism other than the savepoint's needs.
    pub rehash: bool,
    /// Family for states that have none of their own; default `user_state`.
    pub column_family: String,
    /// Family for timers; default `timer_state`.
    pub timer_column_family: String,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            name: String::new(),
            states: None,
            timers: None,
            operator_states: None,
            column_families: None,
            first_key_group: None,
            last_key_group: None,
            parallelism: None,
            subtask: 0,
            position: 0,
            max_parallelism: 0,
            rehash: false,
            column_family: "user_state".to_owned(),
            timer_column_family: "timer_state".to_owned(),
        }
    }
}

/// Which parts are taken along, settled.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    states: Option<Vec<String>>,
    pub(super) timers: bool,
    pub(super) operator_states: bool,
    pub(super) column_families: bool,
}

impl Parts {
    fn new(states: &Option<Vec<String>>, timers: Option<bool>, operator: Option<bool>, families: Option<bool>) -> Self {
        let all = states.is_none();
        Self {
            states: states.clone(),
            timers: timers.unwrap_or(all),
            operator_states: operator.unwrap_or(all),
            column_families: families.unwrap_or(all),
        }
    }

    pub(super) fn has_state(&self, name: &str) -> bool {
        self.states.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted == name))
    }

    /// Refuses a wish for a state that is not there.
    ///
    /// # Errors
    /// [`Error::StateNotFound`].
    pub(super) fn check(&self, is_there: impl Fn(&str) -> bool) -> Result<()> {
        match self.states.iter().flatten().find(|name| !is_there(name)) {
            Some(name) => Err(Error::StateNotFound(name.clone())),
            None => Ok(()),
        }
    }
}

impl ExportOptions {
    /// Reads the JSON form; an empty document takes the defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] naming the field at fault.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        parse(json, "export")
    }

    pub(super) fn parts(&self) -> Parts {
        Parts::new(&self.states, self.timers, self.operator_states, self.column_families)
    }
}

impl ImportOptions {
    /// Reads the JSON form; an empty document takes the defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] naming the field at fault.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        parse(json, "import")
    }

    pub(super) fn parts(&self) -> Parts {
        // Rows that belong to no subtask go to the first, as on a rescale.
        let families = self.column_families.or((self.subtask > 0).then_some(false));
        Parts::new(&self.states, self.timers, self.operator_states, families)
    }

    /// Number of subtasks.
    pub(super) fn subtasks(&self) -> u32 {
        self.parallelism.unwrap_or(1)
    }

    /// Refuses what does not fit together by itself.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |reason: &str| Err(Error::InvalidOption(format!("options of the import: {reason}")));
        if self.subtask >= self.subtasks() {
            return wrong("'subtask' must be below 'parallelism'");
        }
        if self.first_key_group.is_some() != self.last_key_group.is_some() {
            return wrong("'first_key_group' and 'last_key_group' go together");
        }
        Ok(())
    }
}

fn parse<T: Default + for<'a> Deserialize<'a>>(json: &[u8], what: &str) -> Result<T> {
    if json.is_empty() {
        return Ok(T::default());
    }
    let wrong = |reason: String| Error::InvalidOption(format!("options of the {what}: {reason}"));
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(wrong("they are no JSON object".to_owned()));
    }
    serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))
}

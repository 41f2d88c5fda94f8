//! [`Descriptor`]: the declaration of a state.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::MAX_NAME_BYTES;
use crate::ttl::clock::Time;

/// What a state holds for each key and namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One value.
    Value,
    /// Elements in the order of their addition.
    List,
    /// Values by map key.
    Map,
    /// One value into which each addition is reduced.
    Reducing,
    /// One accumulator into which each addition is aggregated.
    Aggregating,
    /// Operator state that is appended on rescaling: every subtask gets the whole list.
    Union,
    /// Operator state that is the same in every subtask.
    Broadcast,
}

impl Kind {
    /// Its name in a descriptor.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Value => "value",
            Kind::List => "list",
            Kind::Map => "map",
            Kind::Reducing => "reducing",
            Kind::Aggregating => "aggregating",
            Kind::Union => "union",
            Kind::Broadcast => "broadcast",
        }
    }
}

/// An aggregation that runs in the library, in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Sum of 64-bit integers; one that leaves their range is refused.
    SumI64,
    /// Sum of doubles.
    SumF64,
    /// Least integer.
    MinI64,
    /// Least double; NaN when one was added.
    MinF64,
    /// Greatest integer.
    MaxI64,
    /// Greatest double; NaN when one was added.
    MaxF64,
    /// Mean of 64-bit integers, over their exact sum.
    AverageI64,
    /// Mean of doubles.
    AverageF64,
    /// Number of additions.
    Count,
}

/// What refreshes the write time of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TtlUpdate {
    /// Creation and writes.
    #[default]
    OnCreateAndWrite,
    /// Reads as well.
    OnReadAndWrite,
}

/// Whether a row that has expired and is still there may be returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TtlVisibility {
    /// Never.
    #[default]
    NeverReturnExpired,
    /// Once, by the read that removes it.
    ReturnExpiredIfNotCleanedUp,
}

fn processing() -> Time {
    Time::Processing
}

/// Time-to-live of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ttl {
    /// Lifetime in milliseconds, at least 1.
    pub millis: i64,
    /// What refreshes the write time.
    #[serde(default)]
    pub update: TtlUpdate,
    /// Whether an expired row may be returned.
    #[serde(default)]
    pub visibility: TtlVisibility,
    /// The time it counts in; default processing time.
    #[serde(default = "processing")]
    pub time: Time,
}

/// The declaration of a state. Type names are the caller's: they are compared, never understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Its name, 1 to 255 bytes, unique in the backend.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Type of the namespaces.
    #[serde(default)]
    pub namespace_type: String,
    /// Type of the values, elements or accumulators.
    #[serde(default)]
    pub value_type: String,
    /// Type of the map keys.
    #[serde(default)]
    pub map_key_type: String,
    /// Native aggregation of a reducing or aggregating state; none for the caller's own.
    #[serde(default)]
    pub aggregate: Option<Aggregate>,
    /// Family for its rows; none for that of the keyed backend.
    #[serde(default)]
    pub column_family: Option<String>,
    /// Its time-to-live; none for rows that stay.
    #[serde(default)]
    pub ttl: Option<Ttl>,
}

impl Descriptor {
    /// A descriptor without types, aggregate and ttl.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            namespace_type: String::new(),
            value_type: String::new(),
            map_key_type: String::new(),
            aggregate: None,
            column_family: None,
            ttl: None,
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] naming the field at fault.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        parse(json, "the state descriptor is")
    }

    /// Refuses what no state can be. `operator` tells which kinds are at home.
    pub(crate) fn check(&self, operator: bool) -> Result<()> {
        self.check_name()?;
        let at_home = match self.kind {
            Kind::List => true,
            Kind::Union | Kind::Broadcast => operator,
            Kind::Value | Kind::Map | Kind::Reducing | Kind::Aggregating => !operator,
        };
        if !at_home {
            let home = if operator { "keyed" } else { "operator" };
            return Err(self.wrong(format_args!("kind '{}' is for {home} state", self.kind.name())));
        }
        if operator && (self.ttl.is_some() || self.column_family.is_some()) {
            return Err(self.wrong(format_args!("operator state has no 'ttl' and no 'column_family' of its own")));
        }
        if !self.map_key_type.is_empty() && !matches!(self.kind, Kind::Map | Kind::Broadcast) {
            return Err(self.wrong(format_args!("'map_key_type' is for map and broadcast state")));
        }
        if matches!(&self.ttl, Some(ttl) if ttl.millis < 1) {
            return Err(self.wrong(format_args!("'ttl.millis' must be at least 1")));
        }
        self.check_aggregate()
    }

    fn check_name(&self) -> Result<()> {
        if self.name.is_empty() || self.name.len() > MAX_NAME_BYTES || self.name.contains('\0') {
            return Err(Error::InvalidOption(format!(
                "a state's name has 1 to {MAX_NAME_BYTES} bytes and no NUL, and '{}' has {}",
                self.name.replace('\0', "\\0"),
                self.name.len()
            )));
        }
        if self.name == "default" {
            return Err(self.wrong(format_args!("the name is that of the engine's own column family; choose another")));
        }
        Ok(())
    }

    fn check_aggregate(&self) -> Result<()> {
        match (self.kind, self.aggregate) {
            (_, None) | (Kind::Aggregating, _) => Ok(()),
            (Kind::Reducing, Some(Aggregate::AverageI64 | Aggregate::AverageF64 | Aggregate::Count)) => {
                Err(self.wrong(format_args!("a reducing state keeps the type of its input: use an aggregating state")))
            }
            (Kind::Reducing, Some(_)) => Ok(()),
            _ => Err(self.wrong(format_args!("'aggregate' is for reducing and aggregating state"))),
        }
    }

    fn wrong(&self, reason: std::fmt::Arguments<'_>) -> Error {
        Error::InvalidOption(format!("state '{}': {reason}", self.name))
    }

    /// Refuses another declaration of a state that exists. A ttl may change, its family may not.
    pub(crate) fn check_same(&self, existing: &Self) -> Result<()> {
        let facts = |it: &Self| {
            [
                ("kind", it.kind.name().to_owned()),
                ("value_type", it.value_type.clone()),
                ("map_key_type", it.map_key_type.clone()),
                ("namespace_type", it.namespace_type.clone()),
                ("aggregate", format!("{:?}", it.aggregate)),
                ("column_family", it.column_family.clone().unwrap_or_default()),
            ]
        };
        for ((what, now), (_, before)) in facts(self).into_iter().zip(facts(existing)) {
            if now != before {
                return Err(Error::StateMismatch(format!(
                    "state '{}' is registered with {what} '{before}', not '{now}'; use that, or another name",
                    self.name
                )));
            }
        }
        Ok(())
    }
}

/// Reads one JSON object; serde by itself would take an array of the fields as well. `what` begins the sentence of a refusal.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8], what: &str) -> Result<T> {
    let wrong = |reason: &dyn Display| Error::InvalidOption(format!("{what} wrong: {reason}"));
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(wrong(&"it is no JSON object"));
    }
    serde_json::from_slice(json).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str, operator: bool) -> String {
        let checked = Descriptor::from_json(json.as_bytes()).and_then(|descriptor| descriptor.check(operator));
        checked.expect_err("refused").to_string()
    }

    #[test]
    fn a_descriptor_names_what_is_wrong_with_it() {
        for (json, operator, word) in [
            (r#"{"name":"x"}"#, false, "kind"),
            (r#"{"name":"x","kind":"heap"}"#, false, "heap"),
            (r#"{"name":"x","kind":"value","color":1}"#, false, "color"),
            (r#"{"name":"","kind":"value"}"#, false, "name"),
            (r#"{"name":"default","kind":"value"}"#, false, "default"),
            (r#"{"name":"x","kind":"union"}"#, false, "operator"),
            (r#"{"name":"x","kind":"value"}"#, true, "keyed"),
            (r#"{"name":"x","kind":"value","ttl":{"millis":0}}"#, false, "ttl.millis"),
            (r#"{"name":"x","kind":"value","aggregate":"count"}"#, false, "aggregate"),
            (r#"{"name":"x","kind":"reducing","aggregate":"count"}"#, false, "aggregating"),
            (r#"{"name":"x","kind":"list","map_key_type":"i64"}"#, false, "map_key_type"),
        ] {
            let text = refusal(json, operator);
            assert!(text.contains(word), "{json}: {text}");
        }
    }

    #[test]
    fn json_and_back_is_the_same() {
        let json = br#"{"name":"x","kind":"aggregating","aggregate":"average_f64","ttl":{"millis":5,"time":"event"}}"#;
        let descriptor = Descriptor::from_json(json).expect("well-formed");
        let again = serde_json::to_vec(&descriptor).expect("plain data");
        assert_eq!(Descriptor::from_json(&again).ok(), Some(descriptor));
    }
}

//! Keyed and operator state: descriptors, their registry, and the five kinds over rows.
//!
//! Meaning of every operation: Flink's `State` interfaces. Layout of the rows: [`crate::key::row`] and [`crate::ttl::stamp`].

mod aggregate;
pub mod descriptor;
pub(crate) mod directory;
pub(crate) mod expiry;
pub mod keyed;
mod list;
pub mod map;
mod merge;
mod packed;
pub(crate) mod registry;
mod row_cache;
mod rows;
pub mod scan;
mod timers;
mod value;

pub use keyed::{KeyedBackend, KeyedOptions, State};
pub use timers::{TimerQuery, TimerService};

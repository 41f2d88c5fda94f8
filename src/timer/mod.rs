//! Timers: an ordered set per key group, event time and processing time apart.
//!
//! What timers mean: Flink's `InternalTimerService`. A [`service::Service`] holds both times of one name; each is a [`queue`] whose
//! [`group`]s keep the earliest timers in memory and leave the others to the engine.

mod group;
pub(crate) mod packed;
mod queue;
pub(crate) mod registration;
pub(crate) mod row;
mod select;
pub(crate) mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::Service;
pub(crate) use store::Store;

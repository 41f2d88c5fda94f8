//! Options of the event log.

use serde::{Deserialize, Serialize};

/// How bad an event is.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventLevel {
    /// Details; among them the options that RocksDB lists at open.
    Debug = 0,
    /// What happens in the ordinary course of things: opening, flushes, compactions.
    Info = 1,
    /// What may be wrong: pressure, stalls, damage that was dropped.
    Warn = 2,
    /// What is wrong: failed background work.
    Error = 3,
}

/// When a new file of the event log begins. Times are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Every minute.
    Minutely,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Never: one file.
    Never,
}

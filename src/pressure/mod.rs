//! Back pressure: how near a backend is to holding its writers up, as numbers from 0 to 1. Pure functions of what was read; no clock.
//!
//! `level` is FLINK.NET's documented mean of memory, write latency and pending compaction. A mean hides a single signal that is at its
//! end, so `effective` takes the largest of the level and of the engine's own limits, and is what credits and throttling go by.

pub(crate) mod reading;
mod references;
pub(crate) mod steering;
pub(crate) mod thresholds;

pub use references::References;

use serde::Serialize;

/// What pressure is computed from. What was not measured is NaN and presses with nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readings {
    /// Memory in use, in bytes.
    pub memory_bytes: u64,
    /// Mean time of a write, in milliseconds.
    pub write_latency_millis: f64,
    /// Bytes that compaction has still to rewrite.
    pub pending_compaction_bytes: u64,
    /// Memtables that wait for a flush, as a share of those that stop writes.
    pub immutable_memtable_share: f64,
    /// Files of level 0, as a share of those that delay writes; or, with the memtables that will be such files, of those that stop them.
    pub level0_share: f64,
    /// Bytes that compaction has still to rewrite, as a share of those that delay writes.
    pub pending_compaction_share: f64,
    /// Time that writers wait for a credit, in milliseconds.
    pub queue_wait_millis: f64,
    /// The engine has stopped writes.
    pub stopped: bool,
    /// The engine delays writes.
    pub delayed: bool,
    /// Mean time of a flush, in milliseconds.
    pub mean_flush_millis: f64,
}

/// How near a backend is to holding its writers up. Shares and levels are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pressure {
    /// Mean of the first three shares.
    pub level: f64,
    /// Largest of the level and the other shares; at least 0.9 while the engine delays writes, 1 while it has stopped them.
    pub effective: f64,
    /// Memory in use, of the reference.
    pub memory_share: f64,
    /// Mean time of a write, of the reference.
    pub write_latency_share: f64,
    /// Bytes that compaction has still to rewrite, of the reference.
    pub compaction_share: f64,
    /// Memtables that wait for a flush, of those that stop writes; of the family that has most.
    pub immutable_memtable_share: f64,
    /// Files of level 0, of those that delay writes; or, with the memtables that will be such files, of those that stop them, whichever share
    /// is greater; of the family that has most.
    pub level0_share: f64,
    /// Bytes that compaction has still to rewrite, of those that delay writes; of the family that has most.
    pub pending_compaction_share: f64,
    /// Time that writers wait for a credit, of the target.
    pub queue_wait_share: f64,
    /// The engine has stopped writes.
    pub stopped: bool,
    /// The engine delays writes.
    pub delayed: bool,
    /// Mean time of a flush, in milliseconds; NaN before the first.
    pub mean_flush_millis: f64,
    /// The warnings in force: bits of [`Warning`].
    pub warnings: u32,
}

/// What a control law needs of the pressure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// As [`Pressure::effective`]; never NaN.
    pub effective: f64,
    /// The engine has stopped writes.
    pub stopped: bool,
    /// The engine delays writes.
    pub delayed: bool,
    /// Mean time of a flush, in milliseconds; NaN before the first.
    pub mean_flush_millis: f64,
}

/// A pressure in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Description {
    /// Below 0.3.
    Low = 0,
    /// Below 0.6.
    Medium = 1,
    /// Below 0.8.
    High = 2,
    /// 0.8 and more.
    Critical = 3,
}

/// What a warning is about; the values are bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The effective pressure is above 0.7.
    Elevated = 1,
    /// The effective pressure is above 0.8.
    High = 2,
    /// A write takes more than half of the reference, by default 50 ms.
    SlowWrites = 4,
    /// Memory is above 500/512 of the reference, by default 500 MiB.
    MuchMemory = 8,
    /// Compaction has more to rewrite than the reference, by default 100 MiB.
    MuchCompaction = 16,
}

/// Least effective pressure while the engine delays writes.
const DELAYED_PRESSURE: f64 = 0.9;
/// Pressure above which a producer should pause.
const THROTTLE_ABOVE: f64 = 0.8;

impl Pressure {
    /// The pressure of what was read, without warnings: those are crossings, which need the readings before.
    pub fn of(readings: &Readings, references: &References) -> Self {
        let memory_share = share(readings.memory_bytes as f64, references.memory_bytes as f64);
        let write_latency_share = share(readings.write_latency_millis, references.write_latency_millis);
        let compaction_share =
            share(readings.pending_compaction_bytes as f64, references.pending_compaction_bytes as f64);
        let queue_wait_share = share(readings.queue_wait_millis, references.queue_wait_millis);
        let limits = [readings.immutable_memtable_share, readings.level0_share, readings.pending_compaction_share]
            .map(|it| share(it, 1.0));
        let level = (memory_share + write_latency_share + compaction_share) / 3.0;
        let engine = match (readings.stopped, readings.delayed) {
            (true, _) => 1.0,
            (false, true) => DELAYED_PRESSURE,
            (false, false) => 0.0,
        };
        Self {
            level,
            effective: limits.into_iter().chain([queue_wait_share, engine]).fold(level, f64::max),
            memory_share,
            write_latency_share,
            compaction_share,
            immutable_memtable_share: limits[0],
            level0_share: limits[1],
            pending_compaction_share: limits[2],
            queue_wait_share,
            stopped: readings.stopped,
            delayed: readings.delayed,
            mean_flush_millis: readings.mean_flush_millis,
            warnings: 0,
        }
    }

    /// What a control law needs.
    pub fn signal(&self) -> Signal {
        Signal {
            effective: self.effective,
            stopped: self.stopped,
            delayed: self.delayed,
            mean_flush_millis: self.mean_flush_millis,
        }
    }

    /// The effective pressure in a word.
    pub fn description(&self) -> Description {
        Description::of(self.effective)
    }

    /// For how long a producer without credits should pause before its next write, in milliseconds.
    pub fn throttle_millis(&self) -> f64 {
        throttle_millis(self.effective)
    }
}

impl Description {
    /// A pressure in a word.
    pub fn of(pressure: f64) -> Self {
        match pressure {
            pressure if pressure >= 0.8 => Self::Critical,
            pressure if pressure >= 0.6 => Self::High,
            pressure if pressure >= 0.3 => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// FLINK.NET's documented pause: min(50, (pressure - 0.8) * 100) ms above 0.8, hence at most 20 ms for a pressure of at most 1.
pub fn throttle_millis(pressure: f64) -> f64 {
    if pressure > THROTTLE_ABOVE {
        ((pressure - THROTTLE_ABOVE) * 100.0).min(50.0)
    } else {
        0.0
    }
}

/// `amount` of `reference`, from 0 to 1. What is not known is nothing.
fn share(amount: f64, reference: f64) -> f64 {
    let share = amount / reference;
    if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;

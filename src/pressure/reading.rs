//! Reads a backend's pressure.

use std::sync::PoisonError;

use super::{Pressure, Readings, References};
use crate::backend::Backend;
use crate::db::database::Database;
use crate::error::Result;
use crate::metrics::memory::Memory;
use crate::metrics::statistics::mean_flush_ms;
use crate::metrics::Metrics;
use crate::options::EventLevel;

impl Backend {
    /// How near the backend is to holding its writers up, now. A warning that begins or ends with this reading is written into the engine's
    /// log and into the event log, once.
    ///
    /// Cheap enough for a hundred readings a second. The wait for credits is that of the [attached](Backend::attach) pools.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) when memory runs out.
    pub fn pressure(&self) -> Result<Pressure> {
        let readings = self.pressure_readings()?;
        let references = self.pressure_references();
        let mut pressure = Pressure::of(&readings, references);
        let mut thresholds = self.thresholds().lock().unwrap_or_else(PoisonError::into_inner);
        for crossing in thresholds.update(&readings, references, &pressure) {
            // A line that cannot be written is lost; the reading is not.
            self.database().engine().log(crossing.is_raised, &format!("[fsb] {crossing}")).unwrap_or_default();
            let level = if crossing.is_raised { EventLevel::Warn } else { EventLevel::Info };
            self.database().tell(level, &crossing.to_string());
        }
        pressure.warnings = thresholds.raised();
        Ok(pressure)
    }

    /// What the pressure is computed from.
    ///
    /// # Errors
    /// As [`Backend::pressure`].
    pub fn pressure_readings(&self) -> Result<Readings> {
        Readings::of(self.database(), &self.memory(), self.metrics(), self.steered().queue_wait_millis())
    }

    /// What the backend's pressure is measured against.
    pub fn pressure_references(&self) -> &References {
        self.references()
    }
}

impl Readings {
    pub(super) fn of(database: &Database, memory: &Memory, metrics: &Metrics, queue_wait_millis: f64) -> Result<Self> {
        let events = database.events()?;
        let backlog = database.backlog();
        Ok(Self {
            memory_bytes: memory.total_bytes(),
            write_latency_millis: metrics.write_latency_millis(),
            pending_compaction_bytes: backlog.pending_compaction_bytes,
            immutable_memtable_share: backlog.immutable_share,
            level0_share: backlog.level0_share,
            pending_compaction_share: backlog.pending_share,
            queue_wait_millis,
            stopped: events.write_stopped != 0,
            delayed: events.delayed_write_rate != 0,
            mean_flush_millis: mean_flush_ms(&events),
        })
    }
}

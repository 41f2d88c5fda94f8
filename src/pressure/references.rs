//! [`References`]: what pressure is measured against.

use crate::options::Options;

/// What counts as full pressure. Each is above zero; the options of a backend see to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct References {
    /// Memory, in bytes. Default 512 MiB.
    pub memory_bytes: u64,
    /// Mean time of a write, in milliseconds. Default 100.
    pub write_latency_millis: f64,
    /// Bytes that compaction has still to rewrite. Default 100 MiB.
    pub pending_compaction_bytes: u64,
    /// Time that writers wait for a credit, in milliseconds. Default 100.
    pub queue_wait_millis: f64,
}

impl From<&Options> for References {
    fn from(options: &Options) -> Self {
        Self {
            memory_bytes: options.pressure_memory_reference_bytes,
            write_latency_millis: options.pressure_write_latency_reference_millis,
            pending_compaction_bytes: options.pressure_pending_compaction_reference_bytes,
            queue_wait_millis: options.pressure_queue_wait_target_millis,
        }
    }
}

impl Default for References {
    fn default() -> Self {
        Self::from(&Options::default())
    }
}

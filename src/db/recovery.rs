//! [`Recovery`]: what opening a folder found.

use crate::options::EventLevel;

/// What opening the folder found of the write-ahead log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Sequence number of the last write recovered; 0 in a fresh folder.
    pub last_sequence: u64,
    /// Greatest sequence number known to be in table files when the folder was last flushed or closed; 0 when none.
    pub recorded_sequence: u64,
    /// Bytes of a damaged log: reported as dropped by the engine, or missing since the close. At least these are lost.
    pub wal_dropped_bytes: u64,
    /// Damaged places found.
    pub wal_dropped_records: u64,
}

impl Recovery {
    /// A line for the event log.
    pub(super) fn told(&self) -> (EventLevel, String) {
        let Self { last_sequence, wal_dropped_bytes, wal_dropped_records, .. } = self;
        if *wal_dropped_records == 0 {
            return (EventLevel::Info, format!("recovered all writes, up to sequence number {last_sequence}"));
        }
        let text = format!(
            "recovery dropped {wal_dropped_bytes} damaged bytes of the write-ahead log, in {wal_dropped_records} places; \
            the last write recovered has sequence number {last_sequence}"
        );
        (EventLevel::Warn, text)
    }
}

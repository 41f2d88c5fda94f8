//! [`Recovery`]: what opening a folder found.

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

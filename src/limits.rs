//! Largest sizes accepted. The engine itself would take more; these keep one call from exhausting memory.

/// Largest key, in bytes.
pub const MAX_KEY_BYTES: usize = 64 << 10;
/// Largest key, namespace or map key of keyed state, in bytes: together, and framed, they make one key.
pub const MAX_KEYED_KEY_BYTES: usize = 12 << 10;
/// Largest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 64 << 20;
/// Largest packed batch, or packed list of keys, in bytes.
pub const MAX_BATCH_BYTES: usize = 256 << 20;
/// Most operations of a batch, or keys of a multi-get.
pub const MAX_BATCH_OPERATIONS: usize = 1 << 20;
/// Longest column family name, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 255;
/// Most column families of a backend.
pub const MAX_COLUMN_FAMILIES: usize = 1024;
/// Longest options document, in bytes.
pub const MAX_OPTIONS_BYTES: usize = 1 << 20;
/// Largest snapshot, in bytes: the largest array of .NET.
pub const MAX_SNAPSHOT_BYTES: usize = 0x7FFF_FFC7;

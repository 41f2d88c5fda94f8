//! Checkpoints: what the state was at one moment, kept outside the data folder.
//!
//! ```text
//! <root>/shared/<sha-256>.<kind>     immutable files (sst, blob, options), shared by checkpoints
//! <root>/chk-<id>/<name>             files of one checkpoint: MANIFEST, CURRENT, logs
//! <root>/chk-<id>/_metadata.json     all of the above with size and digest; published last
//! <root>/snapshots/<name>.snapshot   bytes of others, by name; no part of any checkpoint
//! ```
//!
//! A checkpoint exists if and only if its metadata does. Whatever is interrupted before leaves files that nobody lists, which
//! [`CheckpointStore::collect`] removes. Only files of confirmed checkpoints are listed again instead of uploaded. Meaning of the claim
//! modes, of confirmation and of subsumption: Flink's (`SharedStateRegistry`, `RestoreMode`).

pub mod coordinator;
mod digest;
mod index;
pub mod metadata;
mod parallel;
mod patience;
mod redistribute;
pub mod rescale;
pub mod restore;
pub(crate) mod snapshot;
mod snapshots;
pub mod storage;
pub mod store;
pub mod task;

pub use coordinator::CheckpointOptions;
pub use metadata::{FileEntry, Metadata};
pub use rescale::Subtask;
pub use restore::{ClaimMode, Source, Which};
pub use storage::local::LocalStorage;
#[cfg(feature = "object-stores")]
pub use storage::object::ObjectStorage;
pub use storage::root::{storage_at, ObjectSettings};
pub use storage::Storage;
pub use store::{CheckpointStore, Collected, StoreOptions, Verified};
pub use task::{CheckpointTask, Progress, Report};

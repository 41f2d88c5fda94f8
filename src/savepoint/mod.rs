//! Savepoints: the state as one stream of bytes that owes nothing to an engine, for whoever wants to keep it, look at it, or go on from it with
//! another version, another parallelism or another program. The format: `docs/savepoint.md`.
//!
//! A savepoint is no checkpoint: it belongs to the user, is whole by itself, is never discarded by the library, and no checkpoint builds upon it.

mod block;
mod cursor;
pub mod export;
mod file;
pub mod header;
pub mod import;
pub mod options;
mod pending;
mod placement;
pub mod progress;
pub mod reader;
mod record;
mod target;
pub(crate) mod undo;

pub use block::Section;
pub use export::SavepointExport;
pub use header::{Header, Keyed, TimerQueue};
pub use import::SavepointImport;
pub use options::{ExportOptions, ImportOptions};
pub use progress::SavepointProgress;
pub use reader::{verify, Record, SavepointReader, SavepointSummary};
pub use record::Item;

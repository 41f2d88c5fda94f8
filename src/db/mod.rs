//! The database under the state: the only module that names RocksDB. It knows families, rows and files, and nothing of state.

mod append;
pub(crate) mod batch;
pub(crate) mod column_family;
pub(crate) mod database;
pub(crate) mod engine;
pub(crate) mod event_log;
pub(crate) mod figures;
mod folder;
mod lock;
mod log_files;
mod mark;
mod options;
#[cfg(feature = "inspect")]
pub(crate) mod read_only;
pub(crate) mod recovery;
pub(crate) mod resources;
pub(crate) mod row_filter;
pub(crate) mod scan;
pub(crate) mod snapshot;
pub(crate) mod stall;
pub(crate) mod swap;

pub(crate) use folder::create as create_folder;
pub(crate) use lock::FolderLock;

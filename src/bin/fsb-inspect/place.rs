//! [`Place`]: what a path on the command line leads to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flink_state_backend::checkpoint::{CheckpointStore, LocalStorage, Metadata, StoreOptions};

use crate::output::Failure;

/// What can be looked into.
pub enum Place {
    /// The checkpoints below a root.
    Checkpoints(Arc<CheckpointStore>),
    /// A folder of state.
    Folder(PathBuf),
    /// A file with a savepoint.
    Savepoint(PathBuf),
}

impl Place {
    /// What is at a path.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let kind = std::fs::metadata(path)
            .map_err(|error| Failure::new(format!("cannot read '{}': {error}", path.display())))?;
        if !kind.is_dir() {
            return Ok(Place::Savepoint(path.to_path_buf()));
        }
        if path.join("CURRENT").exists() {
            return Ok(Place::Folder(path.to_path_buf()));
        }
        let storage = Arc::new(LocalStorage::new(path));
        Ok(Place::Checkpoints(Arc::new(CheckpointStore::new(storage, StoreOptions::default())?)))
    }

    /// The checkpoints here.
    pub fn into_checkpoints(self) -> Result<Arc<CheckpointStore>, Failure> {
        match self {
            Place::Checkpoints(store) => Ok(store),
            Place::Savepoint(file) => {
                Err(Failure::new(format!("'{}' is a file, not a folder of checkpoints", file.display())))
            }
            Place::Folder(folder) => Err(Failure::new(format!(
                "'{}' is a state folder, not one of checkpoints; 'show' and 'dump' look into it",
                folder.display()
            ))),
        }
    }
}

/// The checkpoint that is asked for, or the newest.
pub fn checkpoint(store: &CheckpointStore, id: Option<u64>) -> Result<Metadata, Failure> {
    let id = id.map_or_else(|| store.newest(), Ok)?;
    Ok(store.metadata(id)?)
}

/// Refuses an id where there is none to choose.
pub fn no_id(path: &Path, id: Option<u64>) -> Result<(), Failure> {
    match id {
        None => Ok(()),
        Some(id) => {
            Err(Failure::new(format!("'{}' is no folder of checkpoints, and has no checkpoint {id}", path.display())))
        }
    }
}

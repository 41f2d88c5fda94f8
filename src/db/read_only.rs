//! [`ReadOnly`]: a state folder that nobody has open, looked at without a trace.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::column_family::ColumnFamily;
use super::database::{check_not_forked, check_nothing_lost, request};
use super::engine::{self, Engine};
use super::lock::FolderLock;
use super::mark::MarkFile;
use super::recovery::Recovery;
use super::resources::Resources;
use super::{folder, options as text, swap};
use crate::error::{Error, Result};
use crate::options::Options;

/// A state folder opened for reading alone. Whoever wants to own it is refused as long as this lives.
pub(crate) struct ReadOnly {
    families: BTreeMap<String, ColumnFamily>,
    engine: Arc<Engine>,
    recovery: Recovery,
}

impl ReadOnly {
    /// Opens a folder with all families found in it.
    ///
    /// # Errors
    /// [`Error::FolderUnusable`]; [`Error::FolderInUse`] names who has it open; [`Error::DataLost`] when it holds less than it did;
    /// [`Error::Engine`].
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        check_not_forked()?;
        let unusable = |reason: String| Error::FolderUnusable { folder: folder.to_path_buf(), reason };
        let folder = &fs::canonicalize(folder).map_err(|error| unusable(error.to_string()))?;
        if !folder::holds_state(folder) {
            return Err(unusable("it holds no state".to_owned()));
        }
        let lock = FolderLock::keep_owners_away(folder)?;
        if swap::is_unfinished(folder) {
            let reason = "a restore into it was interrupted; open it with the library, which brings back what it held";
            return Err(unusable(reason.to_owned()));
        }
        let mark = MarkFile::load(folder)?;
        let options = Options::new(folder::as_text(folder)?);
        let missing = mark.missing_log_bytes(options.wal_recovery)?;
        let (engine, families, damage) = open_engine(folder, &options, Box::new(lock))?;
        let recovery = Recovery {
            last_sequence: engine.latest_sequence(),
            recorded_sequence: mark.sequence(),
            wal_dropped_bytes: damage.dropped_bytes + missing,
            wal_dropped_records: damage.dropped_records + u64::from(missing > 0),
        };
        check_nothing_lost(folder, &recovery)?;
        Ok(Self { families, engine, recovery })
    }

    /// Its families, by name.
    pub(crate) fn families(&self) -> &BTreeMap<String, ColumnFamily> {
        &self.families
    }

    /// What opening it found.
    pub(crate) fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Reads every block and every file once and compares the checksums.
    pub(crate) fn verify_checksums(&self) -> Result<()> {
        let verified = self.engine.verify_checksums();
        verified.map_err(|status| Error::Engine { context: "cannot verify".to_owned(), status })
    }
}

fn open_engine(
    path: &Path, options: &Options, ownership: Box<dyn Send + Sync>,
) -> Result<(Arc<Engine>, BTreeMap<String, ColumnFamily>, engine::WalDamage)> {
    let failed = |status| Error::Engine { context: format!("cannot open '{}'", path.display()), status };
    let resources = Resources::of_one_backend(options)?;
    let names = engine::list_families(folder::as_text(path)?).map_err(failed)?;
    let requests = names.iter().map(|name| request(options, &resources, name)).collect::<Result<Vec<_>>>()?;
    let (engine, handles, damage) = Engine::open_read_only(engine::OpenRequest {
        path: folder::as_text(path)?,
        options: &text::database_text(options),
        log_directory: "",
        families: &requests,
        cache: resources.cache.clone(),
        write_buffer_manager: None,
        rate_limiter: None,
        event_log: None,
        enable_statistics: false,
        write_mode: text::write_mode(options),
        ownership,
    })
    .map_err(failed)?;
    let mut families = BTreeMap::new();
    for (name, handle) in names.into_iter().zip(handles) {
        families.insert(name.clone(), ColumnFamily::new(&name, handle, &options.family_options(&name)?));
    }
    Ok((engine, families, damage))
}

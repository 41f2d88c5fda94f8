//! [`SavepointImport`]: a savepoint on its way into a backend.

use std::sync::{Arc, Weak};

use super::options::ImportOptions;
use super::progress::SavepointProgress;
use super::reader::{named, RecordReader, SavepointSummary, PIECE_BYTES};
use super::target::Target;
use crate::backend::Backend;
use crate::db::database::Database;
use crate::error::{Error, Result};
use crate::options::WalMode;
use crate::state::directory::{Directory, ImportClaim};

/// A savepoint that is taken in as it comes. Nothing of it counts before [`SavepointImport::finish`] has returned: when an import fails, is
/// dropped, or its process is killed, what it wrote is removed, at once or when the folder is opened the next time. One thread at a time.
pub struct SavepointImport {
    options: ImportOptions,
    records: RecordReader,
    // IMPORTANT: before the claim, so that nobody comes in before what is left was removed.
    target: Option<Target>,
    claim: Option<ImportClaim>,
    directory: Arc<Directory>,
    database: Weak<Database>,
    progress: Arc<SavepointProgress>,
    failed: bool,
}

impl Backend {
    /// Begins to import a savepoint, or parts of it, one at a time. Keyed backends of its key groups must not be open until the import has ended; states that
    /// have rows in them already are refused by name.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn import_savepoint(&self, options: &ImportOptions) -> Result<SavepointImport> {
        options.check()?;
        Ok(SavepointImport {
            options: options.clone(),
            records: RecordReader::new(),
            target: None,
            claim: None,
            directory: Arc::clone(self.directory()),
            database: self.weak_database(),
            progress: Arc::default(),
            failed: false,
        })
    }
}

impl SavepointImport {
    /// How far it is, and the way to stop it.
    pub fn progress(&self) -> &Arc<SavepointProgress> {
        &self.progress
    }

    /// Takes the next bytes of the savepoint in.
    ///
    /// # Errors
    /// [`Error::SavepointDamaged`]; [`Error::SavepointCancelled`]; [`Error::StateNotFound`] for a state that is wanted and not there;
    /// [`Error::StateMismatch`] when states are registered in another way or have rows already, and when keys cannot be placed;
    /// [`Error::StillInUse`] while another import is under way or a keyed backend of its key groups is open; [`Error::Engine`]. The import has failed then, and what it
    /// wrote is removed.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.check_not_failed()?;
        bytes.chunks(PIECE_BYTES).try_for_each(|piece| self.take_piece(piece)).inspect_err(|_| self.fail())
    }

    /// Ends the import: all of the savepoint counts from now on, and is as durable as the backend's other writes; without a log it is flushed.
    ///
    /// # Errors
    /// As [`SavepointImport::write`], also when the savepoint is cut short.
    pub fn finish(mut self) -> Result<SavepointSummary> {
        self.check_not_failed()?;
        let finished = self.conclude();
        if finished.is_err() {
            self.fail();
        }
        finished
    }

    fn check_not_failed(&self) -> Result<()> {
        if self.failed {
            return Err(Error::InvalidArgument("the import has failed before; begin another one".to_owned()));
        }
        Ok(())
    }

    fn fail(&mut self) {
        self.failed = true;
        self.target = None;
        self.claim = None;
    }

    fn take_piece(&mut self, piece: &[u8]) -> Result<()> {
        self.progress.check()?;
        self.records.feed(piece);
        let mut entries = 0;
        while self.records.advance().map_err(|damage| named(&self.options.name, damage))? {
            self.prepare()?;
            let Self { records, target: Some(target), options, .. } = self else { continue };
            let header = records.header().expect("records follow the header");
            target.take(&records.record(), records.key_number(), header, options)?;
            entries += 1;
        }
        self.progress.count(entries, piece.len() as u64);
        Ok(())
    }

    /// Makes the backend ready, once the header is there.
    fn prepare(&mut self) -> Result<()> {
        if let (None, Some(header)) = (&self.target, self.records.header()) {
            let database = self.database()?;
            let claim = self.claim.insert(self.directory.begin_import()?);
            self.target = Some(Target::prepare(header, &self.options, &database, &self.directory, claim)?);
        }
        Ok(())
    }

    fn database(&self) -> Result<Arc<Database>> {
        let gone = || Error::StillInUse("the backend was closed while a savepoint was imported".to_owned());
        self.database.upgrade().ok_or_else(gone)
    }

    fn conclude(&mut self) -> Result<SavepointSummary> {
        self.progress.check()?;
        let summary = self.records.finish().map_err(|damage| named(&self.options.name, damage))?.clone();
        self.prepare()?;
        if let (Some(target), Some(header)) = (&mut self.target, self.records.header()) {
            target.finish(header, &self.options, &self.directory)?;
        }
        let database = self.database()?;
        if database.wal() == WalMode::Disabled {
            database.flush()?;
        }
        Ok(summary)
    }
}

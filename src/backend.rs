//! [`Backend`]: owns one of each part and wires them; decides nothing.

use std::sync::{Arc, Mutex, Weak};

use crate::checkpoint::coordinator::Coordinator;
use crate::checkpoint::{restore, snapshot, Metadata};
use crate::db::column_family::ColumnFamily;
use crate::db::database::Database;
use crate::db::engine;
use crate::db::event_log::EventQueue;
use crate::db::recovery::Recovery;
use crate::db::resources::Resources;
use crate::db::snapshot::Snapshot;
use crate::db::swap::Contents;
use crate::error::{Error, Result};
use crate::limits::MAX_OPTIONS_BYTES;
use crate::metrics::published::FiguresFile;
use crate::metrics::Metrics;
use crate::options::{self, schema, Options, WalMode};
use crate::pressure::steering::Steered;
use crate::pressure::thresholds::Thresholds;
use crate::pressure::References;
use crate::savepoint::undo;
use crate::state::descriptor::Descriptor;
use crate::state::directory::{Directory, OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::keyed::CacheFigures;
use crate::state::{KeyedBackend, KeyedOptions, State};
use crate::ttl::filter::Dropped;

/// The state backend: one folder of state, owned by this value alone.
///
/// Usable from any thread at once. Dropping it closes the folder once the families, scans, snapshots and pinned values taken from it
/// are gone as well; [`Backend::close`] does so and reports how it went.
pub struct Backend {
    // IMPORTANT: before the database, with which the folder becomes another's.
    figures_file: FiguresFile,
    // IMPORTANT: before the database, with whose folder it works.
    coordinator: Arc<Coordinator>,
    // IMPORTANT: first, so that nobody else holds the database any more when that goes.
    steered: Steered,
    // IMPORTANT: before the database, which closes with the last family.
    directory: Arc<Directory>,
    /// Others hold it only while they look at it, by way of `steered`.
    database: Arc<Database>,
    metrics: Arc<Metrics>,
    references: References,
    thresholds: Mutex<Thresholds>,
}

impl Backend {
    /// Opens a folder, fresh or not: every family found in it, and those of the options that are missing.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]; [`Error::FolderUnusable`]; [`Error::FolderInUse`]; [`Error::DataLost`] when the folder holds less
    /// than it is known to have held; [`Error::Engine`], for damage among other things.
    pub fn open(options: Options, resources: Option<Arc<Resources>>) -> Result<Self> {
        Self::open_with(options, resources, None)
    }

    /// As [`Backend::open`], over what `contents` puts in the place of what the folder holds.
    pub(crate) fn open_with(
        options: Options, resources: Option<Arc<Resources>>, contents: Option<&Contents<'_>>,
    ) -> Result<Self> {
        let references = References::from(&options);
        let database = Arc::new(Database::open(options, resources, contents)?);
        let origin = restore::read_origin(database.folder())?;
        remove_leftovers(&database)?;
        undo::clean(database.open_families())?;
        let write_back = database.wal() == WalMode::Disabled;
        let directory = Arc::new(Directory::new(database.open_families().clone(), write_back));
        let metrics = Arc::new(Metrics::new());
        let figures_file = FiguresFile::in_folder(database.folder());
        let steered = Steered::default();
        let coordinator = Arc::new(Coordinator::new(origin));
        Ok(Self {
            figures_file,
            coordinator,
            steered,
            directory,
            database,
            metrics,
            references,
            thresholds: Mutex::default(),
        })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn figures_file(&self) -> &FiguresFile {
        &self.figures_file
    }

    pub(crate) fn coordinator(&self) -> &Arc<Coordinator> {
        &self.coordinator
    }

    /// Fills in what a checkpoint tells of the state.
    pub(crate) fn describe(&self, metadata: &mut Metadata) -> Result<()> {
        let registered = self.directory.registered()?;
        metadata.column_families = self.column_family_names();
        metadata.keyed = registered.keyed;
        metadata.states = registered.states;
        metadata.operator_states = registered.operator_states;
        Ok(())
    }

    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    pub(crate) fn weak_database(&self) -> Weak<Database> {
        Arc::downgrade(&self.database)
    }

    pub(crate) fn steered(&self) -> &Steered {
        &self.steered
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    pub(crate) fn references(&self) -> &References {
        &self.references
    }

    pub(crate) fn thresholds(&self) -> &Mutex<Thresholds> {
        &self.thresholds
    }

    /// What compactions removed because it had expired.
    pub(crate) fn expired(&self) -> &Dropped {
        self.directory.expiry().dropped()
    }

    /// Options in force, with the families that exist and what was changed at run time.
    pub fn options(&self) -> Options {
        self.database.options()
    }

    /// What opening the folder found.
    pub fn recovery(&self) -> Recovery {
        self.database.recovery()
    }

    /// The events that wait to be passed on, when the option `event_log_queue_records` asks for it. Ends with the events of the close when it
    /// is kept beyond that.
    pub fn event_queue(&self) -> Option<Arc<EventQueue>> {
        self.database.event_queue().cloned()
    }

    /// An open column family.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyNotFound`].
    pub fn column_family(&self, name: &str) -> Result<ColumnFamily> {
        self.database.column_family(name)
    }

    /// Creates a column family; `options`, one JSON document, may be empty and holds options over those of the backend.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyExists`]; [`Error::InvalidOption`]; [`Error::Engine`].
    pub fn create_column_family(&self, name: &str, options: &[u8]) -> Result<ColumnFamily> {
        let own = if options.is_empty() { Default::default() } else { options::parse_family(limited(options)?)? };
        self.database.create_column_family(name, own)
    }

    /// Drops a column family with all its rows. Handles to it answer [`Error::ColumnFamilyDropped`].
    ///
    /// # Errors
    /// [`Error::ColumnFamilyNotFound`]; [`Error::InvalidArgument`] for `default`; [`Error::Engine`].
    pub fn drop_column_family(&self, name: &str) -> Result<()> {
        self.drain()?;
        self.directory.leave(name)?;
        self.database.drop_column_family(name)
    }

    /// Names of the column families, in order.
    pub fn column_family_names(&self) -> Vec<String> {
        self.database.families().iter().map(|family| family.name().to_owned()).collect()
    }

    /// Applies a packed batch ([`PackedBatch`](crate::PackedBatch)) over any families, all of it or nothing. Returns its number of
    /// operations.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for malformed bytes, [`Error::ColumnFamilyNotFound`] for an id that no family has; then nothing
    /// was applied. [`Error::Engine`].
    pub fn write(&self, packed: &[u8]) -> Result<usize> {
        self.database.write(packed)
    }

    /// As [`Backend::write`], but refuses where that would wait because the engine delays or stops writes: the way of a writer that waits
    /// in a queue with deadlines, such as a [credit pool](crate::credit)'s.
    ///
    /// # Errors
    /// As [`Backend::write`]; for the refusal an [`Error::Engine`] that [is transient](Error::is_transient): nothing was applied.
    pub fn try_write(&self, packed: &[u8]) -> Result<usize> {
        self.database.try_write(packed)
    }

    /// Opens keyed state for a range of key groups that no other open keyed backend overlaps.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]; [`Error::StateMismatch`] for another max parallelism or key type than the state has;
    /// [`Error::StillInUse`] for an overlapping range; [`Error::ColumnFamilyNotFound`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn keyed(&self, options: &KeyedOptions) -> Result<KeyedBackend> {
        let defaults = KeyedOptions::default();
        self.ensure_family(REGISTRY_FAMILY)?;
        for (name, default) in [
            (&options.column_family, &defaults.column_family),
            (&options.timer_column_family, &defaults.timer_column_family),
        ] {
            if name == default {
                self.ensure_family(name)?;
            }
        }
        self.directory.open_keyed(options)
    }

    /// Opens operator state: a list, union or broadcast state, which has no keys. One thread at a time.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]; [`Error::StateMismatch`] when it is registered in another way; [`Error::Engine`].
    pub fn operator_state(&self, descriptor: Descriptor) -> Result<State> {
        self.ensure_family(REGISTRY_FAMILY)?;
        self.ensure_family(OPERATOR_FAMILY)?;
        self.directory.open_operator(descriptor)
    }

    /// Creates a family of the library's own when the backend was opened without it.
    fn ensure_family(&self, name: &str) -> Result<()> {
        match self.database.create_column_family(name, Default::default()) {
            Ok(_) | Err(Error::ColumnFamilyExists(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What the row caches take and do.
    pub(crate) fn cache_figures(&self) -> CacheFigures {
        self.directory.cache_figures()
    }

    /// Writes out what the row caches of the keyed backends hold back.
    pub(crate) fn drain(&self) -> Result<()> {
        self.directory.drain()
    }

    /// A view of all families as they are now.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the engine refuses snapshots.
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.drain()?;
        engine::Snapshot::new(self.database.engine())
            .map(Snapshot::new)
            .ok_or_else(|| Error::InvalidArgument("the engine refuses snapshots with the options in force".to_owned()))
    }

    /// Flushes the memtables of all families as one and waits: what was written before is durable in table files.
    ///
    /// # Errors
    /// [`Error::Engine`]; [`Error::File`].
    pub fn flush(&self) -> Result<()> {
        self.drain()?;
        self.database.flush()
    }

    /// Syncs the write-ahead log to the device: what was written before survives loss of power.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no log; [`Error::Engine`].
    pub fn sync_wal(&self) -> Result<()> {
        self.database.sync_wal()
    }

    /// Reads every block and every file once and compares the checksums. May take long.
    ///
    /// # Errors
    /// [`Error::Engine`], naming the damaged file.
    pub fn verify_checksums(&self) -> Result<()> {
        self.database.verify_checksums()
    }

    /// Changes options while the backend is open; `changes` is one JSON document.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the field; nothing was changed then.
    pub fn set_options(&self, changes: &[u8]) -> Result<()> {
        self.database.set_options(options::parse_changes(limited(changes)?, schema::DATABASE)?)
    }

    /// Changes options of one family while it is open; `changes` is one JSON document.
    ///
    /// # Errors
    /// As [`Backend::set_options`].
    pub fn set_family_options(&self, family: &ColumnFamily, changes: &[u8]) -> Result<()> {
        self.database.set_family_options(family, options::parse_changes(limited(changes)?, schema::FAMILY)?)
    }

    /// Makes durable what an orderly end promises, without closing: flushes without a log, syncs the log otherwise.
    ///
    /// # Errors
    /// [`Error::Engine`]; [`Error::File`].
    pub fn settle(&self) -> Result<()> {
        self.drain()?;
        self.database.settle()
    }

    /// Settles and closes the folder.
    ///
    /// # Errors
    /// As [`Backend::settle`]; [`Error::StillInUse`] when families, scans, snapshots or pinned values taken from the backend
    /// are alive: the folder closes with the last of them.
    pub fn close(self) -> Result<()> {
        let settled = self.settle();
        let released = self.release();
        settled.and(released)
    }

    /// Closes the folder as it is.
    pub(crate) fn release(self) -> Result<()> {
        let Self { figures_file, coordinator, steered, directory, database, .. } = self;
        coordinator.shut_down();
        drop(figures_file);
        drop(steered);
        drop(directory);
        match Arc::try_unwrap(database) {
            Ok(database) => database.close(),
            Err(database) => Err(Error::StillInUse(format!(
                "data folder '{}' stays open until the reading of its pressure that is under way has ended",
                database.folder().display()
            ))),
        }
    }
}

/// Removes what checkpoints that were interrupted have left in the data folder.
fn remove_leftovers(database: &Database) -> Result<()> {
    snapshot::remove_leftovers(database.folder()).map_err(|source| Error::File {
        path: database.folder().join(snapshot::STAGING_FOLDER),
        doing: "remove",
        source,
    })
}

/// Refuses an options document over the limit.
pub(crate) fn limited(document: &[u8]) -> Result<&[u8]> {
    if document.len() > MAX_OPTIONS_BYTES {
        return Err(Error::LimitExceeded {
            what: "the options document".to_owned(),
            actual: document.len(),
            limit: MAX_OPTIONS_BYTES,
            unit: "bytes",
        });
    }
    Ok(document)
}

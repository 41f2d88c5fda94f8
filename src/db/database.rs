//! [`Database`]: one open folder with its families, lock and mark.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use serde_json::{Map, Value};

use super::column_family::ColumnFamily;
use super::engine::{self, Engine, EngineStatus, Family, FamilyRequest, HeldFiles, LiveFile};
use super::event_log::{EventLog, EventQueue, EventSource};
use super::figures::PinnedCount;
use super::lock::FolderLock;
use super::log_files::LogFiles;
use super::mark::{Logs, MarkFile};
use super::recovery::Recovery;
use super::resources::Resources;
use super::swap::{self, Contents};
use super::{folder, options as text};
use crate::error::{EngineFailure, Error, Result};
use crate::limits::MAX_COLUMN_FAMILIES;
use crate::options::{EventLevel, Options, WalMode};

/// The families that are open, by name and by the id that packed batches carry.
#[derive(Default, Clone)]
pub(crate) struct Families {
    by_name: BTreeMap<String, ColumnFamily>,
    by_id: HashMap<u32, ColumnFamily>,
}

impl Families {
    fn insert(&mut self, family: ColumnFamily) {
        self.by_id.insert(family.id(), family.clone());
        self.by_name.insert(family.name().to_owned(), family);
    }

    fn remove(&mut self, name: &str) {
        if let Some(family) = self.by_name.remove(name) {
            self.by_id.remove(&family.id());
        }
    }

    pub(crate) fn by_id(&self, id: u32) -> Option<&ColumnFamily> {
        self.by_id.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ColumnFamily> {
        self.by_name.values()
    }
}

/// The families that are open now.
#[derive(Clone)]
pub(crate) struct OpenFamilies(Arc<ArcSwap<Families>>);

impl OpenFamilies {
    /// An open family by name.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyNotFound`].
    pub(crate) fn named(&self, name: &str) -> Result<ColumnFamily> {
        self.0.load().by_name.get(name).cloned().ok_or_else(|| Error::ColumnFamilyNotFound(name.to_owned()))
    }
}

/// What changes while the database is open, one change at a time.
struct Control {
    options: Options,
    mark: MarkFile,
}

/// One open folder.
pub(crate) struct Database {
    families: OpenFamilies,
    engine: Arc<Engine>,
    control: Mutex<Control>,
    resources: Arc<Resources>,
    recovery: Recovery,
    wal: WalMode,
    folder: PathBuf,
    log_files: LogFiles,
    pinned_count: PinnedCount,
    event_log: Option<Arc<EventLog>>,
}

impl Database {
    /// Opens the folder: all families found in it, and those of the options that are missing. With `contents`, over what that puts in the
    /// place of what the folder holds, which comes back when the opening fails.
    pub(crate) fn open(
        options: Options, resources: Option<Arc<Resources>>, contents: Option<&Contents<'_>>,
    ) -> Result<Self> {
        options.check()?;
        check_not_forked()?;
        let may_be_empty = options.create_if_missing || contents.is_some();
        let folder = folder::prepare(Path::new(&options.data_directory), may_be_empty)?;
        let lock = FolderLock::acquire(&folder)?;
        swap::roll_back(&folder)?;
        let event_log = EventLog::open(&options, &folder)?;
        let opened = match contents {
            None => Self::open_locked(folder, lock, options, resources, event_log.clone()),
            Some(contents) => Self::open_swapped(folder, lock, options, resources, event_log.clone(), contents),
        };
        if let Some(log) = &event_log {
            match &opened {
                Ok(database) => database.tell_opened(log),
                Err(error) => log.tell(EventLevel::Error, EventSource::Backend, &format!("cannot open: {error}")),
            }
        }
        opened
    }

    fn open_swapped(
        folder: PathBuf, lock: FolderLock, options: Options, resources: Option<Arc<Resources>>,
        event_log: Option<Arc<EventLog>>, contents: &Contents<'_>,
    ) -> Result<Self> {
        swap::put_in_place(&folder, contents)?;
        match Self::open_locked(folder.clone(), lock, options, resources, event_log) {
            Ok(database) => {
                swap::commit(&folder)?;
                Ok(database)
            }
            Err(error) => {
                // Whoever has taken the folder since then has brought back what it held.
                if let Ok(_lock) = FolderLock::acquire(&folder) {
                    swap::roll_back(&folder)?;
                }
                Err(error)
            }
        }
    }

    fn open_locked(
        folder: PathBuf, lock: FolderLock, mut options: Options, resources: Option<Arc<Resources>>,
        event_log: Option<Arc<EventLog>>,
    ) -> Result<Self> {
        let mark = MarkFile::load(&folder)?;
        let missing = mark.missing_log_bytes(options.wal_recovery)?;
        let resources = match resources {
            Some(shared) => {
                check_left_to_shared_resources(&options)?;
                shared
            }
            None => Arc::new(Resources::of_one_backend(&options)?),
        };
        prepare_log_directory(&options)?;
        let (engine, existing, damage) = open_engine(&folder, &options, &resources, lock, event_log.clone())?;
        let recovery = Recovery {
            last_sequence: engine.latest_sequence(),
            recorded_sequence: mark.sequence(),
            wal_dropped_bytes: damage.dropped_bytes + missing,
            wal_dropped_records: damage.dropped_records + u64::from(missing > 0),
        };
        check_nothing_lost(&folder, &recovery)?;
        let mut families = Families::default();
        existing.into_iter().for_each(|family| families.insert(family));
        let wal = options.wal;
        for name in std::mem::take(&mut options.column_families) {
            if !families.by_name.contains_key(&name) {
                families.insert(create_family(&engine, &options, &resources, &name)?);
            }
        }
        options.column_families = families.by_name.keys().cloned().collect();
        let database = Self {
            families: OpenFamilies(Arc::new(ArcSwap::from_pointee(families))),
            engine,
            control: Mutex::new(Control { options, mark }),
            resources,
            recovery,
            wal,
            folder,
            log_files: LogFiles::default(),
            pinned_count: PinnedCount::default(),
            event_log,
        };
        database.record_mark(Logs::MayShrink)?;
        Ok(database)
    }

    fn tell_opened(&self, log: &EventLog) {
        let families = self.options().column_families.join(", ");
        let (version, engine) = (env!("CARGO_PKG_VERSION"), engine::version().to_string_lossy());
        log.opened();
        self.tell(
            EventLevel::Info,
            &format!("opened by flink_state_backend {version} with RocksDB {engine}; column families: {families}"),
        );
        let (level, found) = self.recovery.told();
        self.tell(level, &found);
    }

    /// Tells an event of the library's own.
    pub(crate) fn tell(&self, level: EventLevel, message: &str) {
        if let Some(log) = &self.event_log {
            log.tell(level, EventSource::Backend, message);
        }
    }

    pub(crate) fn event_queue(&self) -> Option<&Arc<EventQueue>> {
        self.event_log.as_ref().and_then(|log| log.queue())
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(crate) fn recovery(&self) -> Recovery {
        self.recovery
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn pinned_count(&self) -> &PinnedCount {
        &self.pinned_count
    }

    pub(super) fn log_files(&self) -> &LogFiles {
        &self.log_files
    }

    pub(crate) fn open_families(&self) -> &OpenFamilies {
        &self.families
    }

    pub(crate) fn wal(&self) -> WalMode {
        self.wal
    }

    pub(crate) fn families(&self) -> arc_swap::Guard<Arc<Families>> {
        self.families.0.load()
    }

    /// Options in force, with the families that exist and what was changed at run time.
    pub(crate) fn options(&self) -> Options {
        self.control().options.clone()
    }

    pub(crate) fn column_family(&self, name: &str) -> Result<ColumnFamily> {
        self.families.named(name)
    }

    /// Creates a family with its own options over those of the backend.
    pub(crate) fn create_column_family(&self, name: &str, own: Map<String, Value>) -> Result<ColumnFamily> {
        crate::options::check_family_name(name)?;
        let mut control = self.control();
        let families = self.families.0.load_full();
        if families.by_name.contains_key(name) {
            return Err(Error::ColumnFamilyExists(name.to_owned()));
        }
        if families.by_name.len() >= MAX_COLUMN_FAMILIES {
            let text = format!("column family '{name}' would be one more than the {MAX_COLUMN_FAMILIES} allowed");
            return Err(Error::InvalidArgument(text));
        }
        let mut options = control.options.clone();
        if !own.is_empty() {
            options.column_family_options.insert(name.to_owned(), own);
        }
        let family = create_family(&self.engine, &options, &self.resources, name)?;
        let mut changed = (*families).clone();
        changed.insert(family.clone());
        self.families.0.store(Arc::new(changed));
        options.column_families.push(name.to_owned());
        control.options = options;
        Ok(family)
    }

    /// Makes a family of the table files of families in other databases, of which nothing is in memory only; they lose those files.
    ///
    /// # Errors
    /// [`Error::Engine`]; [`EngineFailure::InvalidArgument`] when files of two of them overlap: nothing has changed then.
    pub(crate) fn import_column_family(&self, name: &str, sources: &[ColumnFamily]) -> Result<ColumnFamily> {
        let mut control = self.control();
        let request = request(&control.options, &self.resources, name)?;
        let sources: Vec<&Family> = sources.iter().map(ColumnFamily::handle).collect();
        let handle = self
            .engine
            .import_family(&request, &sources)
            .map_err(|status| Error::Engine { context: format!("cannot import column family '{name}'"), status })?;
        let family = ColumnFamily::new(name, handle, &control.options.family_options(name)?);
        let mut changed = (*self.families.0.load_full()).clone();
        changed.insert(family.clone());
        self.families.0.store(Arc::new(changed));
        control.options.column_families.push(name.to_owned());
        Ok(family)
    }

    /// Drops a family and its rows. Handles to it answer [`Error::ColumnFamilyDropped`] from then on.
    pub(crate) fn drop_column_family(&self, name: &str) -> Result<()> {
        if name == "default" {
            return Err(Error::InvalidArgument("column family 'default' cannot be dropped".to_owned()));
        }
        let mut control = self.control();
        let family = self.column_family(name)?;
        family.drop_rows()?;
        let mut changed = (*self.families.0.load_full()).clone();
        changed.remove(name);
        self.families.0.store(Arc::new(changed));
        control.options.column_families.retain(|known| known != name);
        control.options.column_family_options.remove(name);
        Ok(())
    }

    /// Flushes the memtables of all families as one, waits, and records what is durable.
    pub(crate) fn flush(&self) -> Result<()> {
        self.flush_families()?;
        self.record_mark(Logs::MayShrink)
    }

    /// Keeps the engine from deleting files.
    pub(crate) fn hold_files(&self) -> Result<HeldFiles> {
        HeldFiles::of(&self.engine).map_err(|status| self.failed("cannot keep the files of", status))
    }

    /// Flushes all families as one, and lists every file that holds what was written before.
    pub(crate) fn flush_and_list(&self, held: &HeldFiles) -> Result<Vec<LiveFile>> {
        held.flush_and_list().map_err(|status| self.failed("cannot flush", status))
    }

    fn flush_families(&self) -> Result<()> {
        loop {
            let families = self.families();
            let handles: Vec<&Family> = families.iter().map(ColumnFamily::handle).collect();
            match self.engine.flush(&handles) {
                Ok(()) => return Ok(()),
                // One was dropped meanwhile: wait until that is done, and flush those that are left.
                Err(status) if status.kind() == EngineFailure::ColumnFamilyDropped => drop(self.control()),
                Err(status) => return Err(self.failed("cannot flush", status)),
            }
        }
    }

    pub(crate) fn sync_wal(&self) -> Result<()> {
        if self.wal == WalMode::Disabled {
            return Err(Error::InvalidArgument(
                "there is no write-ahead log to sync with 'wal' disabled; flush instead".to_owned(),
            ));
        }
        self.engine.sync_wal().map_err(|status| self.failed("cannot sync the write-ahead log", status))
    }

    pub(crate) fn verify_checksums(&self) -> Result<()> {
        self.engine.verify_checksums().map_err(|status| self.failed("cannot verify", status))
    }

    /// Changes options of the engine while it runs.
    pub(crate) fn set_options(&self, changes: Map<String, Value>) -> Result<()> {
        let mut control = self.control();
        let engine_changes = text::database_changes(&changes)?;
        if engine_changes.is_empty() {
            return Ok(());
        }
        let changed = with_changes(&control.options, &changes)?;
        self.engine
            .set_options(None, &engine_changes)
            .map_err(|status| self.failed("cannot change the options", status))?;
        control.options = changed;
        Ok(())
    }

    /// Changes options of a family while it runs.
    pub(crate) fn set_family_options(&self, family: &ColumnFamily, changes: Map<String, Value>) -> Result<()> {
        let mut control = self.control();
        let mut own = control.options.column_family_options.get(family.name()).cloned().unwrap_or_default();
        own.extend(changes.clone());
        let mut after = control.options.family.with(&own)?;
        let mut periodic = family.periodic_compaction();
        let chosen_seconds = after.periodic_compaction_seconds;
        after.periodic_compaction_seconds = periodic.in_force(chosen_seconds);
        let engine_changes = text::family_changes(&changes, &after)?;
        if engine_changes.is_empty() {
            return Ok(());
        }
        self.engine
            .set_options(Some(family.handle()), &engine_changes)
            .map_err(|status| family.failed("cannot change the options of", status))?;
        periodic.chosen_seconds = chosen_seconds;
        family.set_stall_limits(&after);
        control.options.column_family_options.insert(family.name().to_owned(), own);
        Ok(())
    }

    /// Makes durable what the mode promises for an orderly end, and records it. The engine closes when the last owner goes.
    pub(crate) fn settle(&self) -> Result<()> {
        match self.wal {
            WalMode::Disabled => self.flush_families()?,
            WalMode::Enabled | WalMode::Sync => self.sync_wal()?,
        }
        self.record_mark(Logs::AreFinal)
    }

    /// Closes the engine and gives the folder up.
    ///
    /// # Errors
    /// [`Error::StillInUse`] when a family, scan, snapshot or pinned value still needs the engine, which then closes with the last
    /// of them; [`Error::Engine`] when the engine could not close cleanly.
    pub(crate) fn close(self) -> Result<()> {
        let Self { families, engine, folder, event_log, .. } = self;
        drop(families);
        match engine.close() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => {
                let error = Error::Engine { context: format!("cannot close '{}'", folder.display()), status };
                if let Some(log) = event_log {
                    log.tell(EventLevel::Error, EventSource::Backend, &error.to_string());
                }
                Err(error)
            }
            Err(_engine) => Err(Error::StillInUse(format!(
                "data folder '{}' stays open until the column families, scans, snapshots and pinned values taken from it are dropped",
                folder.display()
            ))),
        }
    }

    fn record_mark(&self, logs: Logs) -> Result<()> {
        let mut control = self.control();
        let sequence =
            self.engine.flushed_sequence().map_err(|status| self.failed("cannot list the table files of", status))?;
        control.mark.record(sequence, logs)
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failed(&self, doing: &str, status: EngineStatus) -> Error {
        Error::Engine { context: format!("{doing} '{}'", self.folder.display()), status }
    }
}

/// What shared resources decide must not be asked for twice.
fn check_left_to_shared_resources(options: &Options) -> Result<()> {
    let defaults = Options::default();
    let asked = [
        ("block_cache_size_bytes", options.block_cache_size_bytes, defaults.block_cache_size_bytes),
        (
            "write_buffer_manager_size_bytes",
            options.write_buffer_manager_size_bytes,
            defaults.write_buffer_manager_size_bytes,
        ),
        (
            "rate_limiter_bytes_per_second",
            options.rate_limiter_bytes_per_second,
            defaults.rate_limiter_bytes_per_second,
        ),
    ];
    match asked.iter().find(|(_, value, default)| value != default) {
        Some((name, value, _)) => Err(Error::InvalidOption(format!(
            "option '{name}' is {value}, and the shared resources decide it; leave it out"
        ))),
        None => Ok(()),
    }
}

/// The engine's background threads belong to the process that opened first. The number of the process tells forks that call no handlers.
pub(super) fn check_not_forked() -> Result<()> {
    static ENGINE_PROCESS: OnceLock<u32> = OnceLock::new();
    let process = std::process::id();
    if engine::fork::happened() || *ENGINE_PROCESS.get_or_init(|| process) != process {
        return Err(Error::Forked);
    }
    engine::fork::watch().map_err(|status| Error::Engine { context: "cannot watch for forks".to_owned(), status })
}

/// An engine's log folder is created like the data folder.
fn prepare_log_directory(options: &Options) -> Result<()> {
    let Some(directory) = &options.log_directory else { return Ok(()) };
    folder::create(Path::new(directory)).map_err(|source| Error::File {
        path: PathBuf::from(directory),
        doing: "create the log folder",
        source,
    })
}

fn open_engine(
    path: &Path, options: &Options, resources: &Resources, lock: FolderLock, event_log: Option<Arc<EventLog>>,
) -> Result<(Arc<Engine>, Vec<ColumnFamily>, engine::WalDamage)> {
    let failed = |status| Error::Engine { context: format!("cannot open '{}'", path.display()), status };
    let folder = folder::as_text(path)?;
    let mut names = if folder::holds_state(path) {
        engine::list_families(folder).map_err(failed)?
    } else {
        vec!["default".to_owned()]
    };
    names.sort();
    let requests = names.iter().map(|name| request(options, resources, name)).collect::<Result<Vec<_>>>()?;
    let (engine, handles, damage) = Engine::open(engine::OpenRequest {
        path: folder,
        options: &text::database_text(options),
        log_directory: options.log_directory.as_deref().unwrap_or_default(),
        families: &requests,
        cache: resources.cache.clone(),
        write_buffer_manager: resources.write_buffer_manager.clone(),
        rate_limiter: resources.rate_limiter.clone(),
        event_log,
        enable_statistics: options.enable_statistics,
        write_mode: text::write_mode(options),
        ownership: Box::new(lock),
    })
    .map_err(failed)?;
    let families = names.iter().zip(handles);
    let families = families.map(|(name, handle)| Ok(ColumnFamily::new(name, handle, &options.family_options(name)?)));
    Ok((engine, families.collect::<Result<_>>()?, damage))
}

pub(super) fn request(options: &Options, resources: &Resources, name: &str) -> Result<FamilyRequest> {
    let own = options.family_options(name)?;
    let (family, table) = text::family_text(&own, options.integrity, resources.cache.is_some());
    Ok(FamilyRequest { name: name.to_owned(), options: family, table_options: table })
}

fn create_family(engine: &Arc<Engine>, options: &Options, resources: &Resources, name: &str) -> Result<ColumnFamily> {
    let handle = engine
        .create_family(&request(options, resources, name)?)
        .map_err(|status| Error::Engine { context: format!("cannot create column family '{name}'"), status })?;
    Ok(ColumnFamily::new(name, handle, &options.family_options(name)?))
}

/// Refuses an engine that holds less than the folder did and reported no damage: that loss would pass in silence.
pub(super) fn check_nothing_lost(folder: &Path, recovery: &Recovery) -> Result<()> {
    let reported = recovery.wal_dropped_records > 0;
    if recovery.last_sequence >= recovery.recorded_sequence || reported {
        return Ok(());
    }
    Err(Error::DataLost {
        folder: folder.to_path_buf(),
        reason: format!(
            "the engine recovered writes up to sequence number {}, and the table files held {}",
            recovery.last_sequence, recovery.recorded_sequence
        ),
    })
}

fn with_changes(options: &Options, changes: &Map<String, Value>) -> Result<Options> {
    let invalid = |error: serde_json::Error| Error::InvalidOption(format!("options: {error}"));
    let mut document = serde_json::to_value(options).map_err(invalid)?;
    if let Some(fields) = document.as_object_mut() {
        fields.extend(changes.clone());
    }
    serde_json::from_value(document).map_err(invalid)
}

//! [`Opened`]: the rows of a checkpoint or of a state folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use super::description::{Description, Origin, StateDescription, TimersDescription};
use super::record::{Layout, Names, Record};
use crate::backend::Backend;
use crate::checkpoint::{restore, CheckpointStore, ClaimMode, Source};
use crate::db::column_family::ColumnFamily;
use crate::db::create_folder;
use crate::db::read_only::ReadOnly;
use crate::db::recovery::Recovery;
use crate::db::scan::ScanOptions;
use crate::error::{Error, Result};
use crate::key::row;
use crate::options::Options;
use crate::state::directory::{OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::registry::{KeyedFacts, Realm, Registry};
use crate::timer::registration;

/// Which rows are wanted; all by default, but for those that the library keeps for itself.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Those of the state, or of the timers, of this name.
    pub state: Option<String>,
    /// Those of this key group.
    pub key_group: Option<u16>,
    /// Those in this column family, also when the library keeps it for itself.
    pub column_family: Option<String>,
}

/// A checkpoint or a state folder whose rows can be read. One thread at a time.
pub struct Opened {
    // IMPORTANT: before what keeps their engine.
    families: BTreeMap<String, ColumnFamily>,
    keyed: Option<KeyedFacts>,
    /// Families whose rows begin with a key group.
    keyed_families: BTreeSet<String>,
    names: Names,
    description: Description,
    keeper: Keeper,
}

enum Keeper {
    Folder(ReadOnly),
    /// Restored into a folder that goes with it.
    Checkpoint {
        backend: Backend,
        _folder: Temporary,
    },
}

impl Opened {
    /// Opens a state folder that no process has open. Nothing in it changes; whoever wants to open it is refused as long as this lives.
    ///
    /// # Errors
    /// [`Error::FolderInUse`] names who has it open; [`Error::FolderUnusable`]; [`Error::DataLost`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn folder(folder: &Path) -> Result<Self> {
        let database = ReadOnly::open(folder)?;
        let families = database.families().clone();
        let mut opened = Self::new(families, Keeper::Folder(database))?;
        for origin in restore::read_origin(folder)?.into_iter().map(|origin| origin.record) {
            let of = |it: crate::checkpoint::restore::OriginCheckpoint| Origin {
                root: it.root,
                id: it.id,
                mode: origin.mode,
            };
            opened.description.origins = origin.checkpoints.into_iter().map(of).collect();
        }
        Ok(opened)
    }

    /// Restores a checkpoint, verified, into a new folder below `work` that goes when this is dropped. Where both are on one file system its
    /// files are linked there and not copied. Nothing below the root changes.
    ///
    /// # Errors
    /// Those of [`Backend::restore`].
    pub fn checkpoint(store: &Arc<CheckpointStore>, id: u64, work: &Path) -> Result<Self> {
        let folder = Temporary::below(work)?;
        let mut options = Options::new(folder.0.join("state").display().to_string());
        options.column_families = Vec::new();
        options.family.disable_auto_compactions = true;
        let backend = Backend::restore(options, None, &Source::of(store, id), ClaimMode::NoClaim)?;
        let mut families = BTreeMap::new();
        for name in backend.column_family_names() {
            families.insert(name.clone(), backend.column_family(&name)?);
        }
        Self::new(families, Keeper::Checkpoint { backend, _folder: folder })
    }

    fn new(families: BTreeMap<String, ColumnFamily>, keeper: Keeper) -> Result<Self> {
        let description = Description { column_families: families.keys().cloned().collect(), ..Default::default() };
        let mut opened = Self {
            families,
            keyed: None,
            keyed_families: BTreeSet::new(),
            names: Names::default(),
            description,
            keeper,
        };
        opened.read_registry()?;
        opened.read_timers()?;
        Ok(opened)
    }

    fn read_registry(&mut self) -> Result<()> {
        let Some(family) = self.families.get(REGISTRY_FAMILY) else { return Ok(()) };
        let registry = Registry::load(family.clone())?;
        self.keyed = registry.stored_keyed_facts().cloned();
        self.description.set_keyed(self.keyed.as_ref());
        let states = |realm| registry.of(realm).map(|it| StateDescription::from(&**it)).collect();
        self.description.states = states(Realm::Keyed);
        self.description.operator_states = states(Realm::Operator);
        let by_id = |realm| registry.of(realm).map(|it| (it.state_id, Arc::clone(it))).collect::<HashMap<_, _>>();
        self.names.states = by_id(Realm::Keyed);
        self.names.operator_states = by_id(Realm::Operator);
        let own = registry.of(Realm::Keyed).filter_map(|state| state.descriptor.column_family.clone());
        self.keyed_families = self.keyed.iter().flat_map(|facts| facts.families.clone()).chain(own).collect();
        Ok(())
    }

    fn read_timers(&mut self) -> Result<()> {
        let mut timers = Vec::new();
        if let Some(family) = self.families.get(REGISTRY_FAMILY) {
            let options = ScanOptions { prefix: registration::PREFIX, ..ScanOptions::default() };
            family.each_row(&options, |key, value| {
                let (queue_id, name, time) = registration::shown(key, value).ok_or_else(|| {
                    Error::Damaged(format!(
                        "the registration of timers in row {key:?} is damaged; restore them from a checkpoint"
                    ))
                })?;
                timers.push(TimersDescription { name, time, queue_id });
                Ok(())
            })?;
        }
        timers.sort_by(|one, other| (&one.name, one.time as u8).cmp(&(&other.name, other.time as u8)));
        self.names.timers = timers.iter().map(|it| (it.queue_id, (it.name.clone(), it.time))).collect();
        self.description.timers = Some(timers);
        Ok(())
    }

    /// What it holds.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What opening it found of the write-ahead log.
    pub fn recovery(&self) -> Recovery {
        match &self.keeper {
            Keeper::Folder(database) => database.recovery(),
            Keeper::Checkpoint { backend, .. } => backend.recovery(),
        }
    }

    /// Reads every block and every file of the engine once and compares the checksums. May take long.
    ///
    /// # Errors
    /// [`Error::Engine`], naming the damaged file.
    pub fn verify_checksums(&self) -> Result<()> {
        match &self.keeper {
            Keeper::Folder(database) => database.verify_checksums(),
            Keeper::Checkpoint { backend, .. } => backend.verify_checksums(),
        }
    }

    /// Hands over what the wanted rows say, in the order of their keys, until `body` breaks off.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyNotFound`]; [`Error::InvalidArgument`] for a name that no state and no timers have; [`Error::Engine`].
    pub fn each_record(&self, selection: &Selection, body: &mut dyn FnMut(&Record) -> ControlFlow<()>) -> Result<()> {
        self.check(selection)?;
        for (name, family) in &self.families {
            let is_wanted = match &selection.column_family {
                Some(wanted) => name == wanted,
                None => name != REGISTRY_FAMILY,
            };
            if is_wanted && self.each_record_of(family, selection, body)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn check(&self, selection: &Selection) -> Result<()> {
        if let Some(family) = selection.column_family.as_ref().filter(|name| !self.families.contains_key(*name)) {
            return Err(Error::ColumnFamilyNotFound(family.clone()));
        }
        let is_known = |name: &String| {
            [Layout::Keyed, Layout::Operator].into_iter().any(|layout| !self.names.ids_of(layout, name).is_empty())
        };
        match selection.state.as_ref().filter(|name| !is_known(name)) {
            Some(name) => Err(Error::InvalidArgument(format!(
                "there is neither a state nor a timer service '{name}'; 'show' lists which there are"
            ))),
            None => Ok(()),
        }
    }

    fn each_record_of(
        &self, family: &ColumnFamily, selection: &Selection, body: &mut dyn FnMut(&Record) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let layout = self.layout(family.name());
        for prefix in self.prefixes(layout, selection) {
            let options = ScanOptions { prefix: &prefix, ..ScanOptions::default() };
            let walked = family.walk(&options, |key, value| {
                Ok(self.names.read(family.name(), layout, key, value).iter().try_for_each(&mut *body))
            })?;
            if walked.is_break() {
                return Ok(walked);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn layout(&self, family: &str) -> Layout {
        if self.keyed_families.contains(family) {
            Layout::Keyed
        } else if family == OPERATOR_FAMILY {
            Layout::Operator
        } else {
            Layout::Plain
        }
    }

    /// What the row keys that are wanted begin with.
    fn prefixes(&self, layout: Layout, selection: &Selection) -> Vec<Vec<u8>> {
        let group = selection.key_group;
        let ids = selection.state.as_ref().map(|name| self.names.ids_of(layout, name));
        let groups = match layout {
            Layout::Plain => return if group.is_none() && ids.is_none() { vec![Vec::new()] } else { Vec::new() },
            Layout::Operator if group.is_some() => return Vec::new(),
            Layout::Operator => 0..=0,
            Layout::Keyed => group.map_or_else(|| self.groups(), |group| group..=group),
        };
        match ids {
            None if group.is_none() => vec![Vec::new()],
            None => groups.map(|group| group.to_be_bytes().to_vec()).collect(),
            Some(ids) => groups.flat_map(|group| ids.iter().map(move |id| head(group, *id))).collect(),
        }
    }

    fn groups(&self) -> std::ops::RangeInclusive<u16> {
        let range = self.keyed.as_ref().and_then(KeyedFacts::range);
        range.map_or(0..=i16::MAX as u16, |range| range.first()..=range.last())
    }
}

fn head(key_group: u16, id: u32) -> Vec<u8> {
    let mut head = Vec::new();
    row::append_head(&mut head, key_group, id);
    head
}

/// A folder of our own, removed when it is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn below(work: &Path) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = work.join(format!("fsb-inspect-{}-{number}", std::process::id()));
        match create_folder(&path) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(Error::File { path, doing: "make", source }),
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nobody is there to be told; the name says whose it was.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

//! Rescale: a data folder with one subtask's part of what the checkpoints of all subtasks hold.
//!
//! Families whose rows begin with a key group are taken over file by file: files without a row of the subtask are left out, the others are
//! linked as they are, and what lies outside the range in them is deleted by range. Only when files of two checkpoints overlap, because an
//! earlier rescale left such rows in them, are they rewritten first. Operator state is redistributed row by row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::metadata::{FileEntry, Metadata};
use super::parallel;
use super::redistribute;
use super::restore::{write_origin, ClaimMode, OriginCheckpoint, Source};
use super::store::CheckpointStore;
use crate::backend::Backend;
use crate::db::column_family::ColumnFamily;
use crate::db::database::Database;
use crate::db::resources::Resources;
use crate::error::{EngineFailure, Error, Result};
use crate::key::key_group::{range_of_subtask, KeyGroupRange};
use crate::options::Options;
use crate::savepoint::undo;
use crate::state::directory::{OPERATOR_FAMILY, REGISTRY_FAMILY};
use crate::state::registry::Registry;

/// Greater than every row key that begins with a key group.
const AFTER_ALL_GROUPS: [u8; 2] = [0x80, 0];

/// One of the subtasks that a job has after a rescale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtask {
    /// Number of subtasks, at most the max parallelism.
    pub parallelism: u32,
    /// Which of them, from 0.
    pub index: u32,
}

/// A checkpoint that takes part.
struct Part {
    store: Arc<CheckpointStore>,
    metadata: Metadata,
    /// Key groups of it that the subtask takes over; none when it has no such.
    common: Option<KeyGroupRange>,
}

impl Backend {
    /// Opens a folder with one subtask's part of what the checkpoints of all former subtasks hold, in the place of what the folder holds
    /// now, as [`Backend::restore`] does. Each subtask of the job is given all of the checkpoints and takes its own share:
    ///
    /// - keyed state and timers of its key groups, by Flink's formula;
    /// - of list operator state every n-th element, of union state all, of broadcast state one copy;
    /// - rows of other column families in subtask 0 only.
    ///
    /// A checkpoint is claimed only by the one subtask of a job without others: the other subtasks need it as well.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a subtask out of range, checkpoints whose key groups overlap or leave some out, and rows of one key in
    /// two of them; [`Error::StateMismatch`] for states that do not fit together; as [`Backend::restore`].
    pub fn rescale(
        options: Options, resources: Option<Arc<Resources>>, sources: &[Source], subtask: Subtask, mode: ClaimMode,
    ) -> Result<Self> {
        let rescale = Rescale::plan(&options, &resources, sources, subtask)?;
        let mode = if mode.owns() && subtask.parallelism > 1 { ClaimMode::Legacy } else { mode };
        let contents = |folder: &Path| {
            let files = rescale.make(folder)?;
            write_origin(folder, rescale.origins(), mode, files)
        };
        let backend = Self::open_with(options.clone(), resources.clone(), Some(&contents))?;
        backend.coordinator().adopt(sources.iter().map(|source| Arc::clone(&source.store)).collect());
        Ok(backend)
    }
}

/// What is to be made of which checkpoints.
struct Rescale<'a> {
    options: &'a Options,
    resources: &'a Option<Arc<Resources>>,
    subtask: Subtask,
    parts: Vec<Part>,
    /// Key groups of the subtask; none without keyed state.
    range: Option<KeyGroupRange>,
}

impl<'a> Rescale<'a> {
    fn plan(
        options: &'a Options, resources: &'a Option<Arc<Resources>>, sources: &[Source], subtask: Subtask,
    ) -> Result<Self> {
        let mut parts = Vec::new();
        for source in sources {
            parts.push(Part { store: Arc::clone(&source.store), metadata: source.metadata()?, common: None });
        }
        if parts.is_empty() {
            return Err(Error::InvalidArgument(
                "a rescale needs the checkpoints of all former subtasks, and none is given".to_owned(),
            ));
        }
        let range = range_of(&parts, subtask)?;
        for part in &mut parts {
            part.common = part.metadata.key_group_range().zip(range).and_then(|(has, wants)| has.intersection(wants));
        }
        Ok(Self { options, resources, subtask, parts, range })
    }

    fn origins(&self) -> Vec<OriginCheckpoint> {
        let origin = |part: &Part| OriginCheckpoint { root: part.store.root().to_owned(), id: part.metadata.id };
        self.parts.iter().map(origin).collect()
    }

    /// Whether rows of a checkpoint are needed beside those of its key groups.
    fn needs_rest(&self, part: &Part) -> bool {
        self.subtask.index == 0 || !part.metadata.operator_states.is_empty()
    }

    /// Makes the contents. Returns what is known of the files there.
    fn make(&self, folder: &Path) -> Result<Vec<FileEntry>> {
        let beside = folder.parent().expect("contents are made in a folder of a folder");
        let of_keys: Vec<usize> = (0..self.parts.len()).filter(|at| self.parts[*at].common.is_some()).collect();
        let base = (of_keys.len() == 1).then(|| of_keys[0]);
        let mut opened: Vec<Option<Database>> = Vec::new();
        let mut known = Known::default();
        for (at, part) in self.parts.iter().enumerate() {
            if part.common.is_none() && !self.needs_rest(part) {
                opened.push(None);
                continue;
            }
            let home = if base == Some(at) { folder.to_path_buf() } else { beside.join(format!("part-{at}")) };
            crate::db::create_folder(&home).map_err(|source| Error::File {
                path: home.clone(),
                doing: "make",
                source,
            })?;
            part.store.bring(&part.metadata, &home)?;
            known.learn(&home, &part.metadata)?;
            let database = self.open(&home)?;
            if undo::clean(database.open_families())? {
                database.flush()?;
            }
            opened.push(Some(database));
        }
        let target = match base {
            Some(at) => opened[at].take().expect("it was opened above"),
            None => self.import(folder, &opened)?,
        };
        self.cut(&target)?;
        let others: Vec<(usize, Database)> =
            opened.into_iter().enumerate().filter_map(|(at, it)| Some((at, it?))).collect();
        self.fill(&target, base, &others)?;
        close(target)?;
        others.into_iter().try_for_each(|(_, database)| close(database))?;
        known.found_in(folder)
    }

    /// Opens a folder that nothing else looks at.
    fn open(&self, folder: &Path) -> Result<Database> {
        let mut options = self.options.clone();
        options.data_directory = folder.display().to_string();
        options.create_if_missing = true;
        options.column_families = Vec::new();
        options.family.disable_auto_compactions = true;
        // Nobody else works with the state yet: what must be rewritten may have the machine.
        options.max_subcompactions =
            options.max_subcompactions.max(thread::available_parallelism().map_or(1, processors));
        options.event_log_directory = None;
        options.event_log_queue_records = 0;
        options.log_directory = None;
        Database::open(options, self.resources.clone(), None)
    }

    /// Names of the families whose rows begin with a key group.
    fn keyed_families(&self) -> BTreeSet<String> {
        let of_part = |part: &Part| {
            let own = part.metadata.states.iter().filter_map(|state| state.descriptor.column_family.clone());
            let shared = part.metadata.keyed.iter().flat_map(|facts| facts.families.clone());
            own.chain(shared).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(of_part).collect()
    }

    /// A database with the keyed families of several parts.
    fn import(&self, folder: &Path, opened: &[Option<Database>]) -> Result<Database> {
        let target = self.open(folder)?;
        for name in self.keyed_families() {
            let mut sources = Vec::new();
            for (part, database) in self.parts.iter().zip(opened) {
                let (Some(common), Some(own), Some(database)) =
                    (part.common, part.metadata.key_group_range(), database)
                else {
                    continue;
                };
                match database.column_family(&name) {
                    Err(Error::ColumnFamilyNotFound(_)) => {}
                    family => sources.push((family?, bounds(common), bounds(own))),
                }
            }
            // Each is a database of its own, so that they can be rewritten at the same time.
            parallel::for_each(sources.len(), &sources, |(family, (begin, end), (own_begin, own_end))| {
                family.delete_files_outside(begin, end)?;
                // IMPORTANT: a file that is gone may have held the deletion of rows that are still there. They belong to another part now.
                match redistribute::has_rows_outside(family, own_begin, own_end)? {
                    true => family.clip(begin, end),
                    false => Ok(()),
                }
            })?;
            let families: Vec<ColumnFamily> = sources.iter().map(|(family, ..)| family.clone()).collect();
            match target.import_column_family(&name, &families) {
                Err(Error::Engine { status, .. }) if status.kind() == EngineFailure::InvalidArgument => {
                    // Rows that an earlier rescale cut off only by a mark lie among those of another part.
                    parallel::for_each(sources.len(), &sources, |(family, (begin, end), _)| family.clip(begin, end))?;
                    drop(target.import_column_family(&name, &families)?);
                }
                imported => drop(imported?),
            }
        }
        Ok(target)
    }

    /// Deletes the rows of key groups outside the subtask's.
    fn cut(&self, target: &Database) -> Result<()> {
        let Some(range) = self.range else { return Ok(()) };
        let (begin, end) = bounds(range);
        for name in self.keyed_families() {
            match target.column_family(&name) {
                Err(Error::ColumnFamilyNotFound(_)) => {}
                family => {
                    let family = family?;
                    family.delete_files_outside(&begin, &end)?;
                    // A mark without need would have the family rewritten when it is joined with others.
                    if redistribute::has_rows_outside(&family, &begin, &end)? {
                        family.delete_range(&[], &begin)?;
                        family.delete_range(&end, &AFTER_ALL_GROUPS)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Registry, operator state, and rows of other families.
    fn fill(&self, target: &Database, base: Option<usize>, others: &[(usize, Database)]) -> Result<()> {
        let keyed = self.keyed_families();
        let ensure = |name: &str| match target.create_column_family(name, Default::default()) {
            Err(Error::ColumnFamilyExists(_)) => target.column_family(name),
            created => created,
        };
        let mut registry = Registry::load(ensure(REGISTRY_FAMILY)?)?;
        for (_, database) in others {
            if let Ok(family) = database.column_family(REGISTRY_FAMILY) {
                redistribute::merge_registrations(&family, &ensure(REGISTRY_FAMILY)?)?;
                registry.merge(&Registry::load(family)?)?;
            }
        }
        self.range.map_or(Ok(()), |range| registry.set_range(range))?;
        // In the order of the checkpoints, which is that of the former subtasks.
        let mut in_order: BTreeMap<usize, &Database> = others.iter().map(|(at, database)| (*at, database)).collect();
        in_order.extend(base.map(|at| (at, target)));
        let in_order: Vec<&Database> = in_order.into_values().collect();
        redistribute::operator_state(&registry, &in_order, &ensure(OPERATOR_FAMILY)?, self.subtask)?;
        let is_plain = |name: &String| !keyed.contains(name) && name != REGISTRY_FAMILY && name != OPERATOR_FAMILY;
        let names = self.parts.iter().flat_map(|part| part.metadata.column_families.iter());
        for name in names.filter(|name| is_plain(name)).collect::<BTreeSet<_>>() {
            let family = ensure(name)?;
            if self.subtask.index > 0 {
                family.empty()?;
                continue;
            }
            for (_, database) in others {
                match database.column_family(name) {
                    Err(Error::ColumnFamilyNotFound(_)) => {}
                    source => redistribute::merge_rows(&source?, &family)?,
                }
            }
        }
        Ok(())
    }
}

/// The key groups of the subtask, which the checkpoints must have between them once each.
fn range_of(parts: &[Part], subtask: Subtask) -> Result<Option<KeyGroupRange>> {
    let mut ranges: Vec<(KeyGroupRange, &Part)> =
        parts.iter().filter_map(|part| Some((part.metadata.key_group_range()?, part))).collect();
    ranges.sort_by_key(|(range, _)| range.first());
    let Some(facts) = ranges.first().and_then(|(_, part)| part.metadata.keyed.as_ref()) else { return Ok(None) };
    let named = |part: &Part| format!("checkpoint {} in '{}'", part.metadata.id, part.store.root());
    for (_, part) in &ranges {
        let other = part.metadata.keyed.as_ref().map_or(0, |facts| facts.max_parallelism);
        if other != facts.max_parallelism {
            return Err(Error::StateMismatch(format!(
                "{} has max parallelism {other}, and {} has {}, which is fixed for the life of the state",
                named(part),
                named(ranges[0].1),
                facts.max_parallelism
            )));
        }
    }
    let wanted = range_of_subtask(facts.max_parallelism, subtask.parallelism, subtask.index)?;
    for pair in ranges.windows(2) {
        if pair[0].0.overlaps(pair[1].0) {
            return Err(Error::InvalidArgument(format!(
                "{} has key groups {}, and {} has {}; give each former subtask's checkpoint once",
                named(pair[0].1),
                pair[0].0,
                named(pair[1].1),
                pair[1].0
            )));
        }
    }
    let missing =
        (wanted.first()..=wanted.last()).find(|group| !ranges.iter().any(|(range, _)| range.contains(*group)));
    match missing {
        Some(group) => Err(Error::InvalidArgument(format!(
            "key group {group} of subtask {} is in none of the checkpoints; give those of all former subtasks",
            subtask.index
        ))),
        None => Ok(Some(wanted)),
    }
}

/// The least row key of a range, and the least behind it.
fn bounds(range: KeyGroupRange) -> ([u8; 2], [u8; 2]) {
    (range.first().to_be_bytes(), (range.last() + 1).to_be_bytes())
}

fn processors(count: NonZero<usize>) -> u32 {
    u32::try_from(count.get()).unwrap_or(u32::MAX)
}

fn close(database: Database) -> Result<()> {
    database.settle()?;
    database.close()
}

/// What files hold, whatever they are called.
#[derive(Default)]
struct Known(HashMap<FileId, FileEntry>);

type FileId = (u64, u64);

impl Known {
    fn learn(&mut self, folder: &Path, metadata: &Metadata) -> Result<()> {
        for file in metadata.files.iter().filter(|file| file.shared) {
            if let Some(id) = id_of(&folder.join(&file.name))? {
                self.0.insert(id, file.clone());
            }
        }
        Ok(())
    }

    /// Those that are in a folder, by their names there.
    fn found_in(&self, folder: &Path) -> Result<Vec<FileEntry>> {
        let failed = |source| Error::File { path: folder.to_path_buf(), doing: "list", source };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (Some(name), Some(id)) = (entry.file_name().to_str().map(str::to_owned), id_of(&entry.path())?) else {
                continue;
            };
            found.extend(self.0.get(&id).map(|file| FileEntry { name, ..file.clone() }));
        }
        Ok(found)
    }
}

/// What tells a file from all others, where the system has such: links to it share it.
#[cfg(unix)]
fn id_of(path: &Path) -> Result<Option<FileId>> {
    use std::os::unix::fs::MetadataExt as _;
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some((metadata.dev(), metadata.ino()))),
        Err(source) => Err(Error::File { path: PathBuf::from(path), doing: "look at", source }),
    }
}

/// Without it the content of each file is read once more.
#[cfg(not(unix))]
fn id_of(_path: &Path) -> Result<Option<FileId>> {
    Ok(None)
}

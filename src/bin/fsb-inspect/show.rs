//! `show`: families, states and files of one checkpoint or state folder.

use std::path::Path;

use flink_state_backend::checkpoint::{CheckpointStore, ClaimMode, FileEntry};
use flink_state_backend::inspect::{Description, Opened, StateDescription};
use serde::Serialize;

use crate::output::{count, moment, size, Failure, Out, Table, Verdict};
use crate::place::{checkpoint, no_id, Place};
use crate::savepoint;

#[derive(Serialize)]
struct Checkpoint<'a> {
    root: &'a str,
    id: u64,
    created_at_millis: u64,
    library: &'a str,
    engine: &'a str,
    claim: ClaimMode,
    total_bytes: u64,
    new_bytes: u64,
    #[serde(flatten)]
    description: Description,
    files: &'a [FileEntry],
}

#[derive(Serialize)]
struct Folder<'a> {
    folder: String,
    last_sequence: u64,
    wal_dropped_bytes: u64,
    #[serde(flatten)]
    description: &'a Description,
    files: Vec<FolderFile>,
}

#[derive(Serialize)]
struct FolderFile {
    name: String,
    size: u64,
}

pub fn run(place: &Place, id: Option<u64>, out: &mut Out) -> Result<Verdict, Failure> {
    match place {
        Place::Checkpoints(store) => of_checkpoint(store, id, out),
        Place::Folder(folder) => no_id(folder, id).and_then(|()| of_folder(folder, out)),
        Place::Savepoint(file) => no_id(file, id).and_then(|()| savepoint::show(file, out)),
    }
}

fn of_checkpoint(store: &CheckpointStore, id: Option<u64>, out: &mut Out) -> Result<Verdict, Failure> {
    let metadata = checkpoint(store, id)?;
    let shown = Checkpoint {
        root: store.root(),
        id: metadata.id,
        created_at_millis: metadata.created_at_millis,
        library: &metadata.library,
        engine: &metadata.engine,
        claim: store.claim(metadata.id)?,
        total_bytes: metadata.total_bytes(),
        new_bytes: metadata.new_bytes,
        description: Description::from(&metadata),
        files: &metadata.files,
    };
    if out.is_json() {
        out.json(&shown)?;
        return Ok(Verdict::Fine);
    }
    let created = moment(i64::try_from(shown.created_at_millis).unwrap_or(i64::MAX));
    out.line(format!("checkpoint {} in '{}'", shown.id, shown.root))?;
    out.line(format!("created {created} by flink_state_backend {} with RocksDB {}", shown.library, shown.engine))?;
    let (files, total, new) = (count(shown.files.len(), "file"), size(shown.total_bytes), size(shown.new_bytes));
    out.line(format!("{files}, {total}, of which {new} were stored for it"))?;
    describe(&shown.description, out)?;
    let mut table = Table::new(&["FILE", ">SIZE", "STORED AS"]);
    for file in shown.files {
        table.push(vec![file.name.clone(), size(file.size), file.path(shown.id)]);
    }
    out.line("")?;
    out.table(&mut table)?;
    Ok(Verdict::Fine)
}

fn of_folder(folder: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let opened = Opened::folder(folder)?;
    let recovery = opened.recovery();
    let shown = Folder {
        folder: folder.display().to_string(),
        last_sequence: recovery.last_sequence,
        wal_dropped_bytes: recovery.wal_dropped_bytes,
        description: opened.description(),
        files: files_of(folder)
            .map_err(|error| Failure::new(format!("cannot list '{}': {error}", folder.display())))?,
    };
    let verdict = if shown.wal_dropped_bytes > 0 { Verdict::Damaged } else { Verdict::Fine };
    if out.is_json() {
        out.json(&shown)?;
        return Ok(verdict);
    }
    out.line(format!("state folder '{}', sequence number {}", shown.folder, shown.last_sequence))?;
    if shown.wal_dropped_bytes > 0 {
        out.line(format!("{} of its write-ahead log are damaged or missing", size(shown.wal_dropped_bytes)))?;
    }
    describe(shown.description, out)?;
    let mut table = Table::new(&["FILE", ">SIZE"]);
    for file in &shown.files {
        table.push(vec![file.name.clone(), size(file.size)]);
    }
    out.line("")?;
    out.table(&mut table)?;
    Ok(verdict)
}

fn files_of(folder: &Path) -> std::io::Result<Vec<FolderFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            files.push(FolderFile { name: entry.file_name().to_string_lossy().into_owned(), size: metadata.len() });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

pub fn describe(description: &Description, out: &mut Out) -> Result<(), Failure> {
    for origin in &description.origins {
        out.line(format!("restored from checkpoint {} in '{}' ({:?})", origin.id, origin.root, origin.mode))?;
    }
    out.line(format!("column families: {}", description.column_families.join(", ")))?;
    if let (Some(most), Some(key_type)) = (description.max_parallelism, &description.key_type) {
        let groups =
            description.key_groups.map_or_else(|| "not known".to_owned(), |(first, last)| format!("{first}-{last}"));
        out.line(format!("key groups: {groups} of {most}, keys of type '{key_type}'"))?;
    }
    let mut table = Table::new(&["STATE", "KIND", "VALUE", "MAP KEY", "NAMESPACE", "TTL", "FAMILY"]);
    let keyed = description.states.iter().map(|state| row("", state));
    let operators = description.operator_states.iter().map(|state| row("operator/", state));
    keyed.chain(operators).for_each(|row| table.push(row));
    let timers = description.timers.iter().flatten();
    timers.for_each(|it| table.push(vec![it.name.clone(), format!("timers ({:?} time)", it.time).to_lowercase()]));
    if table.waiting() > 1 {
        out.line("")?;
        out.table(&mut table)?;
    }
    Ok(())
}

fn row(prefix: &str, state: &StateDescription) -> Vec<String> {
    let it = &state.descriptor;
    let kind = it.aggregate.map_or(it.kind.name().to_owned(), |aggregate| format!("{} {aggregate:?}", it.kind.name()));
    let ttl = it.ttl.as_ref().map(|ttl| format!("{} ms {:?}", ttl.millis, ttl.time).to_lowercase());
    let texts = [
        Some(kind),
        Some(it.value_type.clone()),
        Some(it.map_key_type.clone()),
        Some(it.namespace_type.clone()),
        ttl,
        it.column_family.clone(),
    ];
    let cells = texts.into_iter().map(|text| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned()));
    [format!("{prefix}{}", it.name)].into_iter().chain(cells).collect()
}

//! `verify`: every file read and held to its digest.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;

use flink_state_backend::checkpoint::{CheckpointStore, FileEntry};
use flink_state_backend::inspect::Opened;
use flink_state_backend::Error;
use serde::Serialize;

use crate::output::{count, is_damage, size, Failure, Out, Verdict};
use crate::place::{no_id, Place};
use crate::savepoint;

#[derive(Serialize)]
struct Report<'a> {
    root: &'a str,
    checkpoints: Vec<Verified>,
}

/// What was found of one checkpoint.
#[derive(Serialize)]
struct Verified {
    id: u64,
    /// Files and bytes that it lists; 0 when its metadata is damaged.
    files: usize,
    bytes: u64,
    problems: Vec<Problem>,
}

#[derive(Clone, Serialize)]
struct Problem {
    /// Path below the root.
    file: String,
    reason: String,
    /// Whether it is damaged, or could not be read.
    is_damage: bool,
}

impl Problem {
    fn of(path: &str, error: Error) -> Self {
        let is_damage = is_damage(&error);
        match error {
            Error::CheckpointDamaged { file, reason, .. } => Self { file, reason, is_damage },
            other => Self { file: path.to_owned(), reason: other.to_string(), is_damage },
        }
    }
}

pub fn run(place: &Place, id: Option<u64>, out: &mut Out) -> Result<Verdict, Failure> {
    match place {
        Place::Folder(folder) => no_id(folder, id).and_then(|()| of_folder(folder, out)),
        Place::Savepoint(file) => no_id(file, id).and_then(|()| savepoint::verify(file, out)),
        Place::Checkpoints(store) => of_checkpoints(store, id, out),
    }
}

fn of_checkpoints(store: &CheckpointStore, id: Option<u64>, out: &mut Out) -> Result<Verdict, Failure> {
    let ids = match id {
        Some(id) => vec![id],
        None => store.ids()?.into_iter().collect(),
    };
    let mut read = Read::default();
    let mut checkpoints = Vec::new();
    for id in ids {
        checkpoints.extend(read.verify(store, id)?);
    }
    let problems = || checkpoints.iter().flat_map(|it: &Verified| &it.problems);
    let verdict = if problems().any(|problem| problem.is_damage) {
        Verdict::Damaged
    } else if problems().next().is_some() {
        Verdict::Unread
    } else {
        Verdict::Fine
    };
    if out.is_json() {
        out.json(&Report { root: store.root(), checkpoints })?;
    } else {
        checkpoints.iter().try_for_each(|it| show(it, out))?;
    }
    Ok(verdict)
}

/// The files that were read, by path, with what is wrong with each: those that checkpoints share are read once.
#[derive(Default)]
struct Read(HashMap<String, Option<Problem>>);

impl Read {
    /// Verifies one checkpoint; none when it was removed meanwhile.
    fn verify(&mut self, store: &CheckpointStore, id: u64) -> Result<Option<Verified>, Failure> {
        let metadata = match store.metadata(id) {
            Ok(metadata) => metadata,
            Err(error @ Error::CheckpointDamaged { .. }) => {
                let problems = vec![Problem::of("", error)];
                return Ok(Some(Verified { id, files: 0, bytes: 0, problems }));
            }
            Err(error) => return Err(error.into()),
        };
        let unread: Vec<FileEntry> =
            metadata.files.iter().filter(|file| !self.0.contains_key(&file.path(id))).cloned().collect();
        let progress = Progress::new(id, &unread);
        let found = Mutex::new(&mut self.0);
        store.verify_each(id, &unread, &|file, outcome| {
            let path = file.path(id);
            let problem = outcome.err().map(|error| Problem::of(&path, error));
            let mut found = found.lock().expect("no thread panics with it");
            found.insert(path, problem);
            progress.moved(file.size);
        });
        progress.end();
        let problems: Vec<Problem> =
            metadata.files.iter().filter_map(|file| self.0.get(&file.path(id))?.clone()).collect();
        if !problems.is_empty() && !store.ids()?.contains(&id) {
            return Ok(None);
        }
        Ok(Some(Verified { id, files: metadata.files.len(), bytes: metadata.total_bytes(), problems }))
    }
}

/// How far it is, for somebody who watches.
struct Progress {
    id: u64,
    is_shown: bool,
    files: usize,
    bytes: u64,
    done: Mutex<(usize, u64)>,
}

impl Progress {
    fn new(id: u64, files: &[FileEntry]) -> Self {
        let bytes = files.iter().map(|file| file.size).sum();
        Self { id, is_shown: std::io::stderr().is_terminal(), files: files.len(), bytes, done: Mutex::new((0, 0)) }
    }

    fn moved(&self, bytes: u64) {
        let mut done = self.done.lock().expect("no thread panics with it");
        *done = (done.0 + 1, done.1 + bytes);
        if self.is_shown {
            let (files, bytes) = (done.0, size(done.1));
            eprint!("\r\x1b[Kcheckpoint {}: {files} of {} files, {bytes} of {}", self.id, self.files, size(self.bytes));
            // Only somebody who watches misses something.
            std::io::stderr().flush().unwrap_or_default();
        }
    }

    fn end(&self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}

fn show(verified: &Verified, out: &mut Out) -> Result<(), Failure> {
    let Verified { id, files, bytes, problems } = verified;
    if problems.is_empty() {
        return out.line(format!("checkpoint {id}: {}, {}: whole", count(*files, "file"), size(*bytes)));
    }
    out.line(format!("checkpoint {id}: {} of {}:", count(problems.len(), "problem"), count(*files, "file")))?;
    problems.iter().try_for_each(|problem| out.line(format!("  '{}' {}", problem.file, problem.reason)))
}

#[derive(Serialize)]
struct FolderReport<'a> {
    folder: &'a str,
    /// Bytes of the write-ahead log that are damaged or missing.
    wal_dropped_bytes: u64,
    problem: Option<String>,
}

fn of_folder(folder: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let opened = Opened::folder(folder)?;
    let wal_dropped_bytes = opened.recovery().wal_dropped_bytes;
    let problem = match opened.verify_checksums() {
        Err(error) if !is_damage(&error) => return Err(error.into()),
        verified => verified.err().map(|error| error.to_string()),
    };
    let verdict = if problem.is_some() || wal_dropped_bytes > 0 { Verdict::Damaged } else { Verdict::Fine };
    let name = &folder.display().to_string();
    if out.is_json() {
        out.json(&FolderReport { folder: name, wal_dropped_bytes, problem })?;
        return Ok(verdict);
    }
    if wal_dropped_bytes > 0 {
        out.line(format!(
            "'{name}' lacks {} of its write-ahead log, which are damaged or missing",
            size(wal_dropped_bytes)
        ))?;
    }
    match problem {
        Some(problem) => out.line(problem)?,
        None => out.line(format!("'{name}': all table files are whole"))?,
    }
    Ok(verdict)
}

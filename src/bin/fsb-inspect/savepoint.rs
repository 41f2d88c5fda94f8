//! The commands, for the file of a savepoint.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;

use flink_state_backend::inspect::{each_savepoint_record, Description, Record, RecordKind, Selection};
use flink_state_backend::savepoint::{SavepointReader, SavepointSummary};
use serde::Serialize;

use crate::diff::{compare_states, show_states, StateDifference};
use crate::output::{size, Failure, Out, Table, Verdict};
use crate::show::describe;

/// What the header tells.
#[derive(Serialize)]
struct Shown {
    savepoint: String,
    bytes: u64,
    library: String,
    #[serde(flatten)]
    description: Description,
}

/// A savepoint that was read as a whole.
#[derive(Serialize)]
struct Verified {
    savepoint: String,
    bytes: u64,
    entries: u64,
    blocks: u64,
    raw_bytes: u64,
    digest: String,
}

#[derive(Serialize)]
struct Difference {
    from: Verified,
    to: Verified,
    /// Entries of each state, timer service and column family in both.
    entries: Vec<Entries>,
    states: StateDifference,
}

#[derive(Serialize)]
struct Entries {
    name: String,
    from: u64,
    to: u64,
}

/// Opens the file for whoever reads it.
fn with_reader<T>(
    path: &Path, body: impl FnOnce(&mut SavepointReader<'_>) -> flink_state_backend::Result<T>,
) -> Result<T, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::new(format!("cannot read '{name}': {error}")))?;
    let mut source = BufReader::new(file);
    let mut reader = SavepointReader::new(&name, &mut source)?;
    Ok(body(&mut reader)?)
}

fn shown(path: &Path) -> Result<Shown, Failure> {
    let (library, description) =
        with_reader(path, |reader| Ok((reader.header().library.clone(), Description::from(reader.header()))))?;
    Ok(Shown { savepoint: path.display().to_string(), bytes: bytes_of(path)?, library, description })
}

fn bytes_of(path: &Path) -> Result<u64, Failure> {
    let metadata = std::fs::metadata(path);
    metadata.map(|it| it.len()).map_err(|error| Failure::new(format!("cannot read '{}': {error}", path.display())))
}

/// `list`: a savepoint is one, and tells of itself.
pub fn list(path: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let shown = shown(path)?;
    if out.is_json() {
        out.json(&shown)?;
        return Ok(Verdict::Fine);
    }
    let mut table = Table::new(&["SAVEPOINT", ">SIZE", "KEY GROUPS", ">STATES", ">OPERATOR STATES", "LIBRARY"]);
    let groups = shown.description.key_groups.map_or("-".to_owned(), |(first, last)| format!("{first}-{last}"));
    let (states, operators) = (shown.description.states.len(), shown.description.operator_states.len());
    let numbers = [groups, states.to_string(), operators.to_string(), shown.library];
    table.push([shown.savepoint, size(shown.bytes)].into_iter().chain(numbers).collect());
    out.table(&mut table)?;
    Ok(Verdict::Fine)
}

/// `show`: states and families. Only the header was verified then.
pub fn show(path: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let shown = shown(path)?;
    if out.is_json() {
        out.json(&shown)?;
        return Ok(Verdict::Fine);
    }
    let (name, bytes) = (&shown.savepoint, size(shown.bytes));
    out.line(format!("savepoint '{name}', {bytes}, written by flink_state_backend {}", shown.library))?;
    describe(&shown.description, out)?;
    Ok(Verdict::Fine)
}

/// `verify`: every byte.
pub fn verify(path: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let verified = read(path, &mut |_| {})?;
    if out.is_json() {
        out.json(&verified)?;
        return Ok(Verdict::Fine);
    }
    let entries = format!("{} entries", verified.entries);
    out.line(format!("savepoint '{}': {entries}, {}: whole", verified.savepoint, size(verified.bytes)))?;
    out.line(format!("digest {}", verified.digest))?;
    Ok(Verdict::Fine)
}

/// Reads all of it.
fn read(path: &Path, each: &mut dyn FnMut(&Record)) -> Result<Verified, Failure> {
    let summary = with_reader(path, |reader| {
        each_savepoint_record(reader, &Selection::default(), &mut |record| {
            each(record);
            ControlFlow::Continue(())
        })?;
        Ok(reader.summary().cloned())
    })?;
    let SavepointSummary { entries, blocks, raw_bytes, digest } = summary.expect("the end was read");
    Ok(Verified { savepoint: path.display().to_string(), bytes: bytes_of(path)?, entries, blocks, raw_bytes, digest })
}

/// `dump`: what its records say.
pub fn each_record(
    path: &Path, selection: &Selection, body: &mut dyn FnMut(&Record) -> ControlFlow<()>,
) -> Result<(), Failure> {
    with_reader(path, |reader| each_savepoint_record(reader, selection, body))
}

/// `diff`: states, and how much of each there is.
pub fn diff(from: &Path, to: &Path, out: &mut Out) -> Result<Verdict, Failure> {
    let states = compare_states(&shown(from)?.description, &shown(to)?.description);
    let mut entries: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let from = read(from, &mut |record| entries.entry(name_of(record)).or_default().0 += 1)?;
    let to = read(to, &mut |record| entries.entry(name_of(record)).or_default().1 += 1)?;
    let entries = entries.into_iter().map(|(name, (from, to))| Entries { name, from, to }).collect();
    let difference = Difference { from, to, entries, states };
    if out.is_json() {
        out.json(&difference)?;
        return Ok(Verdict::Fine);
    }
    let Difference { from, to, entries, states } = difference;
    let is_same = from.digest == to.digest;
    out.line(format!("from '{}' to '{}'{}", from.savepoint, to.savepoint, if is_same { ": the same" } else { "" }))?;
    let mut table = Table::new(&["", ">FROM", ">TO"]);
    entries.iter().for_each(|it| table.push(vec![it.name.clone(), it.from.to_string(), it.to.to_string()]));
    out.table(&mut table)?;
    show_states(&states, out)?;
    Ok(Verdict::Fine)
}

fn name_of(record: &Record) -> String {
    let name = record.state.as_ref().unwrap_or(&record.column_family);
    match record.kind {
        RecordKind::Keyed => name.clone(),
        RecordKind::Operator => format!("operator/{name}"),
        RecordKind::Timer => format!("timers/{name}"),
        RecordKind::Plain => format!("family/{name}"),
    }
}

//! `diff`: what one checkpoint has that another has not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flink_state_backend::checkpoint::{CheckpointStore, FileEntry, Metadata};
use flink_state_backend::inspect::{Description, StateDescription};
use serde::Serialize;

use crate::output::{count, size, Failure, Out, Table, Verdict};
use crate::place::Place;
use crate::savepoint;

#[derive(Serialize)]
struct Side {
    root: String,
    id: u64,
    #[serde(skip)]
    metadata: Metadata,
}

#[derive(Serialize)]
struct Difference {
    from: Side,
    to: Side,
    /// Files with the same content in both.
    shared: Sum,
    added: Vec<FileEntry>,
    removed: Vec<FileEntry>,
    states: StateDifference,
}

#[derive(Default, Serialize)]
struct Sum {
    files: usize,
    bytes: u64,
}

/// Names of states; of operators with `operator/` before them.
#[derive(Serialize)]
pub struct StateDifference {
    added: Vec<String>,
    removed: Vec<String>,
    /// Those that are declared in another way, such as with another ttl.
    changed: Vec<String>,
}

pub fn run(checkpoints: &[String], out: &mut Out) -> Result<Verdict, Failure> {
    if let [from, to] = checkpoints {
        if let (Ok(Place::Savepoint(from)), Ok(Place::Savepoint(to))) =
            (Place::of(Path::new(from)), Place::of(Path::new(to)))
        {
            return savepoint::diff(&from, &to, out);
        }
    }
    let [from, to] = match checkpoints {
        [root, from, to] => {
            let store = store(root)?;
            [side(&store, from)?, side(&store, to)?]
        }
        [from, to] => [of_one(from)?, of_one(to)?],
        _ => return Err(usage("")),
    };
    let difference = compare(from, to);
    if out.is_json() {
        out.json(&difference)?;
    } else {
        show(&difference, out)?;
    }
    Ok(Verdict::Fine)
}

fn usage(given: &str) -> Failure {
    Failure::new(format!("'{given}' names no checkpoint; give ROOT ID ID, ROOT:ID ROOT:ID, or two savepoints"))
}

fn store(root: &str) -> Result<Arc<CheckpointStore>, Failure> {
    Place::of(Path::new(root))?.into_checkpoints()
}

fn of_one(text: &str) -> Result<Side, Failure> {
    let (root, id) = text.rsplit_once(':').ok_or_else(|| usage(text))?;
    side(&*store(root)?, id)
}

fn side(store: &CheckpointStore, id: &str) -> Result<Side, Failure> {
    let id = id.parse().map_err(|_| usage(id))?;
    Ok(Side { root: store.root().to_owned(), id, metadata: store.metadata(id)? })
}

fn compare(from: Side, to: Side) -> Difference {
    let (before, after) = (by_content(&from.metadata), by_content(&to.metadata));
    let missing_in = |from: &BTreeMap<_, &FileEntry>, other: &BTreeMap<_, &FileEntry>| -> Vec<FileEntry> {
        from.iter().filter(|(content, _)| !other.contains_key(*content)).map(|(_, file)| (*file).clone()).collect()
    };
    let both = before.iter().filter(|(content, _)| after.contains_key(*content));
    let shared = both.fold(Sum::default(), |sum, (_, file)| Sum { files: sum.files + 1, bytes: sum.bytes + file.size });
    let (added, removed) = (missing_in(&after, &before), missing_in(&before, &after));
    let states = compare_states(&Description::from(&from.metadata), &Description::from(&to.metadata));
    Difference { from, to, shared, added, removed, states }
}

/// Shared files are one by what they hold, those of a checkpoint alone also by what they are called.
fn by_content(metadata: &Metadata) -> BTreeMap<(String, String), &FileEntry> {
    let name = |file: &FileEntry| if file.shared { String::new() } else { file.name.clone() };
    metadata.files.iter().map(|file| ((name(file), file.digest.clone()), file)).collect()
}

pub fn compare_states(before: &Description, after: &Description) -> StateDifference {
    let (before, after) = (by_name(before), by_name(after));
    let missing_in = |from: &BTreeMap<String, _>, other: &BTreeMap<String, _>| -> Vec<String> {
        from.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
    };
    let is_changed =
        |(name, state): &(&String, &&StateDescription)| after.get(*name).is_some_and(|other| other != *state);
    StateDifference {
        added: missing_in(&after, &before),
        removed: missing_in(&before, &after),
        changed: before.iter().filter(is_changed).map(|(name, _)| name.clone()).collect(),
    }
}

fn by_name(description: &Description) -> BTreeMap<String, &StateDescription> {
    let keyed = description.states.iter().map(|state| (state.descriptor.name.clone(), state));
    let operators =
        description.operator_states.iter().map(|state| (format!("operator/{}", state.descriptor.name), state));
    keyed.chain(operators).collect()
}

fn show(difference: &Difference, out: &mut Out) -> Result<(), Failure> {
    let Difference { from, to, shared, added, removed, states } = difference;
    out.line(format!("from {} in '{}' to {} in '{}'", from.id, from.root, to.id, to.root))?;
    out.line(format!("both have {}, {}", count(shared.files, "file"), size(shared.bytes)))?;
    for (what, files) in [("added", added), ("removed", removed)] {
        let bytes = files.iter().map(|file| file.size).sum();
        out.line(format!("{what}: {}, {}", count(files.len(), "file"), size(bytes)))?;
    }
    let mut table = Table::new(&["", "FILE", ">SIZE"]);
    for (sign, files) in [("+", added), ("-", removed)] {
        for file in files {
            table.push(vec![sign.to_owned(), file.name.clone(), size(file.size)]);
        }
    }
    out.table(&mut table)?;
    show_states(states, out)
}

pub fn show_states(states: &StateDifference, out: &mut Out) -> Result<(), Failure> {
    for (what, names) in [("added", &states.added), ("removed", &states.removed), ("changed", &states.changed)] {
        if !names.is_empty() {
            out.line(format!("states {what}: {}", names.join(", ")))?;
        }
    }
    Ok(())
}

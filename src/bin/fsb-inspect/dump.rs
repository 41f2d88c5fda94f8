//! `dump`: rows in words of the registry.

use std::ops::ControlFlow;
use std::path::PathBuf;

use flink_state_backend::inspect::{Bytes, Opened, Record, RecordKind, Selection};
use flink_state_backend::Time;

use crate::output::{moment, Failure, Out, Table, Verdict};
use crate::place::{checkpoint, no_id, Place};
use crate::savepoint;

/// Rows that are aligned with one another.
const PAGE_ROWS: usize = 500;
/// Longest text of bytes in a table; JSON has all of them.
const LONGEST: usize = 80;

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of checkpoints, state folder, or savepoint.
    path: PathBuf,
    /// The checkpoint; the newest when left out.
    id: Option<u64>,
    /// Only the state, or the timers, of this name.
    #[arg(long, value_name = "NAME")]
    state: Option<String>,
    /// Only this key group.
    #[arg(long, value_name = "GROUP")]
    key_group: Option<u16>,
    /// Only this column family.
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// At most so many rows.
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
    /// Where a checkpoint is opened, in a folder that is removed afterwards: its files are linked there on one file system with the
    /// checkpoint, and copied otherwise. Default: the system's folder for temporary files.
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, out: &mut Out) -> Result<Verdict, Failure> {
    let selection = Selection {
        state: arguments.state.clone(),
        key_group: arguments.key_group,
        column_family: arguments.family.clone(),
    };
    let mut dump = Dump::new(out, arguments.limit);
    let opened = match Place::of(&arguments.path)? {
        Place::Savepoint(file) => {
            no_id(&file, arguments.id)?;
            savepoint::each_record(&file, &selection, &mut |record| dump.take(record))?;
            return dump.end();
        }
        Place::Folder(folder) => {
            no_id(&folder, arguments.id)?;
            Opened::folder(&folder)?
        }
        Place::Checkpoints(store) => {
            let id = checkpoint(&store, arguments.id)?.id;
            let work = arguments.work.clone().unwrap_or_else(std::env::temp_dir);
            Opened::checkpoint(&store, id, &work)?
        }
    };
    opened.each_record(&selection, &mut |record| dump.take(record))?;
    dump.end()
}

/// Rows on their way out.
struct Dump<'a> {
    out: &'a mut Out,
    table: Table,
    left: Option<u64>,
    rows: u64,
    damaged: u64,
    failure: Option<Failure>,
}

impl<'a> Dump<'a> {
    fn new(out: &'a mut Out, left: Option<u64>) -> Self {
        let table = Table::new(&[">GROUP", "STATE", "KEY", "NAMESPACE", "AT", "VALUE", "WRITTEN"]);
        Self { out, table, left, rows: 0, damaged: 0, failure: None }
    }

    fn take(&mut self, record: &Record) -> ControlFlow<()> {
        if self.left == Some(0) {
            return ControlFlow::Break(());
        }
        self.left = self.left.map(|left| left - 1);
        self.rows += 1;
        self.damaged += u64::from(record.damage.is_some());
        match self.show(record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }

    fn show(&mut self, record: &Record) -> Result<(), Failure> {
        if self.out.is_json() {
            return self.out.json(record);
        }
        self.table.push(row(record));
        if self.table.waiting() >= PAGE_ROWS {
            self.out.table(&mut self.table)?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<Verdict, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if !self.out.is_json() {
            self.out.table(&mut self.table)?;
            let limited = if self.left == Some(0) { ", as many as asked for" } else { "" };
            self.out.line(format!("{} rows{limited}", self.rows))?;
        }
        Ok(if self.damaged > 0 { Verdict::Damaged } else { Verdict::Fine })
    }
}

fn row(record: &Record) -> Vec<String> {
    let name = match (&record.state, record.state_id) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => format!("#{id:08x}"),
        (None, None) => format!("({})", record.column_family),
    };
    let name = if record.kind == RecordKind::Operator { format!("operator/{name}") } else { name };
    let group = record.key_group.filter(|_| record.kind != RecordKind::Operator);
    vec![
        group.map(|group| group.to_string()).unwrap_or_default(),
        name,
        short(&record.key),
        short(&record.namespace),
        place(record),
        value(record),
        record.written_at.map(moment).unwrap_or_default(),
    ]
}

/// Where in its state, or when.
fn place(record: &Record) -> String {
    let time = |timestamp: i64| match record.time {
        Some(Time::Processing) => format!("{timestamp} processing time"),
        _ => format!("{timestamp} event time"),
    };
    let element = record.element.map(|element| format!("[{element}]"));
    let map_key = record.map_key.as_ref().map(|key| shortened(key.to_string()));
    record.timestamp.map(time).or(element).or(map_key).unwrap_or_default()
}

fn value(record: &Record) -> String {
    match (record.damage, &record.result, &record.value) {
        (Some(damage), _, value) => format!("DAMAGED: {damage}: {}", short(value)),
        (None, Some(result), _) => result.clone(),
        (None, None, None) if record.timestamp.is_none() => "null".to_owned(),
        (None, None, value) => short(value),
    }
}

fn short(bytes: &Option<Bytes>) -> String {
    bytes.as_ref().map(|bytes| shortened(bytes.to_string())).unwrap_or_default()
}

fn shortened(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

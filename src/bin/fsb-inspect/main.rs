//! Looks into folders of checkpoints and into state folders, and changes nothing there.
//!
//! ```text
//! fsb-inspect list ROOT               the checkpoints below a root
//! fsb-inspect verify ROOT [ID]        reads every file and names what is damaged
//! fsb-inspect diff ROOT ID ID         what the second has that the first has not, and the other way round
//! fsb-inspect show ROOT [ID]          families, states, files
//! fsb-inspect dump ROOT [ID]          the rows, in words of the registry
//! ```
//!
//! `verify`, `show` and `dump` take a state folder as well, which no process may have open meanwhile, and all of them the file of a savepoint.
//! With `--json` the answer is one JSON
//! object, that of `dump` one on each line.

mod diff;
mod dump;
mod list;
mod output;
mod place;
mod savepoint;
mod show;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::{Failure, Out, Verdict};
use place::Place;

const EXIT_CODES: &str =
    "Exit codes: 0 all is well; 1 damage was found; 2 wrong usage, or something could not be read.";

#[derive(Parser)]
#[command(
    name = "fsb-inspect",
    version,
    about = "Looks into checkpoints, savepoints and state folders, and changes nothing there."
)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the checkpoints below a root.
    List {
        /// Folder of checkpoints, or savepoint.
        path: PathBuf,
    },
    /// Read every file and name what is damaged or missing.
    Verify {
        /// Folder of checkpoints, state folder, or savepoint.
        path: PathBuf,
        /// The checkpoint; all of them when left out.
        id: Option<u64>,
    },
    /// Compare two checkpoints, ROOT ID ID or ROOT:ID ROOT:ID, or two savepoints.
    Diff {
        /// ROOT ID ID, ROOT:ID ROOT:ID, or SAVEPOINT SAVEPOINT.
        #[arg(num_args = 2..=3, required = true, value_name = "CHECKPOINT")]
        checkpoints: Vec<String>,
    },
    /// Show families, states and files.
    Show {
        /// Folder of checkpoints, state folder, or savepoint.
        path: PathBuf,
        /// The checkpoint; the newest when left out.
        id: Option<u64>,
    },
    /// Show the rows, in words of the registry.
    Dump(dump::Arguments),
}

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let mut out = Out::new(json);
    let done = run(command, &mut out).and_then(|verdict| out.finish().map(|()| verdict));
    match done {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.tell(),
    }
}

fn run(command: Command, out: &mut Out) -> Result<Verdict, Failure> {
    match command {
        Command::List { path } => match Place::of(&path)? {
            Place::Savepoint(file) => savepoint::list(&file, out),
            other => list::run(other.into_checkpoints()?.as_ref(), out),
        },
        Command::Verify { path, id } => verify::run(&Place::of(&path)?, id, out),
        Command::Diff { checkpoints } => diff::run(&checkpoints, out),
        Command::Show { path, id } => show::run(&Place::of(&path)?, id, out),
        Command::Dump(arguments) => dump::run(&arguments, out),
    }
}

//! Processes that are killed: this very program again, told by its environment what to do and when to die.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::place::Place;

/// The folder in which a child works; without it a program is no child.
const PLACE: &str = "FSB_KILL_PLACE";
/// Storage call at which it ends itself.
const STORAGE_CALL: &str = "FSB_KILL_STORAGE_CALL";
/// See `kill_at.c`.
const SYSTEM_CALL: &str = "FSB_KILL_AT";
const COUNT: &str = "FSB_KILL_COUNT";
const DONE: &str = "done: ";

/// When a child dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// Before its Nth storage call.
    StorageCall(usize),
    /// Before its Nth system call that changes a file.
    SystemCall(usize),
    /// Never.
    Not,
}

/// What a child left.
pub struct Remains {
    /// What it said it had done.
    pub done: Vec<String>,
    /// Whether it came to its end.
    pub is_complete: bool,
}

/// Runs the test of that name of this program as a child in a folder.
pub fn run(test: &str, place: &Place, kill: Kill) -> Remains {
    let mut command = Command::new(std::env::current_exe().expect("known"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(PLACE, place.path(""));
    match kill {
        Kill::StorageCall(at) => drop(command.env(STORAGE_CALL, at.to_string())),
        Kill::SystemCall(at) => drop(command.env(SYSTEM_CALL, at.to_string()).env("LD_PRELOAD", killer())),
        Kill::Not => drop(command.env(COUNT, place.path("count")).env("LD_PRELOAD", killer())),
    }
    let output = command.output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let done = text.lines().filter_map(|line| Some(line.split_once(DONE)?.1.to_owned())).collect();
    let is_killed = output.status.code().is_none();
    assert!(is_killed || output.status.success(), "{kill:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    Remains { done, is_complete: !is_killed }
}

/// Number of system calls of a child that ran to its end.
pub fn system_calls(place: &Place) -> usize {
    fs::read_to_string(place.path("count")).expect("written").parse().expect("a number")
}

/// The folder to work in, in a child.
pub fn place() -> Option<Place> {
    std::env::var_os(PLACE).map(|folder| Place::at(PathBuf::from(folder)))
}

/// The storage call to die at, in a child that dies so.
pub fn storage_call() -> Option<usize> {
    std::env::var(STORAGE_CALL).ok()?.parse().ok()
}

/// System calls count from here.
pub fn arm() {
    fs::remove_file("/FSB_ARM").expect_err("nothing there");
}

/// And no more from here.
pub fn disarm() {
    fs::remove_file("/FSB_DISARM").expect_err("nothing there");
}

/// Tells the parent, which hears it whatever happens next.
pub fn done(what: &str) {
    println!("\n{DONE}{what}");
}

/// The library that kills, compiled at its first use.
fn killer() -> &'static Path {
    static KILLER: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = KILLER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let library = folder.path().join("kill_at.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoint_proof/kill_at.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let mut command = Command::new(compiler);
        command.args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(command.status().expect("there is a C compiler").success());
        (folder, library)
    });
    path
}

//! A process that is killed in the middle of an import: whoever opens the folder next finds nothing of it, and all that was there before.

mod savepoint_job;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use flink_state_backend::options::WalMode;
use flink_state_backend::savepoint::ImportOptions;
use flink_state_backend::{Backend, Options};
use savepoint_job::*;

/// What tells the child what to do: the folder.
const FOLDER: &str = "FSB_TEST_SAVEPOINT_FOLDER";
const WAL: &str = "FSB_TEST_SAVEPOINT_WAL";

fn open(folder: &std::path::Path, wal: WalMode) -> Backend {
    let mut options = Options::new(folder.join("data").display().to_string());
    options.wal = wal;
    Backend::open(options, None).expect("opens")
}

/// A child imports most of a savepoint, says so, and waits to be killed.
#[test]
fn child_with_an_import() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let wal = if std::env::var_os(WAL).is_some() { WalMode::Enabled } else { WalMode::Disabled };
    let backend = open(&folder, wal);
    let savepoint = std::fs::read(folder.join("savepoint")).expect("there");
    let mut import = backend.import_savepoint(&second_half()).expect("begins");
    import.write(&savepoint[..savepoint.len() - 1]).expect("so far");
    assert!(rows(&backend) > 0);
    // In the table files, where there is no log.
    backend.flush().expect("flushes");
    println!("half-way");
    let _ = std::io::stdin().read(&mut [0]);
    unreachable!("the parent kills before it closes the pipe");
}

fn second_half() -> ImportOptions {
    ImportOptions { first_key_group: Some(64), last_key_group: Some(127), position: 1, ..Default::default() }
}

fn killed_half_way(folder: &std::path::Path, wal: WalMode) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["child_with_an_import", "--exact", "--nocapture"]).env(FOLDER, folder);
    if wal == WalMode::Enabled {
        command.env(WAL, "1");
    }
    let mut child: Child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = lines.map_while(Result::ok).any(|line| line.contains("half-way"));
    child.kill().expect("killed");
    let status = child.wait().expect("gone");
    assert!(said && !status.success(), "the child ended by itself");
}

fn a_killed_import_leaves_nothing(wal: WalMode) {
    let (place, source) = (Place::new(wal), Place::new(wal));
    {
        let backend = source.open();
        fill(&backend, &all(&backend));
        fill_rest(&backend);
        std::fs::write(place.folder.path().join("savepoint"), export_all(&backend)).expect("written");
    }
    let backend = place.open();
    fill(&backend, &keyed(&backend, 0, 63));
    let (before, savepoint) = (rows(&backend), export_all(&backend));
    backend.close().expect("closes");
    for _ in 0..2 {
        killed_half_way(place.folder.path(), wal);
        let backend = place.open();
        assert_eq!(rows(&backend), before);
        assert_eq!(export_all(&backend), savepoint);
        backend.close().expect("closes");
    }
    let backend = place.open();
    let bytes = std::fs::read(place.folder.path().join("savepoint")).expect("there");
    import(&backend, &bytes, &second_half()).expect("imports");
    let keyed = all(&backend);
    keyed.set_time(flink_state_backend::Time::Processing, 1000).expect("later");
    assert_eq!(contents(&keyed), expected(&keyed, true));
}

#[test]
fn a_killed_import_leaves_nothing_without_a_log() {
    a_killed_import_leaves_nothing(WalMode::Disabled);
}

#[test]
fn a_killed_import_leaves_nothing_with_a_log() {
    a_killed_import_leaves_nothing(WalMode::Enabled);
}

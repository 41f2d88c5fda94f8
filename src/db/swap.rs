//! Other contents for a data folder: all of them or none, whenever the process ends.
//!
//! What is to come is made in `FSB_RESTORE/new`. Then what is there moves to `FSB_RESTORE/old` and the new takes its place; a file says how
//! far that is. Only when the folder has opened with the new contents do the old ones go. Whoever opens the folder in between brings them
//! back: nobody was told of the new ones.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Makes the new contents in an empty folder.
pub(crate) type Contents<'a> = dyn Fn(&Path) -> Result<()> + 'a;

const WORK_FOLDER: &str = "FSB_RESTORE";
const NEW_FOLDER: &str = "new";
const OLD_FOLDER: &str = "old";
const PHASE_FILE: &str = "phase";
/// Some of what was there may have moved to the old folder; nothing new has come.
const SETTING_ASIDE: &str = "setting aside";
/// All of it has moved, and some of the new may have come.
const REPLACING: &str = "replacing";

/// Puts what `contents` makes in the place of what the folder holds.
///
/// # Errors
/// Those of `contents`, with nothing changed; [`Error::File`]: the next [`roll_back`] brings the old contents back.
pub(super) fn put_in_place(folder: &Path, contents: &Contents<'_>) -> Result<()> {
    let work = folder.join(WORK_FOLDER);
    let (new, old) = (work.join(NEW_FOLDER), work.join(OLD_FOLDER));
    let failed = |source| Error::File { path: work.clone(), doing: "prepare other contents in", source };
    super::folder::create(&new).and_then(|()| super::folder::create(&old)).map_err(failed)?;
    if let Err(error) = contents(&new).and_then(|()| sync(&new).map_err(failed)) {
        fs::remove_dir_all(&work).map_err(failed)?;
        return Err(error);
    }
    // IMPORTANT: the work folder must be there for good before anything moves into it.
    let swapped = sync(folder)
        .and_then(|()| set_phase(&work, SETTING_ASIDE))
        .and_then(|()| move_state(folder, &old))
        .and_then(|()| set_phase(&work, REPLACING))
        .and_then(|()| move_state(&new, folder));
    swapped.map_err(|source| Error::File { path: folder.to_path_buf(), doing: "replace the contents of", source })
}

/// Lets the old contents go.
///
/// # Errors
/// [`Error::File`].
pub(super) fn commit(folder: &Path) -> Result<()> {
    let work = folder.join(WORK_FOLDER);
    let committed = fs::remove_file(work.join(PHASE_FILE)).and_then(|()| sync(&work));
    committed.and_then(|()| fs::remove_dir_all(&work)).map_err(|source| Error::File {
        path: work,
        doing: "remove what was replaced in",
        source,
    })
}

/// Whether a replacement did not come to its end, so that the folder does not hold what it should.
#[cfg(feature = "inspect")]
pub(super) fn is_unfinished(folder: &Path) -> bool {
    folder.join(WORK_FOLDER).join(PHASE_FILE).exists()
}

/// Brings back what the folder held before a replacement that did not come to its end.
///
/// # Errors
/// [`Error::File`]: the next call goes on with it.
pub(super) fn roll_back(folder: &Path) -> Result<()> {
    let work = folder.join(WORK_FOLDER);
    let failed = |source| Error::File { path: work.clone(), doing: "undo an unfinished restore with", source };
    let phase = match fs::read_to_string(work.join(PHASE_FILE)) {
        Ok(phase) => phase,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    bring_back(folder, &work, &phase).map_err(failed)
}

fn bring_back(folder: &Path, work: &Path, phase: &str) -> io::Result<()> {
    if phase == REPLACING {
        state_files(folder)?.iter().try_for_each(fs::remove_file)?;
        sync(folder)?;
        // IMPORTANT: before anything comes back, which the line above would remove the next time.
        set_phase(work, SETTING_ASIDE)?;
    }
    if !phase.is_empty() {
        move_state(&work.join(OLD_FOLDER), folder)?;
        fs::remove_file(work.join(PHASE_FILE))?;
        sync(work)?;
    }
    match fs::remove_dir_all(work) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Moves the files of the state from one folder into another, for good.
fn move_state(from: &Path, to: &Path) -> io::Result<()> {
    for path in state_files(from)? {
        let name = path.file_name().expect("files of a folder have names");
        fs::rename(&path, to.join(name))?;
    }
    sync(to)?;
    sync(from)
}

/// The files of a folder that are its state: the engine's, and ours that tell of them.
fn state_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_state) && !entry.file_type()?.is_dir() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn is_state(name: &str) -> bool {
    const WHOLE: [&str; 4] = ["CURRENT", "IDENTITY", "FSB_MARK", "FSB_ORIGIN"];
    const EXTENSIONS: [&str; 4] = [".sst", ".blob", ".log", ".dbtmp"];
    let is_numbered = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    WHOLE.contains(&name)
        || name.starts_with("MANIFEST-")
        || name.starts_with("OPTIONS-")
        || EXTENSIONS.iter().any(|extension| name.strip_suffix(extension).is_some_and(is_numbered))
}

fn set_phase(work: &Path, phase: &str) -> io::Result<()> {
    let (unfinished, path) = (work.join("phase.new"), work.join(PHASE_FILE));
    fs::write(&unfinished, phase)?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, &path)?;
    sync(work)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

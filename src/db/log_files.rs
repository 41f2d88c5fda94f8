//! Sizes of the write-ahead log files, without asking the engine: its own way reads each file and waits for deletions.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

/// After this the folder is listed again, even when no event told of a new file.
const LISTING_AGE: Duration = Duration::from_secs(1);

/// Remembers which log files a folder has, so that a reading asks for their sizes alone.
#[derive(Default)]
pub(super) struct LogFiles(Mutex<Option<Listing>>);

struct Listing {
    files: Vec<PathBuf>,
    /// Memtables sealed before the folder was listed: with each the engine may begin a new log.
    sealed_memtables: u64,
    taken: Instant,
}

impl LogFiles {
    /// Bytes of all log files in the folder.
    pub(super) fn bytes(&self, folder: &Path, sealed_memtables: u64) -> io::Result<u64> {
        let mut listing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = listing
            .take()
            .filter(|listing| listing.sealed_memtables == sealed_memtables && listing.taken.elapsed() < LISTING_AGE);
        let listing = match fresh {
            Some(fresh) => listing.insert(fresh),
            None => listing.insert(Listing { files: list(folder)?, sealed_memtables, taken: Instant::now() }),
        };
        // A file that the engine has deleted since has no bytes.
        Ok(listing.files.iter().filter_map(|file| fs::metadata(file).ok()).map(|metadata| metadata.len()).sum())
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    paths.filter(|path| path.as_ref().map_or(true, |path| is_log(path))).collect()
}

fn is_log(path: &Path) -> bool {
    let is_number = |stem: &OsStr| stem.as_encoded_bytes().iter().all(u8::is_ascii_digit);
    path.extension().is_some_and(|extension| extension == "log") && path.file_stem().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_summed_and_other_files_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, length) in [("000004.log", 10), ("000012.log", 5), ("LOG", 100), ("a.log", 100), ("000009.sst", 100)]
        {
            fs::write(folder.path().join(name), vec![0; length]).expect("writes");
        }
        assert_eq!(LogFiles::default().bytes(folder.path(), 0).expect("lists"), 15);
    }

    #[test]
    fn a_file_that_grows_goes_or_comes_with_an_event_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let (first, second) = (folder.path().join("1.log"), folder.path().join("2.log"));
        let files = LogFiles::default();
        fs::write(&first, [0; 3]).expect("writes");
        assert_eq!(files.bytes(folder.path(), 0).expect("lists"), 3);
        fs::write(&first, [0; 7]).expect("writes");
        assert_eq!(files.bytes(folder.path(), 0).expect("remembers"), 7);
        fs::write(&second, [0; 2]).expect("writes");
        assert_eq!(files.bytes(folder.path(), 1).expect("lists"), 9);
        fs::remove_file(&first).expect("deletes");
        assert_eq!(files.bytes(folder.path(), 1).expect("remembers"), 2);
    }
}

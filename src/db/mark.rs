//! The mark: what the folder is known to hold, kept in a file of our own.
//!
//! RocksDB opens a truncated MANIFEST or a shortened log as a smaller database, without a word, and then deletes the files it no
//! longer knows. The mark is written after opening, at each flush and at close. It names the MANIFEST with the length and digest of
//! what was in it, the greatest sequence number that table files hold, and, at close, the length of the log files. A folder that
//! holds less is refused before, or after, the engine opens it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

use crate::error::{Error, Result};
use crate::options::WalRecovery;

const MARK_FILE: &str = "FSB_MARK";
const FORMAT: u32 = 1;

/// What the folder is known to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    format: u32,
    /// Greatest sequence number known to be in table files.
    sequence: u64,
    manifest: String,
    manifest_length: u64,
    /// XXH3 of the first `manifest_length` bytes.
    manifest_digest: u64,
    /// Log files with their lengths, when the backend was closed; they do not change until it is opened again.
    logs: Vec<(String, u64)>,
}

/// Whether the log files are as the next open will find them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logs {
    /// Nothing is written any more.
    AreFinal,
    /// They may be replaced at any time.
    MayShrink,
}

/// The mark's text and its own digest.
#[derive(Serialize, Deserialize)]
struct Envelope {
    mark: Mark,
    digest: u64,
}

/// Keeps the mark of one folder.
pub(super) struct MarkFile {
    folder: PathBuf,
    recorded: Option<Mark>,
    /// Digest of the MANIFEST so far, so that a later mark reads what is new only.
    progress: Option<(String, Xxh3, u64)>,
}

impl MarkFile {
    /// Reads the mark and holds the MANIFEST to it.
    ///
    /// # Errors
    /// [`Error::DataLost`] when mark or MANIFEST are damaged.
    pub(super) fn load(folder: &Path) -> Result<Self> {
        let recorded = read_mark(folder)?;
        if let Some(mark) = &recorded {
            check_manifest(folder, mark)?;
        }
        Ok(Self { folder: folder.to_path_buf(), recorded, progress: None })
    }

    /// The last sequence number recorded; 0 when there is no mark yet.
    pub(super) fn sequence(&self) -> u64 {
        self.recorded.as_ref().map_or(0, |mark| mark.sequence)
    }

    /// Bytes by which log files are shorter than they were when the backend was closed. The engine itself takes a log cut between two
    /// records for a whole one.
    ///
    /// # Errors
    /// [`Error::DataLost`] naming the log, when recovery is to be absolute.
    pub(super) fn missing_log_bytes(&self, recovery: WalRecovery) -> Result<u64> {
        let mut missing = 0;
        for (name, length) in self.recorded.iter().flat_map(|mark| &mark.logs) {
            let present = fs::metadata(self.folder.join(name)).map_or(0, |metadata| metadata.len());
            if present < *length && recovery == WalRecovery::Absolute {
                let reason = format!("log {name} has {present} bytes and had {length}");
                return Err(Error::DataLost { folder: self.folder.clone(), reason });
            }
            missing += length.saturating_sub(present);
        }
        Ok(missing)
    }

    /// Records that table files hold rows up to `sequence`, the MANIFEST as it is, and the log files when they are final.
    pub(super) fn record(&mut self, sequence: u64, logs: Logs) -> Result<()> {
        let path = self.folder.join(MARK_FILE);
        let failed = |source: io::Error| Error::File { path: path.clone(), doing: "write", source };
        let (manifest, manifest_length, manifest_digest) = self.digest_current_manifest().map_err(failed)?;
        let sequence = sequence.max(self.sequence());
        let logs = if logs == Logs::AreFinal { log_files(&self.folder).map_err(failed)? } else { Vec::new() };
        let mark = Mark { format: FORMAT, sequence, manifest, manifest_length, manifest_digest, logs };
        write_mark(&self.folder, &mark).map_err(failed)?;
        self.recorded = Some(mark);
        Ok(())
    }

    /// Name, length and digest of the MANIFEST. The engine may replace it at any time and delete the old one: then the new one counts.
    fn digest_current_manifest(&mut self) -> io::Result<(String, u64, u64)> {
        loop {
            let manifest = current_manifest(&self.folder)?;
            match self.digest_manifest(&manifest) {
                Ok((length, digest)) => return Ok((manifest, length, digest)),
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && current_manifest(&self.folder)? != manifest => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Length and digest of the MANIFEST, synced so that the mark never promises more than the device has.
    fn digest_manifest(&mut self, name: &str) -> io::Result<(u64, u64)> {
        let (mut digest, start) = match self.progress.take() {
            Some((known, digest, length)) if known == name => (digest, length),
            _ => (Xxh3::new(), 0),
        };
        let mut file = File::open(self.folder.join(name))?;
        io::Seek::seek(&mut file, io::SeekFrom::Start(start))?;
        let read = feed(&mut file, &mut digest)?;
        // IMPORTANT: after reading, so that all that was read is synced.
        file.sync_all()?;
        let (length, value) = (start + read, digest.digest());
        self.progress = Some((name.to_owned(), digest, length));
        Ok((length, value))
    }
}

fn feed(reader: &mut impl io::Read, digest: &mut Xxh3) -> io::Result<u64> {
    let mut chunk = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(total),
            count => {
                digest.update(&chunk[..count]);
                total += count as u64;
            }
        }
    }
}

fn read_mark(folder: &Path) -> Result<Option<Mark>> {
    let path = folder.join(MARK_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::File { path, doing: "read", source: error }),
    };
    let lost = |reason: &str| Error::DataLost { folder: folder.to_path_buf(), reason: format!("{MARK_FILE} {reason}") };
    let envelope: Envelope = serde_json::from_slice(&text).map_err(|_| lost("is damaged: it is not a valid mark"))?;
    if envelope.digest != digest_of(&envelope.mark) {
        return Err(lost("is damaged: its digest does not match"));
    }
    if envelope.mark.format != FORMAT {
        return Err(lost(&format!("has format {}, and this version reads {FORMAT}", envelope.mark.format)));
    }
    Ok(Some(envelope.mark))
}

/// The engine's write-ahead log files with their lengths, in order.
fn log_files(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_suffix(".log").is_some_and(|number| number.parse::<u64>().is_ok()) {
            logs.push((name, entry.metadata()?.len()));
        }
    }
    logs.sort();
    Ok(logs)
}

fn digest_of(mark: &Mark) -> u64 {
    let text = serde_json::to_vec(mark).expect("a mark is plain data");
    xxh3_64(&text)
}

/// Written under another name, synced and renamed: a mark is the old one or the new one, never half of it.
fn write_mark(folder: &Path, mark: &Mark) -> io::Result<()> {
    let envelope = Envelope { mark: mark.clone(), digest: digest_of(mark) };
    let temporary = folder.join(format!("{MARK_FILE}.new"));
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(&envelope).expect("a mark is plain data"))?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(MARK_FILE))?;
    File::open(folder)?.sync_all()
}

/// Compares the start of the MANIFEST with what it was. A newer MANIFEST has replaced the recorded one and is the engine's to check.
fn check_manifest(folder: &Path, mark: &Mark) -> Result<()> {
    let lost = |reason: String| Error::DataLost { folder: folder.to_path_buf(), reason };
    let unread = |name: &str, error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidData => lost(format!("{name} cannot be used: {error}")),
        _ => Error::File { path: folder.join(name), doing: "read", source: error },
    };
    let current = current_manifest(folder).map_err(|error| unread("CURRENT", error))?;
    if manifest_number(&current) > manifest_number(&mark.manifest) {
        return Ok(());
    }
    if current != mark.manifest {
        return Err(lost(format!("CURRENT names {current}, older than {}", mark.manifest)));
    }
    let mut file =
        File::open(folder.join(&current)).map_err(|error| lost(format!("{current} cannot be read: {error}")))?;
    let mut digest = Xxh3::new();
    let read =
        feed(&mut (&mut file).take(mark.manifest_length), &mut digest).map_err(|error| unread(&current, error))?;
    if read < mark.manifest_length {
        return Err(lost(format!("{current} has {read} bytes and had {}", mark.manifest_length)));
    }
    if digest.digest() != mark.manifest_digest {
        return Err(lost(format!("{current} is damaged: its first {read} bytes are not what they were")));
    }
    Ok(())
}

/// Name of the MANIFEST that CURRENT points to.
fn current_manifest(folder: &Path) -> io::Result<String> {
    let text = fs::read_to_string(folder.join("CURRENT"))?;
    let name = text.strip_suffix('\n').unwrap_or_default();
    if manifest_number(name).is_none() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it holds {text:?}, not the name of a MANIFEST"),
        ));
    }
    Ok(name.to_owned())
}

fn manifest_number(name: &str) -> Option<u64> {
    name.strip_prefix("MANIFEST-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with_manifest(content: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(folder.path().join("CURRENT"), "MANIFEST-000004\n").expect("written");
        fs::write(folder.path().join("MANIFEST-000004"), content).expect("written");
        folder
    }

    fn refusal(folder: &Path) -> String {
        MarkFile::load(folder).err().expect("refused").to_string()
    }

    #[test]
    fn a_manifest_may_grow() {
        let folder = folder_with_manifest(b"one");
        let mut mark = MarkFile::load(folder.path()).expect("no mark yet");
        mark.record(7, Logs::MayShrink).expect("recorded");
        fs::write(folder.path().join("MANIFEST-000004"), b"one and two").expect("written");
        mark.record(9, Logs::MayShrink).expect("recorded");
        assert_eq!(MarkFile::load(folder.path()).expect("whole").sequence(), 9);
    }

    #[test]
    fn a_truncated_manifest_is_refused_by_name() {
        let folder = folder_with_manifest(b"one and two");
        MarkFile::load(folder.path()).expect("no mark yet").record(7, Logs::MayShrink).expect("recorded");
        fs::write(folder.path().join("MANIFEST-000004"), b"one").expect("written");
        assert!(refusal(folder.path()).contains("MANIFEST-000004 has 3 bytes and had 11"));
    }

    #[test]
    fn every_flipped_bit_of_manifest_current_and_mark_is_refused() {
        let folder = folder_with_manifest(b"one and two");
        MarkFile::load(folder.path()).expect("no mark yet").record(7, Logs::MayShrink).expect("recorded");
        for name in ["MANIFEST-000004", MARK_FILE] {
            let path = folder.path().join(name);
            let whole = fs::read(&path).expect("readable");
            for position in 0..whole.len() * 8 {
                let mut damaged = whole.clone();
                damaged[position / 8] ^= 1 << (position % 8);
                fs::write(&path, &damaged).expect("written");
                assert!(MarkFile::load(folder.path()).is_err(), "bit {position} of {name}");
            }
            fs::write(&path, &whole).expect("written");
        }
        MarkFile::load(folder.path()).expect("whole again");
    }

    #[test]
    fn a_log_cut_short_since_the_close_is_counted_or_refused() {
        let folder = folder_with_manifest(b"one");
        let log = folder.path().join("000007.log");
        fs::write(&log, b"ten bytes!").expect("written");
        MarkFile::load(folder.path()).expect("no mark yet").record(1, Logs::AreFinal).expect("recorded");
        fs::write(&log, b"six by").expect("written");
        let mark = MarkFile::load(folder.path()).expect("whole");
        assert_eq!(mark.missing_log_bytes(WalRecovery::PointInTime).expect("counted"), 4);
        let text = mark.missing_log_bytes(WalRecovery::Absolute).expect_err("refused").to_string();
        assert!(text.contains("000007.log has 6 bytes and had 10"), "{text}");
    }

    #[test]
    fn a_recorded_sequence_never_goes_back() {
        let folder = folder_with_manifest(b"one");
        let mut mark = MarkFile::load(folder.path()).expect("no mark yet");
        mark.record(9, Logs::MayShrink).expect("recorded");
        mark.record(4, Logs::MayShrink).expect("recorded");
        assert_eq!(mark.sequence(), 9);
    }
}

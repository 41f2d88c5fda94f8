//! Snapshots: bytes by name below the root of a store, each in a file of its own with a digest. No checkpoint lists them, so that no
//! collection removes them.
//!
//! ```text
//! <root>/snapshots/<name>.snapshot    "FSBSNAP1" | SHA-256 of the rest | the rest: the snapshot
//! ```

use std::io::{self, Read as _};

use super::digest;
use super::store::CheckpointStore;
use crate::error::{Error, Result};
use crate::limits::MAX_SNAPSHOT_BYTES;

const FOLDER: &str = "snapshots";
/// File systems take names of 255 bytes, and a file on its way has a longer one.
const MAX_NAME: usize = 200;
const MAGIC: &[u8] = b"FSBSNAP1";

impl CheckpointStore {
    /// Stores a snapshot, in the place of one of that name. It survives a loss of power once this returns.
    ///
    /// Names have 1 to 200 letters and digits of ASCII, `-`, `_` and `.`, and do not begin with `.`. Needs not to be the owner of the root.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that cannot be one; [`Error::LimitExceeded`]; [`Error::File`].
    pub fn put_snapshot(&self, name: &str, snapshot: &[u8]) -> Result<()> {
        let path = path_of(name)?;
        if snapshot.len() > MAX_SNAPSHOT_BYTES {
            let what = format!("snapshot '{name}'");
            return Err(Error::LimitExceeded {
                what,
                actual: snapshot.len(),
                limit: MAX_SNAPSHOT_BYTES,
                unit: "bytes",
            });
        }
        let content = [MAGIC, &digest::bytes_of(snapshot), snapshot].concat();
        let stored = self.storage().put(&path, &content).and_then(|()| self.storage().sync(FOLDER));
        stored.map_err(|source| self.failed("write", &path, source))
    }

    /// A snapshot, or none when there is none of that name.
    ///
    /// # Errors
    /// [`Error::CheckpointDamaged`] names its file; as [`CheckpointStore::put_snapshot`].
    pub fn snapshot(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = path_of(name)?;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                self.damaged(&path, "is damaged: it ends too early or is no file")
            }
            _ => self.failed("read", &path, source),
        };
        let Some(mut file) = self.storage().open(&path).map_err(failed)? else { return Ok(None) };
        let mut head = [0; MAGIC.len() + digest::DIGEST_BYTES];
        file.read_exact(&mut head).map_err(failed)?;
        let mut snapshot = Vec::new();
        file.take(MAX_SNAPSHOT_BYTES as u64 + 1).read_to_end(&mut snapshot).map_err(failed)?;
        let (magic, digest) = head.split_at(MAGIC.len());
        if magic != MAGIC || digest != digest::bytes_of(&snapshot) {
            return Err(self.damaged(&path, "is damaged: its digest does not match"));
        }
        Ok(Some(snapshot))
    }

    /// Removes a snapshot; no error when there is none of that name.
    ///
    /// # Errors
    /// As [`CheckpointStore::put_snapshot`].
    pub fn delete_snapshot(&self, name: &str) -> Result<()> {
        let path = path_of(name)?;
        let deleted = self.storage().delete(&path).and_then(|()| self.storage().sync(FOLDER));
        deleted.map_err(|source| self.failed("remove", &path, source))
    }
}

/// Where a snapshot is, whose name leads nowhere else.
fn path_of(name: &str) -> Result<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || name.starts_with('.') || !name.bytes().all(is_plain) {
        return Err(Error::InvalidArgument(format!(
            "'{}' cannot name a snapshot; take 1 to {MAX_NAME} letters, digits, '-', '_' and '.', not '.' first",
            name.chars().take(MAX_NAME).collect::<String>()
        )));
    }
    Ok(format!("{FOLDER}/{name}.snapshot"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::checkpoint::{LocalStorage, StoreOptions};

    fn store(folder: &std::path::Path) -> CheckpointStore {
        CheckpointStore::new(Arc::new(LocalStorage::new(folder)), StoreOptions::default()).expect("valid")
    }

    #[test]
    fn every_changed_byte_and_every_missing_one_is_refused_by_the_name_of_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, path) = (store(folder.path()), folder.path().join("snapshots/a.snapshot"));
        store.put_snapshot("a", b"some state").expect("stored");
        let whole = fs::read(&path).expect("read");
        let check = |content: &[u8]| {
            fs::write(&path, content).expect("written");
            let text = store.snapshot("a").expect_err("refused").to_string();
            assert!(text.contains("'snapshots/a.snapshot'") && text.contains("is damaged"), "{text}");
        };
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            check(&changed);
            check(&whole[..at]);
        }
        check(&[&whole[..], b"x"].concat());
    }

    #[test]
    fn a_snapshot_that_takes_the_place_of_another_leaves_nothing_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(folder.path());
        assert_eq!(store.snapshot("a").expect("answers"), None);
        store.put_snapshot("a", b"the first").expect("stored");
        store.put_snapshot("a", b"2nd").expect("stored");
        assert_eq!(store.snapshot("a").expect("answers").as_deref(), Some(&b"2nd"[..]));
        assert_eq!(fs::read_dir(folder.path().join("snapshots")).expect("there").count(), 1);
        store.delete_snapshot("a").expect("deleted");
        store.delete_snapshot("a").expect("gone already");
        assert_eq!(store.snapshot("a").expect("answers"), None);
    }
}

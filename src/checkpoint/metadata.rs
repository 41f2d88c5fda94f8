//! [`Metadata`]: what a checkpoint consists of. The one file whose presence makes it exist.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::digest;
use crate::key::key_group::{check_max_parallelism, KeyGroupRange};
use crate::state::registry::{Definition, KeyedFacts};

/// Version of the format; readers refuse others.
const FORMAT: u32 = 1;
/// Name of the file in the folder of a checkpoint.
pub(crate) const METADATA_FILE: &str = "_metadata.json";
/// Folder of the files that checkpoints share.
pub(crate) const SHARED_FOLDER: &str = "shared";
/// Largest metadata that is read.
pub(crate) const MAX_METADATA_BYTES: u64 = 64 << 20;
const MAX_FILES: usize = 1_000_000;

/// A file of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in a data folder, such as `000012.sst`.
    pub name: String,
    /// Whether other checkpoints may list the same file: it is then stored by its digest.
    pub shared: bool,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of its content, in lower-case hexadecimal.
    pub digest: String,
}

impl FileEntry {
    /// Path below the root of the file of checkpoint `id`.
    pub fn path(&self, id: u64) -> String {
        if self.shared {
            shared_path(&self.digest, &self.name)
        } else {
            format!("{}/{}", folder_of(id), self.name)
        }
    }
}

/// Path of a shared file: content and kind.
pub(crate) fn shared_path(digest: &str, name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("options", |(_, extension)| extension);
    format!("{SHARED_FOLDER}/{digest}.{extension}")
}

/// Folder of a checkpoint.
pub(crate) fn folder_of(id: u64) -> String {
    format!("chk-{id}")
}

/// Path of the metadata of a checkpoint.
pub(crate) fn metadata_path(id: u64) -> String {
    format!("{}/{METADATA_FILE}", folder_of(id))
}

/// The checkpoint whose folder a path is in.
pub(crate) fn id_of_path(path: &str) -> Option<u64> {
    let (folder, _) = path.split_once('/')?;
    let id = folder.strip_prefix("chk-")?.parse().ok()?;
    (folder_of(id) == folder).then_some(id)
}

/// What a checkpoint consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// 1.
    format: u32,
    /// Id of the checkpoint.
    pub id: u64,
    /// Version of the library that made it.
    pub library: String,
    /// Version of its engine.
    pub engine: String,
    /// When it was begun, in milliseconds since 1970.
    pub created_at_millis: u64,
    /// Column families, in order.
    pub column_families: Vec<String>,
    /// What holds for all keyed state, with its key groups; none when there never was any.
    pub(crate) keyed: Option<KeyedFacts>,
    /// The registered states: keyed ones, then those of operators.
    pub(crate) states: Vec<Definition>,
    pub(crate) operator_states: Vec<Definition>,
    /// Its files.
    pub files: Vec<FileEntry>,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub new_bytes: u64,
}

/// What is around the content in the stored text: `{"checkpoint":CONTENT,"digest":"DIGEST"}`.
const BEFORE_CONTENT: &[u8] = b"{\"checkpoint\":";
const BEFORE_DIGEST: &[u8] = b",\"digest\":\"";
const AFTER_DIGEST: &[u8] = b"\"}";

impl Metadata {
    pub(crate) fn new(id: u64, created_at_millis: u64, engine: String) -> Self {
        Self {
            format: FORMAT,
            id,
            library: env!("CARGO_PKG_VERSION").to_owned(),
            engine,
            created_at_millis,
            column_families: Vec::new(),
            keyed: None,
            states: Vec::new(),
            operator_states: Vec::new(),
            files: Vec::new(),
            new_bytes: 0,
        }
    }

    /// Bytes of all its files.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Key groups of its keyed state; none when there never was any.
    pub fn key_group_range(&self) -> Option<KeyGroupRange> {
        self.keyed.as_ref()?.range()
    }

    /// The text that is stored: the content with a digest of itself.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let content = serde_json::to_vec(self).expect("metadata is plain data");
        let digest = digest::of(&content);
        [BEFORE_CONTENT, &content, BEFORE_DIGEST, digest.as_bytes(), AFTER_DIGEST].concat()
    }

    /// Reads what [`Metadata::to_json`] wrote. Nothing is parsed before its digest was found to match.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub(crate) fn from_json(id: u64, text: &[u8]) -> Result<Self, String> {
        let Some((content, digest)) = content_and_digest(text) else {
            return Err("is no metadata of a checkpoint".to_owned());
        };
        if digest::of(content).as_bytes() != digest {
            return Err("does not match its own digest".to_owned());
        }
        let metadata: Self =
            serde_json::from_slice(content).map_err(|error| format!("is no metadata of a checkpoint: {error}"))?;
        if metadata.format != FORMAT {
            return Err(format!("has format {}, and this version reads {FORMAT}", metadata.format));
        }
        metadata.check(id)?;
        Ok(metadata)
    }

    /// Holds the content to what a checkpoint can be, whoever wrote it.
    fn check(&self, id: u64) -> Result<(), String> {
        if self.id != id {
            return Err(format!("says that it is of checkpoint {}", self.id));
        }
        if self.files.len() > MAX_FILES {
            return Err(format!("lists {} files, more than the {MAX_FILES} allowed", self.files.len()));
        }
        let mut names = HashSet::new();
        for file in &self.files {
            check_file(file)?;
            if !names.insert(&file.name) {
                return Err(format!("lists file {:?} twice", file.name));
            }
        }
        let manifests = names.iter().filter(|name| name.starts_with("MANIFEST-")).count();
        if manifests != 1 || !names.contains(&"CURRENT".to_owned()) {
            return Err("lists no whole engine: one MANIFEST and CURRENT".to_owned());
        }
        if self.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size)).is_none() {
            return Err("lists files of more bytes than there can be".to_owned());
        }
        self.check_families()?;
        self.keyed.as_ref().map_or(Ok(()), check_keyed)
    }

    fn check_families(&self) -> Result<(), String> {
        let distinct: BTreeSet<_> = self.column_families.iter().collect();
        if distinct.len() != self.column_families.len() || !distinct.contains(&"default".to_owned()) {
            return Err("lists a column family twice, or not 'default'".to_owned());
        }
        Ok(())
    }
}

/// The two parts of a stored text; none for a text that has another form.
fn content_and_digest(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(BEFORE_CONTENT)?.strip_suffix(AFTER_DIGEST)?;
    let (rest, digest) = inner.split_at_checked(inner.len().checked_sub(digest::DIGEST_TEXT)?)?;
    Some((rest.strip_suffix(BEFORE_DIGEST)?, digest))
}

fn check_file(file: &FileEntry) -> Result<(), String> {
    let Some(kind) = kind_of(&file.name) else {
        return Err(format!("lists file {:?}, which is none of a checkpoint", file.name));
    };
    if file.shared != (kind == FileKind::Immutable) || !digest::is_digest(&file.digest) {
        return Err(format!("lists file {:?} in a way that no checkpoint does", file.name));
    }
    Ok(())
}

fn check_keyed(facts: &KeyedFacts) -> Result<(), String> {
    check_max_parallelism(facts.max_parallelism).map_err(|error| format!("cannot be right: {error}"))?;
    let valid = |(first, last)| KeyGroupRange::new(first, last, facts.max_parallelism).is_ok();
    match facts.key_groups {
        Some(groups) if !valid(groups) => Err("names key groups that cannot be".to_owned()),
        _ => Ok(()),
    }
}

/// What a file of an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Written once, and shared by checkpoints.
    Immutable,
    /// One checkpoint's own.
    Private,
}

/// The kind of a file by its name; none for a name that no file of a checkpoint has.
pub(crate) fn kind_of(name: &str) -> Option<FileKind> {
    let number = |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let ends = |extension| name.strip_suffix(extension).is_some_and(number);
    let begins = |prefix| name.strip_prefix(prefix).is_some_and(number);
    if ends(".sst") || ends(".blob") || begins("OPTIONS-") {
        Some(FileKind::Immutable)
    } else if name == "CURRENT" || ends(".log") || begins("MANIFEST-") {
        Some(FileKind::Private)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;

//! [`ObjectStorage`]: S3 and what speaks its language, Azure Blob Storage, Google Cloud Storage, or any other object store.
//!
//! An object is there as a whole once its put has been answered, and survives; so there is nothing to move, sync or lock. What makes a
//! checkpoint exist is a put that succeeds for one writer only. Calls wait on the thread that makes them, within a limit.

mod calls;
mod settings;

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures_util::stream::{BoxStream, FuturesUnordered};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use super::local::{copy, LocalStorage};
use super::root::ObjectSettings;
use super::{Storage, Stored, Watch};
use crate::checkpoint::store::Unwatched;
use crate::error::{Error, Result};
use calls::Calls;
use settings::Secrets;

pub use settings::Limits;

/// Parts of one file under way at once. With four transfer threads: 64 MiB of memory.
const PARTS_AT_ONCE: usize = 2;
/// S3 takes no more parts of one object.
const MAX_PARTS: u64 = 10_000;
/// How long the parts of an upload that failed are tried to be removed.
const ABORT_PATIENCE: Duration = Duration::from_secs(5);

/// Files below one path of an object store. Two processes are not kept from writing below one root; of two that publish one checkpoint, one
/// succeeds.
pub struct ObjectStorage {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    root: String,
    limits: Limits,
    calls: Arc<Calls>,
}

impl std::fmt::Debug for ObjectStorage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ObjectStorage").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The storage that a URL names. That of a folder is the folder, with all that a folder has and an object store has not.
pub(super) fn storage_at(root: &str, settings: &ObjectSettings) -> Result<Arc<dyn Storage>> {
    let url = settings::parse(root)?;
    if url.scheme() != "file" {
        return Ok(Arc::new(ObjectStorage::open(root, settings)?));
    }
    match url.to_file_path() {
        Ok(folder) if settings.0.is_empty() => Ok(Arc::new(LocalStorage::new(folder))),
        Ok(_) => Err(Error::InvalidOption(format!("'{root}' is a folder, which has no settings of 'object_store'"))),
        Err(()) => Err(Error::InvalidOption(format!("'{root}' names no folder of this machine; write file:///path"))),
    }
}

impl ObjectStorage {
    /// Opens the storage that a URL names, such as `s3://bucket/path`, `az://container/path` or `gs://bucket/path`; nothing is asked yet.
    ///
    /// Settings have the names that `object_store` gives them for that kind of store, such as `region`, `endpoint`, `access_key_id`,
    /// `allow_http` or `timeout`; and `max_retries`, `retry_timeout_millis` and `part_bytes` as in [`Limits`]. Without settings, the
    /// environment variables of that kind of store count, such as `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], which shows no value of a secret setting.
    pub fn open(root: &str, settings: &ObjectSettings) -> Result<Self> {
        let url = settings::parse(root)?;
        let secrets = Secrets::of(settings);
        let mut of_store = settings.0.clone();
        let limits = Limits::take_from(&mut of_store)?;
        let (store, prefix) = settings::build(&url, &of_store, &limits, &secrets)?;
        Self::with(store, prefix, root.trim_end_matches('/').to_owned(), limits, secrets)
    }

    /// The storage in an object store of the caller's making, below `prefix`. `root` is what it is called in messages.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a prefix that is not a path; [`Error::File`] when its thread cannot be started.
    pub fn over(store: Arc<dyn ObjectStore>, prefix: &str, root: &str, limits: Limits) -> Result<Self> {
        let prefix = ObjectPath::parse(prefix)
            .map_err(|error| Error::InvalidOption(format!("'{prefix}' is not the path of a root: {error}")))?;
        Self::with(store, prefix, root.to_owned(), limits, Secrets::default())
    }

    fn with(
        store: Arc<dyn ObjectStore>, prefix: ObjectPath, root: String, limits: Limits, secrets: Secrets,
    ) -> Result<Self> {
        let calls = Calls::new(limits.call_timeout, secrets).map_err(|source| Error::File {
            path: root.clone().into(),
            doing: "start the thread for",
            source,
        })?;
        Ok(Self { store, prefix, root, limits, calls: Arc::new(calls) })
    }

    fn at(&self, path: &str) -> ObjectPath {
        self.prefix.parts().chain(ObjectPath::from(path).parts()).collect()
    }

    /// Asks once and waits for the answer.
    fn ask<T>(&self, watch: &dyn Watch, call: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
        self.calls.wait(self.calls.ask(watch, call))
    }

    fn read(&self, path: &str) -> io::Result<Object> {
        let got = self.ask(&Unwatched, self.store.get(&self.at(path)))?;
        Ok(Object { calls: Arc::clone(&self.calls), stream: got.into_stream(), chunk: Default::default() })
    }

    /// Whether a file holds exactly this.
    fn holds(&self, path: &str, content: &[u8]) -> io::Result<bool> {
        let mut found = Vec::new();
        self.read(path)?.take(content.len() as u64 + 1).read_to_end(&mut found)?;
        Ok(found == content)
    }

    /// Stores all that is to be read, as a whole or in parts.
    fn store_from(&self, source: &mut dyn Read, size: u64, target: &ObjectPath, watch: &dyn Watch) -> io::Result<()> {
        if size > self.limits.part_bytes {
            return self.upload_parts(source, size, target, watch);
        }
        let content = read_part(source, self.limits.part_bytes)?;
        self.ask(watch, self.store.put(target, content.into()))?;
        watch.moved(size)
    }

    /// Stores something in parts, which are removed again unless all arrive.
    fn upload_parts(&self, source: &mut dyn Read, size: u64, target: &ObjectPath, watch: &dyn Watch) -> io::Result<()> {
        self.calls.wait(async {
            let mut upload = self.calls.ask(watch, self.store.put_multipart(target)).await?;
            let part_bytes = self.limits.part_bytes.max(size.div_ceil(MAX_PARTS));
            let mut stored = self.put_parts(&mut upload, source, part_bytes, watch).await;
            if stored.is_ok() {
                stored = self.calls.ask(watch, upload.complete()).await.map(drop);
            }
            if stored.is_err() {
                // The failure that led here is the one to tell. What stays is for the life-cycle rules of the bucket.
                drop(tokio::time::timeout(ABORT_PATIENCE, upload.abort()).await);
            }
            stored
        })
    }

    async fn put_parts(
        &self, upload: &mut Box<dyn MultipartUpload>, source: &mut dyn Read, part_bytes: u64, watch: &dyn Watch,
    ) -> io::Result<()> {
        let mut under_way = FuturesUnordered::new();
        loop {
            let part = read_part(source, part_bytes)?;
            let (length, is_last) = (part.len() as u64, (part.len() as u64) < part_bytes);
            if length > 0 {
                let sent = upload.put_part(part.into());
                under_way.push(async move { self.calls.ask(watch, sent).await.map(|()| length) });
            }
            while under_way.len() >= if is_last { 1 } else { PARTS_AT_ONCE } {
                if let Some(sent) = under_way.next().await {
                    watch.moved(sent?)?;
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

fn read_part(source: &mut dyn Read, part_bytes: u64) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    source.take(part_bytes).read_to_end(&mut part)?;
    Ok(part)
}

impl Storage for ObjectStorage {
    fn root(&self) -> &str {
        &self.root
    }

    fn lock(&self) -> Result<Option<Box<dyn Send + Sync>>> {
        Ok(None)
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        match self.read(path) {
            Ok(objects) => Ok(Some(Box::new(objects))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn put(&self, path: &str, mut content: &[u8]) -> io::Result<()> {
        let (size, target) = (content.len() as u64, self.at(path));
        self.store_from(&mut content, size, &target, &Unwatched)
    }

    /// One that finds its very content there has put it before, when the answer was lost on its way.
    fn put_new(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let (target, payload) = (self.at(path), PutPayload::from(content.to_vec()));
        match self.ask(&Unwatched, self.store.put_opts(&target, payload, PutMode::Create.into())) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.holds(path, content)? => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("the object store must support conditional puts, by which a checkpoint is published, and does not: {error}"),
            )),
            put => put.map(drop),
        }
    }

    fn upload(&self, source: &Path, path: &str, watch: &dyn Watch) -> io::Result<()> {
        let mut file = File::open(source)?;
        let size = file.metadata()?.len();
        self.store_from(&mut file, size, &self.at(path), watch)
    }

    fn download(&self, path: &str, target: &Path, _immutable: bool, watch: &dyn Watch) -> io::Result<()> {
        copy(&mut self.read(path)?, target, watch)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Stored>> {
        let below = self.at(folder);
        let skipped = self.prefix.parts().count();
        let mut files = Vec::new();
        self.calls.wait(async {
            let mut listing = self.store.list(Some(&below));
            while let Some(object) = self.calls.ask(&Unwatched, listing.try_next()).await? {
                let names: Vec<_> = object.location.parts().skip(skipped).collect();
                let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
                files.push(Stored { path: names.join("/"), size: object.size });
            }
            Ok(files)
        })
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        match self.ask(&Unwatched, self.store.delete(&self.at(path))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            deleted => deleted,
        }
    }

    fn delete_folder(&self, _folder: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self, _folder: &str) -> io::Result<()> {
        Ok(())
    }
}

/// An object that is read from its start.
struct Object {
    calls: Arc<Calls>,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    chunk: Bytes,
}

impl Read for Object {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.calls.wait(self.calls.ask(&Unwatched, self.stream.try_next()))? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

//! [`Calls`]: what an object store is asked, answered on the thread that asks.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use object_store::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::super::Watch;
use super::settings::Secrets;

/// How often whoever wants to stop a call is asked while it is out.
const TICK: Duration = Duration::from_millis(100);
/// Threads for what blocks, such as looking up names.
const BLOCKING_THREADS: usize = 4;
/// Longest account of a failure, in characters: answers of servers are pages.
const MAX_ACCOUNT: usize = 600;

/// Runs calls: one thread serves the sockets, and the asking thread waits.
pub(super) struct Calls {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    patience: Duration,
    secrets: Secrets,
}

impl Calls {
    /// # Errors
    /// When the thread cannot be started.
    pub(super) fn new(patience: Duration, secrets: Secrets) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).max_blocking_threads(BLOCKING_THREADS).thread_name("fsb-objects").enable_all();
        Ok(Self { runtime: Some(builder.build()?), patience, secrets })
    }

    /// Waits for the end of some work.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        let _entered = self.runtime.as_ref().map(Runtime::enter);
        // NOTE: not the runtime's own, which refuses to wait on a worker thread of another runtime, as a Rust host may have.
        futures_executor::block_on(work)
    }

    /// Asks once, retries included, within the patience and as long as `watch` agrees.
    pub(super) async fn ask<T>(
        &self, watch: &dyn Watch, call: impl Future<Output = object_store::Result<T>>,
    ) -> io::Result<T> {
        let mut call = pin!(call);
        let until = Instant::now() + self.patience;
        loop {
            match timeout(TICK, &mut call).await {
                Ok(answer) => return answer.map_err(|error| self.failure(&error)),
                Err(_) if Instant::now() < until => watch.moved(0)?,
                Err(_) => {
                    let text = format!("the object store did not answer within {} ms", self.patience.as_millis());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, text));
                }
            }
        }
    }

    /// In one line, and without anything secret.
    pub(super) fn failure(&self, error: &Error) -> io::Error {
        let account = self.secrets.hide(&error.to_string());
        let account: Vec<&str> = account.split_whitespace().collect();
        let account: String = account.join(" ").chars().take(MAX_ACCOUNT).collect();
        match kind(error) {
            io::ErrorKind::NotFound if lacks_bucket(&account) => io::Error::other(account),
            kind => io::Error::new(kind, account),
        }
    }
}

impl Drop for Calls {
    /// Waits for nothing: a name may still be looked up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn kind(error: &Error) -> io::ErrorKind {
    match error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::AlreadyExists { .. } | Error::Precondition { .. } => io::ErrorKind::AlreadyExists,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        Error::NotSupported { .. } | Error::NotImplemented { .. } => io::ErrorKind::Unsupported,
        Error::Generic { source, .. } if source.to_string().contains("501 Not Implemented") => {
            io::ErrorKind::Unsupported
        }
        _ => io::ErrorKind::Other,
    }
}

/// Whether nothing can be found because the bucket itself is not there. Stores say so only in the text of their answer.
fn lacks_bucket(account: &str) -> bool {
    ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"].iter().any(|text| account.contains(text))
}

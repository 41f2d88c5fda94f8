//! A storage whose Nth call does what a test wants.

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use flink_state_backend::checkpoint::storage::{Storage, Stored, Watch};
use flink_state_backend::checkpoint::LocalStorage;

/// What happens instead of a call, or before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails, once.
    Fails(io::ErrorKind),
    /// The call and all later ones fail.
    FailsFromThenOn(io::ErrorKind),
    /// The call is made and fails nevertheless.
    FailsLate(io::ErrorKind),
    /// The call waits until it is released.
    Hangs,
    /// The call waits until it is released, and fails then.
    HangsThenFails(io::ErrorKind),
    /// An upload waits when it has moved all bytes, until it is released.
    HangsLate,
    /// The process ends.
    Aborts,
}

#[derive(Default)]
struct State {
    fault: Option<(usize, Fault)>,
    calls: usize,
    /// Calls about this fail.
    refused: Option<String>,
    /// What the call that the fault struck was about.
    struck: Option<String>,
    is_released: bool,
}

/// As the storage within, but for one call.
pub struct Faulty {
    inner: Arc<LocalStorage>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Faulty {
    pub fn new(inner: Arc<LocalStorage>) -> Arc<Self> {
        Arc::new(Self { inner, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Has the `at`th call from now on, counted from 1, meet a fault.
    pub fn arm(&self, at: usize, fault: Fault) {
        *self.lock() = State { fault: Some((at, fault)), ..State::default() };
    }

    /// Has all calls about a path fail.
    pub fn refuse(&self, path: &str) {
        self.lock().refused = Some(path.to_owned());
    }

    /// Works as it should from now on. Answers what the struck call was about, if there was one.
    pub fn heal(&self) -> Option<String> {
        let mut state = self.lock();
        (state.fault, state.refused) = (None, None);
        state.struck.take()
    }

    /// Has the first upload wait when its bytes are there and its name is not.
    pub fn pause_within_upload(&self) {
        self.arm(1, Fault::HangsLate);
    }

    /// Lets the call go on that hangs.
    pub fn release(&self) {
        self.lock().is_released = true;
        self.changed.notify_all();
    }

    /// Waits until a call hangs, or `is_over` says that none will. What the call is about.
    pub fn wait_until_it_hangs(&self, is_over: impl Fn() -> bool) -> Option<String> {
        let mut state = self.lock();
        while state.struck.is_none() && !is_over() {
            // Woken by every call.
            state = self.changed.wait_timeout(state, std::time::Duration::from_millis(1)).expect("whole").0;
        }
        state.struck.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    fn call<T>(&self, what: &str, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut state = self.lock();
        state.calls += 1;
        let (calls, injected) = (state.calls, |kind: io::ErrorKind| io::Error::new(kind, "injected"));
        if state.refused.as_deref() == Some(what) {
            return Err(injected(io::ErrorKind::PermissionDenied));
        }
        let Some((at, fault)) = state.fault else {
            drop(state);
            return call();
        };
        if calls == at {
            state.struck = Some(what.to_owned());
            self.changed.notify_all();
        }
        match fault {
            Fault::Fails(kind) if calls == at => Err(injected(kind)),
            Fault::FailsFromThenOn(kind) if calls >= at => Err(injected(kind)),
            Fault::FailsLate(kind) if calls == at => {
                drop(state);
                call().and(Err(injected(kind)))
            }
            Fault::Aborts if calls == at => std::process::abort(),
            Fault::HangsThenFails(kind) if calls == at => {
                drop(self.changed.wait_while(state, |state| !state.is_released));
                Err(injected(kind))
            }
            Fault::Hangs if calls == at => {
                drop(self.changed.wait_while(state, |state| !state.is_released));
                call()
            }
            _ => {
                drop(state);
                call()
            }
        }
    }
}

/// Hangs at what an upload tells.
struct Late<'a> {
    storage: &'a Faulty,
    watch: &'a dyn Watch,
}

impl Watch for Late<'_> {
    fn moved(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.storage.lock();
        state.struck = Some("an upload".to_owned());
        self.storage.changed.notify_all();
        drop(self.storage.changed.wait_while(state, |state| !state.is_released));
        self.watch.moved(bytes)
    }
}

fn name_of(source: &Path) -> String {
    source.file_name().expect("a file").to_string_lossy().into_owned()
}

impl Storage for Faulty {
    fn root(&self) -> &str {
        self.inner.root()
    }

    fn lock(&self) -> flink_state_backend::Result<Option<Box<dyn Send + Sync>>> {
        self.inner.lock()
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        self.call(path, || self.inner.open(path))
    }

    fn put(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.call(path, || self.inner.put(path, content))
    }

    fn put_new(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.call(path, || self.inner.put_new(path, content))
    }

    fn upload(&self, source: &Path, path: &str, watch: &dyn Watch) -> io::Result<()> {
        let is_late = matches!(self.lock().fault, Some((_, Fault::HangsLate)));
        if is_late {
            return self.inner.upload(source, path, &Late { storage: self, watch });
        }
        self.call(&name_of(source), || self.inner.upload(source, path, watch))
    }

    fn download(&self, path: &str, target: &Path, immutable: bool, watch: &dyn Watch) -> io::Result<()> {
        self.call(path, || self.inner.download(path, target, immutable, watch))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Stored>> {
        self.call(folder, || self.inner.list(folder))
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        self.call(path, || self.inner.delete(path))
    }

    fn delete_folder(&self, folder: &str) -> io::Result<()> {
        self.call(folder, || self.inner.delete_folder(folder))
    }

    fn sync(&self, folder: &str) -> io::Result<()> {
        self.call(folder, || self.inner.sync(folder))
    }
}

//! The library's own log: what it and the engine tell, into rolling files and into a bounded queue.
//!
//! Nothing here waits: a line goes to a thread that writes, or is counted as lost. One log belongs to one open data folder, whose lock keeps
//! any other from writing the same files.

mod files;
mod queue;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use files::Files;
pub use queue::{Drained, EventQueue, EventRecord};

use crate::error::Result;
use crate::options::{EventLevel, Options};

/// Who tells an event.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSource {
    /// This library.
    Backend = 0,
    /// RocksDB.
    Engine = 1,
}

/// Where the events of one open folder go. Lives as long as the engine, and ends with a line that tells so.
pub(crate) struct EventLog {
    files: Option<(EventLevel, Files)>,
    queue: Option<(EventLevel, Arc<EventQueue>)>,
    least: EventLevel,
    opened: AtomicBool,
    /// A process forked from this one has neither the writing thread nor, maybe, the queue's lock.
    process: u32,
}

impl EventLog {
    /// The log that the options ask for, if any, of the folder, whose path is canonical and whose lock is held.
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File) when the log's folder cannot be used.
    pub(crate) fn open(options: &Options, folder: &Path) -> Result<Option<Arc<Self>>> {
        let files = options.event_log_directory.as_deref();
        let files = files.map(|directory| Files::open(Path::new(directory), options, folder)).transpose()?;
        let files = files.map(|files| (options.event_log_level, files));
        let capacity = options.event_log_queue_records as usize;
        let queue =
            (capacity > 0).then(|| (options.event_log_queue_level, Arc::new(EventQueue::with_capacity(capacity))));
        let levels = [files.as_ref().map(|(level, _)| *level), queue.as_ref().map(|(level, _)| *level)];
        let Some(least) = levels.into_iter().flatten().min() else { return Ok(None) };
        let (opened, process) = (AtomicBool::new(false), std::process::id());
        Ok(Some(Arc::new(Self { files, queue, least, opened, process })))
    }

    /// Least severe event that anybody wants.
    pub(crate) fn least_level(&self) -> EventLevel {
        self.least
    }

    pub(crate) fn queue(&self) -> Option<&Arc<EventQueue>> {
        self.queue.as_ref().map(|(_, queue)| queue)
    }

    /// Tells an event, which happens now. Never waits for a device.
    pub(crate) fn tell(&self, level: EventLevel, source: EventSource, message: &str) {
        if self.is_inherited() {
            return;
        }
        let micros = now_micros();
        if let Some((_, files)) = self.files.as_ref().filter(|(least, _)| level >= *least) {
            files.write(micros, level, source, message);
        }
        if let Some((_, queue)) = self.queue.as_ref().filter(|(least, _)| level >= *least) {
            queue.push(EventRecord { micros, level, source, message: message.to_owned() });
        }
    }

    /// Has the log end with a line that the folder was closed.
    pub(crate) fn opened(&self) {
        self.opened.store(true, Ordering::Relaxed);
    }

    fn is_inherited(&self) -> bool {
        std::process::id() != self.process
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        if self.opened.load(Ordering::Relaxed) {
            self.tell(EventLevel::Info, EventSource::Backend, "closed");
        }
        if let Some((_, files)) = self.files.take() {
            files.close(self.is_inherited());
        }
    }
}

fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(least: EventLevel) -> Vec<EventLevel> {
        let options = Options { event_log_queue_records: 8, event_log_queue_level: least, ..Options::new("x") };
        let log = EventLog::open(&options, Path::new("/x")).expect("opens").expect("is on");
        for level in [EventLevel::Debug, EventLevel::Info, EventLevel::Warn, EventLevel::Error] {
            log.tell(level, EventSource::Engine, "line");
        }
        log.queue().expect("is on").take(8).records.iter().map(|record| record.level).collect()
    }

    #[test]
    fn what_is_below_the_level_is_left_out() {
        use EventLevel::{Debug, Error, Info, Warn};
        assert_eq!(told(Debug), [Debug, Info, Warn, Error]);
        assert_eq!(told(Warn), [Warn, Error]);
        assert_eq!(told(Error), [Error]);
    }

    #[test]
    fn a_process_that_inherited_the_log_tells_nothing() {
        let options = Options { event_log_queue_records: 8, ..Options::new("x") };
        let mut log = EventLog::open(&options, Path::new("/x")).expect("opens").expect("is on");
        let queue = Arc::clone(log.queue().expect("is on"));
        let inherited = Arc::get_mut(&mut log).expect("the only one");
        inherited.process += 1;
        inherited.opened();
        inherited.tell(EventLevel::Error, EventSource::Backend, "line");
        drop(log);
        assert_eq!(queue.take(8), Drained::default());
    }

    #[test]
    fn nothing_is_made_when_nobody_asks() {
        assert!(EventLog::open(&Options::new("x"), Path::new("/x")).expect("opens").is_none());
    }
}

//! Rolling files of lines, written by a thread of their own.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use time::OffsetDateTime;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{self, RollingFileAppender};
use xxhash_rust::xxh3::xxh3_64;

use super::{now_micros, EventSource};
use crate::db::folder;
use crate::error::{Error, Result};
use crate::options::{EventLevel, Options, Rotation};

/// Lines that wait for the writing thread. What a busy engine tells in seconds; 128 KiB of pointers.
const QUEUED_LINES: usize = 4096;

/// The files of one data folder, and the way to them.
pub(super) struct Files {
    folder: String,
    lines: NonBlocking,
    thread: WorkerGuard,
}

impl Files {
    /// Begins or continues the file of now in `directory`, which is made when it is missing.
    ///
    /// # Errors
    /// [`Error::File`] when nothing can be written there.
    pub(super) fn open(directory: &Path, options: &Options, folder: &Path) -> Result<Self> {
        let files = rolling_files(directory, options, folder).map_err(|source| Error::File {
            path: directory.to_path_buf(),
            doing: "write the event log into the folder",
            source,
        })?;
        Ok(Self::over(files, folder.display().to_string(), QUEUED_LINES))
    }

    fn over(files: impl Write + Send + 'static, folder: String, queued_lines: usize) -> Self {
        let dropped = Arc::new(OnceLock::new());
        let writer = Writer { files, folder: folder.clone(), dropped: dropped.clone(), told_count: 0, failed_count: 0 };
        let builder = NonBlockingBuilder::default().buffered_lines_limit(queued_lines);
        let (lines, thread) = builder.thread_name("fsb-event-log").finish(writer);
        dropped.get_or_init(|| lines.error_counter());
        Self { folder, lines, thread }
    }

    /// Hands a line to the writing thread; when too many wait for it already, the line is dropped and counted.
    pub(super) fn write(&self, micros: i64, level: EventLevel, source: EventSource, message: &str) {
        let line = line(&self.folder, micros, level, source, message);
        // In this mode it does not fail: it counts.
        self.lines.clone().write_all(line.as_bytes()).unwrap_or_default();
    }

    /// Waits, for about a second at most, until the lines are written.
    pub(super) fn close(self, is_inherited: bool) {
        if is_inherited {
            // There is no thread to wait for.
            std::mem::forget(self.thread);
        }
    }
}

/// Files whose names begin with a digest of the data folder's path: whoever shares the directory has other files, to write and to delete.
fn rolling_files(directory: &Path, options: &Options, folder: &Path) -> io::Result<RollingFileAppender> {
    if directory.exists() && !directory.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is a file, not a folder"));
    }
    folder::create(directory)?;
    let rotation = match options.event_log_rotation {
        Rotation::Minutely => rolling::Rotation::MINUTELY,
        Rotation::Hourly => rolling::Rotation::HOURLY,
        Rotation::Daily => rolling::Rotation::DAILY,
        Rotation::Never => rolling::Rotation::NEVER,
    };
    RollingFileAppender::builder()
        .rotation(rotation)
        .filename_prefix(format!("fsb-events-{:016x}", xxh3_64(folder.as_os_str().as_encoded_bytes())))
        .filename_suffix("log")
        // With the one that is written. One more than kept also when a file is continued, so that it never is the one deleted.
        .max_log_files(options.event_log_file_count as usize + 1)
        // A later change of the working directory must not move the log.
        .build(directory.canonicalize()?)
        .map_err(|error| match std::error::Error::source(&error).and_then(|it| it.downcast_ref::<io::Error>()) {
            Some(source) => io::Error::new(source.kind(), source.to_string()),
            None => io::Error::other(error.to_string()),
        })
}

/// `2026-11-23T11:22:10.123456Z WARN "/data/state" engine message`, one line whatever the message holds.
fn line(folder: &str, micros: i64, level: EventLevel, source: EventSource, message: &str) -> String {
    let level = ["DEBUG", "INFO", "WARN", "ERROR"][level as usize];
    let source = match source {
        EventSource::Backend => "backend",
        EventSource::Engine => "engine",
    };
    let mut line = String::with_capacity(64 + folder.len() + message.len());
    put_time(&mut line, micros);
    write!(line, " {level} {folder:?} {source} ").expect("a String takes all that fits into memory");
    for part in message.chars() {
        if part.is_control() {
            line.extend(part.escape_default());
        } else {
            line.push(part);
        }
    }
    line.push('\n');
    line
}

fn put_time(line: &mut String, micros: i64) {
    let time =
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second, micro) = time.to_hms_micro();
    write!(line, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
        .expect("a String takes all that fits into memory");
}

/// Writes lines on the writing thread, and tells of those that were lost as soon as it can write again.
struct Writer<W> {
    files: W,
    folder: String,
    dropped: Arc<OnceLock<ErrorCounter>>,
    told_count: usize,
    failed_count: usize,
}

impl<W: Write> Writer<W> {
    fn tell_losses(&mut self) {
        let dropped_count = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        let lost_count = dropped_count - self.told_count + self.failed_count;
        if lost_count == 0 {
            return;
        }
        let message = format!(
            "{lost_count} lines are missing here: {} came faster than they could be written, {} could not be written",
            dropped_count - self.told_count,
            self.failed_count
        );
        let mut text = line(&self.folder, now_micros(), EventLevel::Warn, EventSource::Backend, &message);
        if self.failed_count > 0 {
            // Part of a line may have been written.
            text.insert(0, '\n');
        }
        if self.files.write_all(text.as_bytes()).is_ok() {
            (self.told_count, self.failed_count) = (dropped_count, 0);
        }
    }
}

impl<W: Write> Write for Writer<W> {
    /// Takes whole lines. Never fails: what cannot be written is counted.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.tell_losses();
        if self.files.write_all(line).is_err() {
            self.failed_count += 1;
        }
        Ok(line.len())
    }

    /// After each batch of lines.
    fn flush(&mut self) -> io::Result<()> {
        self.tell_losses();
        self.files.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, Receiver, Sender};
    use std::sync::Mutex;

    use super::*;

    /// Asks for permission before it writes.
    struct Gated {
        arrived: Sender<()>,
        permitted: Receiver<bool>,
        written: Arc<Mutex<String>>,
    }

    impl Write for Gated {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.arrived.send(()).map_err(io::Error::other)?;
            if !self.permitted.recv().unwrap_or(true) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written.lock().expect("whole").push_str(std::str::from_utf8(line).expect("UTF-8"));
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Fixture {
        files: Files,
        arrivals: Receiver<()>,
        permit: Sender<bool>,
        written: Arc<Mutex<String>>,
    }

    fn gated(queued_lines: usize) -> Fixture {
        let (arrived, arrivals) = channel();
        let (permit, permitted) = channel();
        let written = Arc::<Mutex<String>>::default();
        let files =
            Files::over(Gated { arrived, permitted, written: written.clone() }, "/data".to_owned(), queued_lines);
        Fixture { files, arrivals, permit, written }
    }

    impl Fixture {
        fn write(&self, message: &str) {
            self.files.write(0, EventLevel::Info, EventSource::Engine, message);
        }

        /// Lets everything be written and returns the messages.
        fn end(self) -> Vec<String> {
            drop(self.permit);
            self.files.close(false);
            // The writer has gone when nobody can arrive any more: whatever there was to write is written.
            while self.arrivals.recv().is_ok() {}
            let written = self.written.lock().expect("whole");
            written.lines().map(|line| line.splitn(5, ' ').nth(4).unwrap_or(line).to_owned()).collect()
        }
    }

    #[test]
    fn a_line_is_one_line() {
        let told =
            line("/da\"ta", 1_795_432_930_000_042, EventLevel::Warn, EventSource::Engine, "a\nb\r\u{1b}[c] d\\e é");
        assert_eq!(told, "2026-11-23T11:22:10.000042Z WARN \"/da\\\"ta\" engine a\\nb\\r\\u{1b}[c] d\\e é\n");
    }

    #[test]
    fn lines_that_come_to_a_full_queue_are_counted_and_told() {
        let log = gated(2);
        log.write("a");
        log.arrivals.recv().expect("the thread is at work");
        ["b", "c", "d", "e"].iter().for_each(|message| log.write(message));
        let told = "2 lines are missing here: 2 came faster than they could be written, 0 could not be written";
        assert_eq!(log.end(), ["a", told, "b", "c"]);
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_told() {
        let log = gated(8);
        for refused in ["a", "b"] {
            log.write(refused);
            log.arrivals.recv().expect("the thread is at work");
            log.permit.send(false).expect("it listens");
            // To tell of it fails as well, once for each batch.
            log.arrivals.recv().expect("the thread is at work");
            log.permit.send(false).expect("it listens");
        }
        log.write("c");
        let told = "2 lines are missing here: 0 came faster than they could be written, 2 could not be written";
        assert_eq!(log.end(), ["", told, "c"]);
    }
}

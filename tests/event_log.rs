//! The event log over real RocksDB: what is told, at which level, into which files, and what becomes of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use flink_state_backend::options::{EventLevel, Rotation};
use flink_state_backend::{Backend, EventQueue, EventRecord, EventSource, Options};

fn options(folder: &Path, name: &str) -> Options {
    Options {
        column_families: vec!["default".to_owned()],
        event_log_directory: Some(folder.join("events").display().to_string()),
        event_log_queue_records: 65_536,
        event_log_queue_level: EventLevel::Debug,
        ..Options::new(folder.join(name).display().to_string())
    }
}

fn open(options: Options) -> Backend {
    Backend::open(options, None).expect("opens")
}

fn put_rows(backend: &Backend) {
    let family = backend.column_family("default").expect("exists");
    (0_u8..100).for_each(|key| family.put(&[key], &[7; 100]).expect("writes"));
}

fn taken(queue: &EventQueue) -> Vec<EventRecord> {
    let drained = queue.take(usize::MAX);
    assert_eq!(drained.dropped_count, 0);
    drained.records
}

fn told(queue: &EventQueue, level: EventLevel, source: EventSource) -> Vec<String> {
    let events = taken(queue).into_iter().filter(|event| (event.level, event.source) == (level, source));
    events.map(|event| event.message).collect()
}

/// Files of the event log, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder.join("events")).expect("lists").map(|it| it.expect("is").path()).collect();
    files.sort();
    files
}

fn lines(folder: &Path) -> Vec<String> {
    let texts = files(folder).into_iter().map(|file| fs::read_to_string(file).expect("reads"));
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether the line is `time level "folder" source message` in all its parts.
fn is_whole(line: &str, folder: &Path) -> bool {
    let (time, rest) = line.split_at_checked(27).expect("a time");
    let folder = format!("{:?}", folder.canonicalize().expect("exists").display().to_string());
    let parts: Vec<&str> = rest.splitn(5, ' ').collect();
    let is_time = time.ends_with('Z') && time.as_bytes()[10] == b'T' && time.as_bytes()[19] == b'.';
    is_time
        && ["DEBUG", "INFO", "WARN", "ERROR"].contains(&parts[1])
        && parts[2] == folder
        && ["backend", "engine"].contains(&parts[3])
        && !parts[4].is_empty()
}

#[test]
fn a_session_is_told_from_its_opening_to_its_close() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    put_rows(&backend);
    backend.flush().expect("flushes");
    backend.close().expect("closes");
    let lines = lines(folder.path());
    lines.iter().for_each(|line| assert!(is_whole(line, &folder.path().join("data")), "{line}"));
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(
        has(" INFO ")
            && has("backend opened by flink_state_backend 0.1.0 with RocksDB 11.8.1; column families: default")
    );
    assert!(has("backend recovered all writes, up to sequence number 0"));
    assert!(has("engine [default] [JOB ") || has("flush_started"), "{lines:#?}");
    assert!(lines.last().expect("lines").ends_with(" backend closed"), "{lines:#?}");
    assert!(!has(" DEBUG "), "the file's level is info");
}

#[test]
fn a_backend_that_is_dropped_tells_its_close_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    let family = backend.column_family("default").expect("exists");
    drop(backend);
    let told_closed = |lines: Vec<String>| lines.last().expect("lines").ends_with(" backend closed");
    drop(family);
    assert!(told_closed(lines(folder.path())));
}

#[test]
fn the_queue_outlives_the_backend() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    let queue = backend.event_queue().expect("was asked for");
    assert!(!taken(&queue).is_empty());
    backend.close().expect("closes");
    let last = taken(&queue);
    assert!(
        last.iter().any(|event| event.source == EventSource::Engine && event.message.contains("Shutdown")),
        "{last:?}"
    );
    assert_eq!(last.last().expect("events").message, "closed");
    assert!(last.windows(2).all(|pair| pair[0].micros <= pair[1].micros));
}

#[test]
fn lines_of_the_engine_arrive_at_their_level() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    let events = taken(&backend.event_queue().expect("was asked for"));
    let level_of = |text: &str| {
        let found = events.iter().find(|it| it.source == EventSource::Engine && it.message.contains(text));
        found.unwrap_or_else(|| panic!("no '{text}' in {events:#?}")).level
    };
    assert_eq!(level_of("Options.error_if_exists"), EventLevel::Debug);
    assert_eq!(level_of("Recovered from manifest file"), EventLevel::Info);
}

#[test]
fn each_sink_has_its_own_level_and_the_engines_file_keeps_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(Options {
        event_log_level: EventLevel::Error,
        event_log_queue_level: EventLevel::Info,
        log_level: flink_state_backend::options::LogLevel::Warn,
        ..options(folder.path(), "data")
    });
    let queue = backend.event_queue().expect("was asked for");
    put_rows(&backend);
    backend.flush().expect("flushes");
    backend.close().expect("closes");
    let events = taken(&queue);
    assert!(events.iter().any(|event| event.level == EventLevel::Info && event.source == EventSource::Engine));
    assert!(events.iter().all(|event| event.level > EventLevel::Debug));
    assert_eq!(lines(folder.path()), [""; 0]);
    let own = fs::read_to_string(folder.path().join("data/LOG")).expect("reads");
    assert!(own.contains("Options.error_if_exists") && !own.contains("flush_started"), "{own}");
}

#[test]
fn what_comes_to_a_full_queue_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(Options { event_log_queue_records: 3, ..options(folder.path(), "data") });
    let queue = backend.event_queue().expect("was asked for");
    let first = queue.take(usize::MAX);
    assert!(first.records.len() == 3 && first.dropped_count > 100, "{first:?}");
    assert_eq!(queue.take(usize::MAX).dropped_count, 0);
}

/// Makes a file whose time of creation is later than the other, by the system's clock, which goes in steps.
fn make_after(other: SystemTime, path: &Path) -> SystemTime {
    loop {
        let made = fs::File::create_new(path).and_then(|file| file.metadata()?.created()).expect("makes");
        if made > other {
            return made;
        }
        fs::remove_file(path).expect("removes");
    }
}

#[test]
fn older_files_are_deleted_and_others_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let few = Options { event_log_file_count: 2, ..options(folder.path(), "data") };
    open(few.clone()).close().expect("closes");
    let [today] = &files(folder.path())[..] else { panic!("one file") };
    let name = today.file_name().expect("a name").to_str().expect("UTF-8");
    let (prefix, _) = name.split_once('.').expect("a date");
    fs::remove_file(today).expect("removes");
    let mut before = UNIX_EPOCH;
    for old in ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"] {
        before = make_after(before, &folder.path().join(format!("events/{prefix}.{old}.log")));
    }
    let foreign = folder.path().join("events/fsb-events-0000000000000000.2019-01-01.log");
    fs::write(&foreign, "of another").expect("writes");
    open(few.clone()).close().expect("closes");
    let kept = ["2020-01-03", "2020-01-04"].map(|old| folder.path().join(format!("events/{prefix}.{old}.log")));
    let mut expected = vec![foreign, kept[0].clone(), kept[1].clone(), today.clone()];
    expected.sort();
    assert_eq!(files(folder.path()), expected);
}

#[test]
fn the_file_of_today_is_continued_even_when_one_earlier_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = Options { event_log_file_count: 1, ..options(folder.path(), "data") };
    (0..4).for_each(|_| open(one.clone()).close().expect("closes"));
    let lines = lines(folder.path());
    assert_eq!(lines.iter().filter(|line| line.ends_with(" backend closed")).count(), 4);
}

#[test]
fn two_backends_may_share_a_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let rotation = |name: &str, event_log_rotation| {
        open(Options { event_log_rotation, event_log_file_count: 1, ..options(folder.path(), name) })
    };
    let (first, second) = (rotation("first", Rotation::Never), rotation("second", Rotation::Minutely));
    [&first, &second].into_iter().for_each(put_rows);
    second.close().expect("closes");
    rotation("second", Rotation::Minutely).close().expect("closes");
    first.close().expect("closes");
    let lines = lines(folder.path());
    for (name, sessions) in [("first", 1), ("second", 2)] {
        let data = folder.path().join(name);
        let own: Vec<_> = lines.iter().filter(|line| is_whole(line, &data)).collect();
        assert_eq!(own.iter().filter(|line| line.contains(" backend opened by ")).count(), sessions);
        assert_eq!(own.iter().filter(|line| line.ends_with(" backend closed")).count(), sessions);
    }
    assert!(lines.iter().all(|line| ["first", "second"].iter().any(|name| is_whole(line, &folder.path().join(name)))));
}

#[test]
fn a_file_in_place_of_the_directory_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("events"), "text").expect("writes");
    let error = Backend::open(options(folder.path(), "data"), None).err().expect("refused").to_string();
    let path = folder.path().join("events");
    assert_eq!(
        error,
        format!("cannot write the event log into the folder '{}': it is a file, not a folder", path.display())
    );
    // The folder was given up again.
    fs::remove_file(path).expect("removes");
    open(options(folder.path(), "data")).close().expect("closes");
}

#[test]
fn a_failed_opening_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    open(options(folder.path(), "data")).close().expect("closes");
    fs::write(folder.path().join("data/CURRENT"), "nonsense").expect("writes");
    Backend::open(options(folder.path(), "data"), None).err().expect("refused");
    let lines = lines(folder.path());
    let last = lines.last().expect("lines");
    assert!(last.contains(" ERROR ") && last.contains("backend cannot open: "), "{last}");
}

#[test]
fn damage_that_recovery_drops_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    put_rows(&backend);
    backend.close().expect("closes");
    let logs = fs::read_dir(folder.path().join("data")).expect("lists").map(|entry| entry.expect("is").path());
    let log = logs.filter(|path| path.extension().is_some_and(|it| it == "log")).max().expect("a log");
    let length = fs::metadata(&log).expect("exists").len();
    fs::OpenOptions::new().write(true).open(log).expect("opens").set_len(length - 10).expect("cuts");
    let backend = open(options(folder.path(), "data"));
    let warned = told(&backend.event_queue().expect("was asked for"), EventLevel::Warn, EventSource::Backend);
    assert!(
        warned.iter().any(|line| line.starts_with("recovery dropped ") && line.contains("sequence number 99")),
        "{warned:?}"
    );
}

#[test]
fn failed_background_work_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(options(folder.path(), "data"));
    let queue = backend.event_queue().expect("was asked for");
    put_rows(&backend);
    // Where the flush would make its file.
    (1..100).for_each(|number| fs::create_dir_all(folder.path().join(format!("data/{number:06}.sst"))).expect("makes"));
    backend.flush().expect_err("fails");
    let failures = told(&queue, EventLevel::Error, EventSource::Backend);
    assert!(failures.iter().any(|line| line.starts_with("a flush failed: IO error: ")), "{failures:?}");
}

#[test]
fn stalls_are_told_when_they_begin_and_when_they_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = options(folder.path(), "data");
    options.family.disable_auto_compactions = true;
    options.rate_limiter_bytes_per_second = 4096;
    options.family.level0_file_num_compaction_trigger = 2;
    let backend = open(options);
    let queue = backend.event_queue().expect("was asked for");
    let family = backend.column_family("default").expect("exists");
    for _ in 0..2 {
        put_rows(&backend);
        backend.flush().expect("flushes");
    }
    taken(&queue);
    let change = |changes: &str| backend.set_family_options(&family, changes.as_bytes()).expect("changes");
    change(r#"{"disable_auto_compactions":false,"level0_slowdown_writes_trigger":2,"level0_stop_writes_trigger":2}"#);
    let begun = told(&queue, EventLevel::Warn, EventSource::Backend);
    let because = "because of column family 'default'";
    assert_eq!(begun, [format!("a write stall has begun, {because}"), format!("writes are stopped, {because}")]);
    change(r#"{"disable_auto_compactions":true}"#);
    let ended = told(&queue, EventLevel::Warn, EventSource::Backend);
    assert!(ended.len() == 2 && ended[0].starts_with("the write stall is over after "), "{ended:?}");
    assert!(ended[1].starts_with("writes are no longer stopped after ") && ended[1].ends_with(" ms"), "{ended:?}");
}

#[test]
fn a_warning_of_the_pressure_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = open(Options { pressure_memory_reference_bytes: 1, ..options(folder.path(), "data") });
    let queue = backend.event_queue().expect("was asked for");
    put_rows(&backend);
    backend.pressure().expect("reads");
    backend.pressure().expect("reads");
    let warned = told(&queue, EventLevel::Warn, EventSource::Backend);
    assert!(
        warned.len() == 1 && warned[0].starts_with("memory in use has risen above 0.98 bytes: it is "),
        "{warned:?}"
    );
    let own = fs::read_to_string(folder.path().join("data/LOG")).expect("reads");
    assert_eq!(own.matches("[fsb] memory in use has risen").count(), 1);
}

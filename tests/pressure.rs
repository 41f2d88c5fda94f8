//! Pressure over real RocksDB: an engine that has stopped writes shows it at the next reading.

use flink_state_backend::options::Compression;
use flink_state_backend::pressure::{Description, Pressure, Warning};
use flink_state_backend::{Backend, ColumnFamily, Options};

/// Opens with compaction slowed down to 64 KiB a second.
fn open(folder: &std::path::Path, rate_limit: u64) -> (Backend, ColumnFamily) {
    let mut options = Options::new(folder.display().to_string());
    options.column_families = vec!["default".to_owned()];
    options.rate_limiter_bytes_per_second = rate_limit;
    options.family.disable_auto_compactions = true;
    options.family.compression = Compression::None;
    let backend = Backend::open(options, None).expect("opens");
    let family = backend.column_family("default").expect("exists");
    (backend, family)
}

/// Four files in level 0, then triggers by which they are too many.
fn stalled(folder: &std::path::Path, triggers: &str) -> (Backend, ColumnFamily) {
    let (backend, family) = open(folder, 0);
    for key in 1..5 {
        // Files that overlap, which no compaction can just move down a level.
        [0, 9].iter().for_each(|end| family.put(&[*end], b"").expect("writes"));
        family.put(&[key], &[7; 50 << 10]).expect("writes");
        backend.flush().expect("flushes");
    }
    drop(family);
    backend.close().expect("closes");
    let (backend, family) = open(folder, 64 << 10);
    assert!(backend.pressure().expect("reads").effective < 0.3);
    let changes = format!(r#"{{"disable_auto_compactions":false,"level0_file_num_compaction_trigger":4,{triggers}}}"#);
    backend.set_family_options(&family, changes.as_bytes()).expect("changes");
    (backend, family)
}

#[test]
fn a_stopped_engine_presses_with_all_at_the_next_reading() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, _family) =
        stalled(folder.path(), r#""level0_slowdown_writes_trigger":4,"level0_stop_writes_trigger":4"#);
    let pressure: Pressure = backend.pressure().expect("reads");
    assert!(pressure.stopped && pressure.effective >= 0.9, "{pressure:?}");
    assert_eq!(pressure.description(), Description::Critical);
    assert_eq!(pressure.warnings, Warning::Elevated as u32 | Warning::High as u32);
    let signal = pressure.signal();
    assert!(signal.stopped && signal.effective >= 0.9);
    let statistics = backend.statistics().expect("reads");
    assert!(statistics.write_stopped && statistics.stop_count == 1, "{statistics:?}");
}

#[test]
fn a_delayed_engine_presses_with_nine_tenths_at_the_next_reading() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, _family) = stalled(folder.path(), r#""level0_slowdown_writes_trigger":4"#);
    let pressure = backend.pressure().expect("reads");
    assert!(pressure.delayed && !pressure.stopped && pressure.effective >= 0.9, "{pressure:?}");
}

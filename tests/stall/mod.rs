//! A backend whose engine stops taking writes when told to, and goes on when told so.

use std::path::Path;

use flink_state_backend::options::Compression;
use flink_state_backend::{Backend, Options};

/// Compaction of two files of this size takes seconds, at the speed of [`open`]: so long a stop lasts at least.
const FILE_BYTES: usize = 60_000;
const COMPACTION_BYTES_PER_SECOND: u64 = 24_000;

const STOP: &str = r#"{"disable_auto_compactions":false,"level0_file_num_compaction_trigger":2,"level0_slowdown_writes_trigger":2,"level0_stop_writes_trigger":2}"#;
const GO_ON: &str =
    r#"{"disable_auto_compactions":true,"level0_slowdown_writes_trigger":20,"level0_stop_writes_trigger":36}"#;

/// Options of a backend with one family, which compacts nothing by itself, and of which only the engine's own state makes pressure.
pub fn options(folder: &Path) -> Options {
    let mut options = Options::new(folder.display().to_string());
    options.column_families = vec!["default".to_owned()];
    options.family.disable_auto_compactions = true;
    options.family.compression = Compression::None;
    options.pressure_write_latency_reference_millis = 3_600_000.0;
    options
}

/// With two files in level 0 that overlap, so that none can just be moved down.
pub fn open(folder: &Path) -> Backend {
    let mut options = options(folder);
    let backend = Backend::open(options.clone(), None).expect("opens");
    let family = backend.column_family("default").expect("exists");
    for key in [b"b", b"c"] {
        let rows: [(&[u8], &[u8]); 3] = [(b"a", b""), (key, &[b'v'; FILE_BYTES]), (b"z", b"")];
        rows.iter().for_each(|(key, value)| family.put(key, value).expect("writes"));
        backend.flush().expect("flushes");
    }
    drop(family);
    backend.close().expect("closes");
    options.rate_limiter_bytes_per_second = COMPACTION_BYTES_PER_SECOND;
    Backend::open(options, None).expect("opens")
}

pub fn stop(backend: &Backend) {
    set_family_options(backend, STOP);
}

pub fn go_on(backend: &Backend) {
    set_family_options(backend, GO_ON);
}

fn set_family_options(backend: &Backend, changes: &str) {
    let family = backend.column_family("default").expect("exists");
    backend.set_family_options(&family, changes.as_bytes()).expect("changes");
}

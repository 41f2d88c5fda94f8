//! Timers through the Rust API: one scenario per test.

use flink_state_backend::options::WalMode;
use flink_state_backend::{
    Backend, Error, KeyedBackend, KeyedOptions, Options, Page, Scan, ScanOptions, Time, Timer, TimerQuery, TimerService,
};

struct Job {
    service: TimerService,
    keyed: KeyedBackend,
    backend: Backend,
}

fn open(folder: &std::path::Path, wal: WalMode, keyed: &KeyedOptions) -> Job {
    let mut options = Options::new(folder.join("state").to_str().expect("UTF-8"));
    options.wal = wal;
    let backend = Backend::open(options, None).expect("opens");
    let keyed = backend.keyed(keyed).expect("opens");
    Job { service: keyed.timer_service("window").expect("opens"), keyed, backend }
}

impl Job {
    fn close(self) {
        let Self { service, keyed, backend } = self;
        drop((service, keyed));
        backend.close().expect("closes");
    }
}

fn timer(timestamp: i64, key: &[u8]) -> Timer<'_> {
    Timer { time: Time::Event, hash: None, timestamp, key, namespace: b"" }
}

fn up_to(up_to: i64) -> TimerQuery<'static> {
    TimerQuery { time: Time::Event, remove: true, up_to, key: None, hash: None, namespace: None }
}

fn due(service: &TimerService, query: &TimerQuery<'_>) -> Vec<(i64, Vec<u8>)> {
    let mut page = [0; 4096];
    match service.due(query, &mut page).expect("due") {
        Page::Filled { length, .. } => {
            let timers = Timer::unpack(&page[..length]).expect("well-formed");
            timers.iter().map(|timer| (timer.timestamp, timer.key.to_vec())).collect()
        }
        Page::Short(needed) => panic!("{needed} bytes are needed"),
    }
}

fn row_count(mut scan: Scan) -> usize {
    match scan.page(flink_state_backend::Direction::Forward, &mut [0; 4096]).expect("reads") {
        Page::Filled { row_count, .. } => row_count,
        Page::Short(needed) => panic!("{needed} bytes are needed"),
    }
}

#[test]
fn timers_outlive_their_backend_in_every_wal_mode() {
    for wal in [WalMode::Disabled, WalMode::Enabled, WalMode::Sync] {
        let folder = tempfile::tempdir().expect("a folder");
        let job = open(folder.path(), wal, &KeyedOptions::default());
        job.service.register(&[timer(3, b"c"), timer(1, b"a"), timer(2, b"b")]).expect("registered");
        assert_eq!(due(&job.service, &up_to(1)), [(1, b"a".to_vec())]);
        job.close();
        let job = open(folder.path(), wal, &KeyedOptions::default());
        assert_eq!(job.service.next(Time::Event).expect("next"), Some(2));
        assert_eq!(job.service.count(Time::Event).expect("count"), 2);
        assert_eq!(due(&job.service, &up_to(9)), [(2, b"b".to_vec()), (3, b"c".to_vec())]);
        job.close();
    }
}

/// Key group 64 and above to one backend, those below to another: both restored from what one wrote.
#[test]
fn a_subtask_sees_the_timers_of_its_key_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys: Vec<_> = (0..200u32).map(u32::to_be_bytes).collect();
    let job = open(folder.path(), WalMode::Disabled, &KeyedOptions::default());
    job.service.register(&keys.iter().map(|key| timer(1, key)).collect::<Vec<_>>()).expect("registered");
    let below = keys.iter().filter(|key| job.keyed.key_group_of(&key[..], None).expect("in range") < 64).count();
    job.close();
    let lower = KeyedOptions { last_key_group: Some(63), ..KeyedOptions::default() };
    let job = open(folder.path(), WalMode::Disabled, &lower);
    assert_eq!(due(&job.service, &up_to(1)).len(), below);
    let foreign: Vec<_> = keys.iter().filter(|key| job.keyed.key_group_of(&key[..], None).is_err()).collect();
    let refused = job
        .service
        .register(&[timer(1, keys.iter().find(|key| !foreign.contains(key)).expect("one")), timer(1, foreign[0])]);
    assert!(matches!(refused, Err(Error::KeyGroupOutOfRange { .. })), "{refused:?}");
    assert_eq!(job.service.count(Time::Event).expect("count"), 0);
    let upper = KeyedOptions { first_key_group: 64, ..KeyedOptions::default() };
    let beside = job.backend.keyed(&upper).expect("another range");
    assert_eq!(due(&beside.timer_service("window").expect("opens"), &up_to(1)).len(), keys.len() - below);
    drop(beside);
    job.close();
}

#[test]
fn flush_and_snapshot_have_what_timers_hold_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let job = open(folder.path(), WalMode::Disabled, &KeyedOptions::default());
    let family = job.backend.column_family("timer_state").expect("exists");
    let rows = || row_count(family.scan(&ScanOptions { upper: &[0xff], ..Default::default() }).expect("scans"));
    job.service.register(&[timer(1, b"a")]).expect("registered");
    assert_eq!(rows(), 0);
    let snapshot = job.backend.snapshot().expect("snapshot");
    let options = ScanOptions { upper: &[0xff], snapshot: Some(&snapshot), ..Default::default() };
    assert_eq!(row_count(family.scan(&options).expect("scans")), 1);
    job.service.register(&[timer(2, b"a")]).expect("registered");
    job.backend.flush().expect("flushed");
    assert_eq!(rows(), 2);
    drop((snapshot, family));
    job.close();
}

#[test]
fn flushing_from_another_thread_does_not_disturb_the_timers() {
    let folder = tempfile::tempdir().expect("a folder");
    let job = open(folder.path(), WalMode::Disabled, &KeyedOptions::default());
    std::thread::scope(|threads| {
        threads.spawn(|| (0..20).for_each(|_| job.backend.flush().expect("flushed")));
        for at in 0..2000 {
            job.service.register(&[timer(at, b"a"), timer(at, b"b")]).expect("registered");
            job.service.delete(&[timer(at, b"a")]).expect("deleted");
        }
    });
    assert_eq!(job.service.count(Time::Event).expect("count"), 2000);
    job.close();
}

#[test]
fn a_service_keeps_its_keyed_backend_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let job = open(folder.path(), WalMode::Disabled, &KeyedOptions::default());
    let Job { service, keyed, backend } = job;
    drop(keyed);
    service.register(&[timer(1, b"a")]).expect("registered");
    assert!(matches!(backend.keyed(&KeyedOptions::default()), Err(Error::StillInUse(_))));
    drop(service);
    let again = backend.keyed(&KeyedOptions::default()).expect("the range is free");
    assert_eq!(due(&again.timer_service("window").expect("opens"), &up_to(1)), [(1, b"a".to_vec())]);
    drop(again);
    backend.close().expect("closes");
}

#[test]
fn a_key_placed_by_its_own_hash_is_asked_for_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let job = open(folder.path(), WalMode::Disabled, &KeyedOptions::default());
    let hash = (0..).find(|hash| {
        job.keyed.key_group_of(b"a", Some(*hash)).expect("in range")
            != job.keyed.key_group_of(b"a", None).expect("in range")
    });
    job.service.register(&[Timer { hash, ..timer(1, b"a") }]).expect("registered");
    let of_key = TimerQuery { key: Some(b"a"), remove: false, ..up_to(1) };
    assert_eq!(due(&job.service, &of_key), []);
    assert_eq!(due(&job.service, &TimerQuery { hash, ..of_key }), [(1, b"a".to_vec())]);
    job.service.delete(&[timer(1, b"a")]).expect("another timer");
    assert_eq!(job.service.count(Time::Event).expect("count"), 1);
    job.close();
}

//! Keyed state through the Rust API: one scenario per test.

use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::state::map::MapRead;
use flink_state_backend::state::scan::ScanOver;
use flink_state_backend::{Backend, Direction, Error, KeyedBackend, KeyedOptions, Options, Page, Read, Time};

struct Job {
    backend: Backend,
    keyed: KeyedBackend,
    _folder: tempfile::TempDir,
}

fn manual() -> KeyedOptions {
    KeyedOptions { clock: ClockSource::Manual, ..KeyedOptions::default() }
}

fn job() -> Job {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state").to_str().expect("UTF-8").to_owned();
    let backend = Backend::open(Options::new(path), None).expect("opens");
    let keyed = backend.keyed(&manual()).expect("opens");
    Job { backend, keyed, _folder: folder }
}

fn packed(items: &[&[u8]]) -> Vec<u8> {
    items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item].concat()).collect()
}

/// All records of a scan, split.
fn keys_of(job: &Job, name: &str, over: ScanOver) -> Vec<Vec<u8>> {
    let state = job.keyed.state(Descriptor::new(name, Kind::Value)).expect("registered");
    let mut scan = state.scan(over, false).expect("starts");
    let (mut page, mut keys) = (vec![0; 64], Vec::new());
    loop {
        match scan.page(&mut page).expect("reads") {
            Page::Filled { row_count: 0, .. } => return keys,
            Page::Filled { length, .. } => {
                let mut rest = &page[..length];
                while !rest.is_empty() {
                    let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
                    let (key, namespace) = (word(0) as usize, word(4) as usize);
                    keys.push(rest[8..8 + key + namespace].to_vec());
                    rest = &rest[8 + key + namespace..];
                }
            }
            Page::Short(needed) => page.resize(needed, 0),
        }
    }
}

#[test]
fn a_value_follows_the_current_key_and_namespace() {
    let job = job();
    let state = job.keyed.state(Descriptor::new("count", Kind::Value)).expect("registered");
    assert!(matches!(state.get(), Err(Error::NoCurrentKey)));
    job.keyed.set_current_key(b"a", None).expect("in range");
    state.put(b"1").expect("written");
    job.keyed.set_namespace(b"window").expect("short");
    assert_eq!(state.get().expect("read"), None);
    state.put(b"2").expect("written");
    job.keyed.set_current_key(b"b", None).expect("in range");
    assert_eq!(state.get().expect("read"), None);
    job.keyed.set_current_key(b"a", None).expect("in range");
    assert_eq!(state.get().expect("read").as_deref(), Some(&b"2"[..]));
    job.keyed.set_namespace(b"").expect("short");
    assert_eq!(state.get().expect("read").as_deref(), Some(&b"1"[..]));
    state.clear().expect("cleared");
    assert!(state.is_empty().expect("read"));
}

#[test]
fn keys_are_found_in_every_group_once() {
    let job = job();
    let state = job.keyed.state(Descriptor::new("count", Kind::Value)).expect("registered");
    let beside = job.keyed.state(Descriptor::new("other", Kind::Value)).expect("registered");
    let mut expected = Vec::new();
    for number in 0..300u32 {
        let key = number.to_be_bytes();
        job.keyed.set_current_key(&key, None).expect("in range");
        beside.put(b"beside").expect("written");
        if number % 3 == 0 {
            state.put(b"here").expect("written");
            expected.push(key.to_vec());
        }
    }
    let mut found = keys_of(&job, "count", ScanOver::Keys);
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(keys_of(&job, "count", ScanOver::KeysAndNamespaces).len(), expected.len());
}

#[test]
fn a_map_is_walked_in_the_order_of_its_keys_and_as_it_was() {
    let job = job();
    let map = job.keyed.state(Descriptor::new("tails", Kind::Map)).expect("registered");
    job.keyed.set_current_key(b"UA", None).expect("in range");
    for number in (0..100u8).rev() {
        let value = [number; 3];
        map.map_put(&[number], (number != 7).then_some(&value[..])).expect("written");
    }
    assert_eq!(map.map_get(&[7], &mut []).expect("read"), MapRead::Null);
    assert_eq!(map.map_get(&[8], &mut [0; 2]).expect("read"), MapRead::Value(Read::Short(3)));
    let mut scan = map.scan(ScanOver::Entries, true).expect("starts");
    scan.remove(&[50]).expect("removed through the walk");
    let (mut page, mut rows) = (vec![0; 200], 0);
    while let Page::Filled { row_count, .. } = scan.page(&mut page).expect("reads") {
        if row_count == 0 {
            break;
        }
        rows += row_count;
    }
    assert_eq!(rows, 100, "as it was when the walk began");
    let mut strict = map.scan(ScanOver::Entries, true).expect("starts");
    map.map_put(&[200], None).expect("written");
    assert!(matches!(strict.page(&mut page), Err(Error::Modified(_))));
    map.clear().expect("cleared");
    assert!(map.is_empty().expect("read"));
}

#[test]
fn lists_append_and_merge_over_namespaces() {
    let job = job();
    let list = job.keyed.state(Descriptor::new("delays", Kind::List)).expect("registered");
    job.keyed.set_current_key(b"UA", None).expect("in range");
    for namespace in [b"a", b"b", b"c"] {
        job.keyed.set_namespace(namespace).expect("short");
        list.add_elements(&packed(&[namespace, b""])).expect("appended");
    }
    list.merge_namespaces(b"a", &packed(&[b"c", b"a", b"b", b"c"])).expect("merged");
    assert!(list.is_empty().expect("read"), "the sources are cleared");
    job.keyed.set_namespace(b"a").expect("short");
    assert_eq!(list.get().expect("read"), Some(packed(&[b"a", b"", b"c", b"", b"b", b""])));
    list.update_elements(&[]).expect("cleared");
    assert!(list.is_empty().expect("read"));
}

#[test]
fn native_aggregates_compute_and_refuse_to_overflow() {
    let job = job();
    let of = |name: &str, aggregate| {
        let mut descriptor = Descriptor::new(name, Kind::Aggregating);
        descriptor.aggregate = Some(aggregate);
        job.keyed.state(descriptor).expect("registered")
    };
    let (sum, average, count) =
        (of("sum", Aggregate::SumI64), of("average", Aggregate::AverageI64), of("count", Aggregate::Count));
    job.keyed.set_current_key(b"UA", None).expect("in range");
    assert_eq!(sum.result_i64().expect("read"), None);
    for value in [i64::MAX - 3, 3] {
        [&sum, &average, &count].into_iter().for_each(|state| state.add_i64(value).expect("added"));
    }
    assert!(matches!(sum.add_i64(1), Err(Error::Overflow(_))));
    assert_eq!(sum.result_i64().expect("read"), Some(i64::MAX));
    assert_eq!(average.result_f64().expect("read"), Some(i64::MAX as f64 / 2.0));
    assert_eq!(count.result_i64().expect("read"), Some(2));
    assert!(matches!(sum.add_f64(1.0), Err(Error::StateMismatch(_))));
}

#[test]
fn a_row_expires_and_a_ttl_is_switched_on_for_rows_that_exist() {
    let job = job();
    let ttl = |millis| Ttl {
        millis,
        update: TtlUpdate::OnCreateAndWrite,
        visibility: TtlVisibility::NeverReturnExpired,
        time: Time::Processing,
    };
    let descriptor = |ttl| Descriptor { ttl, ..Descriptor::new("seen", Kind::Value) };
    let plain = job.keyed.state(descriptor(None)).expect("registered");
    job.keyed.set_current_key(b"N1", None).expect("in range");
    plain.put(b"x").expect("written");
    job.keyed.set_time(Time::Processing, 100).expect("forwards");
    assert!(matches!(job.keyed.state(descriptor(Some(ttl(10)))), Err(Error::StateMismatch(_))), "still open without");
    drop(plain);
    let state = job.keyed.state(descriptor(Some(ttl(10)))).expect("switched on");
    job.keyed.set_time(Time::Processing, 109).expect("forwards");
    assert!(state.get().expect("read").is_some(), "counts from when the ttl was switched on");
    job.keyed.set_time(Time::Processing, 110).expect("forwards");
    assert_eq!(state.get().expect("read"), None);
}

#[test]
fn a_registered_state_is_found_again_and_refused_in_another_shape() {
    let job = job();
    job.keyed.state(Descriptor::new("count", Kind::Value)).expect("registered");
    let refusal = job.keyed.state(Descriptor::new("count", Kind::Map)).err().expect("another kind").to_string();
    assert!(refusal.contains("count") && refusal.contains("value"), "{refusal}");
    assert!(matches!(job.backend.keyed(&manual()), Err(Error::StillInUse(_))), "the range is taken");
    job.keyed.drop_state("count").expect("no handle is open");
    job.keyed.state(Descriptor::new("count", Kind::Map)).expect("the name is free again");
    assert!(matches!(job.keyed.drop_state("nothing"), Err(Error::StateNotFound(_))));
}

#[test]
fn operator_state_has_no_keys_and_no_namespaces() {
    let job = job();
    let operator = |name: &str, kind| job.backend.operator_state(Descriptor::new(name, kind)).expect("registered");
    let (offsets, rules) = (operator("offsets", Kind::List), operator("rules", Kind::Broadcast));
    offsets.add_elements(&packed(&[b"1", b"2"])).expect("appended");
    rules.map_put(b"a", Some(b"1")).expect("written");
    assert_eq!(operator("offsets", Kind::List).get().expect("read"), Some(packed(&[b"1", b"2"])));
    assert_eq!(rules.map_get(b"a", &mut [0; 4]).expect("read"), MapRead::Value(Read::Copied(1)));
    assert!(matches!(offsets.merge_namespaces(b"a", &packed(&[b""])), Err(Error::StateMismatch(_))));
    assert!(matches!(
        job.backend.operator_state(Descriptor::new("offsets", Kind::Union)),
        Err(Error::StateMismatch(_))
    ));
}

#[test]
fn a_backend_opened_with_families_of_its_own_gets_those_of_keyed_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let json = format!(r#"{{"data_directory":{:?},"column_families":["default"]}}"#, folder.path().join("state"));
    let backend = Backend::open(Options::from_json(json.as_bytes()).expect("well-formed"), None).expect("opens");
    let keyed = backend.keyed(&manual()).expect("its families are created");
    keyed.state(Descriptor::new("count", Kind::Value)).expect("registered");
    let refusal = backend.keyed(&KeyedOptions { column_family: "mine".to_owned(), ..manual() }).err();
    assert!(matches!(refusal, Some(Error::ColumnFamilyNotFound(_))), "a family that the caller names is the caller's");
}

#[test]
fn a_write_waits_in_the_row_cache_only_without_a_log() {
    for (wal, waits) in [("disabled", true), ("enabled", false)] {
        let folder = tempfile::tempdir().expect("a folder");
        let json = format!(r#"{{"data_directory":{:?},"wal":"{wal}"}}"#, folder.path().join("state"));
        let backend = Backend::open(Options::from_json(json.as_bytes()).expect("well-formed"), None).expect("opens");
        let keyed = backend.keyed(&manual()).expect("opens");
        let state = keyed.state(Descriptor::new("count", Kind::Value)).expect("registered");
        keyed.set_current_key(b"a", None).expect("in range");
        let stored = || {
            let mut scan =
                backend.column_family("user_state").and_then(|it| it.scan(&Default::default())).expect("starts");
            let mut page = [0; 64];
            match scan.page(Direction::Forward, &mut page).expect("reads") {
                Page::Filled { length, row_count: 1 } => page[length - 1],
                _ => b'-',
            }
        };
        // Only a row that is used again waits.
        assert_eq!(state.get().expect("read"), None);
        state.put(b"1").expect("written");
        assert_eq!(state.get().expect("read").as_deref(), Some(&b"1"[..]));
        backend.snapshot().expect("drains");
        state.put(b"2").expect("written");
        assert_eq!(stored(), if waits { b'1' } else { b'2' }, "wal {wal}");
        backend.snapshot().expect("drains");
        assert_eq!(stored(), b'2', "wal {wal}");
        let figures = backend.statistics().expect("measured");
        assert!(figures.row_cache_bytes > 0 && figures.row_cache_bytes <= figures.row_cache_capacity_bytes);
        assert_eq!((figures.row_cache_hits, figures.row_cache_misses), (1, 1), "wal {wal}");
    }
}

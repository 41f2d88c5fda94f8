//! Backends with state of every kind, and what must be found in them.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::Write as _;

use flink_state_backend::options::WalMode;
use flink_state_backend::savepoint::{ExportOptions, ImportOptions, SavepointSummary};
use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl};
use flink_state_backend::state::map::MapRead;
use flink_state_backend::{
    Backend, Error, KeyedBackend, KeyedOptions, Options, Page, Read, Result, Time, Timer, TimerQuery,
};
use tempfile::TempDir;

pub const MAX_PARALLELISM: u32 = 128;
pub const KEYS: u32 = 300;
const LIFETIME_MILLIS: i64 = 1000;

/// A backend in a folder of its own.
pub struct Place {
    pub folder: TempDir,
    pub wal: WalMode,
}

impl Place {
    pub fn new(wal: WalMode) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), wal }
    }

    pub fn open(&self) -> Backend {
        let mut options = Options::new(self.folder.path().join("data").display().to_string());
        options.wal = self.wal;
        Backend::open(options, None).expect("opens")
    }
}

/// Keyed state over a range of key groups, with a clock that the test sets.
pub fn keyed(backend: &Backend, first: u32, last: u32) -> KeyedBackend {
    keyed_of(backend, MAX_PARALLELISM, first, last)
}

pub fn keyed_of(backend: &Backend, max_parallelism: u32, first: u32, last: u32) -> KeyedBackend {
    let clock = serde_json::from_str(r#""manual""#).expect("a clock");
    let options = KeyedOptions {
        max_parallelism,
        first_key_group: first,
        last_key_group: Some(last),
        key_type: "bytes".to_owned(),
        clock,
        ..Default::default()
    };
    backend.keyed(&options).expect("opens")
}

pub fn all(backend: &Backend) -> KeyedBackend {
    keyed(backend, 0, MAX_PARALLELISM - 1)
}

/// Keys with the bytes that framing cares about.
pub fn key_of(number: u32) -> Vec<u8> {
    let mut key = number.to_be_bytes().to_vec();
    key.extend_from_slice(&[0, 0xff, 0][..(number % 4) as usize]);
    key
}

pub fn descriptors() -> Vec<Descriptor> {
    let ttl = Ttl {
        millis: LIFETIME_MILLIS,
        update: Default::default(),
        visibility: Default::default(),
        time: Time::Processing,
    };
    let with_ttl = |descriptor: Descriptor| Descriptor { ttl: Some(ttl.clone()), ..descriptor };
    vec![
        Descriptor { value_type: "text".to_owned(), ..Descriptor::new("value", Kind::Value) },
        Descriptor::new("list", Kind::List),
        Descriptor::new("map", Kind::Map),
        Descriptor { aggregate: Some(Aggregate::SumI64), ..Descriptor::new("sum", Kind::Reducing) },
        Descriptor { aggregate: Some(Aggregate::AverageI64), ..Descriptor::new("average", Kind::Aggregating) },
        Descriptor { column_family: Some("apart".to_owned()), ..Descriptor::new("own family", Kind::Value) },
        with_ttl(Descriptor::new("fading value", Kind::Value)),
        with_ttl(Descriptor::new("fading list", Kind::List)),
        with_ttl(Descriptor::new("fading map", Kind::Map)),
    ]
}

pub fn namespace_of(number: u32) -> &'static [u8] {
    [&b""[..], b"window 1", &[0, 0]][(number % 3) as usize]
}

pub fn packed(items: &[&[u8]]) -> Vec<u8> {
    items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item].concat()).collect()
}

fn value_of(number: u32) -> Vec<u8> {
    format!("value {number} {}", "x".repeat((number % 7 * 30) as usize)).into_bytes()
}

/// So much that an import does not keep all of it in memory.
fn bulk_of(number: u32) -> Vec<u8> {
    let noise = |at: u32| b'a' + ((at.wrapping_add(number << 16)).wrapping_mul(2_654_435_761) >> 24) as u8 % 26;
    (0..10_000).map(noise).collect()
}

/// Writes all kinds of state for the keys of the range. What fades is written at 0 for odd numbers and at 900 for even ones; the time
/// is 900 in the end.
pub fn fill(backend: &Backend, keyed: &KeyedBackend) {
    drop(backend.create_column_family("apart", b""));
    let states: BTreeMap<String, _> = descriptors()
        .into_iter()
        .map(|descriptor| (descriptor.name.clone(), keyed.state(descriptor).expect("declared")))
        .collect();
    let timers = keyed.timer_service("ticks").expect("opens");
    for odd in [1, 0] {
        if odd == 0 {
            keyed.set_time(Time::Processing, 900).expect("later");
        }
        for number in (0..KEYS).filter(|number| number % 2 == odd) {
            let key = key_of(number);
            if keyed.set_current_key(&key, None).is_err() {
                continue;
            }
            keyed.set_namespace(namespace_of(number)).expect("set");
            let value = value_of(number);
            for name in ["value", "fading value"] {
                states[name].put(&value).expect("put");
            }
            states["own family"].put(&bulk_of(number)).expect("put");
            for name in ["list", "fading list"] {
                states[name].add_elements(&packed(&[&value, b"", b"last"])).expect("added");
            }
            for name in ["map", "fading map"] {
                states[name].map_put(b"null", None).expect("put");
                states[name].map_put(&number.to_le_bytes(), Some(&value)).expect("put");
                states[name].map_put(b"", Some(b"")).expect("put");
            }
            states["sum"].add_i64(number.into()).expect("added");
            states["average"].add_i64(number.into()).expect("added");
            states["average"].add_i64(1).expect("added");
            let namespace = namespace_of(number);
            let at = |time, timestamp| Timer { time, hash: None, timestamp, key: &key, namespace };
            timers.register(&[at(Time::Event, i64::from(number) - 50), at(Time::Processing, i64::MAX)]).expect("set");
        }
    }
}

/// All that is found of the keys of a range, in words.
pub fn contents(keyed: &KeyedBackend) -> Vec<String> {
    let mut found = Vec::new();
    let states: Vec<_> =
        descriptors().into_iter().map(|descriptor| keyed.state(descriptor).expect("declared")).collect();
    for number in 0..KEYS {
        if keyed.set_current_key(&key_of(number), None).is_err() {
            continue;
        }
        keyed.set_namespace(namespace_of(number)).expect("set");
        for state in &states {
            let Descriptor { name, kind, .. } = state.descriptor();
            let text = match kind {
                Kind::Reducing | Kind::Aggregating if name == "average" => {
                    format!("{:?}", state.result_f64().expect("read"))
                }
                Kind::Reducing => format!("{:?}", state.result_i64().expect("read")),
                Kind::Map => {
                    let mut target = [0; 300];
                    let mut text = String::new();
                    for map_key in [&b""[..], b"null", &number.to_le_bytes()] {
                        let read = state.map_get(map_key, &mut target).expect("read");
                        let value = match read {
                            MapRead::Value(Read::Copied(length)) => {
                                String::from_utf8_lossy(&target[..length]).into_owned()
                            }
                            other => format!("{other:?}"),
                        };
                        text += &format!("{map_key:?}={value};");
                    }
                    text
                }
                _ => format!(
                    "{:?}",
                    state.get().expect("read").map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                ),
            };
            found.push(format!("{number} {name} {text}"));
        }
    }
    found
}

/// What [`contents`] must find at a time from 900 to 999, or from 1000 on.
pub fn expected(keyed: &KeyedBackend, is_late: bool) -> Vec<String> {
    let mut expected = Vec::new();
    for number in (0..KEYS).filter(|number| keyed.key_group_of(&key_of(*number), None).is_ok()) {
        let value = String::from_utf8(value_of(number)).expect("text");
        let list = packed(&[value.as_bytes(), b"", b"last"]);
        let list = String::from_utf8_lossy(&list).into_owned();
        let map = |is_there: bool| {
            let absent = "Value(Absent)";
            format!(
                "[]={};[110, 117, 108, 108]={};{:?}={};",
                if is_there { "" } else { absent },
                if is_there { "Null" } else { absent },
                number.to_le_bytes(),
                if is_there { &value } else { absent }
            )
        };
        let fades = is_late && number % 2 == 1;
        for (name, text) in [
            ("value", format!("{:?}", Some(&value))),
            ("list", format!("{:?}", Some(&list))),
            ("map", map(true)),
            ("sum", format!("{:?}", Some(i64::from(number)))),
            ("average", format!("{:?}", Some(f64::from(number + 1) / 2.0))),
            ("own family", format!("{:?}", Some(String::from_utf8(bulk_of(number)).expect("text")))),
            ("fading value", format!("{:?}", Some(&value).filter(|_| !fades))),
            ("fading list", format!("{:?}", Some(&list).filter(|_| !fades))),
            ("fading map", map(!fades)),
        ] {
            expected.push(format!("{number} {name} {text}"));
        }
    }
    expected
}

/// Timers of the range: those due, event time first, without removing them.
pub fn timers(keyed: &KeyedBackend) -> (u64, u64) {
    let timers = keyed.timer_service("ticks").expect("opens");
    let mut target = vec![0; 1 << 20];
    let query =
        TimerQuery { time: Time::Event, remove: false, up_to: i64::MAX, key: None, hash: None, namespace: None };
    let Page::Filled { row_count, .. } = timers.due(&query, &mut target).expect("read") else { panic!("too short") };
    assert_eq!(row_count as u64, timers.count(Time::Event).expect("counted"));
    (row_count as u64, timers.count(Time::Processing).expect("counted"))
}

pub fn numbers_in(keyed: &KeyedBackend) -> u64 {
    (0..KEYS).filter(|number| keyed.key_group_of(&key_of(*number), None).is_ok()).count() as u64
}

/// Operator states and rows of no state.
pub fn fill_rest(backend: &Backend) {
    let operator = |name: &str, kind| backend.operator_state(Descriptor::new(name, kind)).expect("declared");
    operator("offsets", Kind::List).add_elements(&packed(&[b"one", b"two", b"three"])).expect("added");
    operator("seen", Kind::Union).add_elements(&packed(&[b"a", b"b"])).expect("added");
    operator("rules", Kind::Broadcast).map_put(b"rule", Some(b"text")).expect("put");
    operator("rules", Kind::Broadcast).map_put(b"none", None).expect("put");
    let family = backend.column_family("default").expect("exists");
    family.put(b"plain", b"row").expect("put");
    family.put(b"", b"").expect("put");
}

pub fn export(backend: &Backend, options: &ExportOptions) -> Vec<u8> {
    let mut export = backend.export_savepoint(options).expect("begins");
    let (mut savepoint, mut piece) = (Vec::new(), vec![0; 10_000]);
    loop {
        match export.read(&mut piece).expect("reads") {
            0 => return savepoint,
            count => savepoint.write_all(&piece[..count]).expect("memory"),
        }
    }
}

pub fn export_all(backend: &Backend) -> Vec<u8> {
    export(backend, &ExportOptions::default())
}

pub fn import(backend: &Backend, savepoint: &[u8], options: &ImportOptions) -> Result<SavepointSummary> {
    let mut import = backend.import_savepoint(options)?;
    savepoint.chunks(5_000).try_for_each(|piece| import.write(piece))?;
    import.finish()
}

pub fn import_all(backend: &Backend, savepoint: &[u8]) {
    import(backend, savepoint, &ImportOptions::default()).expect("imports");
}

pub fn refusal(backend: &Backend, savepoint: &[u8], options: &ImportOptions) -> String {
    import(backend, savepoint, options).map_or_else(|error: Error| error.to_string(), |_| panic!("was not refused"))
}

/// Number of rows in all families but the registry's.
pub fn rows(backend: &Backend) -> usize {
    let names = backend.column_family_names();
    let count = |name: &String| {
        let family = backend.column_family(name).expect("exists");
        let mut scan = family.scan(&Default::default()).expect("starts");
        let (mut page, mut rows) = (vec![0; 1 << 20], 0);
        while let Page::Filled { row_count: count @ 1.., .. } =
            scan.page(flink_state_backend::Direction::Forward, &mut page).expect("reads")
        {
            rows += count;
        }
        rows
    };
    names.iter().filter(|name| *name != "checkpoint").map(count).sum()
}

//! Savepoints as others see them: a program that knows nothing but docs/savepoint.md, and what this library makes of streams that are damaged
//! or come from somebody who means ill.

mod savepoint_job;

use std::fmt::Write as _;
use std::process::Command;

use flink_state_backend::options::WalMode;
use flink_state_backend::savepoint::{
    verify, ImportOptions, Item, Record, SavepointProgress, SavepointReader, SavepointSummary,
};
use flink_state_backend::state::descriptor::{Descriptor, Kind};
use flink_state_backend::{Backend, Error, Time, Timer};
use proptest::prelude::*;
use savepoint_job::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("memory");
        text
    })
}

fn words(item: &Item<'_>) -> String {
    let time = |written: &Option<i64>| written.map_or("-".to_owned(), |written| written.to_string());
    match item {
        Item::Value { written, value } => format!("value {} {}", time(written), hex(value)),
        Item::Element { written, element } => format!("element {} {}", time(written), hex(element)),
        Item::MapEntry { written, map_key, value } => {
            format!("entry {} {} {}", time(written), hex(map_key), value.map_or("null".to_owned(), hex))
        }
    }
}

/// All of a savepoint, in the words of the other program.
fn dump(savepoint: &[u8]) -> String {
    let mut source = savepoint;
    let mut reader = SavepointReader::new("dumped", &mut source).expect("a savepoint");
    let header = reader.header().clone();
    let name = |place: usize| header.states().nth(place).expect("listed").name.clone();
    let mut text = String::new();
    while let Some(record) = reader.next_record().expect("whole") {
        let line = match record {
            Record::Keyed { key_group, state, key, namespace, item } => {
                format!("{key_group} {} {} {} {}", name(state), hex(key), hex(namespace), words(&item))
            }
            Record::Timer { key_group, queue, timestamp, key, namespace } => {
                let queue = &header.timers[queue];
                let time = if queue.time == Time::Event { "event" } else { "processing" };
                format!("{key_group} {} {time} {timestamp} {} {}", queue.name, hex(key), hex(namespace))
            }
            Record::Operator { state, item } => {
                format!("{} {}", header.operator_states().nth(state).expect("listed").name, words(&item))
            }
            Record::Row { column_family, key, value } => {
                format!("{} {} {}", header.column_families[column_family], hex(key), hex(value))
            }
        };
        writeln!(text, "{line}").expect("memory");
    }
    let digest = &reader.summary().expect("at the end").digest;
    writeln!(text, "digest {digest}").expect("memory");
    text
}

#[test]
fn a_program_that_knows_the_description_alone_reads_the_same() {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    fill(&backend, &all(&backend));
    fill_rest(&backend);
    let savepoint = export_all(&backend);
    let path = place.folder.path().join("savepoint");
    std::fs::write(&path, &savepoint).expect("written");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_savepoint.py");
    let output =
        Command::new("python3").arg(script).arg(&path).output().expect("python3 and zstd are there (.ci/setup)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(output.stdout).expect("text");
    assert_eq!(found, dump(&savepoint));
    assert!(found.contains("fading list") && found.contains("offsets element") && found.contains("default 706c61696e"));
}

/// A savepoint of a few hundred bytes with everything in it.
fn small() -> Vec<u8> {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    let keyed = all(&backend);
    let state = |name: &str, kind| keyed.state(Descriptor::new(name, kind)).expect("declared");
    let timers = keyed.timer_service("ticks").expect("opens");
    for key in [&b"one"[..], b"two"] {
        keyed.set_current_key(key, None).expect("set");
        state("value", Kind::Value).put(b"some text").expect("put");
        state("list", Kind::List).add_elements(&packed(&[b"a", b"b"])).expect("added");
        state("map", Kind::Map).map_put(b"key", None).expect("put");
        let timer = Timer { time: Time::Event, hash: None, timestamp: 5, key, namespace: b"" };
        timers.register(&[timer]).expect("registered");
    }
    fill_rest(&backend);
    export_all(&backend)
}

fn check(savepoint: &[u8]) -> Result<SavepointSummary, Error> {
    verify("damaged one", &mut &savepoint[..], &SavepointProgress::default())
}

fn refused(savepoint: &[u8], what: &str) {
    let Err(error) = check(savepoint) else { panic!("{what} was served") };
    let text = error.to_string();
    assert!(matches!(error, Error::SavepointDamaged { .. }), "{what}: {text}");
    assert!(text.starts_with("savepoint 'damaged one' is damaged: "), "{what}: {text}");
    let place = ["the beginning", "block ", "the header", "the end record", "what follows"];
    assert!(place.iter().any(|place| text.contains(place)), "{what}: {text}");
}

#[test]
fn every_byte_that_is_changed_and_every_end_that_is_missing_is_noticed() {
    let savepoint = small();
    check(&savepoint).expect("whole");
    for at in 0..savepoint.len() {
        refused(&savepoint[..at], &format!("the first {at} bytes"));
        for bit in 0..8 {
            let mut damaged = savepoint.clone();
            damaged[at] ^= 1 << bit;
            refused(&damaged, &format!("bit {bit} of byte {at} changed"));
        }
    }
    refused(&[&savepoint[..], b"x"].concat(), "one byte more");
    refused(&[&savepoint[..], &savepoint].concat(), "twice");
}

/// What is damaged is not taken in either, however far it was.
#[test]
fn an_import_of_what_is_damaged_leaves_nothing() {
    let savepoint = small();
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    for at in (0..savepoint.len()).step_by(29) {
        let mut damaged = savepoint.clone();
        damaged[at] ^= 0x10;
        let text = refusal(&backend, &damaged, &ImportOptions::default());
        assert!(text.starts_with("the savepoint is damaged: "), "{text}");
        assert_eq!(rows(&backend), 0, "byte {at}");
        let text = refusal(&backend, &savepoint[..at], &ImportOptions::default());
        assert!(text.contains("missing or cut short"), "{text}");
        assert_eq!(rows(&backend), 0, "cut at {at}");
    }
    import_all(&backend, &savepoint);
    assert_eq!(export_all(&backend), savepoint);
}

/// Makes streams whose digests hold, whatever is in them.
mod forged {
    use sha2::{Digest as _, Sha256};

    pub const HEADER: &str = concat!(
        r#"{"library":"x","keyed":{"max_parallelism":4,"key_type":"","first_key_group":0,"last_key_group":3},"#,
        r#""states":[STATES],"operator_states":[],"timers":[],"column_families":[FAMILIES]}"#
    );

    pub fn state(name: &str, kind: &str) -> String {
        let id = xxhash_rust::xxh3::xxh3_64(name.as_bytes()) as u32;
        format!(r#"{{"descriptor":{{"name":"{name}","kind":"{kind}"}},"state_id":{id},"ttl_enabled_at":null}}"#)
    }

    pub fn header(states: &[String], families: &str) -> Vec<u8> {
        HEADER.replace("STATES", &states.join(",")).replace("FAMILIES", families).into_bytes()
    }

    pub fn stream(sections: &[(u8, u32, Vec<u8>)]) -> Vec<u8> {
        let mut stream = b"FSBSAVE\n\x01\0\0\0\0\0\0\0".to_vec();
        let mut before = Sha256::digest(&stream).to_vec();
        for (number, (kind, section, content)) in (0_u64..).zip(sections) {
            let mut head = vec![*kind, 0, 0, 0];
            head.extend(section.to_le_bytes());
            head.extend(number.to_le_bytes());
            head.extend((content.len() as u32).to_le_bytes());
            head.extend((content.len() as u32).to_le_bytes());
            before = Sha256::digest([&before[..], &head, content].concat()).to_vec();
            stream.extend([head, before.clone(), content.clone()].concat());
        }
        stream
    }

    pub fn end(sections: &[(u8, u32, Vec<u8>)], entries: u64) -> Vec<u8> {
        let raw: usize = sections.iter().map(|(_, _, content)| content.len()).sum();
        [sections.len() as u64, entries, raw as u64].into_iter().flat_map(u64::to_le_bytes).collect()
    }

    /// Whole but for what the sections hold.
    pub fn whole(mut sections: Vec<(u8, u32, Vec<u8>)>, entries: u64) -> Vec<u8> {
        let end = end(&sections, entries);
        sections.push((5, 0, end));
        stream(&sections)
    }
}

#[test]
fn what_no_savepoint_holds_is_refused_though_its_digests_hold() {
    let states = [forged::state("list", "list"), forged::state("value", "value")];
    let header = forged::header(&states, "");
    let key = |key: u8| [3, 1, 0, 0, 0, 0, 0, 0, 0, key];
    let value = [4, 0, 1, 0, 0, 0, b'v'];
    let of_value = [1, 1, 0, 0, 0];
    let group = |records: &[&[u8]]| vec![(1, 0, header.clone()), (2, 1, records.concat())];
    check(&forged::whole(group(&[&of_value, &key(1), &value, &key(2), &value]), 2)).expect("whole");
    for (what, records, entries) in [
        ("keys out of order", vec![&of_value[..], &key(2), &value, &key(1), &value], 2),
        ("a key twice", vec![&of_value, &key(1), &value, &key(1), &value], 2),
        ("a key without a value", vec![&of_value, &key(1), &key(2), &value], 1),
        ("two values of a key", vec![&of_value, &key(1), &value, &value], 2),
        ("a state twice", vec![&of_value, &key(1), &value, &of_value, &key(2), &value], 2),
        ("a state that is not listed", vec![&[1, 9, 0, 0, 0], &key(1), &value], 1),
        ("a value of a list", vec![&[1, 0, 0, 0, 0], &key(1), &value], 1),
        ("a value without a state", vec![&value], 1),
        ("a row among keys", vec![&[8, 0, 0, 0, 0, 0, 0, 0, 0]], 1),
        ("a record that is none", vec![&[77]], 0),
        ("a key of four gigabytes", vec![&of_value, &[3, 255, 255, 255, 255, 0, 0, 0, 0]], 0),
        ("half a record", vec![&of_value, &key(1), &value[..5]], 0),
        ("a state without keys", vec![&of_value], 0),
        ("other totals", vec![&of_value, &key(1), &value], 7),
    ] {
        let Err(Error::SavepointDamaged { place, .. }) = check(&forged::whole(group(&records), entries)) else {
            panic!("{what} was served")
        };
        assert!(place.contains("key group 1") || place.contains("end record"), "{what}: {place}");
    }
    let of = |header: Vec<u8>, more: Vec<(u8, u32, Vec<u8>)>| forged::whole([vec![(1, 0, header)], more].concat(), 0);
    for (what, savepoint) in [
        (
            "an id that is not the name's",
            of(forged::header(&[states[1].replace("\"name\":\"value\"", "\"name\":\"x\"")], ""), vec![]),
        ),
        ("states out of order", of(forged::header(&[states[1].clone(), states[0].clone()], ""), vec![])),
        ("a kind of operator state", of(forged::header(&[forged::state("u", "union")], ""), vec![])),
        ("the registry as rows", of(forged::header(&[], r#""checkpoint""#), vec![])),
        ("a family twice", of(forged::header(&[], r#""a","a""#), vec![])),
        (
            "an unknown field",
            of(
                String::from_utf8_lossy(&header).replacen("\"library\"", "\"color\":1,\"library\"", 1).into_bytes(),
                vec![],
            ),
        ),
        (
            "key groups that cannot be",
            of(String::from_utf8_lossy(&header).replace("group\":3", "group\":4").into_bytes(), vec![]),
        ),
        ("a key group outside", of(header.clone(), vec![(2, 4, vec![1])])),
        ("a family that is not listed", of(header.clone(), vec![(4, 0, vec![8])])),
        (
            "sections out of order",
            of(header.clone(), vec![(2, 2, [&of_value[..], &key(1), &value].concat()), (2, 1, vec![1])]),
        ),
        ("no header", forged::whole(vec![(2, 1, vec![1])], 0)),
    ] {
        assert!(matches!(check(&savepoint), Err(Error::SavepointDamaged { .. })), "{what} was served");
    }
}

fn take_in(backend: &Backend, savepoint: &[u8]) {
    match import(backend, savepoint, &ImportOptions::default()) {
        Ok(_) => {}
        Err(error) => {
            assert!(matches!(error, Error::SavepointDamaged { .. } | Error::StateMismatch(_)), "{error}");
            assert_eq!(rows(backend), 0, "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        prop_assert!(check(&bytes).is_err());
        prop_assert!(check(&[b"FSBSAVE\n\x01\0\0\0\0\0\0\0", &bytes[..]].concat()).is_err());
    }

    #[test]
    fn any_records_are_read_or_refused(
        records in prop::collection::vec((0_u8..10, prop::collection::vec(0_u8..4, 0..24)), 0..6), entries in 0_u64..4,
    ) {
        let header = forged::header(&[forged::state("map", "map"), forged::state("value", "value")], r#""rows""#);
        let content: Vec<u8> = records.into_iter().flat_map(|(kind, rest)| [vec![kind], rest].concat()).collect();
        for kind in [2, 4] {
            let mut sections = vec![(1, 0, header.clone())];
            if !content.is_empty() {
                sections.push((kind, 0, content.clone()));
            }
            let _ = check(&forged::whole(sections, entries));
        }
    }
}

#[test]
fn streams_that_mean_ill_leave_a_backend_as_it_was() {
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    let key = |key: u8| [3, 1, 0, 0, 0, 0, 0, 0, 0, key];
    let value = [4, 0, 1, 0, 0, 0, b'v'];
    let header = forged::header(&[forged::state("value", "value")], r#""user_state""#);
    let good = [&[1, 0, 0, 0, 0][..], &key(1), &value].concat();
    let row = [8, 1, 0, 0, 0, 1, 0, 0, 0, b'k', b'v'].to_vec();
    for (what, sections, entries) in [
        ("rows into keyed state", vec![(1, 0, header.clone()), (2, 0, good.clone()), (4, 0, row)], 2),
        ("a bad end", vec![(1, 0, header.clone()), (2, 0, good.clone())], 9),
        ("a bad record", vec![(1, 0, header), (2, 0, [&good[..], &[99]].concat())], 1),
    ] {
        take_in(&backend, &forged::whole(sections, entries));
        assert_eq!(rows(&backend), 0, "{what}");
    }
}

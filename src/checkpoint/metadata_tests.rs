//! Metadata that was damaged, or written by somebody who means ill: refused, and never the end of the process.

use proptest::prelude::*;
use serde_json::{json, Value};

use super::*;
use crate::state::descriptor::{Descriptor, Kind};

const ID: u64 = 7;

fn entry(name: &str, content: &[u8]) -> FileEntry {
    let shared = kind_of(name) == Some(FileKind::Immutable);
    FileEntry { name: name.to_owned(), shared, size: content.len() as u64, digest: digest::of(content) }
}

fn sample() -> Metadata {
    let mut metadata = Metadata::new(ID, 1, "11.8.1".to_owned());
    metadata.column_families = vec!["default".to_owned(), "keyed".to_owned()];
    metadata.keyed = Some(KeyedFacts {
        max_parallelism: 128,
        key_type: "long".to_owned(),
        key_groups: Some((0, 63)),
        families: BTreeSet::from(["keyed".to_owned()]),
    });
    let descriptor = Descriptor::new("count", Kind::Value);
    metadata.states = vec![Definition { descriptor, state_id: 1, ttl_enabled_at: None }];
    metadata.files =
        ["000012.sst", "000013.log", "CURRENT", "MANIFEST-000005"].map(|name| entry(name, name.as_bytes())).to_vec();
    metadata.new_bytes = metadata.total_bytes();
    metadata
}

fn refusal(text: &[u8]) -> String {
    Metadata::from_json(ID, text).expect_err("refused")
}

/// The text that somebody writes who knows how the digest is made.
fn signed(content: &[u8]) -> Vec<u8> {
    [BEFORE_CONTENT, content, BEFORE_DIGEST, digest::of(content).as_bytes(), AFTER_DIGEST].concat()
}

/// Why a content is refused whose digest is right.
fn refused(tamper: impl FnOnce(&mut Value)) -> String {
    let mut content = serde_json::to_value(sample()).expect("plain data");
    tamper(&mut content);
    refusal(&signed(content.to_string().as_bytes()))
}

fn refused_files(tamper: impl FnOnce(&mut Vec<FileEntry>)) -> String {
    let mut metadata = sample();
    tamper(&mut metadata.files);
    refusal(&metadata.to_json())
}

#[test]
fn what_is_written_is_read() {
    let read = Metadata::from_json(ID, &sample().to_json()).expect("whole");
    assert_eq!(serde_json::to_value(read).expect("plain data"), serde_json::to_value(sample()).expect("plain data"));
}

#[test]
fn every_other_byte_in_every_place_is_refused() {
    let mut text = sample().to_json();
    for position in 0..text.len() {
        let right = text[position];
        for change in 1..=u8::MAX {
            text[position] = right ^ change;
            assert!(Metadata::from_json(ID, &text).is_err(), "byte {position} as {}", right ^ change);
        }
        text[position] = right;
    }
    Metadata::from_json(ID, &text).expect("whole again");
}

#[test]
fn every_truncation_and_whatever_follows_are_refused() {
    let text = sample().to_json();
    for length in 0..text.len() {
        assert!(Metadata::from_json(ID, &text[..length]).is_err(), "{length} bytes");
    }
    for more in [&b" "[..], b"\0", b"\n", b"}", &text] {
        assert!(Metadata::from_json(ID, &[&text[..], more].concat()).is_err());
        assert!(Metadata::from_json(ID, &[more, &text[..]].concat()).is_err());
    }
}

#[test]
fn names_that_no_file_of_a_checkpoint_has_are_refused_by_name() {
    for name in [
        "..",
        ".",
        "",
        "../000012.sst",
        "/etc/passwd",
        "a/000012.sst",
        "000012.sst/",
        "000012.sst\0",
        "\0",
        "000012",
        ".sst",
        "x.sst",
        "-1.sst",
        "+1.sst",
        "\u{662}.sst",
        "000012.SST",
        "current",
        "CURRENT ",
        "MANIFEST-",
        "MANIFEST-1/2",
        "OPTIONS-..",
        "OPTIONS-000007.dbtmp",
        "_metadata.json",
        "FSB_ORIGIN",
        "FSB_LOCK",
        "LOCK",
        "123456789012345678901.sst",
    ] {
        for shared in [true, false] {
            let tampered = refused_files(|files| (files[0].name, files[0].shared) = (name.to_owned(), shared));
            assert_eq!(tampered, format!("lists file {name:?}, which is none of a checkpoint"));
        }
    }
}

#[test]
fn files_listed_in_a_way_that_no_checkpoint_does_are_refused() {
    let way = "in a way that no checkpoint does";
    assert!(refused_files(|files| files[0].shared = false).contains(way));
    assert!(refused_files(|files| files[2].shared = true).contains(way));
    for digest in ["", "../../../etc/passwd", &"A".repeat(64), &"a".repeat(63), &"a".repeat(65), &"g".repeat(64)] {
        assert!(refused_files(|files| files[0].digest = digest.to_owned()).contains(way), "{digest}");
    }
    let upper = refused_files(|files| files[0].digest = files[0].digest.to_uppercase());
    assert!(upper.contains(way) && upper.contains("000012.sst"), "{upper}");
    assert!(refused_files(|files| files.push(files[0].clone())).contains("lists file \"000012.sst\" twice"));
}

#[test]
fn more_than_there_can_be_is_refused() {
    assert!(refused_files(|files| files[0].size = u64::MAX).contains("more bytes than there can be"));
    let one = entry("1.sst", b"");
    let many = (0..=MAX_FILES).map(|number| FileEntry { name: format!("{number}.sst"), ..one.clone() }).collect();
    let metadata = Metadata { files: many, ..sample() };
    let refused = metadata.check(ID).expect_err("refused");
    assert!(refused.contains("more than the 1000000 allowed"), "{refused}");
    assert!(refused_with_size("18446744073709551616").contains("is no metadata"));
    assert!(refused_with_size("-1").contains("is no metadata"));
    assert!(refused_with_size("1.0").contains("is no metadata"));
    assert!(refused_with_size("1e3").contains("is no metadata"));
}

/// A size that is no number of bytes at all.
fn refused_with_size(size: &str) -> String {
    let content = serde_json::to_string(&sample()).expect("plain data");
    let tampered = content.replacen("\"size\":10", &format!("\"size\":{size}"), 1);
    assert_ne!(tampered, content);
    refusal(&signed(tampered.as_bytes()))
}

#[test]
fn an_engine_that_is_not_whole_is_refused() {
    let reason = "lists no whole engine";
    assert!(refused_files(Vec::clear).contains(reason));
    assert!(refused_files(|files| drop(files.remove(2))).contains(reason), "no CURRENT");
    assert!(refused_files(|files| drop(files.remove(3))).contains(reason), "no MANIFEST");
    assert!(refused_files(|files| files.push(entry("MANIFEST-000006", b""))).contains(reason), "two of them");
}

#[test]
fn key_groups_that_cannot_be_are_refused() {
    for groups in [[64, 63], [0, 128], [128, 128], [0, 4_294_967_295_u32]] {
        let refused = refused(|content| content["keyed"]["key_groups"] = json!(groups));
        assert!(refused.contains("names key groups that cannot be"), "{groups:?}: {refused}");
    }
    for parallelism in [0, 32_769, u32::MAX] {
        let refused = refused(|content| content["keyed"]["max_parallelism"] = json!(parallelism));
        assert!(refused.contains("cannot be right"), "{parallelism}: {refused}");
    }
}

#[test]
fn facts_that_contradict_are_refused() {
    assert!(refused(|content| content["id"] = json!(8)).contains("says that it is of checkpoint 8"));
    assert!(refused(|content| content["format"] = json!(2)).contains("has format 2, and this version reads 1"));
    let twice = refused(|content| content["column_families"] = json!(["default", "a", "a"]));
    assert!(twice.contains("lists a column family twice"), "{twice}");
    assert!(refused(|content| content["column_families"] = json!([])).contains("or not 'default'"));
    assert!(refused(|content| content["files"] = json!({})).contains("is no metadata"));
    assert!(refused(|content| content["more"] = json!(1)).contains("unknown field `more`"));
    assert!(refused(|content| content["states"][0]["descriptor"]["kind"] = json!("heap")).contains("unknown variant"));
    let twice = serde_json::to_string(&sample()).expect("plain data").replacen("{", "{\"id\":7,", 1);
    assert!(refusal(&signed(twice.as_bytes())).contains("duplicate field `id`"));
}

#[test]
fn deep_nesting_ends_the_reading_and_not_the_process() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 1_000, 100_000] {
            let nested = [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat();
            assert!(refusal(&signed(nested.as_bytes())).contains("is no metadata"));
            for field in ["states", "column_families", "keyed", "files"] {
                let content = format!("{{\"{field}\":{nested}}}");
                assert!(refusal(&signed(content.as_bytes())).contains("is no metadata"), "{field}");
                assert!(refusal(&signed(&content.as_bytes()[..content.len() / 2])).contains("is no metadata"));
            }
        }
    }
}

/// JSON of any shape, with the names that metadata has.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["format", "id", "files", "name", "size", "digest", "keyed", "shared", "x"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Puts a value in the place of one of the sample's, wherever that is.
fn put_into(place: &mut Value, mut choice: usize, value: Value) {
    let inner: Vec<&mut Value> = match place {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    let (count, next) = (inner.len() + 1, choice % (inner.len() + 1));
    choice /= count;
    match inner.into_iter().nth(next) {
        Some(inner) => put_into(inner, choice, value),
        None => *place = value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn bytes_of_any_kind_are_refused_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Metadata::from_json(ID, &bytes).is_err());
        prop_assert!(Metadata::from_json(ID, &signed(&bytes)).is_err());
    }

    #[test]
    fn json_of_any_kind_in_any_place_holds_together_or_is_refused(
        value in any_json(), choice in any::<usize>(), cut in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut content = serde_json::to_value(sample()).expect("plain data");
        put_into(&mut content, choice, value);
        let mut text = content.to_string().into_bytes();
        if let Ok(metadata) = Metadata::from_json(ID, &signed(&text)) {
            prop_assert!(metadata.id == ID && metadata.total_bytes() >= metadata.files[0].size);
            prop_assert!(metadata.files.iter().all(|file| !file.path(ID).contains("..")));
        }
        let position = cut.index(text.len());
        text[position] = byte;
        drop(Metadata::from_json(ID, &signed(&text)));
        drop(Metadata::from_json(ID, &signed(&text[..position])));
    }
}

/// Of each property; a case of one reads two texts, of the other three. An optimised build, as CI's, reads a million, which takes 9 seconds.
fn cases() -> u32 {
    let default = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
    std::env::var("FSB_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

//! Savepoints: out of one backend and into others, whole or in parts, against what was written.

mod savepoint_job;

use std::sync::Arc;

use flink_state_backend::key::key_group::range_of_subtask;
use flink_state_backend::options::WalMode;
use flink_state_backend::savepoint::{
    verify, ExportOptions, ImportOptions, Item, Record, SavepointProgress, SavepointReader,
};
use flink_state_backend::state::descriptor::{Descriptor, Kind};
use flink_state_backend::{Error, Time};
use savepoint_job::*;

fn late(keyed: &flink_state_backend::KeyedBackend, millis: i64) {
    keyed.set_time(Time::Processing, millis).expect("later");
}

fn all_of_it_comes_back(wal: WalMode) {
    let (from, to) = (Place::new(wal), Place::new(wal));
    let source = from.open();
    let keyed_source = all(&source);
    fill(&source, &keyed_source);
    fill_rest(&source);
    let savepoint = export_all(&source);
    assert_eq!(export_all(&source), savepoint, "the same state is the same bytes");
    let target = to.open();
    import_all(&target, &savepoint);
    target.close().expect("closes");
    let target = to.open();
    assert_eq!(export_all(&target), savepoint, "what was imported is the same state");
    let keyed = all(&target);
    late(&keyed, 950);
    assert_eq!(contents(&keyed), expected(&keyed, false));
    late(&keyed, 1000);
    assert_eq!(contents(&keyed), expected(&keyed, true), "write times came along");
    assert_eq!(timers(&keyed), (KEYS.into(), KEYS.into()));
    let operator = |name: &str, kind| target.operator_state(Descriptor::new(name, kind)).expect("declared");
    assert_eq!(operator("offsets", Kind::List).get().expect("read"), Some(packed(&[b"one", b"two", b"three"])));
    assert!(operator("rules", Kind::Broadcast).map_contains(b"none").expect("read"));
    let family = target.column_family("default").expect("exists");
    assert_eq!(family.get(None, b"plain").expect("read").as_deref(), Some(&b"row"[..]));
}

#[test]
fn all_of_it_comes_back_without_a_log() {
    all_of_it_comes_back(WalMode::Disabled);
}

#[test]
fn all_of_it_comes_back_with_a_log() {
    all_of_it_comes_back(WalMode::Enabled);
}

#[test]
fn all_of_it_comes_back_with_a_synced_log() {
    all_of_it_comes_back(WalMode::Sync);
}

#[test]
fn an_export_is_of_the_moment_it_began_and_leaves_out_what_has_expired() {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    let keyed = all(&backend);
    fill(&backend, &keyed);
    let before = export_all(&backend);
    let mut export = backend.export_savepoint(&ExportOptions::default()).expect("begins");
    late(&keyed, 1000);
    keyed.set_current_key(&key_of(0), None).expect("set");
    let state = keyed.state(Descriptor::new("another", Kind::Value)).expect("declared");
    state.put(b"new").expect("put");
    let value = keyed.state(descriptors().swap_remove(0)).expect("declared");
    value.put(b"changed").expect("put");
    let mut savepoint = vec![0; before.len() + 1];
    let mut length = 0;
    while let count @ 1.. = export.read(&mut savepoint[length..]).expect("reads") {
        length += count;
    }
    assert_eq!(savepoint[..length], before);
    assert_eq!(export.read(&mut savepoint).expect("reads"), 0, "the end stays the end");
    let mut fading = Vec::new();
    let mut source = &export_all(&backend)[..];
    let mut reader = SavepointReader::new("late", &mut source).expect("a savepoint");
    let names: Vec<String> = reader.header().states().map(|state| state.name.clone()).collect();
    while let Some(record) = reader.next_record().expect("whole") {
        match record {
            Record::Keyed { state, key, item: Item::Value { written, .. }, .. } if names[state] == "fading value" => {
                assert_eq!(written, Some(900));
                fading.push(u32::from_be_bytes(key[..4].try_into().expect("four bytes")));
            }
            _ => {}
        }
    }
    fading.sort_unstable();
    assert_eq!(fading, (0..KEYS).filter(|number| number % 2 == 0).collect::<Vec<_>>());
}

/// 1 → 3 → 2: each subtask takes its own key groups out of the savepoints of all.
#[test]
fn a_job_goes_on_with_another_parallelism() {
    let place = Place::new(WalMode::Disabled);
    let source = place.open();
    let keyed_source = all(&source);
    fill(&source, &keyed_source);
    fill_rest(&source);
    let mut savepoints = vec![export_all(&source)];
    for parallelism in [3, 2, 1] {
        let mut next = Vec::new();
        let (mut offsets, mut keys) = (Vec::new(), 0);
        for subtask in 0..parallelism {
            let place = Place::new(WalMode::Disabled);
            let backend = place.open();
            for (position, savepoint) in (0..).zip(&savepoints) {
                let options = ImportOptions { parallelism: Some(parallelism), subtask, position, ..Default::default() };
                import(&backend, savepoint, &options).expect("imports");
            }
            let range = range_of_subtask(MAX_PARALLELISM, parallelism, subtask).expect("in range");
            let keyed = keyed(&backend, range.first().into(), range.last().into());
            late(&keyed, 1000);
            assert_eq!(contents(&keyed), expected(&keyed, true), "subtask {subtask} of {parallelism}");
            assert_eq!(timers(&keyed), (numbers_in(&keyed), numbers_in(&keyed)));
            keys += numbers_in(&keyed);
            let operator = |name: &str, kind| backend.operator_state(Descriptor::new(name, kind)).expect("declared");
            let mut list = &operator("offsets", Kind::List).get().expect("read").unwrap_or_default()[..];
            while let Some((length, rest)) = list.split_first_chunk::<4>() {
                let (element, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
                offsets.push(String::from_utf8_lossy(element).into_owned());
                list = rest;
            }
            assert!(operator("rules", Kind::Broadcast).map_contains(b"rule").expect("read"));
            let plain = backend.column_family("default").expect("exists").contains(None, b"plain").expect("read");
            assert_eq!(plain, subtask == 0);
            next.push(export_all(&backend));
        }
        offsets.sort();
        assert_eq!(offsets, ["one", "three", "two"], "{parallelism}");
        assert_eq!(keys, u64::from(KEYS));
        savepoints = next;
    }
}

#[test]
fn keys_are_placed_anew_for_another_max_parallelism() {
    let halves: Vec<(Place, Vec<u8>)> = [(0, 63), (64, 127)]
        .map(|(first, last)| {
            let place = Place::new(WalMode::Disabled);
            let backend = place.open();
            fill(&backend, &keyed(&backend, first, last));
            let savepoint = export_all(&backend);
            (place, savepoint)
        })
        .into();
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    let options = ImportOptions { max_parallelism: 64, ..Default::default() };
    let text = refusal(&backend, &halves[0].1, &options);
    assert!(text.contains("max parallelism 128") && text.contains("'rehash'"), "{text}");
    let options = ImportOptions { rehash: true, ..options };
    for (position, (_, savepoint)) in (0..).zip(&halves) {
        import(&backend, savepoint, &ImportOptions { position, ..options.clone() }).expect("imports");
    }
    let text = refusal(&backend, &halves[0].1, &options);
    assert!(text.contains("rows already"), "{text}");
    let keyed = keyed_of(&backend, 64, 0, 63);
    late(&keyed, 1000);
    assert_eq!(contents(&keyed), expected(&keyed, true));
    assert_eq!(timers(&keyed), (KEYS.into(), KEYS.into()));
}

/// What is placed anew does not take what was imported before along when it fails.
#[test]
fn a_second_import_that_fails_leaves_the_first_one_alone() {
    let parts = [(0, 63), (64, 127)].map(|(first, last)| {
        let place = Place::new(WalMode::Disabled);
        let backend = place.open();
        fill(&backend, &keyed(&backend, first, last));
        export_all(&backend)
    });
    for rehash in [false, true] {
        let place = Place::new(WalMode::Enabled);
        let backend = place.open();
        let max_parallelism = if rehash { 64 } else { 128 };
        let range = Some(max_parallelism - 1);
        let options = ImportOptions {
            max_parallelism,
            rehash,
            first_key_group: Some(0),
            last_key_group: range,
            ..Default::default()
        };
        import(&backend, &parts[0], &options).expect("imports");
        let (before, savepoint) = (rows(&backend), export_all(&backend));
        let mut import = backend.import_savepoint(&options).expect("begins");
        import.write(&parts[1][..parts[1].len() - 10]).expect("so far");
        let text = import.finish().expect_err("cut short").to_string();
        assert!(text.contains("missing or cut short"), "{text}");
        assert_eq!(rows(&backend), before, "rehash {rehash}");
        assert_eq!(export_all(&backend), savepoint);
    }
}

#[test]
fn a_key_that_the_caller_placed_cannot_be_placed_anew() {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    let keyed = all(&backend);
    let state = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
    for number in 0..20 {
        keyed.set_current_key(&key_of(number), Some(7)).expect("set");
        state.put(b"x").expect("put");
    }
    let savepoint = export_all(&backend);
    let other = Place::new(WalMode::Disabled);
    let target = other.open();
    let options = ImportOptions { max_parallelism: 64, rehash: true, ..Default::default() };
    let text = refusal(&target, &savepoint, &options);
    assert!(text.contains("the caller's own hash"), "{text}");
    assert_eq!(rows(&target), 0);
    import_all(&target, &savepoint);
    let keyed = all(&target);
    keyed.set_current_key(&key_of(19), Some(7)).expect("set");
    let state = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
    assert_eq!(state.get().expect("read").as_deref(), Some(&b"x"[..]));
}

#[test]
fn single_states_go_out_and_in() {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    fill(&backend, &all(&backend));
    fill_rest(&backend);
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let one = export(&backend, &ExportOptions { states: names(&["map"]), ..Default::default() });
    let reader_source = &mut &one[..];
    let reader = SavepointReader::new("one", reader_source).expect("a savepoint");
    let states: Vec<&str> = reader.header().states().map(|state| state.name.as_str()).collect();
    assert_eq!((states, reader.header().timers.len(), reader.header().column_families.len()), (vec!["map"], 0, 0));
    let missing = backend.export_savepoint(&ExportOptions { states: names(&["none"]), ..Default::default() });
    assert!(matches!(missing.err(), Some(Error::StateNotFound(name)) if name == "none"));
    let other = Place::new(WalMode::Disabled);
    let target = other.open();
    let sum = ImportOptions { states: names(&["sum"]), ..Default::default() };
    import(&target, &export_all(&backend), &sum).expect("imports");
    import_all(&target, &one);
    assert!(refusal(&target, &one, &sum).contains("'sum' is not registered"));
    target.create_column_family("apart", b"").expect("created");
    let found = contents(&all(&target));
    let wanted = |line: &&String| line.split(' ').nth(1).is_some_and(|name| name == "map" || name == "sum");
    assert_eq!(
        found.iter().filter(wanted).collect::<Vec<_>>(),
        expected(&all(&backend), false).iter().filter(wanted).collect::<Vec<_>>()
    );
    assert!(found.iter().filter(|line| line.contains(" value ")).all(|line| line.ends_with("None")));
}

#[test]
fn what_is_there_already_or_in_another_way_is_refused_by_name() {
    let place = Place::new(WalMode::Disabled);
    let backend = place.open();
    fill(&backend, &all(&backend));
    fill_rest(&backend);
    let savepoint = export_all(&backend);
    let before = (rows(&backend), contents(&all(&backend)));
    let plain = ImportOptions::default();
    let text = refusal(&backend, &savepoint, &plain);
    assert!(text.contains("operator state 'offsets' has content already"), "{text}");
    let later = ImportOptions { position: 1, ..plain.clone() };
    let text = refusal(&backend, &savepoint, &later);
    assert!(text.contains("rows already in key groups"), "{text}");
    let keyed = all(&backend);
    let states = ImportOptions { operator_states: Some(false), ..plain.clone() };
    let text = refusal(&backend, &savepoint, &states);
    assert!(text.contains("while a keyed backend has 0..=127 open"), "{text}");
    drop(keyed);
    assert_eq!((rows(&backend), contents(&all(&backend))), before);

    let other = Place::new(WalMode::Disabled);
    let target = other.open();
    let keyed = all(&target);
    keyed.state(Descriptor::new("list", Kind::Map)).expect("declared");
    drop(keyed);
    let text = refusal(&target, &savepoint, &plain);
    assert!(text.contains("state 'list' is registered with kind 'map', not 'list'"), "{text}");
    let family = target.column_family("default").expect("exists");
    family.put(b"own", b"row").expect("put");
    let one = Some(vec!["value".to_owned()]);
    let options = ImportOptions { states: one, column_families: Some(true), ..plain };
    let text = refusal(&target, &savepoint, &options);
    assert!(text.contains("column family 'default' has rows already"), "{text}");
    assert_eq!(rows(&target), 1, "the caller's own row stays");
}

#[test]
fn while_an_import_is_under_way_its_key_groups_and_other_imports_wait() {
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    fill(&backend, &keyed(&backend, 0, 63));
    let savepoint = export_all(&backend);
    let other = Place::new(WalMode::Enabled);
    let target = other.open();
    let mut import = target.import_savepoint(&ImportOptions::default()).expect("begins");
    import.write(&savepoint[..savepoint.len() - 1]).expect("so far");
    assert!(rows(&target) > 0, "rows are written as they come");
    let second = refusal(&target, &savepoint, &ImportOptions::default());
    assert!(second.contains("another savepoint is being imported"), "{second}");
    let options =
        flink_state_backend::KeyedOptions { max_parallelism: 128, key_type: "bytes".to_owned(), ..Default::default() };
    let refused = target.keyed(&options).err().expect("refused").to_string();
    assert!(refused.contains("being imported into key groups"), "{refused}");
    drop(import);
    assert_eq!(rows(&target), 0, "an import that is dropped leaves nothing");
    import_all(&target, &savepoint);
    let keyed = all(&target);
    late(&keyed, 1000);
    let of_low_groups = |line: &&String| {
        let number = line.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
        keyed.key_group_of(&key_of(number), None).expect("a group") < 64
    };
    let (found, wanted) = (contents(&keyed), expected(&keyed, true));
    let [found, wanted] = [&found, &wanted].map(|lines| lines.iter().filter(of_low_groups).collect::<Vec<_>>());
    assert_eq!(found, wanted);
}

#[test]
fn key_groups_that_would_be_left_out_in_silence_are_asked_for() {
    let [low, high] = [(0, 63), (64, 127)].map(|(first, last)| {
        let place = Place::new(WalMode::Disabled);
        let backend = place.open();
        fill(&backend, &keyed(&backend, first, last));
        export_all(&backend)
    });
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    import_all(&backend, &low);
    let text = refusal(&backend, &high, &ImportOptions::default());
    assert!(text.contains("the savepoint is for key groups 64..=127, and the backend has 0..=63"), "{text}");
    let wished = ImportOptions { first_key_group: Some(0), last_key_group: Some(127), ..Default::default() };
    import(&backend, &high, &wished).expect("imports");
    let keyed = all(&backend);
    late(&keyed, 1000);
    assert_eq!(contents(&keyed), expected(&keyed, true));
}

#[test]
fn an_import_or_export_that_is_cancelled_ends() {
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    fill(&backend, &all(&backend));
    let savepoint = export_all(&backend);
    let mut export = backend.export_savepoint(&ExportOptions::default()).expect("begins");
    export.progress().cancel();
    let mut piece = vec![0; savepoint.len()];
    while export.read(&mut piece).is_ok() {}
    assert!(matches!(export.read(&mut piece), Err(Error::InvalidArgument(_))));
    let other = Place::new(WalMode::Enabled);
    let target = other.open();
    let mut import = target.import_savepoint(&ImportOptions::default()).expect("begins");
    let progress = Arc::clone(import.progress());
    import.write(&savepoint[..savepoint.len() - 1]).expect("so far");
    assert!(progress.entries() > 0 && progress.bytes() > 0);
    progress.cancel();
    assert!(matches!(import.write(&savepoint[savepoint.len() - 1..]), Err(Error::SavepointCancelled)));
    assert!(matches!(import.finish(), Err(Error::InvalidArgument(_))));
    assert_eq!(rows(&target), 0);
}

#[test]
fn a_file_is_new_whole_and_verified() {
    let place = Place::new(WalMode::Enabled);
    let backend = place.open();
    fill(&backend, &all(&backend));
    fill_rest(&backend);
    let path = place.folder.path().join("savepoint");
    let progress = SavepointProgress::default();
    backend.export_savepoint_to(&path, &ExportOptions::default(), &progress).expect("exports");
    let savepoint = std::fs::read(&path).expect("there");
    assert_eq!(savepoint, export_all(&backend));
    assert_eq!(progress.bytes(), savepoint.len() as u64);
    let again = backend.export_savepoint_to(&path, &ExportOptions::default(), &progress);
    assert!(again.expect_err("refused").to_string().contains("there is a file of that name already"));
    let names: Vec<_> = std::fs::read_dir(place.folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 2, "data and savepoint, and nothing unfinished: {names:?}");
    let summary = verify("file", &mut &savepoint[..], &SavepointProgress::default()).expect("whole");
    assert_eq!(summary.entries, progress.entries());

    let other = Place::new(WalMode::Enabled);
    let target = other.open();
    let read = SavepointProgress::default();
    let imported = target.import_savepoint_from(&path, &ImportOptions::default(), &read).expect("imports");
    assert_eq!((&imported, read.bytes()), (&summary, savepoint.len() as u64));
    let mut damaged = savepoint.clone();
    damaged[savepoint.len() - 40] ^= 1;
    std::fs::write(&path, damaged).expect("written");
    let fresh = Place::new(WalMode::Enabled);
    let target = fresh.open();
    let text = target.import_savepoint_from(&path, &ImportOptions::default(), &read).expect_err("refused").to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains("the end record"), "{text}");
    assert_eq!(rows(&target), 0);
}

#[test]
fn a_backend_without_any_state_makes_a_savepoint_too() {
    let (place, other) = (Place::new(WalMode::Enabled), Place::new(WalMode::Enabled));
    let backend = place.open();
    let savepoint = export_all(&backend);
    let target = other.open();
    import_all(&target, &savepoint);
    assert_eq!(export_all(&target), savepoint);
}

#[test]
fn values_larger_than_a_block_and_long_lists_come_back() {
    let (place, other) = (Place::new(WalMode::Disabled), Place::new(WalMode::Disabled));
    let backend = place.open();
    let keyed = all(&backend);
    let value = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
    let list = keyed.state(Descriptor::new("list", Kind::List)).expect("declared");
    let noise: Vec<u8> = (0..5_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    keyed.set_current_key(b"key", None).expect("set");
    value.put(&noise).expect("put");
    for at in 0..3000 {
        list.add_elements(&packed(&[&noise[at..at + 1000]])).expect("added");
    }
    let (expected_value, expected_list) = (value.get().expect("read"), list.get().expect("read"));
    let savepoint = export_all(&backend);
    let target = other.open();
    import_all(&target, &savepoint);
    assert_eq!(export_all(&target), savepoint);
    let keyed = all(&target);
    keyed.set_current_key(b"key", None).expect("set");
    let value = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
    let list = keyed.state(Descriptor::new("list", Kind::List)).expect("declared");
    assert_eq!(value.get().expect("read"), expected_value);
    assert_eq!(list.get().expect("read"), expected_list);
}

//! Damaged checkpoints: refused with the name of the file, by whoever reads it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::place::{files_below, make, rows, rows_of, Place, CONFIRMED};
use flink_state_backend::checkpoint::{CheckpointStore, ClaimMode, Source};
use flink_state_backend::{Backend, Error};

/// Of larger files, so many places are tried.
const SAMPLE: usize = 1500;

fn with_a_checkpoint() -> (Place, Arc<CheckpointStore>) {
    let place = Place::new();
    let backend = place.open();
    let store = place.store();
    make(&backend, &store, 1, CONFIRMED);
    (place, store)
}

fn stored(place: &Place) -> Vec<String> {
    files_below(&place.path("checkpoints")).into_iter().filter(|name| name != "FSB_LOCK").collect()
}

fn restore(place: &Place, store: &Arc<CheckpointStore>) -> Result<Backend, Error> {
    Backend::restore(place.options("restored"), None, &Source::of(store, 1), ClaimMode::NoClaim)
}

fn assert_refused(outcome: Result<(), Error>, name: &str, what: &str) {
    match outcome {
        Err(error @ Error::CheckpointDamaged { .. }) => {
            assert!(error.to_string().contains(&format!("'{name}'")), "{what} of {name}: {error}");
        }
        other => panic!("{what} of {name}: {other:?}"),
    }
}

/// Puts another content in the place of a file, not into it: its bytes may be those of an open backend as well.
fn replace(path: &Path, content: &[u8]) {
    let other = path.with_extension("other");
    fs::write(&other, content).expect("written");
    fs::rename(other, path).expect("replaced");
}

/// All places of a small file, or a sample of them that is the same every time.
fn places(length: usize) -> Vec<usize> {
    if length <= SAMPLE {
        return (0..length).collect();
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % length as u64).expect("below the length")
    };
    (0..SAMPLE).map(|_| next()).chain([0, length - 1]).collect()
}

/// Tries every flipped byte and every truncation of every file; of restores, which take longer, every `every`th.
fn damage_everything(every: usize) -> (usize, usize) {
    let (place, store) = with_a_checkpoint();
    let (mut tried, mut restored) = (0, 0);
    for name in stored(&place) {
        let path = place.path("checkpoints").join(&name);
        let whole = fs::read(&path).expect("readable");
        let mut refuse = |content: &[u8], what: &str| {
            replace(&path, content);
            assert_refused(store.verify(1).map(drop), &name, what);
            if tried % every == 0 {
                assert_refused(restore(&place, &store).map(drop), &name, what);
                restored += 1;
            }
            tried += 1;
        };
        for position in places(whole.len()) {
            let mut flipped = whole.clone();
            flipped[position] ^= 1 << (position % 8);
            refuse(&flipped, &format!("a flip of byte {position}"));
            refuse(&whole[..position], &format!("a truncation to {position} bytes"));
        }
        refuse(&[&whole[..], b"\n"].concat(), "one more byte");
        replace(&path, &whole);
    }
    store.verify(1).expect("whole again");
    assert_eq!(rows(&restore(&place, &store).expect("restores")), rows_of(1));
    (tried, restored)
}

#[test]
fn every_flip_and_truncation_of_every_file_is_refused_by_name() {
    let (tried, restored) = damage_everything(29);
    println!("{tried} damages, {restored} of them restored from as well");
    assert!(tried > 8000 && restored > 250, "{tried} and {restored}");
}

/// Refused by name, and nothing is left in the way of the next.
fn assert_unusable(make_other: impl Fn(&Path, &Path)) {
    let (place, store) = with_a_checkpoint();
    for name in stored(&place) {
        let path = place.path("checkpoints").join(&name);
        let kept = place.path("kept");
        fs::rename(&path, &kept).expect("moved");
        make_other(&path, &kept);
        let outcome = (store.verify(1).map(drop), restore(&place, &store).map(drop));
        for outcome in [outcome.0, outcome.1] {
            match outcome {
                Err(Error::CheckpointNotFound { .. }) if name.ends_with("_metadata.json") && !path.exists() => {}
                other => assert_refused(other, &name, "another thing in the place"),
            }
        }
        if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path).or(Ok(())) }.expect("removed");
        fs::rename(&kept, &path).expect("moved");
    }
    assert_eq!(rows(&restore(&place, &store).expect("restores")), rows_of(1));
}

#[test]
fn a_missing_file_is_refused_by_name() {
    assert_unusable(|_, _| {});
}

#[test]
fn a_symbolic_link_to_the_very_same_bytes_is_refused_by_name() {
    assert_unusable(|path, kept| symlink(kept, path).expect("linked"));
}

#[test]
fn a_link_to_itself_or_to_nothing_is_refused_by_name() {
    assert_unusable(|path, _| symlink(path, path).expect("linked"));
    assert_unusable(|path, _| symlink("/nothing", path).expect("linked"));
}

#[test]
fn a_folder_is_refused_by_name() {
    assert_unusable(|path, _| fs::create_dir(path).expect("created"));
}

#[test]
fn a_pipe_is_refused_by_name_and_nobody_waits_for_a_writer() {
    assert_unusable(|path, _| {
        let made = Command::new("mkfifo").arg(path).status().expect("mkfifo is part of every system");
        assert!(made.success());
    });
}

#[test]
fn other_files_do_no_harm_and_go_with_a_collection() {
    let (place, store) = with_a_checkpoint();
    let path = |name: &str| -> PathBuf { place.path("checkpoints").join(name) };
    let unlisted =
        ["chk-1/000099.sst", "chk-1/.unfinished-1-1", "chk-1/folder/x", "shared/x", "shared/.unfinished-1-2"];
    fs::create_dir(path("chk-1/folder")).expect("created");
    for name in unlisted {
        fs::write(path(name), "x").expect("written");
    }
    // Nobody's to remove.
    fs::write(path("notes.txt"), "mine").expect("written");
    fs::create_dir(path("chk-x")).expect("created");
    symlink("..", path("loop")).expect("linked");
    symlink("..", path("shared/loop")).expect("linked");
    store.verify(1).expect("whole");
    assert_eq!(rows(&restore(&place, &store).expect("restores")), rows_of(1));
    assert_eq!(store.collect().expect("collects").files, unlisted.len() as u64 + 1);
    assert!(path("notes.txt").exists() && path("chk-x").exists() && fs::symlink_metadata(path("loop")).is_ok());
    for name in ["notes.txt", "loop"] {
        fs::remove_file(path(name)).expect("removed");
    }
    place.check_files(&store);
    store.discard(1).expect("discards");
    assert!(path("chk-1/folder").exists() && store.ids().expect("listed").is_empty());
}

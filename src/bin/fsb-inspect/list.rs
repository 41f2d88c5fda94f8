//! `list`: the checkpoints below a root.

use std::collections::BTreeSet;

use flink_state_backend::checkpoint::store::Listed;
use flink_state_backend::checkpoint::{CheckpointStore, ClaimMode, Collected, LocalStorage, Storage};
use serde::Serialize;

use crate::output::{count, moment, size, Failure, Out, Table, Verdict};

#[derive(Serialize)]
struct Listing<'a> {
    root: &'a str,
    checkpoints: Vec<Entry>,
    /// Bytes of everything below the root.
    stored_bytes: u64,
    /// What no checkpoint lists: left over, or of one that is under way; none when a damaged metadata keeps it from being known.
    unlisted: Option<Collected>,
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    listed: Listed,
    /// Whose it is: `claim` for that of the backend that works with this root.
    claim: Option<ClaimMode>,
}

pub fn run(store: &CheckpointStore, out: &mut Out) -> Result<Verdict, Failure> {
    let mut checkpoints = Vec::new();
    for listed in store.list()? {
        let claim = if listed.damage.is_none() { Some(store.claim(listed.id)?) } else { None };
        checkpoints.push(Entry { listed, claim });
    }
    let is_damaged = checkpoints.iter().any(|entry| entry.listed.damage.is_some());
    let (stored_bytes, unlisted) = stored(store)?;
    let unlisted = if is_damaged { None } else { Some(unlisted) };
    let listing = Listing { root: store.root(), checkpoints, stored_bytes, unlisted };
    if out.is_json() {
        out.json(&listing)?;
    } else {
        show(&listing, out)?;
    }
    Ok(if is_damaged { Verdict::Damaged } else { Verdict::Fine })
}

/// All bytes below the root, and what of it no metadata that can be read lists.
fn stored(store: &CheckpointStore) -> Result<(u64, Collected), Failure> {
    let storage = LocalStorage::new(store.root());
    let files = storage.list("").map_err(|error| Failure::new(format!("cannot list '{}': {error}", store.root())))?;
    let mut listed = BTreeSet::new();
    for id in store.ids()? {
        if let Ok(metadata) = store.metadata(id) {
            listed.extend(metadata.files.iter().map(|file| file.path(id)));
        }
    }
    let is_ours = |path: &str| {
        let about = path.ends_with("/_metadata.json") || path.ends_with("/_not_claimed");
        (path.starts_with("shared/") || path.starts_with("chk-")) && !about
    };
    let unlisted = files.iter().filter(|file| is_ours(&file.path) && !listed.contains(&file.path));
    let sum = |sum: Collected, size: u64| Collected { files: sum.files + 1, bytes: sum.bytes + size };
    let unlisted = unlisted.fold(Collected::default(), |all, file| sum(all, file.size));
    Ok((files.iter().map(|file| file.size).sum(), unlisted))
}

fn show(listing: &Listing<'_>, out: &mut Out) -> Result<(), Failure> {
    let mut table = Table::new(&[">ID", "CREATED", "KEY GROUPS", ">FILES", ">TOTAL", ">NEW", "OWNER"]);
    for entry in &listing.checkpoints {
        table.push(row(entry));
    }
    out.table(&mut table)?;
    for damage in listing.checkpoints.iter().filter_map(|entry| entry.listed.damage.as_ref()) {
        out.line(damage)?;
    }
    let checkpoints = count(listing.checkpoints.len(), "checkpoint");
    out.line(format!("{checkpoints}, {} below '{}'", size(listing.stored_bytes), listing.root))?;
    match listing.unlisted {
        None => out.line("What no checkpoint lists is not known while one is damaged."),
        Some(Collected { files: 0, .. }) => Ok(()),
        Some(Collected { files, bytes }) => {
            let files = count(usize::try_from(files).unwrap_or(usize::MAX), "file");
            out.line(format!("No checkpoint lists {files} of {}: left over, or of one under way.", size(bytes)))
        }
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let Entry { listed, claim } = entry;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let owner = match claim {
        None => "DAMAGED",
        Some(ClaimMode::Claim) => "this root",
        Some(ClaimMode::NoClaim) => "not claimed",
        Some(ClaimMode::Legacy) => "not claimed (legacy)",
    };
    vec![
        listed.id.to_string(),
        or_dash(listed.created_at_millis.map(|millis| moment(i64::try_from(millis).unwrap_or(i64::MAX)))),
        or_dash(listed.key_groups.map(|(first, last)| format!("{first}-{last}"))),
        or_dash(listed.files.map(|files| files.to_string())),
        or_dash(listed.total_bytes.map(size)),
        or_dash(listed.new_bytes.map(size)),
        owner.to_owned(),
    ]
}

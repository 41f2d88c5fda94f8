//! Registration of queues: which name an id of the timer rows stands for. Two names with one id would mix their timers.
//!
//! One row a queue, in the family of the registry and not among the timers, whose files then hold nothing but key groups and can be taken
//! over whole on rescaling: `timers/ | queue id (u32 big-endian)` leads to `format byte | name | 00 | kind byte | XXH3 of all before it (u64
//! big-endian)`.

use xxhash_rust::xxh3::xxh3_64;

use crate::db::column_family::ColumnFamily;
use crate::db::scan::ScanOptions;
use crate::db::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::key::row::id_of_name;
use crate::ttl::clock::Time;

/// Begins the row keys of registrations.
pub(crate) const PREFIX: &[u8] = b"timers/";
const FORMAT: u8 = 1;
const DIGEST_BYTES: usize = 8;

/// Name and kind of a queue in one.
fn identity(name: &str, time: Time) -> Vec<u8> {
    [name.as_bytes(), &[0, time as u8]].concat()
}

/// The id of a queue.
pub(crate) fn id_of(name: &str, time: Time) -> u32 {
    id_of_name(&identity(name, time))
}

/// Key and value of the row that registers a queue.
pub(crate) fn row_of(name: &str, time: Time) -> (Vec<u8>, Vec<u8>) {
    (row_key(id_of(name, time)), registration(&identity(name, time)))
}

/// Whether a queue is registered.
///
/// # Errors
/// As [`register`].
pub(crate) fn is_registered(registry: &ColumnFamily, name: &str, time: Time) -> Result<bool> {
    let row = registry.get(None, &row_key(id_of(name, time)))?;
    row.map_or(Ok(false), |row| check(&row, name, &identity(name, time)).map(|()| true))
}

/// All queues that are registered, by id.
///
/// # Errors
/// [`Error::Damaged`] for a row whose digest does not hold; those of the family.
pub(crate) fn all(registry: &ColumnFamily, snapshot: &Snapshot) -> Result<Vec<(u32, String, Time)>> {
    let mut queues = Vec::new();
    let rows = ScanOptions { prefix: PREFIX, snapshot: Some(snapshot), ..ScanOptions::default() };
    registry.each_row(&rows, |_, row| {
        let time = if row.get(row.len().saturating_sub(DIGEST_BYTES + 1)) == Some(&(Time::Event as u8)) {
            Time::Event
        } else {
            Time::Processing
        };
        let name = row.get(1..).unwrap_or_default().split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        check(row, &name, &identity(&name, time))?;
        queues.push((id_of(&name, time), name, time));
        Ok(())
    })?;
    Ok(queues)
}

fn row_key(id: u32) -> Vec<u8> {
    [PREFIX, &id.to_be_bytes()].concat()
}

/// Returns the id of a queue, registering it in the family of the registry when it is new.
///
/// # Errors
/// [`Error::StateMismatch`] when another name has the same id; [`Error::Damaged`] for a row whose digest does not hold; those of the
/// family.
pub(super) fn register(registry: &ColumnFamily, name: &str, time: Time) -> Result<u32> {
    let identity = identity(name, time);
    let id = id_of_name(&identity);
    let row_key = row_key(id);
    match registry.get(None, &row_key)? {
        None => registry.put(&row_key, &registration(&identity))?,
        Some(row) => check(&row, name, &identity)?,
    }
    Ok(id)
}

fn registration(identity: &[u8]) -> Vec<u8> {
    let mut row = [&[FORMAT], identity].concat();
    row.extend_from_slice(&xxh3_64(&row).to_be_bytes());
    row
}

/// Name and kind in a registration; none when its digest does not hold.
fn registered(row: &[u8]) -> Option<&[u8]> {
    let (kept, digest) = row.split_last_chunk::<DIGEST_BYTES>()?;
    let [FORMAT, registered @ ..] = kept else { return None };
    (xxh3_64(kept).to_be_bytes() == *digest).then_some(registered)
}

/// The id, name and time that a row of the registry's family says; none when it is damaged.
#[cfg(feature = "inspect")]
pub(crate) fn shown(row_key: &[u8], row: &[u8]) -> Option<(u32, String, Time)> {
    let id = u32::from_be_bytes(row_key.strip_prefix(PREFIX)?.try_into().ok()?);
    let [name @ .., 0, time] = registered(row)? else { return None };
    let time = [Time::Event, Time::Processing].into_iter().find(|known| *known as u8 == *time)?;
    Some((id, String::from_utf8(name.to_vec()).ok()?, time))
}

fn check(row: &[u8], name: &str, identity: &[u8]) -> Result<()> {
    let Some(registered) = registered(row) else {
        let text = format!("the registration of timers '{name}' is damaged; restore them from a checkpoint");
        return Err(Error::Damaged(text));
    };
    if registered == identity {
        return Ok(());
    }
    let other = registered.split(|byte| *byte == 0).next().unwrap_or_default();
    Err(Error::StateMismatch(format!(
        "timers '{name}' have the same id as timers '{}'; rename one of them",
        String::from_utf8_lossy(other)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timer::tests::{open_backend, registry_family};

    #[test]
    fn a_queue_is_found_again_by_name_and_kind() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backend = open_backend(folder.path(), true);
        let family = registry_family(&backend);
        let event = register(&family, "window", Time::Event).expect("registered");
        assert_eq!(register(&family, "window", Time::Event).expect("registered"), event);
        assert_ne!(register(&family, "window", Time::Processing).expect("registered"), event);
    }

    #[test]
    fn another_name_with_the_same_id_is_refused_by_both_names() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backend = open_backend(folder.path(), true);
        let family = registry_family(&backend);
        let id = id_of_name(&identity("session", Time::Event));
        let taken = registration(&identity("window", Time::Event));
        family.put(&row_key(id), &taken).expect("put");
        let error = register(&family, "session", Time::Event).expect_err("refused");
        assert!(matches!(error, Error::StateMismatch(_)), "{error}");
        assert!(error.to_string().contains("'session'") && error.to_string().contains("'window'"), "{error}");
    }

    #[test]
    fn a_changed_byte_of_a_registration_is_damage() {
        let identity = identity("window", Time::Event);
        let whole = registration(&identity);
        for at in 0..whole.len() {
            let mut row = whole.clone();
            row[at] ^= 1;
            assert!(matches!(check(&row, "window", &identity), Err(Error::Damaged(_))), "byte {at}");
            assert!(matches!(check(&whole[..at], "window", &identity), Err(Error::Damaged(_))), "cut at {at}");
        }
    }
}

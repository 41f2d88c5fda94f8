//! Rows that grow by appending, without being read first.
//!
//! The engine keeps what was appended as operands and joins them with the last whole value when the row is read. Operands of one memtable
//! stay apart until its flush, and each costs a read about 70 ns. RocksDB's own bound, `max_successive_merges`, does not help: it counts
//! the operands at each append, rewrites the whole row every so many (100,000 appends of 33 bytes to one row took 560 ns each without it
//! and 5,460 ns with 256, 16,230 ns at 300,000), and with a value outside the block cache it joins at each append in vain (10,000 appends
//! took 0.6 µs each without it and 220 µs with). So the bound is here, and it is the reader who pays: a read that joined many operands
//! writes the row back whole. A row that is only appended to is never rewritten, and one that is read in between costs in proportion to its size.

use super::column_family::{check_key, check_value, ColumnFamily, PinnedValue};
use super::engine::Joined;
use crate::error::Result;
#[cfg(doc)]
use crate::Error;

/// Joining fewer operands than this is left to each read: 64 cost about what one more small write does.
const OPERANDS_WORTH_JOINING: usize = 64;
/// A row is written back when at least this part of it was appended since it was last whole: each appended byte is written at most
/// this many times more.
const APPENDED_PART: usize = 4;

impl ColumnFamily {
    /// Appends `operand` to the value of `key` without reading it; a row that is not there is an empty value.
    ///
    /// # Errors
    /// As [`ColumnFamily::put`].
    #[inline]
    pub(crate) fn merge(&self, key: &[u8], operand: &[u8]) -> Result<()> {
        self.check_live()?;
        check_key(key)?;
        check_value(operand)?;
        self.handle().merge(key, operand).map_err(|status| self.failed("cannot append to a row of", status))
    }

    /// The value of a row that grows by [`ColumnFamily::merge`], as it is now.
    ///
    /// Writes the row back whole when the read had to join much. Nobody else may write the row during the call.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]; [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub(crate) fn get_appended(&self, key: &[u8]) -> Result<Option<PinnedValue>> {
        self.check_live()?;
        check_key(key)?;
        let read = self.handle().get_appended(key).map_err(|status| self.failed("cannot get from", status))?;
        let Some((value, joined)) = read else { return Ok(None) };
        if is_worth_joining(joined, value.bytes().len()) {
            // NOTE: the row says the same either way. What keeps this write from succeeding is reported by the next one that matters.
            let _ = self.handle().put_again(key, value.bytes());
        }
        Ok(Some(PinnedValue(value)))
    }
}

fn is_worth_joining(joined: Joined, length: usize) -> bool {
    joined.operand_count >= OPERANDS_WORTH_JOINING && joined.operand_bytes >= length / APPENDED_PART
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::engine::Batch;
    use crate::options::WalMode;
    use crate::{Backend, Options};

    struct Opened {
        backend: Backend,
        family: ColumnFamily,
        folder: tempfile::TempDir,
    }

    fn open_in(folder: tempfile::TempDir, wal: WalMode) -> Opened {
        let mut options = Options::new(folder.path().display().to_string());
        options.wal = wal;
        let backend = Backend::open(options, None).expect("opens");
        let family = backend.column_family("user_state").expect("exists");
        Opened { backend, family, folder }
    }

    fn open(wal: WalMode) -> Opened {
        open_in(tempfile::tempdir().expect("a folder"), wal)
    }

    impl Opened {
        fn reopened(self) -> Self {
            let Self { backend, family, folder } = self;
            drop(family);
            backend.close().expect("closes");
            open_in(folder, WalMode::Enabled)
        }

        fn append(&self, operand: &[u8]) {
            self.family.merge(b"row", operand).expect("appends");
        }

        fn value(&self) -> Option<Vec<u8>> {
            self.family.get(None, b"row").expect("reads")
        }

        fn joined(&self) -> Joined {
            self.family.handle().get_appended(b"row").expect("reads").expect("present").1
        }
    }

    #[test]
    fn what_is_appended_follows_what_was_there() {
        let it = open(WalMode::Disabled);
        it.append(b"one");
        assert_eq!(it.value().as_deref(), Some(&b"one"[..]), "a row that was not there was empty");
        it.append(b"");
        it.append(b"two");
        assert_eq!(it.value().as_deref(), Some(&b"onetwo"[..]));
        it.family.put(b"row", b"new ").expect("puts");
        it.append(b"three");
        assert_eq!(it.value().as_deref(), Some(&b"new three"[..]));
        it.family.delete(b"row").expect("deletes");
        assert_eq!(it.value(), None);
        it.append(b"four");
        assert_eq!(it.value().as_deref(), Some(&b"four"[..]));
        it.family.delete_range(b"r", b"s").expect("deletes");
        it.append(b"five");
        assert_eq!(it.value().as_deref(), Some(&b"five"[..]));
    }

    #[test]
    fn order_holds_through_flush_compaction_snapshot_and_reopening() {
        let mut it = open(WalMode::Disabled);
        let mut expected = Vec::new();
        let mut views = Vec::new();
        for round in 0..40u8 {
            it.append(&[round, round]);
            expected.extend([round, round]);
            match round % 8 {
                1 => it.family.flush().expect("flushes"),
                3 => views.push((it.backend.snapshot().expect("a snapshot"), expected.clone())),
                5 => it.family.compact(None, None).expect("compacts"),
                7 => {
                    views.clear();
                    it = it.reopened();
                }
                _ => {}
            }
            assert_eq!(it.value().as_deref(), Some(&expected[..]), "round {round}");
            for (view, seen) in &views {
                assert_eq!(it.family.get(Some(view), b"row").expect("reads").as_ref(), Some(seen), "round {round}");
            }
        }
    }

    #[test]
    fn a_batch_appends_in_its_order_or_not_at_all() {
        let it = open(WalMode::Disabled);
        let mut batch = Batch::new(it.backend.database().engine(), 64).expect("a batch");
        batch.put(it.family.handle(), b"row", b"put ").expect("adds");
        batch.merge(it.family.handle(), b"row", b"one ").expect("adds");
        batch.merge(it.family.handle(), b"row", b"two").expect("adds");
        assert_eq!(it.value(), None);
        it.backend.database().engine().write(&mut batch).expect("writes");
        assert_eq!(it.value().as_deref(), Some(&b"put one two"[..]));
    }

    #[test]
    fn a_row_of_a_memtable_and_a_row_of_a_file_join_to_large_lists() {
        let it = open(WalMode::Disabled);
        let element = |index: u32| [index.to_le_bytes(); 5].concat();
        for index in 0..50_000 {
            it.append(&element(index));
            if index == 20_000 {
                it.family.flush().expect("flushes");
            }
        }
        let expected: Vec<u8> = (0..50_000).flat_map(element).collect();
        assert_eq!(it.value().as_ref(), Some(&expected));
        it.family.flush().expect("flushes");
        assert!(it.joined().operand_count <= 2, "a flush leaves one operand or value for each row");
        it.family.compact(None, None).expect("compacts");
        assert_eq!(it.joined().operand_count, 0, "a full compaction leaves one value");
        assert_eq!(it.value().as_ref(), Some(&expected));
    }

    #[test]
    fn reading_joins_a_long_chain_and_each_byte_a_few_times_only() {
        let it = open(WalMode::Disabled);
        let mut expected = Vec::new();
        let mut reads_that_joined = 0;
        for index in 0..20_000u32 {
            it.append(&index.to_le_bytes());
            expected.extend(index.to_le_bytes());
            if index % 10 == 9 {
                let before = it.joined().operand_count;
                let value = it.family.get_appended(b"row").expect("reads").expect("present");
                assert_eq!(value.as_ref(), expected, "after {index}");
                reads_that_joined += usize::from(it.joined().operand_count < before);
            }
        }
        // Once longer than the fewest operands worth joining, the row grows by a third from one join to the next: ln(20000 / 64) / ln(4 / 3).
        assert!((15..40).contains(&reads_that_joined), "{reads_that_joined} of 2000 reads wrote the row back");
        assert_eq!(it.value(), Some(expected));
    }

    #[test]
    fn a_row_written_back_is_the_same_after_reopening() {
        let it = open(WalMode::Sync);
        (0..200u8).for_each(|byte| it.append(&[byte]));
        let value = it.family.get_appended(b"row").expect("reads").expect("present").as_ref().to_vec();
        assert_eq!(it.joined().operand_count, 0, "written back");
        assert_eq!(value, (0..200).collect::<Vec<u8>>());
        assert_eq!(it.reopened().value(), Some(value));
    }

    #[test]
    fn a_few_operands_and_a_long_row_with_a_short_tail_are_left_alone() {
        let length = 1000;
        let joined = |operand_count, operand_bytes| Joined { operand_count, operand_bytes };
        assert!(is_worth_joining(joined(64, 250), length));
        assert!(!is_worth_joining(joined(63, 1000), length));
        assert!(!is_worth_joining(joined(64, 249), length));
        assert!(!is_worth_joining(joined(0, 0), 0));
    }
}

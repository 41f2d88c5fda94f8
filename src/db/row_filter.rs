//! [`RowFilter`]: what is left out when the engine rewrites its files.

use std::sync::Arc;

use super::column_family::ColumnFamily;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It stays as it is.
    Keep,
    /// It goes.
    Remove,
    /// Its value, or operand, becomes the replacement.
    Replace,
}

/// Decides which rows of a family survive a compaction.
pub(crate) trait RowFilter: Send + Sync {
    /// Starts the judge of one compaction, on the engine's thread. Several may be at work at once.
    fn begin(&self) -> Box<dyn RowJudge>;
}

/// Judges the rows that one compaction rewrites. A judge that panics is asked no more, and all that it had still to judge stays.
pub(crate) trait RowJudge {
    /// Judges a row's value, or one operand that was appended to it. `replacement` is empty and read on [`Verdict::Replace`] alone.
    ///
    /// A value that is removed is deleted: no older value of the row comes back. An operand that is removed leaves the value and the
    /// other operands of its row as they are. A value is left out when operands of the same compaction are joined to it, and so is an
    /// operand that a snapshot still sees: they are judged by a later compaction.
    fn judge(&mut self, key: &[u8], value: &[u8], operand: bool, replacement: &mut Vec<u8>) -> Verdict;
}

impl ColumnFamily {
    /// Arms a filter, or none, for the compactions of this family that begin from now on.
    ///
    /// Those under way go on with the filter they began with. A family without a filter pays nothing for this. Flushes do not filter:
    /// a checkpoint waits for them.
    pub(crate) fn set_row_filter(&self, filter: Option<Arc<dyn RowFilter>>) {
        self.handle().filter().set(filter);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::options::WalMode;
    use crate::{Backend, Options};

    /// For what the other thread does at once.
    const DEADLINE: Duration = Duration::from_secs(60);

    /// Key, value or operand, and which of both.
    type Seen = Arc<Mutex<Vec<(Vec<u8>, Vec<u8>, bool)>>>;

    /// Judges by the first byte of a value or operand: `-` goes, `*` becomes `replaced`, `!` panics, all else stays. Keeps what it saw.
    #[derive(Default)]
    struct ByFirstByte {
        seen: Seen,
        begun: AtomicUsize,
    }

    struct Judge(Seen);

    impl RowFilter for ByFirstByte {
        fn begin(&self) -> Box<dyn RowJudge> {
            self.begun.fetch_add(1, Ordering::Relaxed);
            Box::new(Judge(Arc::clone(&self.seen)))
        }
    }

    impl RowJudge for Judge {
        fn judge(&mut self, key: &[u8], value: &[u8], operand: bool, replacement: &mut Vec<u8>) -> Verdict {
            assert!(replacement.is_empty(), "the replacement of an earlier row is left over");
            self.0.lock().expect("no panic under the lock").push((key.to_vec(), value.to_vec(), operand));
            match value.first() {
                Some(b'-') => Verdict::Remove,
                Some(b'*') => {
                    replacement.extend_from_slice(b"replaced");
                    Verdict::Replace
                }
                Some(b'!') => panic!("a judge that panics"),
                _ => Verdict::Keep,
            }
        }
    }

    fn open(folder: &std::path::Path) -> (Backend, ColumnFamily) {
        let mut options = Options::new(folder.display().to_string());
        options.wal = WalMode::Disabled;
        options.family.disable_auto_compactions = true;
        let backend = Backend::open(options, None).expect("opens");
        let family = backend.column_family("user_state").expect("exists");
        (backend, family)
    }

    fn put(family: &ColumnFamily, rows: &[(&str, &str)]) {
        rows.iter().for_each(|(key, value)| family.put(key.as_bytes(), value.as_bytes()).expect("puts"));
    }

    fn value(family: &ColumnFamily, key: &str) -> Option<String> {
        let value = family.get(None, key.as_bytes()).expect("reads");
        value.map(|value| String::from_utf8(value).expect("UTF-8"))
    }

    fn compact(family: &ColumnFamily) {
        family.compact(None, None).expect("compacts");
    }

    #[test]
    fn values_are_kept_removed_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_backend, family) = open(folder.path());
        let filter = Arc::new(ByFirstByte::default());
        put(&family, &[("a", "old"), ("b", "*much longer than its replacement"), ("c", "kept"), ("d", "")]);
        family.flush().expect("flushes");
        put(&family, &[("a", "-gone")]);
        family.set_row_filter(Some(Arc::clone(&filter) as _));
        family.flush().expect("flushes");
        assert_eq!(filter.begun.load(Ordering::Relaxed), 0, "a flush does not filter");
        compact(&family);
        assert_eq!(value(&family, "a"), None, "the older value does not come back");
        assert_eq!(value(&family, "b").as_deref(), Some("replaced"));
        assert_eq!(value(&family, "c").as_deref(), Some("kept"));
        assert_eq!(value(&family, "d").as_deref(), Some(""));
        assert!(filter.begun.load(Ordering::Relaxed) > 0);
        assert_eq!(family.handle().filter().panic_count(), 0);
    }

    #[test]
    fn operands_are_kept_removed_and_replaced_one_by_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_backend, family) = open(folder.path());
        let filter = Arc::new(ByFirstByte::default());
        family.put(b"list", b"base,").expect("puts");
        family.flush().expect("flushes");
        compact(&family);
        for operand in ["one,", "-two,", "*three,", "four,"] {
            family.merge(b"list", operand.as_bytes()).expect("appends");
            family.merge(b"gone", b"-all").expect("appends");
            family.flush().expect("flushes"); // or the flush would join them
        }
        family.set_row_filter(Some(Arc::clone(&filter) as _));
        compact(&family);
        assert_eq!(value(&family, "list").as_deref(), Some("base,one,replacedfour,"));
        assert_eq!(value(&family, "gone"), None);
        let seen = filter.seen.lock().expect("no panic under the lock");
        let operands = seen.iter().filter(|(key, _, operand)| key == b"list" && *operand).count();
        assert_eq!(operands, 4);
    }

    #[test]
    fn operands_that_a_snapshot_sees_wait_for_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        family.merge(b"list", b"-old,").expect("appends");
        let view = backend.snapshot().expect("a snapshot");
        family.merge(b"list", b"new,").expect("appends");
        family.set_row_filter(Some(Arc::new(ByFirstByte::default())));
        compact(&family);
        assert_eq!(family.get(Some(&view), b"list").expect("reads").as_deref(), Some(&b"-old,"[..]));
        assert_eq!(value(&family, "list").as_deref(), Some("-old,new,"));
    }

    #[test]
    fn a_filter_is_armed_disarmed_and_replaced_for_the_next_compaction() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        let other = backend.create_column_family("made later", &[]).expect("creates");
        for family in [&family, &other] {
            put(family, &[("row", "-gone")]);
            compact(family);
            assert!(value(family, "row").is_some(), "no filter is armed");
        }
        family.set_row_filter(Some(Arc::new(ByFirstByte::default())));
        compact(&family);
        compact(&other);
        assert!(value(&family, "row").is_none());
        assert!(value(&other, "row").is_some(), "each family has its own filter");
        other.set_row_filter(Some(Arc::new(ByFirstByte::default())));
        other.set_row_filter(None);
        compact(&other);
        assert!(value(&other, "row").is_some(), "the filter was taken away");
        other.set_row_filter(Some(Arc::new(ByFirstByte::default())));
        compact(&other);
        assert!(value(&other, "row").is_none());
    }

    /// Says when its first row comes and goes on when it is told to; then judges as asked.
    struct Waiting {
        first: Mutex<Option<(Sender<()>, Receiver<()>)>>,
        verdict: Verdict,
    }

    struct WaitingJudge(Option<(Sender<()>, Receiver<()>)>, Verdict);

    impl Waiting {
        fn new(verdict: Verdict) -> (Arc<Self>, Receiver<()>, Sender<()>) {
            let (started, has_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            (Arc::new(Self { first: Mutex::new(Some((started, may_go_on))), verdict }), has_started, go_on)
        }
    }

    impl RowFilter for Waiting {
        fn begin(&self) -> Box<dyn RowJudge> {
            Box::new(WaitingJudge(self.first.lock().expect("no panic under the lock").take(), self.verdict))
        }
    }

    impl RowJudge for WaitingJudge {
        fn judge(&mut self, _: &[u8], _: &[u8], _: bool, _: &mut Vec<u8>) -> Verdict {
            if let Some((started, may_go_on)) = self.0.take() {
                started.send(()).expect("the test waits");
                may_go_on.recv_timeout(DEADLINE).expect("the test goes on");
            }
            self.1
        }
    }

    #[test]
    fn a_compaction_ends_with_the_filter_it_began_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_backend, family) = open(folder.path());
        put(&family, &[("a", "1"), ("b", "2"), ("c", "3")]);
        let (filter, has_started, go_on) = Waiting::new(Verdict::Keep);
        let gone = Arc::downgrade(&filter);
        family.set_row_filter(Some(filter));
        std::thread::scope(|scope| {
            scope.spawn(|| compact(&family));
            has_started.recv_timeout(DEADLINE).expect("the compaction starts");
            family.set_row_filter(Some(Arc::new(Waiting { first: Mutex::new(None), verdict: Verdict::Remove })));
            go_on.send(()).expect("the judge waits");
        });
        assert_eq!(value(&family, "c").as_deref(), Some("3"));
        assert!(gone.upgrade().is_none(), "nothing holds a filter that was replaced");
        compact(&family);
        assert_eq!(value(&family, "c"), None);
    }

    #[test]
    fn a_judge_that_panics_keeps_its_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_backend, family) = open(folder.path());
        put(&family, &[("a", "-gone"), ("b", "!panics"), ("c", "-stays, because the judge is gone"), ("d", "stays")]);
        family.set_row_filter(Some(Arc::new(ByFirstByte::default())));
        compact(&family);
        assert_eq!(value(&family, "a"), None);
        assert!(["b", "c", "d"].iter().all(|key| value(&family, key).is_some()));
        assert_eq!(family.handle().filter().panic_count(), 1);
        put(&family, &[("e", "the family goes on")]);
    }

    /// Panics when it begins and when it is dropped.
    struct Panicking;

    impl RowFilter for Panicking {
        fn begin(&self) -> Box<dyn RowJudge> {
            panic!("a filter that panics");
        }
    }

    impl Drop for Panicking {
        fn drop(&mut self) {
            panic!("a filter that panics when it goes");
        }
    }

    #[test]
    fn a_filter_that_panics_filters_nothing_and_closes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        put(&family, &[("a", "stays")]);
        family.set_row_filter(Some(Arc::new(Panicking)));
        compact(&family);
        assert_eq!(value(&family, "a").as_deref(), Some("stays"));
        assert!(family.handle().filter().panic_count() >= 1);
        drop(family);
        backend.close().expect("closes");
    }

    #[test]
    fn a_dropped_family_and_a_closed_backend_let_go_of_their_filters() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        let other = backend.create_column_family("dropped", &[]).expect("creates");
        let filters = [(); 2].map(|()| Arc::new(ByFirstByte::default()));
        family.set_row_filter(Some(Arc::clone(&filters[0]) as _));
        other.set_row_filter(Some(Arc::clone(&filters[1]) as _));
        put(&other, &[("a", "-gone")]);
        backend.drop_column_family("dropped").expect("drops");
        assert!(other.compact(None, None).is_err());
        drop(other);
        assert_eq!(Arc::strong_count(&filters[1]), 1, "the last handle to a dropped family takes its filter along");
        drop(family);
        assert_eq!(Arc::strong_count(&filters[0]), 2, "the engine may still compact this family");
        backend.close().expect("closes");
        assert_eq!(Arc::strong_count(&filters[0]), 1);
    }

    #[test]
    fn closing_waits_for_a_compaction_that_filters() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(folder.path().display().to_string());
        options.family.level0_file_num_compaction_trigger = 2;
        let backend = Backend::open(options, None).expect("opens");
        let family = backend.column_family("user_state").expect("exists");
        let (filter, has_started, go_on) = Waiting::new(Verdict::Remove);
        let weak = Arc::downgrade(&filter);
        family.set_row_filter(Some(filter));
        for file in 0..4 {
            (0..1000).for_each(|row: u32| put(&family, &[(&row.to_string(), &file.to_string())]));
            family.flush().expect("flushes");
        }
        has_started.recv_timeout(DEADLINE).expect("a compaction starts by itself");
        drop(family);
        let closing = std::thread::spawn(move || backend.close());
        go_on.send(()).expect("the judge waits");
        closing.join().expect("no panic").expect("closes");
        assert!(weak.upgrade().is_none());
        let (_backend, family) = open(folder.path());
        let left = (0..1000u32).filter(|row| value(&family, &row.to_string()).is_some()).count();
        assert!(left == 0 || left == 1000, "{left} rows: a compaction that was cut short has no effect");
    }
}

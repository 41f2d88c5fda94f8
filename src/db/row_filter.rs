//! [`RowFilter`]: what is left out when the engine rewrites its files.

use std::sync::Arc;

use super::column_family::ColumnFamily;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

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
    fn begin(self: Arc<Self>) -> Box<dyn RowJudge>;
}

/// Judges the rows that one compaction rewrites. A judge that panics is asked no more, and all that it had still to judge stays.
pub(crate) trait RowJudge {
    /// Judges a row's value, or one operand that was appended to it. `replacement` is empty and read on [`Verdict::Replace`] alone.
    ///
    /// A value that is removed is deleted: no older value of the row comes back. An operand that is removed leaves the value and the
    /// other operands of its row as they are. An operand that a snapshot still sees is left to a later compaction.
    fn judge(&mut self, key: &[u8], value: &[u8], operand: bool, replacement: &mut Vec<u8>) -> Verdict;
}

/// Seconds after which a file of a family with a filter is compacted even when nothing else asks for it: 30 days, as in Flink.
///
/// RocksDB has the same default for a family with a compaction filter, but only where the option is left out, and all our families
/// have a filter that may or may not be armed.
const FILTERED_PERIOD_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How often a family is compacted for its filter's sake.
pub(super) struct PeriodicCompaction {
    /// The option `periodic_compaction_seconds`.
    pub(super) chosen_seconds: u64,
    /// A filter is or was armed since the family was opened.
    filtered: bool,
}

impl PeriodicCompaction {
    pub(super) fn new(chosen_seconds: u64) -> Self {
        Self { chosen_seconds, filtered: false }
    }

    /// What the engine gets for a choice: 0 is left to us.
    pub(super) fn in_force(&self, chosen_seconds: u64) -> u64 {
        if chosen_seconds == 0 && self.filtered {
            FILTERED_PERIOD_SECONDS
        } else {
            chosen_seconds
        }
    }
}

impl ColumnFamily {
    /// Arms a filter, or none, for the compactions of this family that begin from now on.
    ///
    /// Those under way go on with the filter they began with. A family without a filter pays nothing for this. Flushes do not filter:
    /// a checkpoint waits for them. From the first filter on, and until the backend is closed, the family is compacted every 30 days
    /// unless the option `periodic_compaction_seconds` says otherwise.
    ///
    /// # Errors
    /// [`Error::Engine`] when the period cannot be set; the filter is armed all the same.
    pub(crate) fn set_row_filter(&self, filter: Option<Arc<dyn RowFilter>>) -> Result<()> {
        let mut periodic = self.periodic_compaction();
        let first = filter.is_some() && !periodic.filtered;
        self.handle().filter().set(filter);
        if !first {
            return Ok(());
        }
        periodic.filtered = true;
        let seconds = periodic.in_force(periodic.chosen_seconds).to_string();
        let changes = [("periodic_compaction_seconds".to_owned(), seconds)];
        let changed = self.handle().engine().set_options(Some(self.handle()), &changes);
        changed.map_err(|status| {
            periodic.filtered = false;
            self.failed("cannot change the options of", status)
        })
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
        fn begin(self: Arc<Self>) -> Box<dyn RowJudge> {
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
        family.set_row_filter(Some(Arc::clone(&filter) as _)).expect("arms");
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
    fn a_family_with_a_filter_is_compacted_now_and_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        let other = backend.column_family("default").expect("exists");
        backend.set_family_options(&other, br#"{"periodic_compaction_seconds":77}"#).expect("changes");
        assert_eq!([&family, &other].map(|family| period_in_force(folder.path(), family)), [0, 77]);
        for family in [&family, &other] {
            family.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
        }
        assert_eq!([&family, &other].map(|family| period_in_force(folder.path(), family)), [2_592_000, 77]);
        backend.set_family_options(&family, br#"{"periodic_compaction_seconds":4294967296}"#).expect("changes");
        backend.set_family_options(&other, br#"{"periodic_compaction_seconds":0}"#).expect("changes");
        assert_eq!([&family, &other].map(|family| period_in_force(folder.path(), family)), [4_294_967_296, 2_592_000]);
    }

    /// From the options that the engine wrote last.
    fn period_in_force(folder: &std::path::Path, family: &ColumnFamily) -> u64 {
        let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let options = files.filter(|path| path.display().to_string().contains("/OPTIONS-")).max().expect("written");
        let text = std::fs::read_to_string(options).expect("text");
        let section = text.split_once(&format!("[CFOptions \"{}\"]", family.name())).expect("a section").1;
        let value = section.split_once("periodic_compaction_seconds=").expect("an option").1;
        value.lines().next().and_then(|number| number.parse().ok()).expect("a number")
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
        family.set_row_filter(Some(Arc::clone(&filter) as _)).expect("arms");
        compact(&family);
        assert_eq!(value(&family, "list").as_deref(), Some("base,one,replacedfour,"));
        assert_eq!(value(&family, "gone"), None);
        let seen = filter.seen.lock().expect("no panic under the lock");
        let operands = seen.iter().filter(|(key, _, operand)| key == b"list" && *operand).count();
        assert_eq!(operands, 4);
    }

    #[test]
    fn a_value_is_judged_before_operands_are_joined_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_backend, family) = open(folder.path());
        put(&family, &[("removed", "-base,"), ("replaced", "*base,"), ("kept", "base,")]);
        family.flush().expect("flushes");
        compact(&family);
        for key in ["removed", "replaced", "kept"] {
            family.merge(key.as_bytes(), b"appended").expect("appends");
        }
        family.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
        assert_eq!(value(&family, "removed").as_deref(), Some("-base,appended"), "reads do not filter");
        compact(&family);
        assert_eq!(value(&family, "removed").as_deref(), Some("appended"));
        assert_eq!(value(&family, "replaced").as_deref(), Some("replacedappended"));
        assert_eq!(value(&family, "kept").as_deref(), Some("base,appended"));
    }

    #[test]
    fn operands_that_a_snapshot_sees_wait_for_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let (backend, family) = open(folder.path());
        family.merge(b"list", b"-old,").expect("appends");
        let view = backend.snapshot().expect("a snapshot");
        family.merge(b"list", b"new,").expect("appends");
        family.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
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
        family.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
        compact(&family);
        compact(&other);
        assert!(value(&family, "row").is_none());
        assert!(value(&other, "row").is_some(), "each family has its own filter");
        other.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
        other.set_row_filter(None).expect("arms");
        compact(&other);
        assert!(value(&other, "row").is_some(), "the filter was taken away");
        other.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
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
        fn begin(self: Arc<Self>) -> Box<dyn RowJudge> {
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
        family.set_row_filter(Some(filter)).expect("arms");
        std::thread::scope(|scope| {
            scope.spawn(|| compact(&family));
            has_started.recv_timeout(DEADLINE).expect("the compaction starts");
            family
                .set_row_filter(Some(Arc::new(Waiting { first: Mutex::new(None), verdict: Verdict::Remove })))
                .expect("arms");
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
        family.set_row_filter(Some(Arc::new(ByFirstByte::default()))).expect("arms");
        compact(&family);
        assert_eq!(value(&family, "a"), None);
        assert!(["b", "c", "d"].iter().all(|key| value(&family, key).is_some()));
        assert_eq!(family.handle().filter().panic_count(), 1);
        put(&family, &[("e", "the family goes on")]);
    }

    /// Panics when it begins and when it is dropped.
    struct Panicking;

    impl RowFilter for Panicking {
        fn begin(self: Arc<Self>) -> Box<dyn RowJudge> {
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
        family.set_row_filter(Some(Arc::new(Panicking))).expect("arms");
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
        family.set_row_filter(Some(Arc::clone(&filters[0]) as _)).expect("arms");
        other.set_row_filter(Some(Arc::clone(&filters[1]) as _)).expect("arms");
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
        family.set_row_filter(Some(filter)).expect("arms");
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

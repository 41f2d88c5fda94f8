//! [`TtlFilter`]: removes what has expired when the engine rewrites its files.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use super::clock::{Clock, Time};
use super::stamp::{Chunks, Lifetime, Malformed, Row};
use crate::db::row_filter::{RowFilter, RowJudge, Verdict};
use crate::key::key_group::KeyGroupRange;
use crate::key::row;

/// How the values of a state are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One head and payload: a value, an accumulator or a map entry.
    Single,
    /// Chunks, each with a head of its own.
    List,
}

/// A state whose rows expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiring {
    pub(crate) state_id: u32,
    pub(crate) shape: Shape,
    pub(crate) lifetime: Lifetime,
}

/// The key groups of one keyed backend, with its clock.
#[derive(Clone)]
pub(crate) struct Partition {
    pub(crate) range: KeyGroupRange,
    pub(crate) clock: Arc<Clock>,
}

/// What compactions removed since the backend was opened.
///
/// Every version of a row that a compaction leaves out because it has expired counts, also one that was written over or deleted in the
/// meantime. What a compaction that failed had left out counts again when it is left out at last.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Dropped {
    /// Rows, map entries and list elements.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of their keys and values; of list elements that leave others behind, of themselves.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The states of one family that expire, in every partition that is open. Immutable: a change arms another one.
pub(crate) struct TtlFilter {
    /// By id.
    states: Vec<Expiring>,
    partitions: Vec<Partition>,
    dropped: Arc<Dropped>,
}

impl TtlFilter {
    pub(crate) fn new(mut states: Vec<Expiring>, partitions: Vec<Partition>, dropped: Arc<Dropped>) -> Self {
        states.sort_unstable_by_key(|state| state.state_id);
        Self { states, partitions, dropped }
    }
}

impl RowFilter for TtlFilter {
    fn begin(self: Arc<Self>) -> Box<dyn RowJudge> {
        // Read once: a compaction that goes on for long keeps what expires meanwhile for the next one.
        let times = self.partitions.iter().map(|partition| Times::of(&partition.clock)).collect();
        Box::new(TtlJudge { filter: self, times, rows: 0, bytes: 0 })
    }
}

/// Both times of a clock, at once.
struct Times {
    event: i64,
    processing: i64,
}

impl Times {
    fn of(clock: &Clock) -> Self {
        Self { event: clock.now(Time::Event), processing: clock.now(Time::Processing) }
    }

    fn now(&self, time: Time) -> i64 {
        match time {
            Time::Event => self.event,
            Time::Processing => self.processing,
        }
    }
}

/// One compaction. Its counts are added up when it ends, however that is.
struct TtlJudge {
    filter: Arc<TtlFilter>,
    times: Vec<Times>,
    rows: u64,
    bytes: u64,
}

impl RowJudge for TtlJudge {
    fn judge(&mut self, key: &[u8], value: &[u8], _operand: bool, replacement: &mut Vec<u8>) -> Verdict {
        let Some((state, now)) = self.state_of(key) else { return Verdict::Keep };
        match state.shape {
            Shape::Single => self.judge_single(&state.lifetime, now, key, value),
            Shape::List => self.judge_list(&state.lifetime, now, key, value, replacement),
        }
    }
}

impl TtlJudge {
    /// The state that a row belongs to, and its time now; none when it does not expire.
    fn state_of(&self, key: &[u8]) -> Option<(Expiring, i64)> {
        let (key_group, state_id) = row::head(key)?;
        let TtlFilter { states, partitions, .. } = &*self.filter;
        let state = states[states.binary_search_by_key(&state_id, |state| state.state_id).ok()?];
        let at = partitions.iter().position(|partition| partition.range.contains(key_group))?;
        Some((state, self.times[at].now(state.lifetime.time)))
    }

    fn judge_single(&mut self, lifetime: &Lifetime, now: i64, key: &[u8], value: &[u8]) -> Verdict {
        match Row::of(value) {
            Some(row) if lifetime.expired(row.written, now) => self.remove(1, key, value),
            _ => Verdict::Keep,
        }
    }

    /// Elements expire one by one and anywhere: one may have been written, or its event time be known, later than the next.
    fn judge_list(
        &mut self, lifetime: &Lifetime, now: i64, key: &[u8], value: &[u8], replacement: &mut Vec<u8>,
    ) -> Verdict {
        let expired = Chunks(value).try_fold(Expired::default(), |so_far, chunk| {
            let chunk = chunk?;
            let expired = lifetime.expired(chunk.written, now);
            Ok::<_, Malformed>(so_far.and(expired, chunk.whole.len()))
        });
        match expired {
            Ok(Expired { count, bytes }) if count > 0 && bytes == value.len() => self.remove(count, key, value),
            Ok(Expired { count, bytes }) if count > 0 => {
                replacement.reserve_exact(value.len() - bytes);
                let live = Chunks(value).flatten().filter(|chunk| !lifetime.expired(chunk.written, now));
                live.for_each(|chunk| replacement.extend_from_slice(chunk.whole));
                self.count(count, bytes);
                Verdict::Replace
            }
            _ => Verdict::Keep,
        }
    }

    fn remove(&mut self, count: u64, key: &[u8], value: &[u8]) -> Verdict {
        self.count(count, key.len() + value.len());
        Verdict::Remove
    }

    fn count(&mut self, rows: u64, bytes: usize) {
        self.rows += rows;
        self.bytes += bytes as u64;
    }
}

impl Drop for TtlJudge {
    fn drop(&mut self) {
        self.filter.dropped.rows.fetch_add(self.rows, Ordering::Relaxed);
        self.filter.dropped.bytes.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

/// The elements of a list that have expired, and their bytes.
#[derive(Default)]
struct Expired {
    count: u64,
    bytes: usize,
}

impl Expired {
    fn and(self, expired: bool, length: usize) -> Self {
        if expired {
            Self { count: self.count + 1, bytes: self.bytes + length }
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ttl::stamp::{append_chunk, Head, TIME_UNKNOWN};
    use proptest::prelude::*;

    const VALUE: u32 = 7;
    const LIST: u32 = 8;
    const EVENT: u32 = 9;
    const FOREVER: u32 = 10;

    struct Judged {
        verdict: Verdict,
        replacement: Vec<u8>,
        rows: u64,
        bytes: u64,
    }

    /// Key groups 2 to 5 with a ttl of 100 ms, switched on at 50.
    struct Fixture {
        clock: Arc<Clock>,
        filter: Arc<TtlFilter>,
    }

    fn expiring(state_id: u32, shape: Shape, time: Time) -> Expiring {
        Expiring { state_id, shape, lifetime: Lifetime { ttl_millis: 100, time, enabled_at: 50 } }
    }

    impl Fixture {
        fn new() -> Self {
            let clock = Arc::new(Clock::manual());
            let states = vec![
                expiring(LIST, Shape::List, Time::Processing),
                expiring(EVENT, Shape::Single, Time::Event),
                expiring(VALUE, Shape::Single, Time::Processing),
            ];
            let range = KeyGroupRange::new(2, 5, 128).expect("a range");
            let partition = Partition { range, clock: Arc::clone(&clock) };
            Self { clock, filter: Arc::new(TtlFilter::new(states, vec![partition], Arc::default())) }
        }

        fn at(time: Time, now: i64) -> Self {
            let fixture = Self::new();
            fixture.clock.advance(time, now).expect("forwards");
            fixture
        }

        fn judge(&self, key: &[u8], value: &[u8]) -> Judged {
            let dropped = &self.filter.dropped;
            let (rows, bytes) = (dropped.rows(), dropped.bytes());
            let mut replacement = Vec::new();
            let verdict = Arc::clone(&self.filter).begin().judge(key, value, false, &mut replacement);
            Judged { verdict, replacement, rows: dropped.rows() - rows, bytes: dropped.bytes() - bytes }
        }

        fn verdict(&self, key_group: u16, state_id: u32, value: &[u8]) -> Verdict {
            let judged = self.judge(&row_key(key_group, state_id), value);
            assert_eq!(judged.rows, u64::from(judged.verdict == Verdict::Remove));
            judged.verdict
        }
    }

    fn row_key(key_group: u16, state_id: u32) -> Vec<u8> {
        let mut key = Vec::new();
        row::append_head(&mut key, key_group, state_id);
        key.extend_from_slice(b"key\0\0\0\0");
        key
    }

    fn single(written: Option<i64>, payload: &[u8]) -> Vec<u8> {
        [Head::new(written, false).as_bytes(), payload].concat()
    }

    fn list(elements: &[(Option<i64>, Vec<u8>)]) -> Vec<u8> {
        let mut row = Vec::new();
        elements.iter().for_each(|(written, element)| append_chunk(&mut row, *written, element));
        row
    }

    #[test]
    fn a_row_goes_once_its_time_has_come() {
        let row = single(Some(900), b"payload");
        assert_eq!(Fixture::at(Time::Processing, 999).verdict(2, VALUE, &row), Verdict::Keep);
        assert_eq!(Fixture::at(Time::Processing, 1000).verdict(2, VALUE, &row), Verdict::Remove);
        let null = Head::new(Some(900), true);
        assert_eq!(Fixture::at(Time::Processing, 1000).verdict(5, VALUE, null.as_bytes()), Verdict::Remove);
    }

    #[test]
    fn a_row_without_a_time_counts_from_when_the_ttl_was_switched_on() {
        let row = single(None, b"payload");
        assert_eq!(Fixture::at(Time::Processing, 149).verdict(2, VALUE, &row), Verdict::Keep);
        assert_eq!(Fixture::at(Time::Processing, 150).verdict(2, VALUE, &row), Verdict::Remove);
    }

    #[test]
    fn event_time_is_the_watermark_and_nothing_expires_before_the_first() {
        let row = single(Some(-1000), b"payload");
        assert_eq!(Fixture::at(Time::Processing, i64::MAX).verdict(2, EVENT, &row), Verdict::Keep);
        let fixture = Fixture::at(Time::Event, -900);
        assert_eq!(fixture.verdict(2, EVENT, &row), Verdict::Remove);
        assert_eq!(fixture.verdict(2, EVENT, &single(Some(TIME_UNKNOWN), b"payload")), Verdict::Keep);
        assert_eq!(fixture.verdict(2, VALUE, &row), Verdict::Remove, "processing time 0 is past -900");
        assert_eq!(fixture.verdict(2, VALUE, &single(Some(-50), b"payload")), Verdict::Keep);
    }

    #[test]
    fn rows_of_others_stay() {
        let fixture = Fixture::at(Time::Processing, i64::MAX);
        let row = single(Some(0), b"payload");
        assert_eq!(fixture.verdict(2, VALUE, &row), Verdict::Remove);
        for (key_group, state_id) in [(1, VALUE), (6, VALUE), (2, FOREVER), (2, 0), (2, u32::MAX)] {
            assert_eq!(fixture.verdict(key_group, state_id, &row), Verdict::Keep, "{key_group} {state_id}");
        }
        for length in 0..row::HEAD_BYTES {
            let key = &row_key(2, VALUE)[..length];
            assert_eq!(fixture.judge(key, &row).verdict, Verdict::Keep, "key of {length} bytes");
        }
    }

    #[test]
    fn malformed_rows_stay() {
        let fixture = Fixture::at(Time::Processing, i64::MAX);
        let stamped = single(Some(0), b"");
        for value in [&[][..], &[0], &[2, 0], &[0x41, 0], &stamped[..8]] {
            assert_eq!(fixture.verdict(2, VALUE, value), Verdict::Keep, "{value:?}");
        }
        let elements = list(&[(Some(0), b"one".to_vec()), (Some(0), b"two".to_vec())]);
        for length in 1..elements.len() {
            let whole = length == elements.len() / 2;
            let expected = if whole { Verdict::Remove } else { Verdict::Keep };
            assert_eq!(fixture.verdict(2, LIST, &elements[..length]), expected, "list of {length} bytes");
        }
        assert_eq!(fixture.verdict(2, LIST, &[]), Verdict::Keep);
    }

    #[test]
    fn what_goes_is_counted_with_its_bytes() {
        let fixture = Fixture::at(Time::Processing, 1000);
        let (key, row) = (row_key(3, VALUE), single(Some(0), b"payload"));
        let judged = fixture.judge(&key, &row);
        assert_eq!((judged.rows, judged.bytes), (1, (key.len() + row.len()) as u64));
        let (gone, live) = ((Some(0), b"gone".to_vec()), (Some(950), b"live".to_vec()));
        let key = row_key(3, LIST);
        let judged = fixture.judge(&key, &list(&[gone.clone(), live.clone(), gone.clone()]));
        assert_eq!(judged.replacement, list(&[live]));
        assert_eq!((judged.rows, judged.bytes), (2, 2 * list(std::slice::from_ref(&gone)).len() as u64));
        let row = list(&[gone.clone(), gone]);
        let judged = fixture.judge(&key, &row);
        assert_eq!(judged.verdict, Verdict::Remove);
        assert_eq!((judged.rows, judged.bytes), (2, (key.len() + row.len()) as u64));
    }

    #[test]
    fn the_time_of_a_compaction_is_that_of_its_beginning() {
        let fixture = Fixture::at(Time::Processing, 999);
        let mut judge = Arc::clone(&fixture.filter).begin();
        fixture.clock.advance(Time::Processing, 1000).expect("forwards");
        let row = single(Some(900), b"payload");
        assert_eq!(judge.judge(&row_key(2, VALUE), &row, false, &mut Vec::new()), Verdict::Keep);
    }

    #[test]
    fn partitions_have_clocks_of_their_own() {
        let clocks = [10, 1000].map(|now| {
            let clock = Clock::manual();
            clock.advance(Time::Processing, now).expect("forwards");
            Arc::new(clock)
        });
        let partitions = clocks.iter().zip([(0, 3), (4, 7)]).map(|(clock, (first, last))| Partition {
            range: KeyGroupRange::new(first, last, 128).expect("a range"),
            clock: Arc::clone(clock),
        });
        let states = vec![expiring(VALUE, Shape::Single, Time::Processing)];
        let filter = Arc::new(TtlFilter::new(states, partitions.collect(), Arc::default()));
        let mut judge = filter.begin();
        let mut verdict =
            |key_group| judge.judge(&row_key(key_group, VALUE), &single(Some(0), b""), false, &mut Vec::new());
        assert_eq!([3, 4].map(&mut verdict), [Verdict::Keep, Verdict::Remove]);
    }

    proptest! {
        #[test]
        fn a_list_keeps_what_is_live_in_its_order(
            elements in prop::collection::vec(
                (prop::option::of(prop_oneof![Just(TIME_UNKNOWN), -200..200i64]), prop::collection::vec(any::<u8>(), 0..5)),
                0..12,
            ),
            now in 0..300i64,
        ) {
            let live: Vec<_> = elements
                .iter()
                .filter(|(written, _)| match written.unwrap_or(50) {
                    i64::MIN => true,
                    time => time + 100 > now,
                })
                .cloned()
                .collect();
            let judged = Fixture::at(Time::Processing, now).judge(&row_key(2, LIST), &list(&elements));
            let gone = elements.len() - live.len();
            let expected = match (gone, live.len()) {
                (0, _) => Verdict::Keep,
                (_, 0) => Verdict::Remove,
                _ => Verdict::Replace,
            };
            prop_assert_eq!(judged.verdict, expected);
            prop_assert_eq!(judged.rows, gone as u64);
            if expected == Verdict::Replace {
                prop_assert_eq!(judged.bytes, (list(&elements).len() - judged.replacement.len()) as u64);
                prop_assert_eq!(judged.replacement, list(&live));
            }
        }
    }
}

//! The control law around real RocksDB with tiny write buffers. The engine seals a memtable whenever 64 KiB are full, and what it says of
//! those that wait is the pressure. Once per period, by a clock of the test's, the disk takes all of them: a flush of the engine's, into a
//! table file whose size is real, which the engine then compacts as it likes. For a slower disk a row is as much heavier.
//!
//! A disk that is slow by the wall clock is used for the dead stop alone, where only the order of things counts: RocksDB's threads and its
//! rate limiter know no other clock, so ten minutes behind those would take ten minutes, and would be judged by real time.

mod stall;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::Arc;
use std::time::Duration;

use flink_state_backend::credit::{Attachment, Channel, Clock, Completion, Controller, Pool};
use flink_state_backend::options::LogLevel;
use flink_state_backend::{Backend, Operation, PackedBatch};

/// Credits, one for each row. At full speed as many fill all memtables.
const CAPACITY: u64 = 400;
const LARGEST: u64 = 1;
const FLOOR: u64 = 2 * LARGEST;
/// The least that RocksDB takes.
const MEMTABLE_BYTES: u64 = 64 << 10;
/// Memtables that may wait for the disk. With one more the engine stops writes.
const MEMTABLES: u32 = 20;
const ROWS_PER_MEMTABLE: u64 = 20;
/// Of the value of a row at full speed, such that as many rows fill a memtable.
const ROW_BYTES: usize = 3100;
/// What all memtables hold.
const FULL_BYTES: usize = CAPACITY as usize * ROW_BYTES;
/// Files in level 0 never matter: how fast they go is a matter of real time.
const NEVER: u32 = 1000;
/// The law comes to rest where the memtables of a period are 0.8 / 1.3 of those that may wait: this is what the engine can take.
const ROWS_PER_PERIOD: f64 = CAPACITY as f64 * 0.8 / 1.3;
/// Milliseconds.
const TICK: u64 = 10;
const TICKS_PER_PERIOD: u64 = 10;
const PERIOD: Duration = Duration::from_millis(TICK * TICKS_PER_PERIOD);
const DEADLINE: Duration = Duration::from_millis(100);
const SECOND: usize = 10;

#[derive(Clone, Default)]
struct Millis(Arc<AtomicU64>);

impl Clock for Millis {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(SeqCst))
    }
}

/// What was seen at the end of each period.
#[derive(Default)]
struct Course {
    limits: Vec<u64>,
    effective: Vec<f64>,
    /// Memtables that wait, as a part of those that may.
    waiting: Vec<f64>,
    written: u64,
    granted: u64,
    /// From when a row was to be written until the disk had it, in milliseconds.
    latencies: Vec<u64>,
}

impl Course {
    fn mean(&self) -> f64 {
        self.limits.iter().sum::<u64>() as f64 / self.limits.len() as f64
    }

    /// How far the limit goes from its mean, as a part of that: half of the distance from lowest to highest.
    fn swing(&self) -> f64 {
        let range = self.limits.iter().max().expect("some") - self.limits.iter().min().expect("some");
        range as f64 / 2.0 / self.mean()
    }

    /// Of what the engine can take.
    fn taken(&self) -> f64 {
        self.written as f64 / self.limits.len() as f64 / ROWS_PER_PERIOD
    }

    fn latency(&self, quantile: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * quantile).ceil() as usize;
        Duration::from_millis(sorted[rank.clamp(1, sorted.len()) - 1])
    }
}

struct Plant {
    backend: Backend,
    pool: Pool,
    channel: Channel,
    controller: Arc<Controller>,
    attachment: Attachment,
    clock: Millis,
    /// More than [`ROW_BYTES`] on a slower disk.
    row_bytes: usize,
    /// Whether the disk takes anything.
    has_disk: bool,
    unflushed_bytes: usize,
    /// When the rows that the disk has not yet were to be written.
    out: Vec<u64>,
    offered: f64,
    sent: u64,
    waiting: HashMap<u64, u64>,
}

impl Plant {
    fn on(backend: Backend) -> Self {
        let clock = Millis::default();
        let pool = Pool::new(CAPACITY, LARGEST, Box::new(clock.clone())).expect("valid");
        let controller = Controller::manual(Box::new(clock.clone()));
        let attachment = backend.attach_to(&controller, &pool).expect("attaches");
        let channel = pool.channel("load", 0).expect("opens");
        Self {
            backend,
            pool,
            channel,
            controller,
            attachment,
            clock,
            row_bytes: ROW_BYTES,
            has_disk: true,
            unflushed_bytes: 0,
            out: Vec::new(),
            offered: 0.0,
            sent: 0,
            waiting: HashMap::new(),
        }
    }

    fn new(folder: &Path) -> Self {
        let mut options = stall::options(folder);
        options.log_level = LogLevel::Fatal;
        let family = &mut options.family;
        family.disable_auto_compactions = false;
        family.write_buffer_size_bytes = MEMTABLE_BYTES;
        family.max_write_buffer_number = MEMTABLES + 1;
        // Only the disk's turn begins a flush. RocksDB minds this with a write-ahead log alone.
        family.min_write_buffer_number_to_merge = MEMTABLES;
        (family.level0_slowdown_writes_trigger, family.level0_stop_writes_trigger) = (NEVER, NEVER);
        Self::on(Backend::open(options, None).expect("opens"))
    }

    fn now(&self) -> u64 {
        self.clock.0.load(SeqCst)
    }

    /// Runs for as many periods, offering `load` times what the engine can take.
    fn run(&mut self, periods: usize, load: f64) -> Course {
        let row_bytes = self.row_bytes;
        self.run_on(periods, load, |_| row_bytes)
    }

    /// As [`Plant::run`], on a disk that is as fast in each tick as rows of so many bytes say.
    fn run_on(&mut self, periods: usize, load: f64, row_bytes: impl Fn(u64) -> usize) -> Course {
        let mut course = Course::default();
        for tick in 0..periods as u64 * TICKS_PER_PERIOD {
            self.clock.0.fetch_add(TICK, SeqCst);
            self.row_bytes = row_bytes(tick);
            self.offer(load * ROWS_PER_PERIOD / TICKS_PER_PERIOD as f64);
            self.admit(&mut course);
            if (tick + 1).is_multiple_of(TICKS_PER_PERIOD) {
                self.end_period(&mut course);
            }
        }
        course
    }

    fn end_period(&mut self, course: &mut Course) {
        let pressure = self.backend.pressure().expect("reads");
        course.effective.push(pressure.effective);
        course.waiting.push(pressure.immutable_memtable_share);
        self.controller.step();
        self.flush(course);
        course.limits.push(self.pool.figures().limit);
    }

    fn offer(&mut self, calls: f64) {
        self.offered += calls;
        while self.offered >= 1.0 {
            self.offered -= 1.0;
            self.sent += 1;
            self.channel.post(self.sent, 1, Some(DEADLINE)).expect("open");
            self.waiting.insert(self.sent, self.now());
        }
    }

    /// Every call is answered by its deadline, whatever the engine does.
    fn admit(&mut self, course: &mut Course) {
        let mut ended = [Completion::default(); 64];
        while let Some(count @ 1..) = self.pool.completions(Duration::ZERO, &mut ended) {
            for ended in &ended[..count] {
                let sent = self.waiting.remove(&ended.number).expect("answered once");
                assert!(self.clock.now() <= Duration::from_millis(sent) + DEADLINE, "answered after its deadline");
                if ended.is_granted() {
                    course.granted += 1;
                    course.written += u64::from(self.write(ended.number, sent));
                }
            }
        }
        let late = self.waiting.values().filter(|sent| self.clock.now() > Duration::from_millis(**sent) + DEADLINE);
        assert_eq!(late.count(), 0, "calls without an answer by their deadline");
    }

    /// The credit of a row is out until the disk has the row; that of a row which is refused comes back at once.
    fn write(&mut self, number: u64, sent: u64) -> bool {
        // Once all memtables are full the engine would flush by itself, and as fast as the real disk is.
        let fits = !self.has_disk || self.unflushed_bytes + self.row_bytes <= FULL_BYTES;
        if !fits || !self.is_taken(number) {
            self.channel.refund(1).expect("out");
            return false;
        }
        self.unflushed_bytes += self.row_bytes;
        self.out.push(sent);
        true
    }

    /// Without waiting. What the engine refuses it must refuse for a while only.
    fn is_taken(&self, number: u64) -> bool {
        let family = self.backend.column_family("default").expect("exists");
        let mut batch = PackedBatch::new();
        let value = vec![b'v'; self.row_bytes];
        batch.push(Operation::Put, family.id(), &(number % ROWS_PER_MEMTABLE).to_be_bytes(), &value);
        let refused = self.backend.try_write(batch.as_bytes()).err();
        assert!(refused.as_ref().is_none_or(|error| error.is_transient()), "{refused:?}");
        refused.is_none()
    }

    fn flush(&mut self, course: &mut Course) {
        if self.has_disk {
            self.backend.flush().expect("flushes");
            self.unflushed_bytes = 0;
        }
        if !self.out.is_empty() {
            self.channel.replenish(self.out.len() as u64).expect("out");
        }
        let now = self.now();
        course.latencies.extend(self.out.drain(..).map(|sent| now - sent));
    }

    /// Nobody waits any more, all credits are back, and the engine never stopped more often than the test had it stop.
    fn end(mut self, stops: u64) {
        self.run(2, 0.0);
        let figures = self.pool.figures();
        assert_eq!((figures.outstanding, figures.waiting_calls, self.channel.kept(), self.waiting.len()), (0, 0, 0, 0));
        let statistics = self.backend.statistics().expect("reads");
        assert_eq!((statistics.stop_count, statistics.stall_count), (stops, stops));
        drop(self.attachment);
        self.backend.close().expect("closes");
    }
}

/// In memory, where there is such a folder: the real disk's speed plays no part.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

#[test]
fn a_disk_of_a_tenth_of_the_speed_is_no_longer_asked_for_too_much_after_two_seconds() {
    let folder = folder();
    let mut plant = Plant::new(folder.path());
    plant.run(15, 1.2);
    plant.row_bytes = 10 * ROW_BYTES;
    plant.run(2 * SECOND, 1.2);
    let after = plant.run(2 * SECOND, 1.2);
    assert!(after.waiting.iter().all(|share| (0.4..0.95).contains(share)), "{:?}", after.waiting);
    assert_eq!(after.written, after.granted, "rows were refused");
    assert!(after.latency(0.99) <= DEADLINE + PERIOD, "{:?}", after.latency(0.99));
    assert!(after.swing() <= 0.2, "{:?}", after.limits);
    plant.end(0);
}

#[test]
fn a_disk_that_is_fast_again_is_used_within_three_seconds() {
    let folder = folder();
    let mut plant = Plant::new(folder.path());
    plant.row_bytes = 10 * ROW_BYTES;
    let slow = plant.run(20, 1.2);
    assert!(slow.limits[19] < CAPACITY / 8, "{:?}", slow.limits);
    plant.row_bytes = ROW_BYTES;
    plant.run(3 * SECOND, 1.2);
    let after = plant.run(SECOND, 1.2);
    assert!(after.taken() >= 0.9, "{:?}", after.limits);
    plant.end(0);
}

/// A stop of the engine's own: its files in level 0 are as many as stop writes, and compaction is slow.
#[test]
fn a_stopped_engine_is_seen_within_one_period_gets_a_probe_in_each_and_is_used_again_within_three_seconds() {
    let folder = folder();
    let mut plant = Plant::on(stall::open(folder.path()));
    (plant.has_disk, plant.row_bytes) = (false, 5);
    plant.run(10, 1.2);
    let before = plant.pool.figures().limit;
    stall::stop(&plant.backend);
    let stopped = plant.run(1, 1.2);
    assert!(stopped.effective[0] >= 0.9, "{:?}", stopped.effective);
    assert_eq!(stopped.limits, [FLOOR]);
    let stopped = plant.run(10 * SECOND, 1.2);
    assert!(stopped.granted <= 101 && stopped.written == 0, "{} probes, {} written", stopped.granted, stopped.written);
    assert!(stopped.effective.iter().all(|pressure| *pressure == 1.0));
    stall::go_on(&plant.backend);
    plant.run(3 * SECOND, 1.2);
    let after = plant.run(SECOND, 1.2);
    assert!(after.limits.iter().all(|limit| *limit as f64 >= 0.9 * before as f64), "{:?}", after.limits);
    assert_eq!(after.written, after.granted);
    plant.end(1);
}

/// A disk whose speed changes as fast as the law acts must not have the limit swing with it: 0.1, 0.2, 0.5, 1, 2, 2.5, 5 and 10 Hz.
#[test]
fn no_square_wave_finds_a_resonance() {
    for half in [500, 250, 100, 50, 25, 20, 10, 5] {
        let folder = folder();
        let mut plant = Plant::new(folder.path());
        plant.run(2 * SECOND, 1.5);
        let is_slow = |tick: u64| (tick / half).is_multiple_of(2);
        let mut course =
            plant.run_on(20 * SECOND, 1.5, |tick| if is_slow(tick) { ROW_BYTES * 10 / 9 } else { ROW_BYTES });
        // Outside of one period around the edges, as far as there is such a time.
        let mut ends = (1..).map(|period| period * TICKS_PER_PERIOD % half);
        let is_away = |end: u64| end >= TICKS_PER_PERIOD && end + TICKS_PER_PERIOD <= half;
        course.limits.retain(|_| ends.next().is_some_and(is_away) || half <= 2 * TICKS_PER_PERIOD);
        assert!(course.swing() <= 0.2, "edges every {half} ticks: {:?}", course.limits);
        plant.end(0);
    }
}

/// Ten minutes of the test's clock, in thirds. `latency` bounds that of all but one in a thousand rows that are let in.
fn stays_steady_at(load: f64, latency: Duration) {
    let folder = folder();
    let mut plant = Plant::new(folder.path());
    plant.run(20 * SECOND, load);
    let thirds = [(); 3].map(|()| plant.run(200 * SECOND, load));
    for third in &thirds {
        assert!(third.taken() >= 0.9 * f64::min(load, 1.0), "{} of what the engine can take", third.taken());
        assert_eq!(third.written, third.granted, "rows were refused");
        assert!(load > 1.0 || third.taken() >= 0.999 * load, "only {} were let in", third.taken());
        assert!(third.latency(0.999) <= latency, "p99.9 {:?}", third.latency(0.999));
        assert!(third.swing() <= 0.2, "{:?}", third.limits);
        assert!(third.waiting.iter().all(|share| *share < 0.8), "{:?}", third.waiting);
    }
    let [first, _, last] = &thirds;
    for drift in [last.mean() / first.mean(), last.taken() / first.taken()] {
        assert!((0.95..=1.05).contains(&drift), "drifts by {drift} from the first third to the last");
    }
    let statistics = plant.backend.statistics().expect("reads");
    assert!(statistics.sealed_memtables > 5 * statistics.completed_flushes, "{statistics:?}");
    plant.end(0);
}

#[test]
fn ten_minutes_at_80_percent_of_what_the_engine_can_take_never_stop_it() {
    stays_steady_at(0.8, PERIOD);
}

#[test]
fn ten_minutes_at_120_percent_of_what_the_engine_can_take_never_stop_it() {
    stays_steady_at(1.2, DEADLINE + PERIOD);
}

#[test]
fn ten_minutes_at_200_percent_of_what_the_engine_can_take_never_stop_it() {
    stays_steady_at(2.0, DEADLINE + PERIOD);
}

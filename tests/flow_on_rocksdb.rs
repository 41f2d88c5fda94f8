//! The control law around real RocksDB whose disk is slow: its backlog is files in level 0, which the test compacts once per period, by a
//! clock of the test's. The engine's own stalls are real, as is what it says of them.

mod stall;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::Arc;
use std::time::Duration;

use flink_state_backend::credit::{Attachment, Channel, Clock, Completion, Controller, Pool};
use flink_state_backend::{Backend, Operation, PackedBatch};

/// Credits, one for each row. At full speed as many are in as many files as delay writes.
const CAPACITY: u64 = 400;
const LARGEST: u64 = 1;
const FLOOR: u64 = 2 * LARGEST;
/// Rows of a file in level 0 at full speed; the slower the disk, the fewer.
const ROWS_PER_FILE: u64 = 20;
const SLOWDOWN_FILES: u32 = 20;
/// The law comes to rest where the files of a period are 0.8 / 1.3 of those that delay writes: this is what the engine can take.
const ROWS_PER_PERIOD: f64 = CAPACITY as f64 * 0.8 / 1.3;
/// Milliseconds.
const PERIOD: u64 = 100;
const TICK: u64 = 10;
const DEADLINE: Duration = Duration::from_millis(100);
const PERIODS_PER_SECOND: usize = 10;

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
    /// Files in level 0, as a part of those that delay writes.
    level0: Vec<f64>,
    written: u64,
    granted: u64,
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

    fn written_per_period(&self) -> f64 {
        self.written as f64 / self.limits.len() as f64
    }
}

struct Plant {
    backend: Backend,
    pool: Pool,
    channel: Channel,
    controller: Arc<Controller>,
    attachment: Attachment,
    clock: Millis,
    /// Fewer than [`ROWS_PER_FILE`] on a slower disk.
    rows_per_file: u64,
    /// Whether the test does what is to be done about the files.
    compacts: bool,
    unflushed: u64,
    files: u32,
    out: u64,
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
        let (rows_per_file, compacts, waiting) = (ROWS_PER_FILE, true, HashMap::new());
        Self {
            backend,
            pool,
            channel,
            controller,
            attachment,
            clock,
            rows_per_file,
            compacts,
            unflushed: 0,
            files: 0,
            out: 0,
            offered: 0.0,
            sent: 0,
            waiting,
        }
    }

    fn new(folder: &Path) -> Self {
        let mut options = stall::options(folder);
        options.family.disable_auto_compactions = false;
        options.family.level0_file_num_compaction_trigger = SLOWDOWN_FILES;
        options.family.level0_slowdown_writes_trigger = SLOWDOWN_FILES;
        Self::on(Backend::open(options, None).expect("opens"))
    }

    /// Runs for as many periods, offering `load` times what the engine can take.
    fn run(&mut self, periods: usize, load: f64) -> Course {
        let mut course = Course::default();
        for _ in 0..periods {
            for _ in 0..PERIOD / TICK {
                self.clock.0.fetch_add(TICK, SeqCst);
                self.offer(load * ROWS_PER_PERIOD * TICK as f64 / PERIOD as f64);
                self.admit(&mut course);
            }
            let pressure = self.backend.pressure().expect("reads");
            course.effective.push(pressure.effective);
            course.level0.push(pressure.level0_share);
            self.controller.step();
            self.compact();
            course.limits.push(self.pool.figures().limit);
        }
        course
    }

    fn offer(&mut self, calls: f64) {
        self.offered += calls;
        while self.offered >= 1.0 {
            self.offered -= 1.0;
            self.sent += 1;
            self.channel.post(self.sent, 1, Some(DEADLINE)).expect("open");
            self.waiting.insert(self.sent, self.clock.0.load(SeqCst));
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
                    course.written += u64::from(self.write(ended.number));
                }
            }
        }
        let late = self.waiting.values().filter(|sent| self.clock.now() > Duration::from_millis(**sent) + DEADLINE);
        assert_eq!(late.count(), 0, "calls without an answer by their deadline");
    }

    /// The credit of a row is out until the row is compacted; that of a row which the engine refuses comes back at once.
    fn write(&mut self, number: u64) -> bool {
        let family = self.backend.column_family("default").expect("exists");
        let mut batch = PackedBatch::new();
        batch.push(Operation::Put, family.id(), &(number % ROWS_PER_FILE).to_be_bytes(), b"value");
        if let Err(refused) = self.backend.try_write(batch.as_bytes()) {
            assert!(refused.is_transient(), "{refused}");
            self.channel.refund(1).expect("out");
            return false;
        }
        self.unflushed += 1;
        self.out += 1;
        // One file more would have the flush itself wait.
        if self.unflushed >= self.rows_per_file && self.files < SLOWDOWN_FILES - 1 {
            (self.unflushed, self.files) = (0, self.files + 1);
            self.backend.flush().expect("flushes");
        }
        true
    }

    fn compact(&mut self) {
        if self.compacts {
            self.backend.column_family("default").expect("exists").compact(None, None).expect("compacts");
        }
        self.files = 0;
        let out = std::mem::take(&mut self.out);
        if out > 0 {
            self.channel.replenish(out).expect("out");
        }
    }

    /// Nobody waits any more, all credits are back, and the engine never stopped more often than the test had it stop.
    fn end(mut self, stops: u64) {
        self.run(2, 0.0);
        let figures = self.pool.figures();
        assert_eq!((figures.outstanding, figures.waiting_calls, self.channel.kept(), self.waiting.len()), (0, 0, 0, 0));
        assert_eq!(self.backend.statistics().expect("reads").stop_count, stops);
        drop(self.attachment);
        self.backend.close().expect("closes");
    }
}

#[test]
fn a_disk_of_a_tenth_of_the_speed_is_no_longer_asked_for_too_much_after_two_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plant = Plant::new(folder.path());
    plant.run(15, 1.2);
    plant.rows_per_file = ROWS_PER_FILE / 10;
    plant.run(2 * PERIODS_PER_SECOND, 1.2);
    let after = plant.run(2 * PERIODS_PER_SECOND, 1.2);
    assert!(after.level0.iter().all(|share| (0.4..0.95).contains(share)), "{:?}", after.level0);
    assert_eq!(after.written, after.granted, "rows were refused");
    assert!(after.swing() <= 0.2, "{:?}", after.limits);
    plant.end(0);
}

#[test]
fn a_disk_that_is_fast_again_is_used_within_three_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plant = Plant::new(folder.path());
    plant.rows_per_file = ROWS_PER_FILE / 10;
    let slow = plant.run(20, 1.2);
    assert!(slow.limits[19] < CAPACITY / 8, "{:?}", slow.limits);
    plant.rows_per_file = ROWS_PER_FILE;
    plant.run(3 * PERIODS_PER_SECOND, 1.2);
    let after = plant.run(PERIODS_PER_SECOND, 1.2);
    assert!(after.written_per_period() >= 0.9 * ROWS_PER_PERIOD, "{:?}", after.limits);
    plant.end(0);
}

/// A stop of the engine's own: its files in level 0 are as many as stop writes.
#[test]
fn a_stopped_engine_is_seen_within_one_period_gets_a_probe_in_each_and_is_used_again_within_three_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plant = Plant::on(stall::open(folder.path()));
    plant.compacts = false;
    plant.rows_per_file = u64::MAX;
    plant.run(10, 1.2);
    let before = plant.pool.figures().limit;
    stall::stop(&plant.backend);
    let stopped = plant.run(1, 1.2);
    assert!(stopped.effective[0] >= 0.9, "{:?}", stopped.effective);
    assert_eq!(stopped.limits, [FLOOR]);
    let stopped = plant.run(10 * PERIODS_PER_SECOND, 1.2);
    assert!(stopped.granted <= 101 && stopped.written == 0, "{} probes, {} written", stopped.granted, stopped.written);
    assert!(stopped.effective.iter().all(|pressure| *pressure == 1.0));
    stall::go_on(&plant.backend);
    plant.run(3 * PERIODS_PER_SECOND, 1.2);
    let after = plant.run(PERIODS_PER_SECOND, 1.2);
    assert!(after.limits.iter().all(|limit| *limit as f64 >= 0.9 * before as f64), "{:?}", after.limits);
    assert_eq!(after.written, after.granted);
    plant.end(1);
}

/// A disk whose speed changes as fast as the law acts must not have the limit swing with it.
#[test]
fn no_square_wave_finds_a_resonance() {
    for half in [5, 2, 1] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut plant = Plant::new(folder.path());
        plant.run(20, 1.5);
        let mut limits = Vec::new();
        for wave in 0..20 / half {
            plant.rows_per_file = if wave % 2 == 0 { ROWS_PER_FILE * 9 / 10 } else { ROWS_PER_FILE };
            limits.extend(plant.run(half, 1.5).limits);
        }
        let course = Course { limits, ..Course::default() };
        assert!(course.swing() <= 0.2, "edges every {half} periods: {:?}", course.limits);
        plant.end(0);
    }
}

#[test]
fn steady_load_below_and_above_what_the_engine_can_take_never_stops_it() {
    for load in [0.8, 1.2, 2.0] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut plant = Plant::new(folder.path());
        plant.run(20, load);
        let course = plant.run(20, load);
        let taken = course.written_per_period() / ROWS_PER_PERIOD;
        assert!(taken >= 0.9 * f64::min(load, 1.0), "load {load}: {taken} of what the engine can take");
        assert_eq!(course.written, course.granted, "load {load}: rows were refused");
        assert!(course.swing() <= 0.2, "load {load}: {:?}", course.limits);
        let timed_out = plant.pool.figures();
        assert!(
            load > 1.0 || course.granted as f64 >= 0.99 * load * 20.0 * ROWS_PER_PERIOD,
            "load {load}: {timed_out:?}"
        );
        plant.end(0);
    }
}

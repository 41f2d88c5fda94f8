//! The last ten seconds, second by second. Knows no clock: the time comes with each call.

use super::counters::Totals;
use super::histogram::{Histogram, Latency};
use super::shares::Shares;
use super::Side;

/// Length of the window.
pub(crate) const WINDOW_MILLIS: u64 = 10_000;
const SECOND: u64 = 1_000;
/// The seconds of the window, and the one under way.
const SLOTS: usize = (WINDOW_MILLIS / SECOND) as usize + 1;

/// What happened over a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Activity {
    /// Length of the window that the rates are over; shorter while the backend is young.
    pub(crate) window_millis: u64,
    pub(crate) reads_per_second: f64,
    pub(crate) writes_per_second: f64,
    pub(crate) read_latency: Latency,
    pub(crate) write_latency: Latency,
    pub(crate) cpu_percent: f64,
    pub(crate) shares: Shares,
}

/// Samples of one second.
#[derive(Clone, Default)]
struct Slot {
    second: u64,
    reads: Histogram,
    writes: Histogram,
}

/// The counters at one moment.
#[derive(Clone, Copy)]
struct Point {
    millis: u64,
    totals: Totals,
}

/// What others have counted, at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// Since the backend was opened.
    pub(super) millis: u64,
    /// CPU time of the process.
    pub(super) cpu_micros: Option<u64>,
    /// For which the engine made writes wait, counted when they have waited.
    pub(super) write_wait_micros: Option<u64>,
    /// For which the engine had stopped writes, whether or not there were any.
    pub(super) stop_micros: u64,
}

pub(super) struct Window {
    slots: Vec<Slot>,
    /// One a second at most, oldest first.
    points: Vec<Point>,
    readings: Vec<Reading>,
    /// Logical cores that the process may use. Finding out takes longer than all else.
    cores: f64,
}

impl Window {
    pub(super) fn new(opened: Reading) -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
            points: vec![Point { millis: 0, totals: Totals::default() }],
            readings: vec![opened],
            cores: std::thread::available_parallelism().map_or(f64::NAN, |cores| cores.get() as f64),
        }
    }

    /// Adds a sample; `totals` is asked for at most once a second.
    pub(super) fn record(&mut self, now: u64, side: Side, nanos: u64, totals: impl FnOnce() -> Totals) {
        let second = now / SECOND;
        let slot = &mut self.slots[second as usize % SLOTS];
        if slot.second != second {
            slot.second = second;
            slot.reads.clear();
            slot.writes.clear();
        }
        match side {
            Side::Read => slot.reads.record(nanos),
            Side::Write => slot.writes.record(nanos),
        }
        self.add_point(now, totals);
    }

    pub(super) fn activity(&mut self, totals: Totals, reading: Reading) -> Activity {
        let now = reading.millis;
        self.add_point(now, || totals);
        let base = *base_of(&self.points, now, |point| point.millis);
        let span = now.saturating_sub(base.millis).max(1);
        let per_second = |count: u64| count as f64 * SECOND as f64 / span as f64;
        let since_base = |count: fn(&Totals) -> u64| per_second(count(&totals).saturating_sub(count(&base.totals)));
        let (read_latency, write_latency) =
            (self.latency(now, |slot| &slot.reads), self.latency(now, |slot| &slot.writes));
        let in_calls = time_in_calls(since_base(|totals| totals.read_calls), read_latency)
            + time_in_calls(since_base(|totals| totals.write_calls), write_latency);
        let before = *base_of(&self.readings, now, |reading| reading.millis);
        self.add_reading(reading);
        Activity {
            window_millis: span,
            reads_per_second: since_base(|totals| totals.rows_read),
            writes_per_second: since_base(|totals| totals.rows_written),
            read_latency,
            write_latency,
            cpu_percent: cpu_percent(before, reading, self.cores),
            shares: Shares::of(in_calls, held_up(before, reading)),
        }
    }

    fn add_reading(&mut self, reading: Reading) {
        if self.readings.last().is_some_and(|last| reading.millis >= last.millis + SECOND) {
            self.readings.push(reading);
            forget(&mut self.readings, reading.millis, |reading| reading.millis);
        }
    }

    /// Mean time of the writes of the window, in milliseconds; NaN when none was sampled.
    pub(super) fn mean_write_millis(&self, now: u64) -> f64 {
        Histogram::mean_millis(self.slots_of(now).map(|slot| &slot.writes))
    }

    fn latency(&self, now: u64, side: impl Fn(&Slot) -> &Histogram) -> Latency {
        let mut merged = Histogram::default();
        self.slots_of(now).for_each(|slot| merged.merge(side(slot)));
        merged.latency()
    }

    /// The seconds of the window that ends now.
    fn slots_of(&self, now: u64) -> impl Iterator<Item = &Slot> {
        let oldest = (now / SECOND).saturating_sub(SLOTS as u64 - 1);
        self.slots.iter().filter(move |slot| slot.second >= oldest)
    }

    fn add_point(&mut self, now: u64, totals: impl FnOnce() -> Totals) {
        if self.points.last().is_some_and(|last| now < last.millis + SECOND) {
            return;
        }
        self.points.push(Point { millis: now, totals: totals() });
        forget(&mut self.points, now, |point| point.millis);
    }
}

/// Milliseconds that calls took: so many calls, each of which took what the sampled ones did on average.
fn time_in_calls(calls: f64, latency: Latency) -> f64 {
    if calls > 0.0 {
        calls * latency.mean
    } else {
        0.0
    }
}

/// Milliseconds of each second in which the engine held writes up: it had stopped them, or let them wait. NaN when not known.
fn held_up(before: Reading, now: Reading) -> f64 {
    let span = now.millis.saturating_sub(before.millis);
    let (Some(waited_before), Some(waited)) = (before.write_wait_micros, now.write_wait_micros) else {
        return f64::NAN;
    };
    let micros = waited.saturating_sub(waited_before).max(now.stop_micros.saturating_sub(before.stop_micros));
    // Microseconds of a millisecond are milliseconds of a second. No time at all makes it NaN, or endless: not measured either way.
    micros as f64 / span as f64
}

/// Share of all logical cores that the process used between two readings. NaN when not known.
fn cpu_percent(before: Reading, now: Reading, cores: f64) -> f64 {
    let span_micros = now.millis.saturating_sub(before.millis) as f64 * 1000.0;
    match (before.cpu_micros, now.cpu_micros) {
        (Some(before), Some(now)) if span_micros > 0.0 => {
            now.saturating_sub(before) as f64 / (span_micros * cores) * 100.0
        }
        _ => f64::NAN,
    }
}

/// The oldest point inside the window, or, when none but the present is, the newest before it.
fn base_of<P>(points: &[P], now: u64, millis: impl Fn(&P) -> u64) -> &P {
    let inside = |point: &&P| millis(point) + WINDOW_MILLIS >= now && millis(point) < now;
    points.iter().find(inside).or_else(|| points.iter().rev().find(|point| millis(point) < now)).unwrap_or(&points[0])
}

/// Drops points that no window can start at any more, keeping one from before it.
fn forget<P>(points: &mut Vec<P>, now: u64, millis: impl Fn(&P) -> u64) {
    let old = points.iter().take_while(|point| millis(point) + WINDOW_MILLIS < now).count();
    points.drain(..old.saturating_sub(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows_written: u64) -> Totals {
        Totals { rows_written, ..Totals::default() }
    }

    fn at(millis: u64) -> Reading {
        Reading { millis, write_wait_micros: Some(0), ..Reading::default() }
    }

    #[test]
    fn rates_are_rows_over_the_last_ten_seconds() {
        let mut window = Window::new(at(0));
        for second in 1..=30 {
            window.record(second * SECOND, Side::Write, 1000, || written(second * 500));
        }
        let activity = window.activity(written(30 * 500), at(30 * SECOND + 1));
        assert!((activity.writes_per_second - 500.0).abs() < 1.0, "{}", activity.writes_per_second);
        assert!(activity.reads_per_second.abs() < f64::EPSILON);
    }

    #[test]
    fn after_silence_the_rate_is_zero_and_the_latency_not_measured() {
        let mut window = Window::new(at(0));
        window.record(500, Side::Write, 1_000_000, || written(64));
        window.activity(written(64), at(2 * SECOND));
        window.activity(written(64), at(9 * SECOND));
        let activity = window.activity(written(64), at(40 * SECOND));
        assert!(activity.writes_per_second.abs() < f64::EPSILON);
        assert!(activity.write_latency.mean.is_nan());
        assert_eq!(activity.shares, Shares { busy: 0.0, idle: 1000.0, back_pressured: 0.0 });
    }

    #[test]
    fn latency_holds_the_samples_of_the_window_only() {
        let mut window = Window::new(at(0));
        window.record(SECOND, Side::Read, 9_000_000, Totals::default);
        window.record(15 * SECOND, Side::Read, 1_000_000, Totals::default);
        let latency = window.activity(Totals::default(), at(16 * SECOND)).read_latency;
        assert!((latency.mean - 1.0).abs() < 1e-9 && (latency.max - 1.0).abs() < 1e-9, "{latency:?}");
    }

    #[test]
    fn the_mean_alone_is_that_of_the_latency() {
        let mut window = Window::new(at(0));
        assert!(window.mean_write_millis(0).is_nan());
        [9_000_000, 3_000_000].iter().for_each(|nanos| window.record(SECOND, Side::Write, *nanos, Totals::default));
        assert!((window.mean_write_millis(SECOND) - 6.0).abs() < 1e-9);
        assert!(window.mean_write_millis(15 * SECOND).is_nan());
    }

    #[test]
    fn cpu_is_a_share_of_all_cores() {
        let cores = std::thread::available_parallelism().expect("known").get() as u64;
        let used = |seconds: u64| Reading { cpu_micros: Some(seconds * cores * 1_000_000), ..at(seconds * 2 * SECOND) };
        let mut window = Window::new(used(0));
        let percent = window.activity(Totals::default(), used(2)).cpu_percent;
        assert!((percent - 50.0).abs() < 1e-9, "{percent}");
    }

    #[test]
    fn cpu_that_cannot_be_read_is_not_measured() {
        assert!(Window::new(at(0)).activity(Totals::default(), at(SECOND)).cpu_percent.is_nan());
    }

    #[test]
    fn time_in_calls_is_their_number_by_the_mean_of_the_sampled_ones() {
        let mut window = Window::new(at(0));
        window.record(500, Side::Read, 2_000_000, Totals::default);
        window.record(600, Side::Write, 1_000_000, Totals::default);
        let totals = Totals { read_calls: 100, write_calls: 50, ..Totals::default() };
        let shares = window.activity(totals, at(SECOND)).shares;
        assert!((shares.busy - 250.0).abs() < 1e-9 && (shares.idle - 750.0).abs() < 1e-9, "{shares:?}");
    }

    #[test]
    fn calls_of_which_none_was_sampled_leave_the_shares_not_measured() {
        let calls = Totals { read_calls: 1, ..Totals::default() };
        assert!(Window::new(at(0)).activity(calls, at(SECOND)).shares.busy.is_nan());
    }

    #[test]
    fn a_stop_counts_while_it_lasts_and_its_wait_not_once_more() {
        let mut window = Window::new(at(0));
        let during = Reading { stop_micros: 400_000, ..at(SECOND) };
        assert!((window.activity(Totals::default(), during).shares.back_pressured - 400.0).abs() < 1e-9);
        let after = Reading { stop_micros: 500_000, write_wait_micros: Some(500_000), ..at(2 * SECOND) };
        assert!((window.activity(Totals::default(), after).shares.back_pressured - 250.0).abs() < 1e-9);
    }

    #[test]
    fn the_moment_of_opening_has_no_shares() {
        assert!(Window::new(at(0)).activity(Totals::default(), at(0)).shares.idle.is_nan());
        assert!(Window::new(at(0))
            .activity(Totals::default(), Reading { stop_micros: 5, ..at(0) })
            .shares
            .idle
            .is_nan());
    }
}

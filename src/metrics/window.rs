//! The last ten seconds, second by second. Knows no clock: the time comes with each call.

use super::counters::Totals;
use super::histogram::{Histogram, Latency};
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

/// CPU time of the process at one moment.
#[derive(Clone, Copy)]
struct CpuPoint {
    millis: u64,
    cpu_millis: u64,
}

pub(super) struct Window {
    slots: Vec<Slot>,
    /// One a second at most, oldest first.
    points: Vec<Point>,
    cpu_points: Vec<CpuPoint>,
}

impl Window {
    pub(super) fn new(cpu_millis: Option<u64>) -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
            points: vec![Point { millis: 0, totals: Totals::default() }],
            cpu_points: cpu_millis.map(|cpu_millis| CpuPoint { millis: 0, cpu_millis }).into_iter().collect(),
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

    pub(super) fn activity(&mut self, now: u64, totals: Totals, cpu_millis: Option<u64>) -> Activity {
        self.add_point(now, || totals);
        let base = base_of(&self.points, now, |point| point.millis);
        let span = now.saturating_sub(base.millis).max(1);
        let per_second = |count: u64| count as f64 * SECOND as f64 / span as f64;
        Activity {
            window_millis: span,
            reads_per_second: per_second(totals.rows_read - base.totals.rows_read),
            writes_per_second: per_second(totals.rows_written - base.totals.rows_written),
            read_latency: self.latency(now, |slot| &slot.reads),
            write_latency: self.latency(now, |slot| &slot.writes),
            cpu_percent: cpu_millis.map_or(f64::NAN, |cpu| self.cpu_percent(now, cpu)),
        }
    }

    /// Share of all logical cores that the process used since the base of the window.
    fn cpu_percent(&mut self, now: u64, cpu_millis: u64) -> f64 {
        if self.cpu_points.is_empty() {
            self.cpu_points.push(CpuPoint { millis: now, cpu_millis });
        }
        let base = *base_of(&self.cpu_points, now, |point| point.millis);
        if self.cpu_points.last().is_some_and(|last| now >= last.millis + SECOND) {
            self.cpu_points.push(CpuPoint { millis: now, cpu_millis });
            forget(&mut self.cpu_points, now, |point| point.millis);
        }
        let span = now.saturating_sub(base.millis);
        let cores = std::thread::available_parallelism().map_or(f64::NAN, |cores| cores.get() as f64);
        if span == 0 {
            return f64::NAN;
        }
        cpu_millis.saturating_sub(base.cpu_millis) as f64 / (span as f64 * cores) * 100.0
    }

    fn latency(&self, now: u64, side: impl Fn(&Slot) -> &Histogram) -> Latency {
        let oldest = (now / SECOND).saturating_sub(SLOTS as u64 - 1);
        let mut merged = Histogram::default();
        self.slots.iter().filter(|slot| slot.second >= oldest).for_each(|slot| merged.merge(side(slot)));
        merged.latency()
    }

    fn add_point(&mut self, now: u64, totals: impl FnOnce() -> Totals) {
        if self.points.last().is_some_and(|last| now < last.millis + SECOND) {
            return;
        }
        self.points.push(Point { millis: now, totals: totals() });
        forget(&mut self.points, now, |point| point.millis);
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
        Totals { rows_read: 0, rows_written }
    }

    #[test]
    fn rates_are_rows_over_the_last_ten_seconds() {
        let mut window = Window::new(None);
        for second in 1..=30 {
            window.record(second * SECOND, Side::Write, 1000, || written(second * 500));
        }
        let activity = window.activity(30 * SECOND + 1, written(30 * 500), None);
        assert!((activity.writes_per_second - 500.0).abs() < 1.0, "{}", activity.writes_per_second);
        assert!(activity.reads_per_second.abs() < f64::EPSILON);
    }

    #[test]
    fn after_silence_the_rate_is_zero_and_the_latency_not_measured() {
        let mut window = Window::new(None);
        window.record(500, Side::Write, 1_000_000, || written(64));
        window.activity(2 * SECOND, written(64), None);
        window.activity(9 * SECOND, written(64), None);
        let activity = window.activity(40 * SECOND, written(64), None);
        assert!(activity.writes_per_second.abs() < f64::EPSILON);
        assert!(activity.write_latency.mean.is_nan());
    }

    #[test]
    fn latency_holds_the_samples_of_the_window_only() {
        let mut window = Window::new(None);
        window.record(SECOND, Side::Read, 9_000_000, Totals::default);
        window.record(15 * SECOND, Side::Read, 1_000_000, Totals::default);
        let latency = window.activity(16 * SECOND, Totals::default(), None).read_latency;
        assert!((latency.mean - 1.0).abs() < 1e-9 && (latency.max - 1.0).abs() < 1e-9, "{latency:?}");
    }

    #[test]
    fn cpu_is_a_share_of_all_cores() {
        let cores = std::thread::available_parallelism().expect("known").get() as u64;
        let mut window = Window::new(Some(0));
        let percent = window.activity(4 * SECOND, Totals::default(), Some(2 * SECOND * cores)).cpu_percent;
        assert!((percent - 50.0).abs() < 1e-9, "{percent}");
    }

    #[test]
    fn cpu_that_cannot_be_read_is_not_measured() {
        assert!(Window::new(None).activity(SECOND, Totals::default(), None).cpu_percent.is_nan());
    }
}

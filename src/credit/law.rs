//! [`Law`]: how the limit of a pool follows the pressure of the engine behind it. Pure: time and signal come from the caller.

use std::time::Duration;

/// A period is never shorter: faster than the engine's own signals change, the law would react to its own reaction.
pub(crate) const SHORTEST_PERIOD: Duration = Duration::from_millis(100);
/// A mean flush time above this is no measure.
const LONGEST_PERIOD: Duration = Duration::from_secs(10);

/// Below, the limit grows.
const LOW: f64 = 0.5;
/// From here on, it is cut.
const HIGH: f64 = 0.8;
/// What a delaying engine counts as, at least.
const DELAYED: f64 = 0.9;
/// Part of the capacity by which it grows per period.
const GROWTH: f64 = 0.02;
/// Part of the way to its target that it goes per period.
const SMOOTHING: f64 = 0.2;
/// What a cut leaves of it.
const CUT: f64 = 0.7;
/// Growth per period after a stop.
const RECOVERY: f64 = 1.25;

/// What a source says of the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Pressure from 0 to 1. Anything else, NaN among it, counts as 1.
    pub effective: f64,
    /// Whether the engine takes no writes.
    pub stopped: bool,
    /// Whether the engine delays writes.
    pub delayed: bool,
    /// Mean time of a flush: what was granted acts on the pressure no sooner. Zero when not known.
    pub flush_time: Duration,
}

impl Signal {
    /// What counts when nothing is known: full pressure.
    pub const UNKNOWN: Self = Self { effective: 1.0, stopped: false, delayed: false, flush_time: Duration::ZERO };

    /// The pressure that counts, from 0 to 1.
    pub fn pressure(&self) -> f64 {
        let sane = if (0.0..=1.0).contains(&self.effective) { self.effective } else { 1.0 };
        match (self.stopped, self.delayed) {
            (true, _) => 1.0,
            (false, true) => sane.max(DELAYED),
            (false, false) => sane,
        }
    }
}

/// How much a pool may have out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Credits.
    pub credits: u64,
    /// Whether only one call is to be granted until the next limit.
    pub probing: bool,
}

/// What happened in the pool since the last step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The most credits that were out at once.
    pub peak: u64,
    /// Whether the engine refused a write.
    pub congested: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Steady,
    /// The engine stands still; this was the limit before.
    Stopped(f64),
    /// It goes again; growth is fast up to this limit.
    Recovering(f64),
}

/// The control law of one pool.
#[derive(Debug, Clone)]
pub struct Law {
    capacity: f64,
    floor: f64,
    limit: f64,
    phase: Phase,
    stepped: Option<Duration>,
    congested: bool,
    peak: u64,
}

impl Law {
    /// For a pool of `capacity` credits whose limit never falls below `floor`, so that its largest request is always served.
    pub fn new(capacity: u64, floor: u64) -> Self {
        let capacity = capacity as f64;
        let floor = (floor as f64).clamp(1.0, capacity.max(1.0));
        Self { capacity, floor, limit: capacity, phase: Phase::Steady, stepped: None, congested: false, peak: 0 }
    }

    /// How long the limit stands: the mean flush time, from 100 ms to 10 s.
    pub fn period(signal: &Signal) -> Duration {
        signal.flush_time.clamp(SHORTEST_PERIOD, LONGEST_PERIOD)
    }

    /// Takes a signal in. None while the period lasts, but a stop counts at once. `now` may jump: backwards it begins a new period.
    pub fn step(&mut self, now: Duration, signal: &Signal, usage: Usage) -> Option<Limit> {
        self.congested |= usage.congested;
        self.peak = self.peak.max(usage.peak);
        let stops = signal.stopped && !matches!(self.phase, Phase::Stopped(_));
        let since = *self.stepped.get_or_insert(now);
        if now < since {
            self.stepped = Some(now);
        }
        if now.saturating_sub(since) < Self::period(signal) && !stops {
            return None;
        }
        self.stepped = Some(now);
        self.adjust(signal);
        (self.congested, self.peak) = (false, 0);
        Some(self.limit())
    }

    /// The limit in force.
    pub fn limit(&self) -> Limit {
        Limit { credits: self.limit.round() as u64, probing: matches!(self.phase, Phase::Stopped(_)) }
    }

    fn adjust(&mut self, signal: &Signal) {
        self.phase = match (self.phase, signal.stopped) {
            (Phase::Stopped(before), true) => Phase::Stopped(before),
            (Phase::Steady, true) => Phase::Stopped(self.limit),
            (Phase::Recovering(before), true) => Phase::Stopped(before),
            (Phase::Stopped(before), false) => Phase::Recovering(before),
            (phase, false) => phase,
        };
        let next = match self.phase {
            Phase::Stopped(_) => self.floor,
            _ => self.next(signal.pressure()),
        };
        self.limit = next.clamp(self.floor, self.capacity.max(self.floor));
        if matches!(self.phase, Phase::Recovering(before) if self.limit >= before) {
            self.phase = Phase::Steady;
        }
    }

    fn next(&mut self, pressure: f64) -> f64 {
        if self.congested || pressure >= HIGH {
            self.phase = Phase::Steady;
            return self.limit * CUT;
        }
        let aimed = match self.phase {
            _ if pressure >= LOW => {
                self.phase = Phase::Steady;
                let left = (HIGH - pressure) / (HIGH - LOW);
                // NOTE: the target supposes that the capacity is what the engine can take at full pressure. Of a slower engine it is far too
                // high, so it is approached from below no faster than the limit grows, and slower the nearer the cut is.
                (SMOOTHING * (self.capacity * left - self.limit)).min(GROWTH * self.capacity * left) + self.limit
            }
            Phase::Recovering(before) => (self.limit * RECOVERY).min(before.max(self.limit)),
            _ => self.limit + GROWTH * self.capacity,
        };
        // What is not used is no reason to allow more.
        let is_used = self.peak as f64 >= self.limit / 2.0;
        if is_used {
            aimed
        } else {
            aimed.min(self.limit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = SHORTEST_PERIOD;

    fn signal(effective: f64) -> Signal {
        Signal { effective, ..Signal::UNKNOWN }
    }

    /// The limits of as many periods, all credits in use.
    fn limits(law: &mut Law, from: &mut Duration, signal: &Signal, periods: u32) -> Vec<u64> {
        let full = Usage { peak: u64::MAX, congested: false };
        (0..periods)
            .map(|_| {
                *from += PERIOD;
                law.step(*from, signal, full).expect("a period is over").credits
            })
            .collect()
    }

    fn begun() -> (Law, Duration) {
        let mut law = Law::new(1000, 20);
        assert_eq!(law.step(Duration::ZERO, &signal(0.0), Usage::default()), None, "the first signal begins a period");
        (law, Duration::ZERO)
    }

    #[test]
    fn numbers_that_are_no_pressure_count_as_full_pressure() {
        for lie in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1, 1.1] {
            assert_eq!(signal(lie).pressure(), 1.0, "{lie}");
        }
        assert_eq!(signal(-0.0).pressure(), 0.0);
        assert_eq!(Signal { delayed: true, ..signal(0.1) }.pressure(), DELAYED);
        assert_eq!(Signal { stopped: true, ..signal(0.1) }.pressure(), 1.0);
    }

    #[test]
    fn low_pressure_grows_high_pressure_cuts_and_the_middle_follows_its_target() {
        let (mut law, mut now) = begun();
        assert_eq!(limits(&mut law, &mut now, &signal(0.99), 2), [700, 490]);
        assert_eq!(limits(&mut law, &mut now, &signal(0.8), 1), [343]);
        assert_eq!(limits(&mut law, &mut now, &signal(0.1), 3), [363, 383, 403]);
        assert_eq!(limits(&mut law, &mut now, &signal(0.74), 1), [362], "a fifth of the way to 200");
        assert_eq!(limits(&mut law, &mut now, &signal(1.0), 20).last(), Some(&20), "never below the floor");
        assert_eq!(limits(&mut law, &mut now, &signal(0.0), 60).last(), Some(&1000), "never above the capacity");
    }

    #[test]
    fn a_period_has_one_reaction_and_lasts_as_long_as_a_flush() {
        let (mut law, _) = begun();
        let slow = Signal { flush_time: 3 * PERIOD, ..signal(1.0) };
        assert_eq!(law.step(2 * PERIOD, &slow, Usage::default()), None);
        assert_eq!(law.step(3 * PERIOD, &slow, Usage::default()).map(|limit| limit.credits), Some(700));
        assert_eq!(law.step(3 * PERIOD, &slow, Usage::default()), None);
        assert_eq!(Law::period(&Signal { flush_time: Duration::MAX, ..slow }), LONGEST_PERIOD);
    }

    #[test]
    fn unused_credits_are_no_reason_for_more() {
        let (mut law, mut now) = begun();
        let cut = limits(&mut law, &mut now, &signal(0.9), 1);
        let idle = Usage { peak: cut[0] / 2 - 1, congested: false };
        assert_eq!(law.step(now + PERIOD, &signal(0.0), idle).map(|limit| limit.credits), Some(cut[0]));
    }

    #[test]
    fn a_refused_write_is_remembered_until_the_period_ends() {
        let (mut law, now) = begun();
        assert_eq!(law.step(now + PERIOD / 2, &signal(0.0), Usage { peak: 0, congested: true }), None);
        assert_eq!(law.step(now + PERIOD, &signal(0.0), Usage::default()).map(|limit| limit.credits), Some(700));
    }

    #[test]
    fn a_stop_counts_at_once_and_its_end_grows_fast_to_what_was() {
        let (mut law, mut now) = begun();
        limits(&mut law, &mut now, &signal(0.9), 4);
        let before = law.limit().credits;
        let stopped = Signal { stopped: true, ..signal(0.0) };
        let probe = Limit { credits: 20, probing: true };
        assert_eq!(law.step(now, &stopped, Usage::default()), Some(probe));
        assert_eq!(law.step(now, &stopped, Usage::default()), None, "one probe per period");
        assert_eq!(law.step(now + PERIOD, &stopped, Usage::default()), Some(probe));
        now += PERIOD;
        assert_eq!(limits(&mut law, &mut now, &signal(0.0), 3), [25, 31, 39]);
        assert_eq!(limits(&mut law, &mut now, &signal(0.0), 9).last(), Some(&before));
        assert_eq!(limits(&mut law, &mut now, &signal(0.0), 1), [before + 20]);
    }

    #[test]
    fn a_clock_set_back_begins_a_new_period() {
        let (mut law, _) = begun();
        assert!(law.step(100 * PERIOD, &signal(0.9), Usage::default()).is_some());
        assert_eq!(law.step(PERIOD, &signal(0.9), Usage::default()), None);
        assert!(law.step(2 * PERIOD, &signal(0.9), Usage::default()).is_some());
    }
}

//! How long calls waited for their credits, over the last one to two seconds.

use std::time::Duration;

/// Long enough for some waits to be in it, short enough to follow a step of the load.
const WINDOW: Duration = Duration::from_secs(1);
/// Four to each power of two, of microseconds: a quantile is at most 25 % above the truth.
const SUB_BITS: u32 = 2;
const BUCKETS: usize = 34 << SUB_BITS;

/// Waits in two windows, of which the older is forgotten when the newer is full.
pub(crate) struct Waits {
    windows: [[u32; BUCKETS]; 2],
    /// Calls that did not wait, in the same windows. They are counted without a look at the clock.
    at_once: [u32; 2],
    since: Duration,
}

impl Waits {
    pub(crate) fn new() -> Self {
        Self { windows: [[0; BUCKETS]; 2], at_once: [0; 2], since: Duration::ZERO }
    }

    /// Counts a call that got its credits without waiting.
    #[inline]
    pub(crate) fn none(&mut self) {
        self.at_once[0] = self.at_once[0].saturating_add(1);
    }

    /// Counts a call that waited, whatever the answer was.
    pub(crate) fn record(&mut self, now: Duration, wait: Duration) {
        self.turn(now);
        let count = &mut self.windows[0][bucket_of(wait)];
        *count = count.saturating_add(1);
    }

    /// The 95th percentile; zero when there was no call.
    pub(crate) fn p95(&mut self, now: Duration) -> Duration {
        self.turn(now);
        let at_once: u64 = self.at_once.iter().map(|count| u64::from(*count)).sum();
        let in_bucket = |bucket: usize| self.windows.iter().map(|window| u64::from(window[bucket])).sum::<u64>();
        let total = at_once + (0..BUCKETS).map(in_bucket).sum::<u64>();
        let wanted = (total * 95).div_ceil(100);
        let mut seen = at_once;
        for bucket in 0..BUCKETS {
            if seen >= wanted {
                return if bucket == 0 { Duration::ZERO } else { upper_edge(bucket - 1) };
            }
            seen += in_bucket(bucket);
        }
        upper_edge(BUCKETS - 1)
    }

    fn turn(&mut self, now: Duration) {
        let age = now.saturating_sub(self.since);
        if age < WINDOW {
            return;
        }
        if age < WINDOW * 2 {
            (self.windows[1], self.at_once[1]) = (self.windows[0], self.at_once[0]);
        } else {
            (self.windows[1], self.at_once[1]) = ([0; BUCKETS], 0);
        }
        (self.windows[0], self.at_once[0]) = ([0; BUCKETS], 0);
        self.since = now;
    }
}

fn bucket_of(wait: Duration) -> usize {
    let micros = (wait.as_micros().min(u128::from(u32::MAX)) as u64).max(1 << SUB_BITS);
    let power = micros.ilog2();
    let sub = (micros >> (power - SUB_BITS)) as usize & ((1 << SUB_BITS) - 1);
    ((power as usize) << SUB_BITS) | sub
}

fn upper_edge(bucket: usize) -> Duration {
    let (power, sub) = ((bucket >> SUB_BITS) as u32, (bucket & ((1 << SUB_BITS) - 1)) as u64);
    Duration::from_micros((((1 << SUB_BITS) + sub + 1) << power) >> SUB_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn without_calls_nobody_waited() {
        assert_eq!(Waits::new().p95(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn five_in_a_hundred_are_above_the_percentile() {
        let mut waits = Waits::new();
        (0..95).for_each(|_| waits.none());
        (0..5).for_each(|_| waits.record(MILLI, 100 * MILLI));
        assert_eq!(waits.p95(MILLI), Duration::ZERO);
        waits.record(MILLI, 100 * MILLI);
        let p95 = waits.p95(MILLI);
        assert!(p95 >= 100 * MILLI && p95 <= 125 * MILLI, "{p95:?}");
    }

    #[test]
    fn every_edge_is_at_most_a_quarter_above_its_wait() {
        for wait in (0..200).map(|step| Duration::from_micros(4) * 11_u32.pow(step / 25) * (step % 25 + 1)) {
            let edge = upper_edge(bucket_of(wait));
            assert!(
                edge > wait.min(Duration::from_micros(u64::from(u32::MAX) - 1)) && edge <= wait * 5 / 4 + MILLI / 1000,
                "{wait:?} {edge:?}"
            );
        }
    }

    #[test]
    fn waits_are_forgotten_after_two_windows() {
        let mut waits = Waits::new();
        waits.record(MILLI, 50 * MILLI);
        assert!(waits.p95(WINDOW + MILLI) >= 50 * MILLI);
        assert_eq!(waits.p95(WINDOW * 2 + MILLI * 2), Duration::ZERO);
        waits.record(WINDOW * 3, 50 * MILLI);
        assert_eq!(waits.p95(WINDOW * 9), Duration::ZERO);
    }
}

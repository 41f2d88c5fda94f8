//! [`Backoff`]: how long to wait before the next try.

use std::time::Duration;

/// Exponential delays with jitter and a cap. Pure: the same seed and attempt give the same delay.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    seed: u64,
}

impl Backoff {
    /// Delays that begin at `base`, double with each attempt and never pass `cap`. Give each caller a seed of its own, so that callers
    /// refused together do not come back together.
    pub fn new(base: Duration, cap: Duration, seed: u64) -> Self {
        Self { base, cap, seed }
    }

    /// The delay before the next try after `attempt` failures, counted from 0: between half of `base` doubled as often, capped, and the
    /// whole of it.
    pub fn delay(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        let whole = self.base.checked_mul(factor).map_or(self.cap, |whole| whole.min(self.cap));
        let jitter = mixed(self.seed ^ u64::from(attempt).wrapping_mul(GOLDEN)) >> 11;
        whole / 2 + (whole - whole / 2).mul_f64(jitter as f64 / (1_u64 << 53) as f64)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64 (Steele, Lea and Flood, 2014): neighbouring seeds give unrelated numbers.
fn mixed(seed: u64) -> u64 {
    let seed = seed.wrapping_add(GOLDEN);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(10);
    const CAP: Duration = Duration::from_secs(1);

    #[test]
    fn delays_double_up_to_the_cap() {
        for seed in 0..100 {
            let backoff = Backoff::new(BASE, CAP, seed);
            for attempt in [0, 1, 5, 6, 7, 31, 32, 40, u32::MAX] {
                let whole = BASE.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX)).min(CAP);
                let delay = backoff.delay(attempt);
                assert!(delay >= whole / 2 && delay <= whole, "seed {seed}, attempt {attempt}: {delay:?}");
            }
        }
    }

    #[test]
    fn a_seed_decides_and_seeds_differ() {
        let delays = |seed| (0..8).map(|attempt| Backoff::new(BASE, CAP, seed).delay(attempt)).collect::<Vec<_>>();
        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
    }

    #[test]
    fn the_ends_of_time_are_no_overflow() {
        assert!(Backoff::new(Duration::MAX, Duration::MAX, 1).delay(u32::MAX) >= Duration::MAX / 2);
        assert_eq!(Backoff::new(Duration::ZERO, CAP, 1).delay(9), Duration::ZERO);
    }
}

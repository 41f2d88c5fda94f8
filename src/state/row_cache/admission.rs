//! Whether the cache earns its keep: the ratio of uses that found their row, judged lap by lap.
//!
//! A lap is as many bytes of new rows as the cache may hold. After a lap with too few hits the cache steps aside: it shrinks to
//! a share of its memory and admits the same share of the keys, chosen by hash. The ratio of that sample is the one that the
//! whole cache would have, so the cache sees when it is worth coming back.

/// One key in so many is sampled while the cache steps aside.
const SAMPLE: usize = 16;
/// Below this ratio, in percent, the cache costs more than it saves.
const LEAST_PERCENT: u64 = 5;
/// From this ratio on, in percent, a cache that stepped aside comes back.
const WORTH_PERCENT: u64 = 10;
/// Fewer segments hold no sample that says anything.
const LEAST_SEGMENTS: usize = 4;
/// While it shrinks, the cache gives up one segment per so many reads that passed it by.
const READS_PER_SEGMENT: u64 = 512;

#[derive(Default)]
pub(super) struct Admission {
    aside: bool,
    hits: u64,
    misses: u64,
    /// Segments filled in this lap.
    filled: usize,
    /// Whether this lap began with the cache as full as it gets.
    settled: bool,
    passed_by: u64,
    /// Segments that a shrinking cache may still have.
    shrinking: usize,
}

impl Admission {
    /// Whether a key belongs to the sample.
    #[inline]
    pub(super) fn samples(&self, hash: u64) -> bool {
        (hash as usize).is_multiple_of(SAMPLE)
    }

    /// Whether the cache has stepped aside for this key.
    #[inline]
    pub(super) fn passes_by(&self, hash: u64) -> bool {
        self.aside && !self.samples(hash)
    }

    #[inline]
    pub(super) fn hit(&mut self) {
        self.hits += 1;
    }

    #[inline]
    pub(super) fn missed(&mut self) {
        self.misses += 1;
    }

    /// Counts a read that passed by; true when the cache has to give up a segment now.
    #[inline]
    pub(super) fn passed_by(&mut self) -> bool {
        self.passed_by += 1;
        self.shrinking > 0 && self.passed_by.is_multiple_of(READS_PER_SEGMENT)
    }

    pub(super) fn shrink(&mut self) {
        self.shrinking = self.shrinking.saturating_sub(1);
    }

    /// Segments that the cache may have out of `possible`.
    pub(super) fn allowance(&self, possible: usize) -> usize {
        self.share(possible).max(self.shrinking).min(possible)
    }

    /// Counts a segment that new rows began; true at the end of a lap, when the cache may have stepped aside or come back.
    pub(super) fn segment_begun(&mut self, possible: usize) -> bool {
        self.filled += 1;
        let allowed = self.allowance(possible);
        if self.filled < allowed {
            return false;
        }
        if self.settled && self.is_misplaced() {
            self.aside = !self.aside;
            self.shrinking = if self.aside { possible } else { 0 };
        }
        self.settled = self.allowance(possible) == allowed && allowed == self.share(possible);
        (self.hits, self.misses, self.filled) = (0, 0, 0);
        true
    }

    fn share(&self, possible: usize) -> usize {
        if self.aside {
            (possible / SAMPLE).max(LEAST_SEGMENTS)
        } else {
            possible
        }
    }

    /// Whether the lap says that the cache should do the other thing.
    fn is_misplaced(&self) -> bool {
        let uses = self.hits + self.misses;
        if self.aside {
            self.hits * 100 >= uses.max(1) * WORTH_PERCENT
        } else {
            self.hits * 100 < uses * LEAST_PERCENT
        }
    }
}

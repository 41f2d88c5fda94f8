//! Whether the cache earns its keep: the ratio of uses that found their row, judged lap by lap, the first one apart.
//!
//! A lap is [`LAP`] times as many bytes of new rows, let in or not, as the cache may hold. After a lap with too few hits the cache steps aside: it
//! shrinks to a share of its memory and admits the same share of the keys, chosen by hash. The ratio of that sample is the one
//! that the whole cache would have, so the cache sees when it is worth coming back.

/// Time for a new hot set to move in.
const LAP: usize = 4;
/// One key in so many is sampled while the cache steps aside.
const SAMPLE: usize = 16;
/// Below this ratio, in percent, the cache costs more than it saves: measured on 1 M rows of 47 and of 130 bytes.
const LEAST_PERCENT: u64 = 10;
/// From this ratio on, in percent, a cache that stepped aside comes back.
const WORTH_PERCENT: u64 = 15;
/// Fewer segments hold no sample that says anything.
const LEAST_SEGMENTS: usize = 4;
/// A cache that stepped aside gives up a segment, or looks at its sample, once in so many reads that passed it by.
const READS_PER_STEP: u64 = 512;
/// Uses of the sample that are enough to judge it.
const SAMPLE_USES: u64 = 1024;

#[derive(Default)]
pub(super) struct Admission {
    aside: bool,
    hits: u64,
    misses: u64,
    /// Segments filled in this lap, by rows that were let in and by those that were not.
    filled: usize,
    /// Units of the latter in the segment that is not full yet.
    turned_away: usize,
    /// Whether there was a lap since the cache last stepped aside or came back: the first says nothing.
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

    pub(super) fn is_aside(&self) -> bool {
        self.aside
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

    /// Counts a read that passed by; true when it is time for [`Self::step`].
    #[inline]
    pub(super) fn passed_by(&mut self) -> bool {
        self.passed_by += 1;
        self.passed_by.is_multiple_of(READS_PER_STEP)
    }

    /// Gives up a segment more, or judges the sample; true at the end of a lap, when the cache may have come back.
    pub(super) fn step(&mut self, possible: usize) -> bool {
        if self.shrinking > self.share(possible) {
            self.shrinking -= 1;
            return false;
        }
        let ends = self.hits + self.misses >= SAMPLE_USES;
        if ends {
            self.end_lap(possible);
        }
        ends
    }

    /// Segments that the cache may have out of `possible`.
    pub(super) fn allowance(&self, possible: usize) -> usize {
        self.share(possible).max(self.shrinking).min(possible)
    }

    /// Counts a row that was not let in; true when such rows would have filled a segment more.
    #[inline]
    pub(super) fn turned_away(&mut self, units: usize, units_per_segment: usize) -> bool {
        self.turned_away += units;
        let fills = self.turned_away >= units_per_segment;
        if fills {
            self.turned_away = 0;
        }
        fills
    }

    /// Counts a segment of new rows. At the end of a lap the cache may step aside.
    pub(super) fn segment_filled(&mut self, possible: usize) {
        self.filled += 1;
        if !self.aside && self.filled >= possible * LAP {
            self.end_lap(possible);
        }
    }

    fn end_lap(&mut self, possible: usize) {
        let changes = self.settled && self.is_misplaced();
        if changes {
            self.aside = !self.aside;
            self.shrinking = if self.aside { possible } else { 0 };
        }
        self.settled = !changes;
        (self.hits, self.misses, self.filled) = (0, 0, 0);
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
            self.hits * 100 >= uses * WORTH_PERCENT
        } else {
            self.hits * 100 < uses * LEAST_PERCENT
        }
    }
}

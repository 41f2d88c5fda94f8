//! What was asked for, or left the cache, not long ago: a byte of the hash at a place that the hash chooses.
//!
//! A key that comes back while its ghost is there is worth a record. A chance likeness, one in 255, spares a row that
//! did not earn it and does no other harm.

#[derive(Default)]
pub(super) struct Ghosts {
    tags: Box<[u8]>,
    /// Decides by its highest bit who stays at a place that is taken.
    random: u32,
}

impl Ghosts {
    pub(super) fn new(count: usize) -> Self {
        Self { tags: vec![0; count].into_boxed_slice(), random: 1 }
    }

    pub(super) fn bytes(&self) -> usize {
        self.tags.len()
    }

    /// Adds a ghost. At a place that is taken the older one stays every second time: else two that come in turns would never find theirs.
    pub(super) fn add(&mut self, hash: u64) {
        let at = self.place(hash);
        if let Some(tag) = self.tags.get_mut(at) {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if *tag == 0 || self.random >> 31 == 0 {
                *tag = tag_of(hash);
            }
        }
    }

    /// Whether the ghost was there; it is gone afterwards.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        let at = self.place(hash);
        match self.tags.get_mut(at) {
            Some(tag) if *tag == tag_of(hash) => {
                *tag = 0;
                true
            }
            _ => false,
        }
    }

    fn place(&self, hash: u64) -> usize {
        (((hash & u64::from(u32::MAX)) * self.tags.len() as u64) >> 32) as usize
    }
}

/// Never 0, which is an empty place.
fn tag_of(hash: u64) -> u8 {
    ((hash >> 32) as u8).max(1)
}

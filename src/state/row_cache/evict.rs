//! Rows leave: the coldest to make room, the dirty ones to the engine.

use super::log::{Log, Queue};
use super::walk::{Walk, Which};
use super::RowCache;

/// Probation gets this part of the segments, as in S3-FIFO.
const PROBATION_SHARE: usize = 10;
/// After so many segments in one eviction, used rows are spared no longer.
const PATIENCE: usize = 8;

/// Dirty rows of one batch: key, and row or none for a deletion. No key comes twice.
#[derive(Clone)]
pub(crate) struct DirtyRows<'a> {
    log: &'a Log,
    addresses: std::slice::Iter<'a, u32>,
}

impl<'a> Iterator for DirtyRows<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let address = *self.addresses.next()?;
        Some((self.log.key(address), self.log.row(address)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.addresses.size_hint()
    }
}

impl ExactSizeIterator for DirtyRows<'_> {}

impl RowCache {
    /// Whether the next new rows need room: call [`Self::evict`].
    #[inline]
    pub(crate) fn needs_eviction(&self) -> bool {
        self.full
    }

    /// Makes room: hands the dirty ones of the coldest rows to `write`, as one batch a call, and drops them when it succeeded.
    ///
    /// # Errors
    /// Those of `write`; the rows of its batch stay, dirty.
    pub(crate) fn evict<E>(&mut self, mut write: impl FnMut(DirtyRows<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut segments = 0;
        while self.needs_eviction() {
            let Some(queue) = self.next_victim() else { return Ok(()) };
            self.evict_segment(queue, segments < PATIENCE, &mut write)?;
            self.measure();
            segments += 1;
        }
        Ok(())
    }

    /// Hands all dirty rows whose keys start with `prefix` to `write`, in batches; they stay, clean.
    ///
    /// # Errors
    /// Those of `write`; the rows of that batch and all behind it stay dirty.
    pub(crate) fn drain<E>(
        &mut self, prefix: &[u8], mut write: impl FnMut(DirtyRows<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.dirty_with_prefix(prefix) {
            return Ok(());
        }
        let mut walk = Walk::over(self, prefix, Which::Dirty);
        loop {
            self.batch.clear();
            let addresses = std::iter::from_fn(|| walk.next(&self.log, prefix));
            self.batch.extend(addresses.take(self.batch.capacity()));
            if self.batch.is_empty() {
                return Ok(());
            }
            self.write_batch(&mut write)?;
        }
    }

    /// The queue whose oldest segment goes next.
    fn next_victim(&self) -> Option<Queue> {
        if self.admission.is_aside() && self.unsampled > 0 && !self.log.queue(Queue::Main).is_empty() {
            // What is left of the whole cache goes first: until then every read looks for its row.
            return Some(Queue::Main);
        }
        let probation = self.log.queue(Queue::Probation).len();
        if probation > (self.allowed / PROBATION_SHARE).max(1) || self.log.queue(Queue::Main).is_empty() {
            return (probation > 0).then_some(Queue::Probation);
        }
        Some(Queue::Main)
    }

    pub(super) fn evict_segment<E>(
        &mut self, queue: Queue, sparing: bool, write: &mut dyn FnMut(DirtyRows<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(&segment) = self.log.queue(queue).front() else { return Ok(()) };
        self.batch.clear();
        let mut from = 0;
        while let Some((address, next)) = self.log.next_live(segment, from) {
            if self.log.header(address).is_dirty() && !(sparing && self.spares(address)) {
                self.batch.push(address);
            }
            from = next;
        }
        if !self.batch.is_empty() {
            self.write_batch(write)?;
        }
        // IMPORTANT: before rows move, or they would move to the end of this very segment when its queue has no other.
        self.log.take_oldest(queue);
        self.empty_segment(queue, segment, sparing);
        self.log.release(segment, self.allowed);
        Ok(())
    }

    /// Spares the used rows of a segment and forgets the others.
    fn empty_segment(&mut self, queue: Queue, segment: u32, sparing: bool) {
        let mut from = 0;
        while let Some((address, next)) = self.log.next_live(segment, from) {
            from = next;
            let hash = self.hash(self.log.key(address));
            let at = self.position(hash, address);
            if sparing && self.spares(address) {
                self.spare(queue, at, address);
                continue;
            }
            if queue == Queue::Probation {
                self.ghosts.add(hash);
            }
            self.kill(at, address);
        }
    }

    fn spares(&self, address: u32) -> bool {
        self.log.header(address).uses() > 0
    }

    /// Moves a used record to the young end of the main queue. The segment that it leaves makes up for one that it may begin.
    fn spare(&mut self, queue: Queue, at: usize, address: u32) {
        let header = self.log.header(address);
        let target = self.log.append(Queue::Main, header.units(), usize::MAX);
        let target = target.expect("a record fits into an empty segment, and their number has no limit here");
        let uses = if queue == Queue::Probation { 0 } else { header.uses() - 1 };
        self.log.set_header(address, header.with_uses(uses));
        self.relocate(at, address, target, header.units());
    }

    /// Has the rows of the batch written and marks them clean.
    fn write_batch<E>(&mut self, write: &mut dyn FnMut(DirtyRows<'_>) -> Result<(), E>) -> Result<(), E> {
        write(DirtyRows { log: &self.log, addresses: self.batch.iter() })?;
        let batch = std::mem::take(&mut self.batch);
        for address in &batch {
            self.mark(*address, false);
        }
        self.batch = batch;
        Ok(())
    }
}

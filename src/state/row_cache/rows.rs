//! Records come, grow, move and go; index and memory follow.

use super::ghosts::Ghosts;
use super::index::Index;
use super::log::Queue;
use super::record::{self, Header};
use super::{high, RowCache, LEAST_SEGMENTS};

impl RowCache {
    /// A new clean record without a row, with room for one of that length; none when there is no room.
    pub(super) fn insert(&mut self, hash: u64, key: &[u8], row_bytes: usize, queue: Queue) -> Option<u32> {
        let scope = (self.scope_of)(key).filter(|length| *length < key.len()).map(|length| &key[..length]);
        let units = record::units(key.len(), row_bytes, scope.is_some());
        if units > self.log.units_per_segment() || !self.has_places(scope.is_some()) {
            return None;
        }
        let address = self.append(queue, units)?;
        let header = Header::new(units, key.len(), scope.is_some());
        self.log.set_header(address, header);
        self.log.record_mut(address)[header.key_start()..][..key.len()].copy_from_slice(key);
        self.index.insert(high(hash), address);
        self.unsampled += usize::from(!self.admission.samples(hash));
        if let Some(scope) = scope {
            let hash = self.hash(scope);
            self.scopes.link(&mut self.log, address, high(hash), scope);
        }
        Some(address)
    }

    /// The record with room for a row of that length, moved when it must be; none, and all as it was, without room.
    pub(super) fn fit(&mut self, at: usize, address: u32, row_bytes: usize) -> Option<u32> {
        let header = self.log.header(address);
        if row_bytes <= header.row_capacity() {
            return Some(address);
        }
        let (key_bytes, most) = (header.key_bytes(), self.log.units_per_segment());
        if record::units(key_bytes, row_bytes, header.is_linked()) > most {
            return None;
        }
        // What has grown once grows again.
        let units = record::units(key_bytes, row_bytes + row_bytes / 4, header.is_linked()).min(most);
        let target = self.append(self.log.queue_of(address), units)?;
        self.relocate(at, address, target, units);
        Some(target)
    }

    /// Moves a record to `units` at the address `target`.
    pub(super) fn relocate(&mut self, at: usize, address: u32, target: u32, units: usize) {
        self.log.relocate(address, target, units);
        self.index.replace(at, target);
        if self.log.header(target).is_linked() {
            self.scopes.moved(&mut self.log, target);
        }
    }

    /// Position in the index of a live record.
    pub(super) fn position(&self, hash: u64, address: u32) -> usize {
        let found = self.index.find(high(hash), |other| other == address);
        found.expect("the index has every live record").0
    }

    /// Forgets a record.
    pub(super) fn kill(&mut self, at: usize, address: u32) {
        self.mark(address, false);
        let hash = self.hash(self.log.key(address));
        self.unsampled -= usize::from(!self.admission.samples(hash));
        self.index.remove(at);
        let header = self.log.header(address);
        if header.is_linked() {
            self.scopes.unlink(&mut self.log, address);
        }
        self.log.set_header(address, header.dead());
    }

    pub(super) fn kill_at(&mut self, address: u32) {
        let at = self.position(self.hash(self.log.key(address)), address);
        self.kill(at, address);
    }

    /// Sets or clears the mark of a row that the engine does not have.
    pub(super) fn mark(&mut self, address: u32, dirty: bool) {
        if self.log.set_dirty(address, dirty) {
            self.dirty = if dirty { self.dirty + 1 } else { self.dirty - 1 };
            if self.log.header(address).is_linked() {
                self.scopes.count_dirty(&self.log, address, dirty);
            }
        }
    }

    /// Room for a record of new data, which the caller writes before anything walks over the segments. A segment stays back for the
    /// rows that an eviction spares.
    fn append(&mut self, queue: Queue, units: usize) -> Option<u32> {
        let before = self.log.in_use();
        let address = self.log.append(queue, units, self.allowed.saturating_sub(1));
        if address.is_none() {
            self.full = true;
        } else if self.log.in_use() > before {
            self.count_segment();
        }
        address
    }

    /// Counts a row that was not let in, as if it had been, for the judgement.
    pub(super) fn count_turned_away(&mut self, units: usize) {
        if self.admission.turned_away(units, self.log.units_per_segment()) {
            self.count_segment();
        }
    }

    fn count_segment(&mut self) {
        self.admission.segment_filled(self.possible_segments());
        self.measure();
    }

    /// Whether index and scopes have a place for one record more, growing when the memory allows it.
    fn has_places(&mut self, linked: bool) -> bool {
        let index = !self.index.is_full() || self.grow_index();
        let scopes = !linked || self.scopes.has_room() || self.grow_scopes();
        self.full |= !index || !scopes;
        index && scopes
    }

    fn grow_index(&mut self) -> bool {
        let slots = self.index.slot_count() * 5 / 4;
        // The old one goes before the new one comes.
        let others = self.overhead_bytes() - self.index.bytes() - self.ghosts.bytes();
        if !self.has_memory(others + slots * (size_of::<u64>() + 1)) {
            return false;
        }
        self.log.give_back(0);
        self.rebuild_index(slots);
        true
    }

    fn grow_scopes(&mut self) -> bool {
        if !self.has_memory(self.overhead_bytes() + self.scopes.growth_bytes()) {
            return false;
        }
        self.log.give_back(0);
        self.scopes.grow();
        self.measure();
        true
    }

    /// Whether so many bytes beside the segments leave enough for these.
    fn has_memory(&self, overhead_bytes: usize) -> bool {
        let segments = self.log.in_use().max(LEAST_SEGMENTS);
        overhead_bytes + segments * self.log.segment_bytes() <= self.capacity_bytes
    }

    /// An index of that many slots over all live records; what is remembered of evicted ones is lost.
    pub(super) fn rebuild_index(&mut self, slots: usize) {
        (self.index, self.ghosts) = (Index::default(), Ghosts::default());
        (self.index, self.ghosts) = (Index::with_slots(slots), Ghosts::new(slots));
        for (segment, _) in self.log.segments() {
            let mut from = 0;
            while let Some((address, next)) = self.log.next_live(segment, from) {
                self.index.insert(high(self.hash(self.log.key(address))), address);
                from = next;
            }
        }
        self.measure();
    }

    /// Bytes taken beside the segments.
    pub(super) fn overhead_bytes(&self) -> usize {
        let batch = self.batch.capacity() * size_of::<u32>();
        self.index.bytes() + self.ghosts.bytes() + self.scopes.bytes() + self.log.table_bytes() + batch
    }

    /// Segments that there is memory for.
    pub(super) fn possible_segments(&self) -> usize {
        self.capacity_bytes.saturating_sub(self.overhead_bytes()) / self.log.segment_bytes()
    }

    /// Whether new rows come at the cost of others, or soon will.
    #[inline]
    pub(super) fn is_crowded(&self) -> bool {
        self.log.in_use() * 8 > self.allowed * 7
    }

    /// Brings the number of segments up to date with the memory.
    pub(super) fn measure(&mut self) {
        self.allowed = self.admission.allowance(self.possible_segments());
        self.log.give_back(self.allowed);
        self.full = self.log.in_use() + 1 >= self.allowed;
    }
}

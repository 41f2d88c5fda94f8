//! Memory of the cache: segments of equal size, filled in order, each freed as a whole.
//!
//! An address is the number of a unit: segment number and place in the segment. Two queues of segments share the memory, both
//! filled at their youngest segment and emptied at their oldest.

use std::collections::VecDeque;

use super::record::{Header, LINK_BYTES, UNIT_BYTES};

/// What an allocation of a segment takes beside its bytes.
pub(super) const ALLOCATION_BYTES: usize = 16;

/// Which rows a segment holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Queue {
    /// Rows that came in not long ago.
    Probation,
    /// Rows that were used again.
    Main,
}

struct Segment {
    /// Empty when the memory was given back.
    bytes: Box<[u8]>,
    /// Units that are filled.
    filled: usize,
    dirty: usize,
    queue: Queue,
}

pub(super) struct Log {
    units: usize,
    shift: u32,
    segments: Vec<Segment>,
    /// Segments without rows that still have their memory.
    free: Vec<u32>,
    /// Segments without memory.
    vacant: Vec<u32>,
    probation: VecDeque<u32>,
    main: VecDeque<u32>,
}

impl Log {
    /// At most `count` segments, give or take one, of `segment_bytes`, a power of two up to 64 KiB.
    pub(super) fn new(segment_bytes: usize, count: usize) -> Self {
        let units = segment_bytes / UNIT_BYTES;
        let count = if count == 0 { 0 } else { count + 1 };
        Self {
            units,
            shift: units.trailing_zeros(),
            segments: Vec::with_capacity(count),
            free: Vec::with_capacity(count),
            vacant: Vec::with_capacity(count),
            probation: VecDeque::with_capacity(count),
            main: VecDeque::with_capacity(count),
        }
    }

    pub(super) fn units_per_segment(&self) -> usize {
        self.units
    }

    /// Bytes that one segment takes.
    pub(super) fn segment_bytes(&self) -> usize {
        self.units * UNIT_BYTES + ALLOCATION_BYTES
    }

    /// Segments that hold rows.
    pub(super) fn in_use(&self) -> usize {
        self.probation.len() + self.main.len()
    }

    /// Bytes of all segments that have memory.
    pub(super) fn bytes(&self) -> usize {
        (self.in_use() + self.free.len()) * self.segment_bytes()
    }

    /// Bytes of the tables over the segments.
    pub(super) fn table_bytes(&self) -> usize {
        let numbers = self.free.capacity() + self.vacant.capacity() + self.probation.capacity() + self.main.capacity();
        self.segments.capacity() * size_of::<Segment>() + numbers * size_of::<u32>()
    }

    pub(super) fn queue(&self, queue: Queue) -> &VecDeque<u32> {
        match queue {
            Queue::Probation => &self.probation,
            Queue::Main => &self.main,
        }
    }

    fn queue_mut(&mut self, queue: Queue) -> &mut VecDeque<u32> {
        match queue {
            Queue::Probation => &mut self.probation,
            Queue::Main => &mut self.main,
        }
    }

    /// Queue of the record at an address.
    pub(super) fn queue_of(&self, address: u32) -> Queue {
        self.segments[self.segment_of(address)].queue
    }

    /// Address of `units` at the end of a queue, taking a segment more while fewer than `limit` are in use.
    pub(super) fn append(&mut self, queue: Queue, units: usize, limit: usize) -> Option<u32> {
        let youngest = self.queue(queue).back().copied();
        let segment = match youngest.filter(|segment| self.segments[*segment as usize].filled + units <= self.units) {
            Some(segment) => segment,
            None if self.in_use() < limit => self.open_segment(queue),
            None => return None,
        };
        let at = self.segments[segment as usize].filled;
        self.segments[segment as usize].filled += units;
        Some((segment << self.shift) + at as u32)
    }

    fn open_segment(&mut self, queue: Queue) -> u32 {
        let number = self.free.pop().or_else(|| self.vacant.pop()).unwrap_or(self.segments.len() as u32);
        if number as usize == self.segments.len() {
            self.segments.push(Segment { bytes: Box::default(), filled: 0, dirty: 0, queue });
        }
        let segment = &mut self.segments[number as usize];
        if segment.bytes.is_empty() {
            segment.bytes = vec![0; self.units * UNIT_BYTES].into_boxed_slice();
        }
        segment.queue = queue;
        self.queue_mut(queue).push_back(number);
        number
    }

    /// Takes the oldest segment out of its queue, so that nothing is added to it; [`Self::release`] follows.
    pub(super) fn take_oldest(&mut self, queue: Queue) {
        self.queue_mut(queue).pop_front();
    }

    /// Frees a segment that was taken; its memory stays for the next, unless `allowed` segments are there without it.
    pub(super) fn release(&mut self, number: u32, allowed: usize) {
        self.segments[number as usize].filled = 0;
        self.free.push(number);
        self.give_back(allowed);
    }

    /// Gives memory back until `allowed` segments have some, or none is left to spare.
    pub(super) fn give_back(&mut self, allowed: usize) {
        while self.in_use() + self.free.len() > allowed {
            let Some(number) = self.free.pop() else { return };
            self.segments[number as usize].bytes = Box::default();
            self.vacant.push(number);
        }
    }

    /// The first live record of a segment at or behind the unit `from`, and the unit behind it.
    pub(super) fn next_live(&self, segment: u32, mut from: usize) -> Option<(u32, usize)> {
        let Segment { bytes, filled, .. } = &self.segments[segment as usize];
        while from < *filled {
            let header = Header::read(&bytes[from * UNIT_BYTES..]);
            let at = from;
            from += header.units();
            if header.is_live() {
                return Some(((segment << self.shift) + at as u32, from));
            }
        }
        None
    }

    /// Segments that hold rows, with the number of their dirty ones.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        self.probation.iter().chain(&self.main).map(|number| (*number, self.segments[*number as usize].dirty))
    }

    /// The record at an address, and whatever follows it in its segment.
    #[inline]
    pub(super) fn record(&self, address: u32) -> &[u8] {
        &self.segments[self.segment_of(address)].bytes[self.byte_of(address)..]
    }

    #[inline]
    pub(super) fn record_mut(&mut self, address: u32) -> &mut [u8] {
        let (segment, byte) = (self.segment_of(address), self.byte_of(address));
        &mut self.segments[segment].bytes[byte..]
    }

    #[inline]
    pub(super) fn header(&self, address: u32) -> Header {
        Header::read(self.record(address))
    }

    #[inline]
    pub(super) fn set_header(&mut self, address: u32, header: Header) {
        header.write(self.record_mut(address));
    }

    #[inline]
    pub(super) fn key(&self, address: u32) -> &[u8] {
        let record = self.record(address);
        let header = Header::read(record);
        &record[header.key_start()..][..header.key_bytes()]
    }

    /// The row at an address; none when there is none.
    #[inline]
    pub(super) fn row(&self, address: u32) -> Option<&[u8]> {
        let record = self.record(address);
        let header = Header::read(record);
        Some(&record[header.key_start() + header.key_bytes()..][..header.row_bytes()?])
    }

    /// Makes the row so long, within its capacity, and returns it to be written.
    pub(super) fn resize_row(&mut self, address: u32, row_bytes: usize) -> &mut [u8] {
        let record = self.record_mut(address);
        let header = Header::read(record).with_row_bytes(Some(row_bytes));
        header.write(record);
        &mut record[header.key_start() + header.key_bytes()..][..row_bytes]
    }

    /// Sets or clears the mark of a row that the engine does not have; whether that changed it.
    pub(super) fn set_dirty(&mut self, address: u32, dirty: bool) -> bool {
        let header = self.header(address);
        if header.is_dirty() == dirty {
            return false;
        }
        self.set_header(address, header.with_dirty(dirty));
        let segment = self.segment_of(address);
        let count = &mut self.segments[segment].dirty;
        *count = if dirty { *count + 1 } else { *count - 1 };
        true
    }

    /// Moves a record to an address where `units` were appended, no fewer than it has.
    pub(super) fn relocate(&mut self, from: u32, to: u32, units: usize) {
        let header = self.header(from);
        let bytes = header.units() * UNIT_BYTES;
        let (from_byte, to_byte) = (self.byte_of(from), self.byte_of(to));
        let (source, target) = (self.segment_of(from), self.segment_of(to));
        if let Ok([source, target]) = self.segments.get_disjoint_mut([source, target]) {
            target.bytes[to_byte..to_byte + bytes].copy_from_slice(&source.bytes[from_byte..from_byte + bytes]);
        } else {
            self.segments[source].bytes.copy_within(from_byte..from_byte + bytes, to_byte);
        }
        if header.is_dirty() {
            self.segments[source].dirty -= 1;
            self.segments[target].dirty += 1;
        }
        self.set_header(to, header.with_units(units));
        self.set_header(from, header.dead());
    }

    /// Words of the link of a record that has one.
    pub(super) fn link(&self, address: u32) -> [u32; 3] {
        let bytes = &self.record(address)[UNIT_BYTES..UNIT_BYTES + LINK_BYTES];
        std::array::from_fn(|word| u32::from_le_bytes(std::array::from_fn(|byte| bytes[word * 4 + byte])))
    }

    pub(super) fn set_link(&mut self, address: u32, link: [u32; 3]) {
        let bytes = &mut self.record_mut(address)[UNIT_BYTES..UNIT_BYTES + LINK_BYTES];
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(link) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }

    #[inline]
    fn segment_of(&self, address: u32) -> usize {
        (address >> self.shift) as usize
    }

    #[inline]
    fn byte_of(&self, address: u32) -> usize {
        (address as usize & (self.units - 1)) * UNIT_BYTES
    }
}

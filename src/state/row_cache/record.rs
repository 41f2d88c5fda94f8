//! One record of a segment: `header (8 bytes) | [link (12 bytes)] | key | row, with room to grow`, padded to whole units.

/// Records begin and end at multiples of this many bytes.
pub(super) const UNIT_BYTES: usize = 8;
/// Bytes of the link that chains the rows of one scope.
pub(super) const LINK_BYTES: usize = 12;
const HEADER_BYTES: usize = 8;
/// Largest count of uses that is kept; more make no row hotter.
const MOST_USES: u64 = 3;

const LIVE: u64 = 1;
const DIRTY: u64 = 1 << 1;
const PAIRED: u64 = 1 << 2;
const LINKED: u64 = 1 << 3;
const USES_SHIFT: u32 = 4;
const UNITS_SHIFT: u32 = 16;
const KEY_SHIFT: u32 = 32;
const ROW_SHIFT: u32 = 48;
const ABSENT: u64 = u16::MAX as u64;

/// What a record says of itself, in one word: flags, uses, units, length of the key, length of the row.
///
/// All lengths fit 16 bits, because a segment has at most 64 KiB.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Header(u64);

impl Header {
    /// Header of a live, clean record without a row. A write that follows belongs to what brought it in.
    pub(super) fn new(units: usize, key_bytes: usize, linked: bool) -> Self {
        let flags = LIVE | PAIRED | if linked { LINKED } else { 0 };
        Self(flags | (units as u64) << UNITS_SHIFT | (key_bytes as u64) << KEY_SHIFT | ABSENT << ROW_SHIFT)
    }

    /// Header at the start of `record`.
    #[inline]
    pub(super) fn read(record: &[u8]) -> Self {
        Self(record.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }

    #[inline]
    pub(super) fn write(self, record: &mut [u8]) {
        record[..HEADER_BYTES].copy_from_slice(&self.0.to_le_bytes());
    }

    /// Whether the record counts; a dead one waits for its segment to go.
    pub(super) fn is_live(self) -> bool {
        self.0 & LIVE != 0
    }

    /// Whether the engine does not have the row yet.
    pub(super) fn is_dirty(self) -> bool {
        self.0 & DIRTY != 0
    }

    /// Whether the record has a link.
    pub(super) fn is_linked(self) -> bool {
        self.0 & LINKED != 0
    }

    /// Times the record was used since it was last spared, [`MOST_USES`] at most.
    pub(super) fn uses(self) -> u64 {
        self.0 >> USES_SHIFT & MOST_USES
    }

    pub(super) fn units(self) -> usize {
        (self.0 >> UNITS_SHIFT & 0xffff) as usize
    }

    #[inline]
    pub(super) fn key_bytes(self) -> usize {
        (self.0 >> KEY_SHIFT & 0xffff) as usize
    }

    /// Length of the row; none when the record says that there is no row.
    #[inline]
    pub(super) fn row_bytes(self) -> Option<usize> {
        let length = self.0 >> ROW_SHIFT;
        (length != ABSENT).then_some(length as usize)
    }

    /// Where the key begins, from the start of the record.
    #[inline]
    pub(super) fn key_start(self) -> usize {
        HEADER_BYTES + if self.is_linked() { LINK_BYTES } else { 0 }
    }

    /// Largest row that fits, in bytes.
    pub(super) fn row_capacity(self) -> usize {
        self.units() * UNIT_BYTES - self.key_start() - self.key_bytes()
    }

    pub(super) fn dead(self) -> Self {
        Self(self.0 & !(LIVE | DIRTY))
    }

    pub(super) fn with_units(self, units: usize) -> Self {
        Self(self.0 & !(0xffff << UNITS_SHIFT) | (units as u64) << UNITS_SHIFT)
    }

    pub(super) fn with_dirty(self, dirty: bool) -> Self {
        Self(if dirty { self.0 | DIRTY } else { self.0 & !DIRTY })
    }

    pub(super) fn with_uses(self, uses: u64) -> Self {
        Self(self.0 & !(MOST_USES << USES_SHIFT) | uses.min(MOST_USES) << USES_SHIFT)
    }

    pub(super) fn with_row_bytes(self, row_bytes: Option<usize>) -> Self {
        Self(self.0 & !(ABSENT << ROW_SHIFT) | row_bytes.map_or(ABSENT, |length| length as u64) << ROW_SHIFT)
    }

    /// After a read: one use more, and a write that follows belongs to it.
    #[inline]
    pub(super) fn used(self) -> Self {
        Self(self.with_uses(self.uses() + 1).0 | PAIRED)
    }

    /// After a write, and whether it was a use of its own.
    #[inline]
    pub(super) fn written(self) -> (Self, bool) {
        if self.0 & PAIRED != 0 {
            return (Self(self.0 & !PAIRED), false);
        }
        (self.with_uses(self.uses() + 1), true)
    }
}

/// Units of a record.
pub(super) fn units(key_bytes: usize, row_bytes: usize, linked: bool) -> usize {
    let link = if linked { LINK_BYTES } else { 0 };
    (HEADER_BYTES + link + key_bytes + row_bytes).div_ceil(UNIT_BYTES)
}

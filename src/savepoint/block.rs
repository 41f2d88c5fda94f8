//! Blocks: what the stream of a savepoint consists of. Each has a number and a digest that covers all before it, so that a changed, missing,
//! repeated or moved one is noticed before anything in it is looked at.
//!
//! ```text
//! stream = "FSBSAVE\n" | format (u32) | 0 (u32) | block ...
//! block  = kind (u8) | encoding (u8) | 0 (u16) | section id (u32) | number (u64) | raw length (u32) | stored length (u32)
//!        | SHA-256 of (digest of the block before | the 24 bytes above | content) | content
//! ```

use std::fmt;

use sha2::{Digest as _, Sha256};
use zstd_safe::{CCtx, DCtx};

/// First bytes of every savepoint.
pub(super) const MAGIC: [u8; 8] = *b"FSBSAVE\n";
/// Version of the format; readers refuse others.
pub(super) const FORMAT: u32 = 1;
/// Bytes in front of the first block.
const PREAMBLE_BYTES: usize = 16;
const HEAD_BYTES: usize = 24;
const DIGEST_BYTES: usize = 32;
/// Most bytes of a block, as stored and before it was compressed.
pub(super) const MAX_BLOCK_BYTES: usize = 1 << 20;
const PLAIN: u8 = 0;
const ZSTANDARD: u8 = 1;
/// RocksDB's default for Zstandard, and the highest level that is linked (`.cargo/config.toml`).
const LEVEL: i32 = 3;

/// A digest of all bytes of a stream up to the end of a block.
pub(super) type Digest = [u8; DIGEST_BYTES];

/// A part of a savepoint. They follow each other in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What the savepoint holds, as JSON.
    Header,
    /// Keyed state and timers of one key group.
    KeyGroup(u16),
    /// One operator state, by its place in the header.
    OperatorState(u32),
    /// Rows of one column family, by its place in the header.
    ColumnFamily(u32),
    /// Totals.
    End,
}

impl Section {
    fn parts(self) -> (u8, u32) {
        match self {
            Section::Header => (1, 0),
            Section::KeyGroup(group) => (2, group.into()),
            Section::OperatorState(index) => (3, index),
            Section::ColumnFamily(index) => (4, index),
            Section::End => (5, 0),
        }
    }

    fn of(kind: u8, id: u32) -> Option<Self> {
        match (kind, id) {
            (1, 0) => Some(Section::Header),
            (2, group) => u16::try_from(group).ok().map(Section::KeyGroup),
            (3, index) => Some(Section::OperatorState(index)),
            (4, index) => Some(Section::ColumnFamily(index)),
            (5, 0) => Some(Section::End),
            _ => None,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Section::Header => write!(out, "the header"),
            Section::KeyGroup(group) => write!(out, "key group {group}"),
            Section::OperatorState(index) => write!(out, "operator state {index}"),
            Section::ColumnFamily(index) => write!(out, "column family {index}"),
            Section::End => write!(out, "the end record"),
        }
    }
}

/// What is wrong with a savepoint, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) place: String,
    pub(super) reason: String,
}

impl Damage {
    #[cold]
    pub(super) fn at(place: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self { place: place.to_string(), reason: reason.into() }
    }
}

fn preamble() -> [u8; PREAMBLE_BYTES] {
    let mut preamble = [0; PREAMBLE_BYTES];
    preamble[..8].copy_from_slice(&MAGIC);
    preamble[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    preamble
}

fn chained(before: &Digest, head: &[u8], content: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(head);
    hasher.update(content);
    hasher.finalize().into()
}

/// What was written or read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    pub(super) blocks: u64,
    pub(super) raw_bytes: u64,
}

/// Cuts sections into blocks. What is finished waits in [`BlockWriter::take`].
pub(super) struct BlockWriter {
    section: Section,
    /// Of the block under way.
    raw: Vec<u8>,
    out: Vec<u8>,
    taken: usize,
    before: Digest,
    totals: Totals,
    compressor: CCtx<'static>,
    compressed: Vec<u8>,
}

impl BlockWriter {
    pub(super) fn new() -> Self {
        let preamble = preamble();
        Self {
            section: Section::Header,
            raw: Vec::new(),
            out: preamble.to_vec(),
            taken: 0,
            before: Sha256::digest(preamble).into(),
            totals: Totals::default(),
            compressor: CCtx::create(),
            compressed: vec![0; zstd_safe::compress_bound(MAX_BLOCK_BYTES)],
        }
    }

    pub(super) fn section(&self) -> Section {
        self.section
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Ends the section under way and begins another one.
    pub(super) fn begin(&mut self, section: Section) {
        self.end_block();
        self.section = section;
    }

    /// Adds bytes to the section.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while self.raw.len() + bytes.len() >= MAX_BLOCK_BYTES {
            let (now, later) = bytes.split_at(MAX_BLOCK_BYTES - self.raw.len());
            self.raw.extend_from_slice(now);
            self.end_block();
            bytes = later;
        }
        self.raw.extend_from_slice(bytes);
    }

    /// Ends the block under way, unless it is empty.
    pub(super) fn end_block(&mut self) {
        if self.raw.is_empty() {
            return;
        }
        let compressed = self.compressor.compress(&mut self.compressed[..], &self.raw, LEVEL);
        let (encoding, content) = match compressed {
            Ok(length) if length < self.raw.len() => (ZSTANDARD, &self.compressed[..length]),
            _ => (PLAIN, &self.raw[..]),
        };
        let (kind, id) = self.section.parts();
        let mut head = [0; HEAD_BYTES];
        head[0] = kind;
        head[1] = encoding;
        head[4..8].copy_from_slice(&id.to_le_bytes());
        head[8..16].copy_from_slice(&self.totals.blocks.to_le_bytes());
        head[16..20].copy_from_slice(&(self.raw.len() as u32).to_le_bytes());
        head[20..24].copy_from_slice(&(content.len() as u32).to_le_bytes());
        self.before = chained(&self.before, &head, content);
        self.out.extend_from_slice(&head);
        self.out.extend_from_slice(&self.before);
        self.out.extend_from_slice(content);
        self.totals.blocks += 1;
        self.totals.raw_bytes += self.raw.len() as u64;
        self.raw.clear();
    }

    /// Copies finished bytes; 0 when there are none.
    pub(super) fn take(&mut self, target: &mut [u8]) -> usize {
        let waiting = &self.out[self.taken..];
        let count = waiting.len().min(target.len());
        target[..count].copy_from_slice(&waiting[..count]);
        self.taken += count;
        if self.taken == self.out.len() {
            self.out.clear();
            self.out.shrink_to(2 * MAX_BLOCK_BYTES);
            self.taken = 0;
        }
        count
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.taken < self.out.len()
    }
}

/// Splits a stream into blocks, each verified before it is unpacked.
pub(super) struct BlockReader {
    input: Vec<u8>,
    at: usize,
    has_begun: bool,
    before: Digest,
    section: Option<Section>,
    totals: Totals,
    decompressor: DCtx<'static>,
    /// Room for one block, of which `raw_length` bytes are used.
    raw: Box<[u8]>,
    raw_length: usize,
}

impl BlockReader {
    pub(super) fn new() -> Self {
        Self {
            input: Vec::new(),
            at: 0,
            has_begun: false,
            before: Sha256::digest(preamble()).into(),
            section: None,
            totals: Totals::default(),
            decompressor: DCtx::create(),
            raw: vec![0; MAX_BLOCK_BYTES].into_boxed_slice(),
            raw_length: 0,
        }
    }

    /// Adds bytes of the stream.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.input.drain(..self.at);
        self.at = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The section of the last block.
    pub(super) fn section(&self) -> Option<Section> {
        self.section
    }

    /// What was read up to the last block, that one included.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Digest of the stream up to the last block, that one included.
    pub(super) fn digest(&self) -> Digest {
        self.before
    }

    /// Bytes that were fed and belong to no block yet.
    pub(super) fn unread(&self) -> usize {
        self.input.len() - self.at
    }

    /// What the last block holds.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw[..self.raw_length]
    }

    /// Goes to the next block; false when more bytes are needed.
    pub(super) fn advance(&mut self) -> Result<bool, Damage> {
        if !self.has_begun && !self.read_preamble()? {
            return Ok(false);
        }
        let Some(head) = Head::of(&self.input[self.at..]) else { return Ok(false) };
        let section = self.check(&head)?;
        let body_at = self.at + HEAD_BYTES + DIGEST_BYTES;
        let end = body_at + head.stored_length;
        let Some(content) = self.input.get(body_at..end) else { return Ok(false) };
        let digest = chained(&self.before, &self.input[self.at..self.at + HEAD_BYTES], content);
        if digest != self.input[self.at + HEAD_BYTES..body_at] {
            return Err(self.damage(&head, "does not match its digest"));
        }
        let unpacked = match head.encoding {
            PLAIN => {
                self.raw[..content.len()].copy_from_slice(content);
                content.len()
            }
            // Into room that is there: never more than a block.
            _ => self.decompressor.decompress(&mut self.raw[..], content).unwrap_or(0),
        };
        if unpacked != head.raw_length {
            return Err(self.damage(&head, "does not unpack to what it says"));
        }
        (self.before, self.section, self.at, self.raw_length) = (digest, Some(section), end, unpacked);
        self.totals.blocks += 1;
        self.totals.raw_bytes += unpacked as u64;
        Ok(true)
    }

    fn read_preamble(&mut self) -> Result<bool, Damage> {
        let Some(found) = self.input.get(..PREAMBLE_BYTES) else {
            let length = self.input.len().min(MAGIC.len());
            return if self.input[..length] == MAGIC[..length] { Ok(false) } else { Err(no_savepoint()) };
        };
        if found[..8] != MAGIC {
            return Err(no_savepoint());
        }
        if found != preamble() {
            let format = u32::from_le_bytes([found[8], found[9], found[10], found[11]]);
            return Err(Damage::at("the beginning", format!("has format {format}, and this version reads {FORMAT}")));
        }
        (self.at, self.has_begun) = (PREAMBLE_BYTES, true);
        Ok(true)
    }

    /// Refuses a head that no block has at this place.
    fn check(&self, head: &Head) -> Result<Section, Damage> {
        let lengths = 1..=MAX_BLOCK_BYTES;
        if !lengths.contains(&head.raw_length) || !lengths.contains(&head.stored_length) || head.encoding > ZSTANDARD {
            return Err(self.damage(head, "is no block of a savepoint"));
        }
        if head.number != self.totals.blocks {
            return Err(self.damage(head, &format!("is block {}", head.number)));
        }
        match (Section::of(head.kind, head.id), self.section) {
            (None, _) => Err(self.damage(head, "is of a section that no savepoint has")),
            (Some(Section::Header), None) => Ok(Section::Header),
            (Some(_), None) => Err(self.damage(head, "comes before the header")),
            (Some(_), Some(Section::End)) => Err(self.damage(head, "comes after the end record")),
            (Some(now), Some(before)) if now < before => Err(self.damage(head, &format!("comes after {before}"))),
            (Some(now), Some(_)) => Ok(now),
        }
    }

    #[cold]
    fn damage(&self, head: &Head, reason: &str) -> Damage {
        let place = format!("block {}", self.totals.blocks);
        match Section::of(head.kind, head.id) {
            Some(section) => Damage::at(format_args!("{place}, of {section},"), reason),
            None => Damage::at(place, reason),
        }
    }
}

#[cold]
fn no_savepoint() -> Damage {
    Damage::at("the beginning", "is not that of a savepoint")
}

/// What stands in front of a block.
struct Head {
    kind: u8,
    encoding: u8,
    id: u32,
    number: u64,
    raw_length: usize,
    stored_length: usize,
}

impl Head {
    /// None when it is cut short.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<{ HEAD_BYTES + DIGEST_BYTES }>()?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Some(Self {
            kind: head[0],
            encoding: head[1],
            id: word(4),
            number: u64::from(word(8)) | u64::from(word(12)) << 32,
            raw_length: word(16) as usize,
            stored_length: word(20) as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(sections: &[(Section, Vec<u8>)]) -> Vec<u8> {
        let mut writer = BlockWriter::new();
        for (section, content) in sections {
            writer.begin(*section);
            writer.push(content);
        }
        writer.end_block();
        let (mut stream, mut chunk) = (Vec::new(), [0; 1000]);
        while let count @ 1.. = writer.take(&mut chunk) {
            stream.extend_from_slice(&chunk[..count]);
        }
        stream
    }

    fn sections(stream: &[u8], step: usize) -> Result<Vec<(Section, Vec<u8>)>, Damage> {
        let (mut reader, mut found) = (BlockReader::new(), Vec::<(Section, Vec<u8>)>::new());
        for chunk in stream.chunks(step) {
            reader.feed(chunk);
            while reader.advance()? {
                let section = reader.section().expect("a block was read");
                match found.last_mut() {
                    Some((last, content)) if *last == section => content.extend_from_slice(reader.raw()),
                    _ => found.push((section, reader.raw().to_vec())),
                }
            }
        }
        Ok(found)
    }

    fn sample() -> Vec<(Section, Vec<u8>)> {
        let noise: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        vec![
            (Section::Header, b"{}".to_vec()),
            (Section::KeyGroup(3), vec![7; 2_500_000]),
            (Section::KeyGroup(4), noise),
            (Section::End, b"end".to_vec()),
        ]
    }

    #[test]
    fn what_is_written_is_read_in_pieces_of_any_size() {
        let written = stream(&sample());
        for step in [13, 4096, written.len()] {
            assert_eq!(sections(&written, step), Ok(sample()), "pieces of {step} bytes");
        }
        let small = stream(&sample()[..1]);
        assert_eq!(sections(&small, 1), Ok(sample()[..1].to_vec()));
    }

    #[test]
    fn blocks_that_change_places_come_twice_or_are_missing_are_refused() {
        let small: Vec<_> = (0..4).map(|group| (Section::KeyGroup(group), vec![group as u8; 5])).collect();
        let mut all = vec![(Section::Header, b"{}".to_vec())];
        all.extend(small);
        let whole = stream(&all);
        let mut starts = vec![PREAMBLE_BYTES];
        while let Some(head) = Head::of(&whole[starts[starts.len() - 1]..]) {
            starts.push(starts[starts.len() - 1] + HEAD_BYTES + DIGEST_BYTES + head.stored_length);
        }
        let block = |at: usize| &whole[starts[at]..starts[at + 1]];
        let head = &whole[..starts[2]];
        for (what, tail) in [
            ("moved", [block(3), block(2), block(4)].concat()),
            ("twice", [block(2), block(2), block(3)].concat()),
            ("missing", [block(3), block(4)].concat()),
        ] {
            let damage = sections(&[head, &tail].concat(), 1 << 20).expect_err(what);
            assert!(damage.place.contains("block 2") || damage.place.contains("block 3"), "{what}: {damage:?}");
        }
    }

    #[test]
    fn a_block_that_unpacks_to_more_than_it_says_is_refused() {
        let mut written = stream(&[(Section::Header, vec![0; 1 << 20])]);
        let end = written.len();
        written[PREAMBLE_BYTES + 16..PREAMBLE_BYTES + 20].copy_from_slice(&100_u32.to_le_bytes());
        let before: Digest = Sha256::digest(preamble()).into();
        let content = written[PREAMBLE_BYTES + HEAD_BYTES + DIGEST_BYTES..end].to_vec();
        let digest = chained(&before, &written[PREAMBLE_BYTES..PREAMBLE_BYTES + HEAD_BYTES], &content);
        written[PREAMBLE_BYTES + HEAD_BYTES..][..DIGEST_BYTES].copy_from_slice(&digest);
        let damage = sections(&written, end).expect_err("refused");
        assert!(damage.reason.contains("unpack"), "{damage:?}");
    }
}

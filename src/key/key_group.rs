//! Key groups: the unit in which keyed state is spread over parallel subtasks.
//!
//! Formulas: Flink's `KeyGroupRangeAssignment` and `MathUtils`.

use std::fmt;

use crate::error::{Error, Result};

/// Largest max parallelism, as in Flink: 2^15.
pub const MAX_PARALLELISM_LIMIT: u32 = 1 << 15;
/// Least default max parallelism, as in Flink.
pub const DEFAULT_MAX_PARALLELISM: u32 = 128;

/// Key groups from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGroupRange {
    first: u16,
    last: u16,
}

impl KeyGroupRange {
    /// The range from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a range that is empty or ends outside `max_parallelism`.
    pub fn new(first: u32, last: u32, max_parallelism: u32) -> Result<Self> {
        check_max_parallelism(max_parallelism)?;
        if first > last || last >= max_parallelism {
            return Err(Error::InvalidArgument(format!(
                "key-group range {first}..={last} is not within 0..={} (max parallelism {max_parallelism})",
                max_parallelism - 1
            )));
        }
        // Below 2^15, as checked.
        Ok(Self { first: first as u16, last: last as u16 })
    }

    /// First key group.
    pub fn first(self) -> u16 {
        self.first
    }

    /// Last key group.
    pub fn last(self) -> u16 {
        self.last
    }

    /// Whether the range has the key group.
    #[inline]
    pub fn contains(self, key_group: u16) -> bool {
        (self.first..=self.last).contains(&key_group)
    }

    /// The key groups that both ranges have.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }

    /// Whether both ranges have a key group in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl fmt::Display for KeyGroupRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}..={}", self.first, self.last)
    }
}

/// The key group of a key: murmur3 (x86, 32 bits, seed 0) of its bytes modulo `max_parallelism`.
///
/// # Errors
/// [`Error::InvalidArgument`] for a max parallelism outside 1 to 32768.
pub fn of_key(key: &[u8], max_parallelism: u32) -> Result<u16> {
    check_max_parallelism(max_parallelism)?;
    Ok((murmur3(key) % max_parallelism) as u16)
}

/// The key group of a key whose 32-bit hash the caller knows, such as Java's `hashCode`: where Flink itself puts the key.
///
/// # Errors
/// As [`of_key`].
pub fn of_hash(hash: i32, max_parallelism: u32) -> Result<u16> {
    check_max_parallelism(max_parallelism)?;
    Ok((spread(hash) % max_parallelism) as u16)
}

/// The key groups of the subtask `index` out of `parallelism`.
///
/// # Errors
/// [`Error::InvalidArgument`] for numbers out of range: `index` < `parallelism` <= `max_parallelism`.
pub fn range_of_subtask(max_parallelism: u32, parallelism: u32, index: u32) -> Result<KeyGroupRange> {
    check_max_parallelism(max_parallelism)?;
    if parallelism == 0 || parallelism > max_parallelism {
        return Err(Error::InvalidArgument(format!(
            "parallelism {parallelism} is not within 1..={max_parallelism}, the max parallelism"
        )));
    }
    if index >= parallelism {
        return Err(Error::InvalidArgument(format!("subtask {index} is not within 0..={}", parallelism - 1)));
    }
    let first = (index * max_parallelism).div_ceil(parallelism);
    let last = ((index + 1) * max_parallelism - 1) / parallelism;
    KeyGroupRange::new(first, last, max_parallelism)
}

/// Flink's default: the next power of two of one and a half times the parallelism, within 128 to 32768.
///
/// # Errors
/// [`Error::InvalidArgument`] for a parallelism outside 1 to 32768.
pub fn default_max_parallelism(parallelism: u32) -> Result<u32> {
    if parallelism == 0 || parallelism > MAX_PARALLELISM_LIMIT {
        return Err(Error::InvalidArgument(format!(
            "parallelism {parallelism} is not within 1..={MAX_PARALLELISM_LIMIT}"
        )));
    }
    let wanted = parallelism + parallelism / 2;
    Ok(wanted.next_power_of_two().clamp(DEFAULT_MAX_PARALLELISM, MAX_PARALLELISM_LIMIT))
}

/// Refuses a max parallelism outside 1 to 32768.
pub(crate) fn check_max_parallelism(max_parallelism: u32) -> Result<()> {
    if max_parallelism == 0 || max_parallelism > MAX_PARALLELISM_LIMIT {
        return Err(Error::InvalidArgument(format!(
            "max parallelism {max_parallelism} is not within 1..={MAX_PARALLELISM_LIMIT}"
        )));
    }
    Ok(())
}

/// MurmurHash3_x86_32 with seed 0, by Austin Appleby.
#[inline]
fn murmur3(bytes: &[u8]) -> u32 {
    let mut hash = 0;
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        hash = mix(hash, u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        let word = tail.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        hash = mix(hash, word);
    }
    finish(hash ^ bytes.len() as u32)
}

/// Flink's `MathUtils.murmurHash`: murmur3 of the one word, then its absolute value, where the least number becomes 0.
fn spread(hash: i32) -> u32 {
    let mixed = mix(0, hash as u32).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    let spread = finish(mixed ^ 4) as i32;
    spread.checked_abs().unwrap_or(0) as u32
}

#[inline]
fn mix(hash: u32, word: u32) -> u32 {
    hash ^ word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[inline]
fn finish(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // The published vectors of MurmurHash3_x86_32 with seed 0.
    #[test]
    fn murmur3_is_the_published_one() {
        for (text, hash) in [("", 0), ("a", 0x3c25_69b2), ("test", 0xba6b_d213), ("Hello, world!", 0xc036_3e43)] {
            assert_eq!(murmur3(text.as_bytes()), hash, "{text}");
        }
        assert_eq!(murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
    }

    #[test]
    fn a_hash_of_the_caller_is_one_word_of_murmur3_without_its_sign() {
        for hash in [0, 1, -1, 42, i32::MIN, i32::MAX] {
            assert_eq!(spread(hash), (murmur3(&hash.to_le_bytes()) as i32).checked_abs().unwrap_or(0) as u32);
        }
    }

    #[test]
    fn the_default_max_parallelism_is_flinks() {
        for (parallelism, expected) in
            [(1, 128), (85, 128), (86, 256), (171, 256), (172, 512), (10_000, 16_384), (32_768, 32_768)]
        {
            assert_eq!(default_max_parallelism(parallelism).ok(), Some(expected), "{parallelism}");
        }
        assert!(default_max_parallelism(0).is_err());
    }

    proptest! {
        #[test]
        fn the_ranges_of_all_subtasks_cover_each_group_once(max in 1u32..=32768, share in 0.0f64..1.0) {
            let parallelism = 1 + (share * f64::from(max - 1)) as u32;
            let mut next = 0;
            for index in 0..parallelism {
                let range = range_of_subtask(max, parallelism, index).expect("in range");
                prop_assert_eq!(u32::from(range.first()), next);
                next = u32::from(range.last()) + 1;
            }
            prop_assert_eq!(next, max);
        }

        // Flink's computeOperatorIndexForKeyGroup must agree with its ranges.
        #[test]
        fn a_group_belongs_to_the_subtask_that_flink_computes(max in 1u32..=32768, share in 0.0f64..1.0, at in 0.0f64..1.0) {
            let parallelism = 1 + (share * f64::from(max - 1)) as u32;
            let group = (at * f64::from(max - 1)) as u32;
            let range = range_of_subtask(max, parallelism, group * parallelism / max).expect("in range");
            prop_assert!(range.contains(group as u16));
        }
    }
}

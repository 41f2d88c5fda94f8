//! Packed lists and entries: what crosses the C boundary in one buffer. Integers are little-endian and unaligned.

use crate::error::{Error, Result};

/// Length that stands for a null value.
pub(crate) const NULL_LENGTH: u32 = u32::MAX;

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk::<4>().map(|(word, rest)| (u32::from_le_bytes(*word), rest))
}

fn take(bytes: &[u8], length: u32) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(length as usize)
}

#[cold]
fn malformed(what: &str, index: usize) -> Error {
    Error::InvalidArgument(format!("{what} {index} of the packed list is malformed: it is cut short"))
}

/// The items of `u32 length | bytes` records; `what` names one of them.
pub(crate) fn items<'a>(packed: &'a [u8], what: &str) -> Result<Vec<&'a [u8]>> {
    let mut items = Vec::new();
    let mut rest = packed;
    while !rest.is_empty() {
        let record = word(rest).and_then(|(length, tail)| take(tail, length));
        let (item, tail) = record.ok_or_else(|| malformed(what, items.len()))?;
        items.push(item);
        rest = tail;
    }
    Ok(items)
}

/// A map key with its value, of which none is null.
pub(crate) type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

/// The entries of `u32 key length | u32 value length, NULL_LENGTH for null | key | value` records.
pub(crate) fn entries(packed: &[u8]) -> Result<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    let mut rest = packed;
    while !rest.is_empty() {
        let (entry, tail) = entry(rest).ok_or_else(|| malformed("entry", entries.len()))?;
        entries.push(entry);
        rest = tail;
    }
    Ok(entries)
}

fn entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (key_length, rest) = word(bytes)?;
    let (value_length, rest) = word(rest)?;
    let (key, rest) = take(rest, key_length)?;
    if value_length == NULL_LENGTH {
        return Some(((key, None), rest));
    }
    let (value, rest) = take(rest, value_length)?;
    Some(((key, Some(value)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_split_or_refused(packed: Vec<u8>) {
            if let Ok(items) = items(&packed, "element") {
                let bytes: usize = items.iter().map(|item| 4 + item.len()).sum();
                prop_assert_eq!(bytes, packed.len());
            }
            if let Ok(entries) = entries(&packed) {
                let bytes: usize = entries.iter().map(|(key, value)| 8 + key.len() + value.map_or(0, <[u8]>::len)).sum();
                prop_assert_eq!(bytes, packed.len());
            }
        }
    }

    #[test]
    fn a_record_cut_short_is_named() {
        let text = items(&[1, 0, 0, 0, 7, 2, 0, 0, 0, 7], "element").expect_err("cut short").to_string();
        assert!(text.contains("element 1"), "{text}");
        let text = entries(&[1, 0, 0, 0, 1, 0, 0, 0, 7]).expect_err("cut short").to_string();
        assert!(text.contains("entry 0"), "{text}");
    }
}

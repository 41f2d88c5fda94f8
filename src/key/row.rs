//! Row keys: `key group (u16 big-endian) | state id (u32 big-endian) | framed key | framed namespace | [map key]`.

use std::borrow::Cow;

use super::frame;

/// Length of key group and state id, in bytes.
pub(crate) const HEAD_BYTES: usize = 6;

/// Appends the first part of a row key.
#[inline]
pub(crate) fn append_head(target: &mut Vec<u8>, key_group: u16, state_id: u32) {
    target.extend_from_slice(&key_group.to_be_bytes());
    target.extend_from_slice(&state_id.to_be_bytes());
}

/// Key group and state id of a row key; none when it is too short for both.
#[inline]
pub(crate) fn head(row_key: &[u8]) -> Option<(u16, u32)> {
    let (head, _) = row_key.split_first_chunk::<HEAD_BYTES>()?;
    Some((u16::from_be_bytes([head[0], head[1]]), u32::from_be_bytes([head[2], head[3], head[4], head[5]])))
}

/// Key and namespace of a row, both still framed, and its length up to the end of the namespace.
pub(crate) struct Framed<'a> {
    key: &'a [u8],
    namespace: &'a [u8],
}

impl<'a> Framed<'a> {
    /// Splits a row key; none when it is malformed.
    pub(crate) fn of(row_key: &'a [u8]) -> Option<Self> {
        let body = row_key.get(HEAD_BYTES..)?;
        let (key, rest) = body.split_at(frame::length(body)?);
        let (namespace, _) = rest.split_at(frame::length(rest)?);
        Some(Self { key, namespace })
    }

    /// The key.
    pub(crate) fn key(&self) -> Cow<'a, [u8]> {
        frame::content(self.key)
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> Cow<'a, [u8]> {
        frame::content(self.namespace)
    }

    /// The namespace as it stands in the row key.
    pub(crate) fn framed_namespace(&self) -> &'a [u8] {
        self.namespace
    }

    /// Length of the row key without the map key, in bytes.
    pub(crate) fn prefix_length(&self) -> usize {
        HEAD_BYTES + self.key.len() + self.namespace.len()
    }
}

/// The id of a state, or of anything else with a name: the low half of XXH3 of it, the same in every subtask.
pub(crate) fn id_of_name(name: &[u8]) -> u32 {
    xxhash_rust::xxh3::xxh3_64(name) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row_key(key: &[u8], namespace: &[u8], map_key: &[u8]) -> Vec<u8> {
        let mut row_key = Vec::new();
        append_head(&mut row_key, 7, 0x0102_0304);
        frame::append(&mut row_key, key);
        frame::append(&mut row_key, namespace);
        row_key.extend_from_slice(map_key);
        row_key
    }

    proptest! {
        #[test]
        fn no_two_triples_share_a_row(left: (Vec<u8>, Vec<u8>, Vec<u8>), right: (Vec<u8>, Vec<u8>, Vec<u8>)) {
            let key = |triple: &(Vec<u8>, Vec<u8>, Vec<u8>)| row_key(&triple.0, &triple.1, &triple.2);
            prop_assert_eq!(key(&left) == key(&right), left == right);
            prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        }

        #[test]
        fn a_row_key_splits_into_its_parts(key: Vec<u8>, namespace: Vec<u8>, map_key: Vec<u8>) {
            let whole = row_key(&key, &namespace, &map_key);
            let framed = Framed::of(&whole).expect("well-formed");
            prop_assert_eq!(head(&whole), Some((7, 0x0102_0304)));
            prop_assert_eq!(&whole[framed.prefix_length()..], &map_key[..]);
            prop_assert_eq!(framed.key().into_owned(), key);
            prop_assert_eq!(framed.namespace().into_owned(), namespace);
        }
    }
}

//! Framing: bytes made self-delimiting without a change of their order.
//!
//! A zero byte becomes `00 FF`, and `00 00` ends the frame. No frame is a prefix of another, and frames sort as their contents do.

use std::borrow::Cow;

const ESCAPED: u8 = 0xff;
const END: [u8; 2] = [0, 0];

/// Appends the frame of `bytes`.
#[inline]
pub(crate) fn append(target: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == 0) {
        target.extend_from_slice(&rest[..=at]);
        target.push(ESCAPED);
        rest = &rest[at + 1..];
    }
    target.extend_from_slice(rest);
    target.extend_from_slice(&END);
}

/// Length of the frame at the start of `bytes`, its end included; none when it is cut short or malformed.
#[inline]
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == 0)?;
        match bytes.get(at + 1)? {
            0 => return Some(at + 2),
            &ESCAPED => from = at + 2,
            _ => return None,
        }
    }
}

/// The content of a frame, as measured by [`length`]; copied only when something was escaped.
pub(crate) fn content(frame: &[u8]) -> Cow<'_, [u8]> {
    let body = &frame[..frame.len().saturating_sub(END.len())];
    if !body.contains(&0) {
        return Cow::Borrowed(body);
    }
    let mut bytes = Vec::with_capacity(body.len());
    let mut after_zero = false;
    for byte in body {
        if !(after_zero && *byte == ESCAPED) {
            bytes.push(*byte);
        }
        // What follows an escape is never one itself.
        after_zero = *byte == 0;
    }
    Cow::Owned(bytes)
}

/// Splits a frame off: its content and what follows it; none when it is cut short or malformed.
pub(crate) fn split(bytes: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let (frame, rest) = bytes.split_at(length(bytes)?);
    Some((content(frame), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(bytes: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        append(&mut frame, bytes);
        frame
    }

    /// Bytes with many of those that matter.
    fn tricky() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(1), any::<u8>()], 0..12)
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_back_with_the_rest_untouched(bytes in tricky(), rest in tricky()) {
            let mut whole = framed(&bytes);
            whole.extend_from_slice(&rest);
            let (content, tail) = split(&whole).expect("whole");
            prop_assert_eq!(content.as_ref(), &bytes[..]);
            prop_assert_eq!(tail, &rest[..]);
        }

        #[test]
        fn frames_sort_as_their_contents(left in tricky(), right in tricky()) {
            prop_assert_eq!(framed(&left).cmp(&framed(&right)), left.cmp(&right));
        }

        #[test]
        fn no_frame_is_a_prefix_of_another(left in tricky(), right in tricky()) {
            prop_assert!(left == right || !framed(&right).starts_with(&framed(&left)));
        }

        #[test]
        fn a_frame_cut_short_is_not_split(bytes in tricky(), cut in 1usize..3) {
            let frame = framed(&bytes);
            prop_assert!(split(&frame[..frame.len() - cut]).is_none());
        }
    }

    #[test]
    fn a_foreign_byte_after_a_zero_is_malformed() {
        assert!(length(&[0, 7, 0, 0]).is_none());
    }
}

//! SHA-256 of files, as `sha256sum` prints it.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::storage::Watch;

/// Length of a digest as text.
pub(crate) const DIGEST_TEXT: usize = 64;
const CHUNK_BYTES: usize = 1 << 20;

/// Length of a digest as bytes.
pub(crate) const DIGEST_BYTES: usize = DIGEST_TEXT / 2;

/// Digest of some bytes, as bytes.
pub(crate) fn bytes_of(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    Sha256::digest(bytes).into()
}

/// Digest of some bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    text(&Sha256::digest(bytes))
}

/// Digest and length of all that is left to read.
///
/// # Errors
/// The reader's own, or what `watch` answers.
pub(crate) fn of_reader(reader: &mut dyn Read, watch: &dyn Watch) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut length = 0;
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok((text(&hasher.finalize()), length)),
            count => {
                hasher.update(&chunk[..count]);
                length += count as u64;
                watch.moved(count as u64)?;
            }
        }
    }
}

/// Whether a text can be a digest.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_TEXT && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn text(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(DIGEST_TEXT), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that fits into memory");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        assert_eq!(of(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(is_digest(&of(b"")) && !is_digest("ABC") && !is_digest(&"A".repeat(DIGEST_TEXT)));
    }
}

//! [`Placement`]: which keys of a savepoint are wanted, and in which key groups they are from then on.

use super::header::Keyed;
use super::options::ImportOptions;
use crate::error::{Error, Result};
use crate::key::key_group::{self, KeyGroupRange};
use crate::state::registry::KeyedFacts;

/// Where keys go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    /// Max parallelism of the savepoint.
    source: u32,
    /// Max parallelism of the backend.
    target: u32,
    is_rehash: bool,
    pub(super) range: KeyGroupRange,
}

impl Placement {
    /// The wishes held to the savepoint and to what the backend holds already.
    pub(super) fn new(options: &ImportOptions, keyed: &Keyed, stored: Option<&KeyedFacts>) -> Result<Self> {
        let source = keyed.max_parallelism;
        let wished = (options.max_parallelism != 0).then_some(options.max_parallelism);
        let target = wished.or(stored.map(|facts| facts.max_parallelism)).unwrap_or(source);
        if target != source && !options.rehash {
            return Err(Error::StateMismatch(format!(
                "the savepoint has max parallelism {source}, and the backend {target}; \
                import with 'rehash' to place every key anew"
            )));
        }
        let whole = || KeyGroupRange::new(0, target.saturating_sub(1), target);
        let own = || KeyGroupRange::new(keyed.first_key_group, keyed.last_key_group, target);
        let range = match (options.first_key_group, options.last_key_group, options.parallelism) {
            (Some(first), Some(last), _) => KeyGroupRange::new(first, last, target),
            (_, _, Some(parallelism)) => key_group::range_of_subtask(target, parallelism, options.subtask),
            _ => (if options.rehash { whole() } else { own() }).and_then(|all| known_to_have(all, stored)),
        };
        let range = range.map_err(|error| Error::InvalidOption(format!("options of the import: {error}")))?;
        Ok(Self { source, target, is_rehash: options.rehash, range })
    }

    pub(super) fn max_parallelism(&self) -> u32 {
        self.target
    }

    /// Key groups that rows of the savepoint can be in, here: first and last; none when none of them is wanted.
    pub(super) fn reach(&self, keyed: &Keyed) -> Option<(u16, u16)> {
        let reach = if self.is_rehash { Some(self.range) } else { keyed.range()?.intersection(self.range) };
        reach.map(|range| (range.first(), range.last()))
    }

    /// What tells the rows of the savepoint from others when keys are placed anew.
    pub(super) fn rehashed_from(&self, keyed: &Keyed) -> Option<(u32, u32, u32)> {
        self.is_rehash.then_some((self.source, keyed.first_key_group, keyed.last_key_group))
    }

    /// The key group of a key; none when it is not wanted.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] when it is to be placed anew, and was placed by another hash before.
    pub(super) fn of(&self, key_group: u16, key: &[u8]) -> Result<Option<u16>> {
        let mut placed = key_group;
        if self.is_rehash {
            if key_group::of_key(key, self.source)? != key_group {
                return Err(Error::StateMismatch(format!(
                    "a key of key group {key_group} was placed by the caller's own hash, which the savepoint does not hold; \
                    import without 'rehash', with the same max parallelism"
                )));
            }
            placed = key_group::of_key(key, self.target)?;
        }
        Ok(self.range.contains(placed).then_some(placed))
    }
}

/// The key groups of the backend, which must have all that the savepoint may have when nobody has said which are wanted.
fn known_to_have(all: KeyGroupRange, stored: Option<&KeyedFacts>) -> Result<KeyGroupRange> {
    match stored.and_then(KeyedFacts::range) {
        None => Ok(all),
        Some(own) if own.intersection(all) == Some(all) => Ok(own),
        Some(own) => Err(Error::InvalidArgument(format!(
            "the savepoint is for key groups {all}, and the backend has {own}; say which are wanted by 'first_key_group' and \
            'last_key_group', or by 'parallelism' and 'subtask'"
        ))),
    }
}

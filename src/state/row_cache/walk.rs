//! Finding the records of a prefix, without holding on to the cache between two of them.

use super::index::NOWHERE;
use super::log::Log;
use super::scopes::Scopes;
use super::{RowCache, Scope};

/// Records that a walk is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Dirty,
}

/// Live records below a prefix. What was returned may go before the next is asked for; nothing may come or move.
pub(super) struct Walk {
    which: Which,
    /// The record whose key is the prefix itself, and those chained to its scope.
    exact: Option<u32>,
    chained: u32,
    /// Segments to look through when the prefix is no scope, and where to go on in the last of them.
    segments: Vec<u32>,
    from: usize,
}

impl Walk {
    pub(super) fn over(cache: &RowCache, prefix: &[u8], which: Which) -> Self {
        let mut walk = Self { which, exact: None, chained: NOWHERE, segments: Vec::new(), from: 0 };
        match cache.scope(prefix) {
            Scope::NotOne => {
                let wanted = cache.log.segments().filter(|(_, dirty)| which == Which::All || *dirty > 0);
                walk.segments = wanted.map(|(segment, _)| segment).collect();
            }
            scope => {
                walk.exact = cache.find_key(prefix).map(|(_, address)| address);
                if let Scope::Rows(id) = scope {
                    walk.chained = cache.scopes.newest(id);
                }
            }
        }
        walk
    }

    pub(super) fn next(&mut self, log: &Log, prefix: &[u8]) -> Option<u32> {
        loop {
            let address = self.step(log)?;
            let dirty = log.header(address).is_dirty();
            if (dirty || self.which == Which::All) && log.key(address).starts_with(prefix) {
                return Some(address);
            }
        }
    }

    fn step(&mut self, log: &Log) -> Option<u32> {
        if let Some(address) = self.exact.take() {
            return Some(address);
        }
        if self.chained != NOWHERE {
            let address = self.chained;
            self.chained = Scopes::older(log, address);
            return Some(address);
        }
        while let Some(segment) = self.segments.last() {
            if let Some((address, next)) = log.next_live(*segment, self.from) {
                self.from = next;
                return Some(address);
            }
            self.segments.pop();
            self.from = 0;
        }
        None
    }
}

//! Rows of one scope, chained: those of one map, which are cleared and scanned together.
//!
//! The link of a record is `scope | newer record | older record`; a scope knows the newest and how many are dirty.

use super::index::{Index, NOWHERE};
use super::log::Log;

const SCOPE: usize = 0;
const NEWER: usize = 1;
const OLDER: usize = 2;

#[derive(Clone, Copy)]
struct Scope {
    hash: u32,
    /// Of a scope that is not in use: the next such.
    newest: u32,
    rows: u32,
    dirty: u32,
}

pub(super) struct Scopes {
    index: Index,
    scopes: Vec<Scope>,
    unused: u32,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self { index: Index::default(), scopes: Vec::new(), unused: NOWHERE }
    }

    pub(super) fn bytes(&self) -> usize {
        self.index.bytes() + self.scopes.capacity() * size_of::<Scope>()
    }

    /// Whether there is room for one scope more.
    pub(super) fn has_room(&self) -> bool {
        !self.index.is_full() && (self.unused != NOWHERE || self.scopes.len() < self.scopes.capacity())
    }

    /// Bytes that are taken while [`Self::grow`] runs, beside those that are now.
    pub(super) fn growth_bytes(&self) -> usize {
        let scopes = self.grown_capacity() * size_of::<Scope>();
        scopes + (self.grown_slots() * size_of::<u64>()).saturating_sub(self.index.bytes())
    }

    /// Makes room for more scopes.
    pub(super) fn grow(&mut self) {
        self.scopes.reserve_exact(self.grown_capacity() - self.scopes.len());
        let slots = self.grown_slots();
        self.index = Index::default();
        self.index = Index::with_slots(slots);
        for (id, scope) in self.scopes.iter().enumerate().filter(|(_, scope)| scope.rows > 0) {
            self.index.insert(scope.hash, id as u32);
        }
    }

    fn grown_capacity(&self) -> usize {
        self.scopes.len() + self.scopes.len() / 8 + 16
    }

    fn grown_slots(&self) -> usize {
        self.grown_capacity() * 3 / 2
    }

    /// The scope that starts the keys of its rows with `prefix`.
    pub(super) fn find(&self, log: &Log, hash: u32, prefix: &[u8]) -> Option<u32> {
        let is_it = |id: u32| log.key(self.scopes[id as usize].newest).starts_with(prefix);
        self.index.find(hash, is_it).map(|(_, id)| id)
    }

    pub(super) fn newest(&self, id: u32) -> u32 {
        self.scopes[id as usize].newest
    }

    /// The next record of the scope, by age; [`NOWHERE`] after the oldest.
    pub(super) fn older(log: &Log, address: u32) -> u32 {
        log.link(address)[OLDER]
    }

    pub(super) fn has_dirty(&self, id: u32) -> bool {
        self.scopes[id as usize].dirty > 0
    }

    pub(super) fn count_dirty(&mut self, log: &Log, address: u32, dirty: bool) {
        let count = &mut self.scopes[log.link(address)[SCOPE] as usize].dirty;
        *count = if dirty { *count + 1 } else { *count - 1 };
    }

    /// Adds a record; there must be room for a scope.
    pub(super) fn link(&mut self, log: &mut Log, address: u32, hash: u32, prefix: &[u8]) {
        let id = self.find(log, hash, prefix).unwrap_or_else(|| self.add(hash));
        let scope = &mut self.scopes[id as usize];
        let older = std::mem::replace(&mut scope.newest, address);
        scope.rows += 1;
        log.set_link(address, [id, NOWHERE, older]);
        set_word(log, older, NEWER, address);
    }

    fn add(&mut self, hash: u32) -> u32 {
        let scope = Scope { hash, newest: NOWHERE, rows: 0, dirty: 0 };
        let id = if self.unused == NOWHERE {
            self.scopes.push(scope);
            self.scopes.len() as u32 - 1
        } else {
            let id = self.unused;
            self.unused = std::mem::replace(&mut self.scopes[id as usize], scope).newest;
            id
        };
        self.index.insert(hash, id);
        id
    }

    /// Takes a record out; it must be clean.
    pub(super) fn unlink(&mut self, log: &mut Log, address: u32) {
        let [id, newer, older] = log.link(address);
        set_word(log, older, NEWER, newer);
        set_word(log, newer, OLDER, older);
        let scope = &mut self.scopes[id as usize];
        if newer == NOWHERE {
            scope.newest = older;
        }
        scope.rows -= 1;
        if scope.rows == 0 {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: u32) {
        let hash = self.scopes[id as usize].hash;
        if let Some((at, _)) = self.index.find(hash, |other| other == id) {
            self.index.remove(at);
        }
        self.scopes[id as usize].newest = std::mem::replace(&mut self.unused, id);
    }

    /// Tells the neighbours of a record that has a link where it is now.
    pub(super) fn moved(&mut self, log: &mut Log, address: u32) {
        let [id, newer, older] = log.link(address);
        set_word(log, older, NEWER, address);
        set_word(log, newer, OLDER, address);
        if newer == NOWHERE {
            self.scopes[id as usize].newest = address;
        }
    }
}

fn set_word(log: &mut Log, address: u32, word: usize, value: u32) {
    if address != NOWHERE {
        let mut link = log.link(address);
        link[word] = value;
        log.set_link(address, link);
    }
}

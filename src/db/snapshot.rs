//! [`Snapshot`]: a consistent view of one open database.

use std::sync::Arc;

use super::engine;

/// A point in time to read at, over all families: later writes are not seen. Keeps the engine open, and keeps it from
/// reclaiming what the view still needs; drop it soon.
#[derive(Clone)]
pub struct Snapshot(Arc<engine::Snapshot>);

impl Snapshot {
    pub(crate) fn new(handle: engine::Snapshot) -> Self {
        Self(Arc::new(handle))
    }

    /// Sequence number of the last write it sees.
    pub fn sequence(&self) -> u64 {
        self.0.sequence()
    }

    pub(super) fn handle(&self) -> &engine::Snapshot {
        &self.0
    }

    pub(super) fn shared_handle(&self) -> Arc<engine::Snapshot> {
        Arc::clone(&self.0)
    }
}

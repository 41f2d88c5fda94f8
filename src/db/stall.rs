//! How near the families are to the limits at which the engine holds up writes.

use super::column_family::ColumnFamily;
use super::database::Database;
use crate::options::FamilyOptions;

/// Where the engine begins to hold up writes to a family; none where it never does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StallLimits {
    immutable_memtables: u64,
    level0_files: Option<u64>,
    /// At as many the engine stops writes.
    level0_files_stop: Option<u64>,
    pending_compaction_bytes: Option<u64>,
}

impl From<&FamilyOptions> for StallLimits {
    /// RocksDB's rules (`GetWriteStallConditionAndCause` in column_family.cc): compaction is waited for only when it runs by itself.
    fn from(options: &FamilyOptions) -> Self {
        let compacts = !options.disable_auto_compactions;
        let soft_limit = options.soft_pending_compaction_bytes_limit;
        Self {
            immutable_memtables: u64::from(options.max_write_buffer_number.max(2) - 1),
            level0_files: compacts.then_some(u64::from(options.level0_slowdown_writes_trigger)),
            level0_files_stop: compacts.then_some(u64::from(options.level0_stop_writes_trigger)),
            pending_compaction_bytes: (compacts && soft_limit > 0).then_some(soft_limit),
        }
    }
}

/// What waits for flush and compaction: sums over the families, and the largest share of its limit that any family has reached.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Backlog {
    pub(crate) immutable_memtables: u64,
    pub(crate) level0_files: u64,
    pub(crate) pending_compaction_bytes: u64,
    pub(crate) immutable_share: f64,
    pub(crate) level0_share: f64,
    pub(crate) pending_share: f64,
}

impl Backlog {
    fn add(&mut self, limits: StallLimits, memtables: u64, files: u64, bytes: u64) {
        let share = |amount: u64, limit: Option<u64>| limit.map_or(0.0, |limit| amount as f64 / limit.max(1) as f64);
        self.immutable_memtables += memtables;
        self.level0_files += files;
        self.pending_compaction_bytes = self.pending_compaction_bytes.saturating_add(bytes);
        self.immutable_share = self.immutable_share.max(share(memtables, Some(limits.immutable_memtables)));
        self.level0_share = self.level0_share.max(share(files, limits.level0_files));
        // What waits for its flush becomes files of level 0 whether or not another row is written.
        self.level0_share = self.level0_share.max(share(files + memtables, limits.level0_files_stop));
        self.pending_share = self.pending_share.max(share(bytes, limits.pending_compaction_bytes));
    }
}

impl Database {
    /// What waits in the families.
    pub(crate) fn backlog(&self) -> Backlog {
        let mut backlog = Backlog::default();
        // Most of the time there is none of it in any family, and one question tells so.
        let [memtables, bytes] = ["rocksdb.num-immutable-mem-table", "rocksdb.estimate-pending-compaction-bytes"]
            .map(|name| (self.sum_of_property(name) > 0).then_some(name));
        for family in self.families().iter() {
            let property =
                |name: Option<&str>| name.and_then(|name| family.handle().integer_property(name)).unwrap_or(0);
            backlog.add(family.stall_limits(), property(memtables), level0_files(family), property(bytes));
        }
        backlog
    }
}

fn level0_files(family: &ColumnFamily) -> u64 {
    let text = family.property("rocksdb.num-files-at-level0").ok().flatten();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_summed_and_the_largest_share_counts() {
        let options = FamilyOptions { soft_pending_compaction_bytes_limit: 1000, ..FamilyOptions::default() };
        let mut backlog = Backlog::default();
        backlog.add(StallLimits::from(&options), 1, 10, 500);
        backlog.add(StallLimits::from(&options), 2, 5, 250);
        let expected = Backlog {
            immutable_memtables: 3,
            level0_files: 15,
            pending_compaction_bytes: 750,
            immutable_share: 1.0,
            level0_share: 0.5,
            pending_share: 0.5,
        };
        assert_eq!(backlog, expected);
    }

    #[test]
    fn memtables_that_will_be_files_count_towards_the_stop() {
        let options = FamilyOptions {
            level0_slowdown_writes_trigger: 8,
            level0_stop_writes_trigger: 12,
            max_write_buffer_number: 16,
            ..FamilyOptions::default()
        };
        let mut backlog = Backlog::default();
        backlog.add(StallLimits::from(&options), 9, 3, 0);
        assert_eq!((backlog.level0_share, backlog.level0_files), (1.0, 3));
    }

    #[test]
    fn what_the_engine_does_not_wait_for_is_no_share() {
        let options = FamilyOptions { disable_auto_compactions: true, ..FamilyOptions::default() };
        let mut backlog = Backlog::default();
        backlog.add(StallLimits::from(&options), 0, 1000, u64::MAX);
        assert_eq!((backlog.level0_share, backlog.pending_share), (0.0, 0.0));
        let no_limit = FamilyOptions { soft_pending_compaction_bytes_limit: 0, ..FamilyOptions::default() };
        backlog.add(StallLimits::from(&no_limit), 0, 0, 1);
        assert_eq!((backlog.pending_share, backlog.pending_compaction_bytes), (0.0, u64::MAX));
    }
}

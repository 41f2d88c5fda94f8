//! Options of one column family.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{fields_of, schema};
use crate::error::{Error, Result};

/// How the blocks of a level are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// As they are.
    None,
    /// Snappy.
    Snappy,
    /// LZ4: fast, the default.
    Lz4,
    /// LZ4 in its slower, tighter form.
    Lz4hc,
    /// Zstandard: tightest.
    Zstd,
}

/// How a column family is kept. May differ from family to family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FamilyOptions {
    /// Bytes of one memtable before it is flushed. Default 64 MiB.
    pub write_buffer_size_bytes: u64,
    /// Memtables, active and waiting for flush, before writes stop. Default 3; 4 or more gives a zone of delay before the stop.
    pub max_write_buffer_number: u32,
    /// Memtables merged into one flush. Default 1.
    pub min_write_buffer_number_to_merge: u32,
    /// Bytes of a data block before compression. Default 4 KiB; larger suits scans.
    pub block_size_bytes: u64,
    /// Bits per key of the bloom filter; 0 for none. Default 10: about 1 % false positives.
    pub bloom_filter_bits_per_key: f64,
    /// Keep index and filter blocks in the block cache, so that its size bounds them too. Default true; without a block cache
    /// they stay outside.
    pub cache_index_and_filter_blocks: bool,
    /// Compression of all levels. Default LZ4.
    pub compression: Compression,
    /// Compression level by level, from the first; empty, the default, for `compression` everywhere.
    pub compression_per_level: Vec<Compression>,
    /// Compression of the last level; none, the default, for that of its level.
    pub bottommost_compression: Option<Compression>,
    /// Bytes of a table file of the first level below 0. Default 64 MiB.
    pub target_file_size_base_bytes: u64,
    /// Bytes of the first level below 0. Default 256 MiB.
    pub max_bytes_for_level_base_bytes: u64,
    /// Files of level 0 that start a compaction. Default 4.
    pub level0_file_num_compaction_trigger: u32,
    /// Files of level 0 that delay writes. Default 20.
    pub level0_slowdown_writes_trigger: u32,
    /// Files of level 0 that stop writes. Default 36.
    pub level0_stop_writes_trigger: u32,
    /// Bytes waiting for compaction that delay writes. Default 64 GiB.
    pub soft_pending_compaction_bytes_limit: u64,
    /// Bytes waiting for compaction that stop writes. Default 256 GiB.
    pub hard_pending_compaction_bytes_limit: u64,
    /// Size levels from the last one upwards, for less space. Default true.
    pub level_compaction_dynamic_level_bytes: bool,
    /// Compact on request only. Default false.
    pub disable_auto_compactions: bool,
    /// Seconds after which a file is compacted even when nothing else asks for it. 0, the default: every 30 days while the backend
    /// is open with a state in the family that has a ttl, else never. The greatest, 4294967296, is never in any case.
    pub periodic_compaction_seconds: u64,
}

impl Default for FamilyOptions {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        Self {
            write_buffer_size_bytes: 64 * MIB,
            max_write_buffer_number: 3,
            min_write_buffer_number_to_merge: 1,
            block_size_bytes: 4096,
            bloom_filter_bits_per_key: 10.0,
            cache_index_and_filter_blocks: true,
            compression: Compression::Lz4,
            compression_per_level: Vec::new(),
            bottommost_compression: None,
            target_file_size_base_bytes: 64 * MIB,
            max_bytes_for_level_base_bytes: 256 * MIB,
            level0_file_num_compaction_trigger: 4,
            level0_slowdown_writes_trigger: 20,
            level0_stop_writes_trigger: 36,
            soft_pending_compaction_bytes_limit: 64 * GIB,
            hard_pending_compaction_bytes_limit: 256 * GIB,
            level_compaction_dynamic_level_bytes: true,
            disable_auto_compactions: false,
            periodic_compaction_seconds: 0,
        }
    }
}

impl FamilyOptions {
    /// These options with some fields replaced.
    pub(crate) fn with(&self, own: &Map<String, Value>) -> Result<Self> {
        schema::check(own, &[schema::FAMILY])?;
        let mut fields = fields_of(self);
        fields.extend(own.clone());
        let options: Self = serde_json::from_value(Value::Object(fields))
            .map_err(|error| Error::InvalidOption(format!("options: {error}")))?;
        options.check()?;
        Ok(options)
    }

    /// Rules between fields; single fields are checked by the schema.
    pub(crate) fn check(&self) -> Result<()> {
        let ordered = |low: (&str, u64), high: (&str, u64)| {
            if low.1 <= high.1 {
                return Ok(());
            }
            let text = format!("option '{}' is {}; it must be at most '{}', which is {}", low.0, low.1, high.0, high.1);
            Err(Error::InvalidOption(text))
        };
        let trigger = ("level0_file_num_compaction_trigger", u64::from(self.level0_file_num_compaction_trigger));
        let slowdown = ("level0_slowdown_writes_trigger", u64::from(self.level0_slowdown_writes_trigger));
        let stop = ("level0_stop_writes_trigger", u64::from(self.level0_stop_writes_trigger));
        ordered(trigger, slowdown)?;
        ordered(slowdown, stop)?;
        if self.min_write_buffer_number_to_merge >= self.max_write_buffer_number {
            return Err(Error::InvalidOption(format!(
                "option 'min_write_buffer_number_to_merge' is {}; it must be less than 'max_write_buffer_number', which is {}",
                self.min_write_buffer_number_to_merge, self.max_write_buffer_number
            )));
        }
        ordered(
            ("soft_pending_compaction_bytes_limit", self.soft_pending_compaction_bytes_limit),
            ("hard_pending_compaction_bytes_limit", self.hard_pending_compaction_bytes_limit),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_out_of_order_are_named() {
        let options = FamilyOptions { level0_slowdown_writes_trigger: 40, ..FamilyOptions::default() };
        let text = options.check().expect_err("refused").to_string();
        assert!(text.contains("'level0_slowdown_writes_trigger' is 40") && text.contains("36"), "{text}");
    }
}

//! Options in the engine's own text form: `name=value;name=value`.

use std::fmt::{Display, Write as _};

use serde_json::{Map, Value};

use super::engine::WriteMode;
use crate::error::{Error, Result};
use crate::options::{Compression, FamilyOptions, Integrity, LogLevel, Options, WalMode, WalRecovery};

/// Collects `name=value;` pairs.
#[derive(Default)]
struct Text(String);

impl Text {
    fn set(&mut self, name: &str, value: impl Display) -> &mut Self {
        write!(self.0, "{name}={value};").expect("a String takes all that fits into memory");
        self
    }
}

/// How the backend's writes reach the log.
pub(super) fn write_mode(options: &Options) -> WriteMode {
    WriteMode {
        disable_wal: options.wal == WalMode::Disabled,
        sync: options.wal == WalMode::Sync,
        protected: options.integrity == Integrity::High,
    }
}

/// Options of the whole engine.
pub(super) fn database_text(options: &Options) -> String {
    let mut text = Text::default();
    text.set("create_if_missing", options.create_if_missing)
        .set("max_background_jobs", options.max_background_jobs)
        .set("max_subcompactions", options.max_subcompactions)
        .set("max_open_files", options.max_open_files)
        .set("wal_recovery_mode", recovery_mode(options.wal_recovery))
        .set("info_log_level", log_level(options.log_level))
        .set("max_log_file_size", options.log_file_max_size_bytes)
        .set("keep_log_file_num", options.log_file_count)
        .set("delayed_write_rate", options.delayed_write_rate_bytes_per_second)
        .set("bytes_per_sync", options.bytes_per_sync)
        // What is recovered is a prefix over all families: without a log, they must be flushed as one.
        .set("atomic_flush", options.wal == WalMode::Disabled)
        .set("paranoid_checks", true)
        .set("track_and_verify_wals_in_manifest", true)
        .set("verify_sst_unique_id_in_manifest", true)
        .set("flush_verify_memtable_count", true)
        .set("compaction_verify_record_count", true)
        // Keys and values never reach a log file.
        .set("allow_data_in_errors", false);
    text.0
}

/// Options of one family, and of its table files.
pub(super) fn family_text(options: &FamilyOptions, integrity: Integrity, has_cache: bool) -> (String, String) {
    let high = integrity == Integrity::High;
    let mut family = Text::default();
    family
        .set("write_buffer_size", options.write_buffer_size_bytes)
        .set("max_write_buffer_number", options.max_write_buffer_number)
        .set("min_write_buffer_number_to_merge", options.min_write_buffer_number_to_merge)
        .set("compression", compression(options.compression))
        .set("bottommost_compression", bottommost(options.bottommost_compression))
        .set("target_file_size_base", options.target_file_size_base_bytes)
        .set("max_bytes_for_level_base", options.max_bytes_for_level_base_bytes)
        .set("level0_file_num_compaction_trigger", options.level0_file_num_compaction_trigger)
        .set("level0_slowdown_writes_trigger", options.level0_slowdown_writes_trigger)
        .set("level0_stop_writes_trigger", options.level0_stop_writes_trigger)
        .set("soft_pending_compaction_bytes_limit", options.soft_pending_compaction_bytes_limit)
        .set("hard_pending_compaction_bytes_limit", options.hard_pending_compaction_bytes_limit)
        .set("level_compaction_dynamic_level_bytes", options.level_compaction_dynamic_level_bytes)
        .set("disable_auto_compactions", options.disable_auto_compactions)
        .set("periodic_compaction_seconds", options.periodic_compaction_seconds)
        .set("memtable_protection_bytes_per_key", 8)
        .set("block_protection_bytes_per_key", if high { 8 } else { 0 })
        .set("force_consistency_checks", true);
    if !options.compression_per_level.is_empty() {
        family.set("compression_per_level", per_level(&options.compression_per_level));
    }
    (family.0, table_text(options, high, has_cache))
}

fn table_text(options: &FamilyOptions, high: bool, has_cache: bool) -> String {
    let cached = options.cache_index_and_filter_blocks && has_cache;
    let mut table = Text::default();
    table
        .set("block_size", options.block_size_bytes)
        .set("cache_index_and_filter_blocks", cached)
        .set("cache_index_and_filter_blocks_with_high_priority", true)
        .set("pin_l0_filter_and_index_blocks_in_cache", cached)
        .set("detect_filter_construct_corruption", high);
    if options.bloom_filter_bits_per_key > 0.0 {
        table.set("filter_policy", format_args!("bloomfilter:{}:false", options.bloom_filter_bits_per_key));
    }
    table.0
}

/// Changes of a backend's options at run time, in the engine's names. The document was checked against the schema.
pub(super) fn database_changes(changes: &Map<String, Value>) -> Result<Vec<(String, String)>> {
    changes.iter().map(|(name, value)| Ok((database_name(name)?.to_owned(), plain(value)))).collect()
}

fn database_name(name: &str) -> Result<&str> {
    match name {
        "max_background_jobs" | "max_subcompactions" | "max_open_files" | "bytes_per_sync" => Ok(name),
        "delayed_write_rate_bytes_per_second" => Ok("delayed_write_rate"),
        _ => Err(not_changeable(name)),
    }
}

/// Changes of a family's options at run time, in the engine's names. `after` holds the options as they will be.
pub(super) fn family_changes(changes: &Map<String, Value>, after: &FamilyOptions) -> Result<Vec<(String, String)>> {
    changes.iter().map(|(name, value)| family_change(name, value, after)).collect()
}

fn family_change(name: &str, value: &Value, after: &FamilyOptions) -> Result<(String, String)> {
    let pair = |engine_name: &str, value: String| Ok((engine_name.to_owned(), value));
    match name {
        "block_size_bytes" => pair("block_based_table_factory", format!("{{block_size={};}}", after.block_size_bytes)),
        "compression" => pair(name, compression(after.compression).to_owned()),
        "compression_per_level" => pair(name, per_level(&after.compression_per_level)),
        "bottommost_compression" => pair(name, bottommost(after.bottommost_compression).to_owned()),
        "write_buffer_size_bytes" => pair("write_buffer_size", plain(value)),
        "target_file_size_base_bytes" => pair("target_file_size_base", plain(value)),
        "max_bytes_for_level_base_bytes" => pair("max_bytes_for_level_base", plain(value)),
        "max_write_buffer_number"
        | "level0_file_num_compaction_trigger"
        | "level0_slowdown_writes_trigger"
        | "level0_stop_writes_trigger"
        | "soft_pending_compaction_bytes_limit"
        | "hard_pending_compaction_bytes_limit"
        | "disable_auto_compactions" => pair(name, plain(value)),
        // 0 may stand for another period.
        "periodic_compaction_seconds" => pair(name, after.periodic_compaction_seconds.to_string()),
        _ => Err(not_changeable(name)),
    }
}

fn not_changeable(name: &str) -> Error {
    Error::InvalidOption(format!("option '{name}' can only be set when the backend is opened"))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn per_level(levels: &[Compression]) -> String {
    levels.iter().map(|level| compression(*level)).collect::<Vec<_>>().join(":")
}

fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "kNoCompression",
        Compression::Snappy => "kSnappyCompression",
        Compression::Lz4 => "kLZ4Compression",
        Compression::Lz4hc => "kLZ4HCCompression",
        Compression::Zstd => "kZSTD",
    }
}

fn bottommost(chosen: Option<Compression>) -> &'static str {
    chosen.map_or("kDisableCompressionOption", compression)
}

fn recovery_mode(mode: WalRecovery) -> &'static str {
    match mode {
        WalRecovery::PointInTime => "kPointInTimeRecovery",
        WalRecovery::Absolute => "kAbsoluteConsistency",
    }
}

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "DEBUG_LEVEL",
        LogLevel::Info => "INFO_LEVEL",
        LogLevel::Warn => "WARN_LEVEL",
        LogLevel::Error => "ERROR_LEVEL",
        LogLevel::Fatal => "FATAL_LEVEL",
        LogLevel::Header => "HEADER_LEVEL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::schema;

    #[test]
    fn every_changeable_option_has_a_name_in_the_engine() {
        let value = Value::from(1);
        for field in schema::DATABASE.iter().filter(|field| field.changeable) {
            database_name(field.name).expect(field.name);
        }
        for field in schema::FAMILY.iter().filter(|field| field.changeable) {
            family_change(field.name, &value, &FamilyOptions::default()).expect(field.name);
        }
    }
}

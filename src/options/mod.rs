//! Options as plain data: parsed from one JSON document and checked once, before anything is opened.
//!
//! No RocksDB type and no I/O here; `db` translates. `schema` holds names and ranges.

mod credit;
mod document;
mod event_log;
mod family;
pub(crate) mod schema;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

pub use credit::CreditPoolOptions;
pub use event_log::{EventLevel, Rotation};
pub use family::{Compression, FamilyOptions};

/// Families that every backend has unless the caller names others.
pub const DEFAULT_FAMILIES: [&str; 5] = ["default", "user_state", "operator_state", "timer_state", "checkpoint"];

const MIB: u64 = 1 << 20;

/// What an acknowledged write survives. Holds for the whole backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalMode {
    /// No log: state is durable at a flush, a checkpoint and a close. Flink's mode.
    Disabled,
    /// Logged before it is acknowledged: survives the death of the process.
    Enabled,
    /// Logged and synced to the device before it is acknowledged: survives loss of power.
    Sync,
}

/// What happens when the end of the write-ahead log is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalRecovery {
    /// Open with what was written before the damage, and say what was dropped.
    PointInTime,
    /// Refuse to open.
    Absolute,
}

/// How much the engine checks itself beyond block checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Protection bytes for every row of a memtable; file checksums; unique ids of files.
    Standard,
    /// As standard, and protection bytes from the call on and in every cached block: 10 to 20 % slower cached reads.
    High,
}

/// Least severe line that the engine writes into its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
    Header,
}

/// How to open a backend. Every field states effect, unit and default; ranges are checked by [`Options::from_json`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Folder of the state, required. Created, with mode 0700, when missing.
    pub data_directory: String,
    /// Create the state when the folder holds none; otherwise refuse. Default true.
    pub create_if_missing: bool,
    /// Column families to create when missing. Those found on disk are opened too, and `default` always exists.
    pub column_families: Vec<String>,
    /// Options of single families, by name, over those of this document.
    pub column_family_options: BTreeMap<String, Map<String, Value>>,
    /// What an acknowledged write survives. Default enabled.
    pub wal: WalMode,
    /// What to do about a damaged end of the log. Default point in time.
    pub wal_recovery: WalRecovery,
    /// How much the engine checks itself. Default standard.
    pub integrity: Integrity,
    /// Keep RocksDB's own tickers and histograms: 3 to 8 % of throughput. Default false.
    pub enable_statistics: bool,
    /// Flushes and compactions at once. Default 4; half the cores is a good start.
    pub max_background_jobs: u32,
    /// Threads that share one compaction. Default 1.
    pub max_subcompactions: u32,
    /// Table files kept open; -1, the default, keeps all.
    pub max_open_files: i32,
    /// Bytes of the block cache; 0 for none. Default 256 MiB. Refused, unless at its default, beside shared resources.
    pub block_cache_size_bytes: u64,
    /// Bytes that the memtables of all families may take together, charged to the block cache; 0, the default, for no bound.
    /// Refused, unless at its default, beside shared resources.
    pub write_buffer_manager_size_bytes: u64,
    /// Bytes per second that flush and compaction may write; 0, the default, for no bound. Refused, unless at its default, beside shared resources.
    pub rate_limiter_bytes_per_second: u64,
    /// Folder of the engine's log files; none, the default, for the data folder.
    pub log_directory: Option<String>,
    /// Least severe line logged. Default info.
    pub log_level: LogLevel,
    /// Bytes after which a new log file starts; 0 for never. Default 25 MiB.
    pub log_file_max_size_bytes: u64,
    /// Log files kept. Default 4.
    pub log_file_count: u32,
    /// Folder of the event log: what the library and RocksDB tell, one line each, in files that are begun anew from time to time. None, the
    /// default, for no files. May be shared: each data folder has files of its own in it.
    pub event_log_directory: Option<String>,
    /// Least severe event written into the files. Default info.
    pub event_log_level: EventLevel,
    /// When a new file begins. Default daily.
    pub event_log_rotation: Rotation,
    /// Earlier files kept beside the one that is written; older ones are deleted when a file begins. Default 7.
    pub event_log_file_count: u32,
    /// Events that wait in memory for [`EventQueue`](crate::EventQueue) or `fsb_backend_drain_events`; 0, the default, for none.
    pub event_log_queue_records: u32,
    /// Least severe event put into the queue. Default info.
    pub event_log_queue_level: EventLevel,
    /// Bytes per second accepted while the engine delays writes; 0, the default, lets the engine choose.
    pub delayed_write_rate_bytes_per_second: u64,
    /// Bytes after which a growing table file is handed to the device; 0 for never. Default 1 MiB.
    pub bytes_per_sync: u64,
    /// Memory that counts as full pressure, in bytes. Default 512 MiB, FLINK.NET's; the memory that the state may take is a good choice.
    pub pressure_memory_reference_bytes: u64,
    /// Mean time of a write that counts as full pressure, in milliseconds. Default 100, FLINK.NET's.
    pub pressure_write_latency_reference_millis: f64,
    /// Bytes waiting for compaction that count as full pressure. Default 100 MiB, FLINK.NET's; more suits a state of many GiB.
    pub pressure_pending_compaction_reference_bytes: u64,
    /// Wait for a credit that counts as full pressure, in milliseconds. Default 100.
    pub pressure_queue_wait_target_millis: f64,
    /// Options of every family that has none of its own.
    #[serde(flatten)]
    pub family: FamilyOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data_directory: String::new(),
            create_if_missing: true,
            column_families: DEFAULT_FAMILIES.map(str::to_owned).to_vec(),
            column_family_options: BTreeMap::new(),
            wal: WalMode::Enabled,
            wal_recovery: WalRecovery::PointInTime,
            integrity: Integrity::Standard,
            enable_statistics: false,
            max_background_jobs: 4,
            max_subcompactions: 1,
            max_open_files: -1,
            block_cache_size_bytes: 256 * MIB,
            write_buffer_manager_size_bytes: 0,
            rate_limiter_bytes_per_second: 0,
            log_directory: None,
            log_level: LogLevel::Info,
            log_file_max_size_bytes: 25 * MIB,
            log_file_count: 4,
            event_log_directory: None,
            event_log_level: EventLevel::Info,
            event_log_rotation: Rotation::Daily,
            event_log_file_count: 7,
            event_log_queue_records: 0,
            event_log_queue_level: EventLevel::Info,
            delayed_write_rate_bytes_per_second: 0,
            bytes_per_sync: MIB,
            pressure_memory_reference_bytes: 512 * MIB,
            pressure_write_latency_reference_millis: 100.0,
            pressure_pending_compaction_reference_bytes: 100 * MIB,
            pressure_queue_wait_target_millis: 100.0,
            family: FamilyOptions::default(),
        }
    }
}

impl Options {
    /// Options for the folder, all else at its default.
    pub fn new(data_directory: impl Into<String>) -> Self {
        Self { data_directory: data_directory.into(), ..Self::default() }
    }

    /// Reads and checks a JSON document. Fields left out keep their defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the field at fault and the range or values allowed.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let document = document::parse(text)?;
        let options: Self = checked(document, &[schema::DATABASE, schema::FAMILY])?;
        options.check()?;
        Ok(options)
    }

    /// Checks options that were not read from JSON.
    ///
    /// # Errors
    /// As [`Options::from_json`].
    pub fn check(&self) -> Result<()> {
        schema::check(&fields_of(self), &[schema::DATABASE, schema::FAMILY])?;
        if self.data_directory.is_empty() {
            return Err(Error::InvalidOption(
                "option 'data_directory' is missing; it names the folder of the state".to_owned(),
            ));
        }
        self.column_families.iter().try_for_each(|name| check_named_family("column_families", name))?;
        self.family.check()?;
        for name in self.column_family_options.keys() {
            check_named_family("column_family_options", name)?;
            self.family_options(name)?;
        }
        Ok(())
    }

    /// Options in force for the family: its own over those of the document.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when its own are not valid.
    pub fn family_options(&self, name: &str) -> Result<FamilyOptions> {
        match self.column_family_options.get(name) {
            Some(own) => self.family.with(own).map_err(|error| in_family(name, error)),
            None => Ok(self.family.clone()),
        }
    }

    /// The whole document, all fields with their values.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("options hold nothing that JSON cannot say")
    }
}

/// Options of resources that several backends share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceOptions {
    /// As [`Options::block_cache_size_bytes`].
    pub block_cache_size_bytes: u64,
    /// As [`Options::write_buffer_manager_size_bytes`].
    pub write_buffer_manager_size_bytes: u64,
    /// As [`Options::rate_limiter_bytes_per_second`].
    pub rate_limiter_bytes_per_second: u64,
}

impl Default for ResourceOptions {
    fn default() -> Self {
        Self { block_cache_size_bytes: 256 * MIB, write_buffer_manager_size_bytes: 0, rate_limiter_bytes_per_second: 0 }
    }
}

impl ResourceOptions {
    /// Reads and checks a JSON document.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the field at fault and the range allowed.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        checked(document::parse(text)?, &[schema::RESOURCES])
    }
}

/// Reads options to change at run time: known, changeable and in range.
///
/// # Errors
/// [`Error::InvalidOption`] names the field at fault.
pub(crate) fn parse_changes(text: &[u8], table: schema::Table) -> Result<Map<String, Value>> {
    let document = document::parse(text)?;
    schema::check(&document, &[table])?;
    schema::check_changeable(&document, table)?;
    Ok(document)
}

/// Reads a family's own options, over the defaults of the backend.
///
/// # Errors
/// [`Error::InvalidOption`] names the field at fault.
pub(crate) fn parse_family(text: &[u8]) -> Result<Map<String, Value>> {
    let document = document::parse(text)?;
    schema::check(&document, &[schema::FAMILY])?;
    Ok(document)
}

/// A family's name: 1 to 255 bytes.
pub(crate) fn check_family_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::InvalidArgument(
            "a column family needs a name of 1 to 255 bytes, and this one is empty".to_owned(),
        ));
    }
    if name.contains('\0') {
        return Err(Error::InvalidArgument(format!("column family name {name:?} contains a NUL character")));
    }
    if name.len() > crate::limits::MAX_NAME_BYTES {
        return Err(Error::LimitExceeded {
            what: "the column family name".to_owned(),
            actual: name.len(),
            limit: crate::limits::MAX_NAME_BYTES,
            unit: "bytes",
        });
    }
    Ok(())
}

/// A family's name inside an option.
fn check_named_family(option: &str, name: &str) -> Result<()> {
    check_family_name(name).map_err(|error| Error::InvalidOption(format!("option '{option}': {error}")))
}

fn checked<T: for<'de> Deserialize<'de>>(document: Map<String, Value>, tables: &[schema::Table]) -> Result<T> {
    schema::check(&document, tables)?;
    serde_json::from_value(Value::Object(document)).map_err(|error| Error::InvalidOption(format!("options: {error}")))
}

fn fields_of(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn in_family(name: &str, error: Error) -> Error {
    match error {
        Error::InvalidOption(text) => Error::InvalidOption(format!("column family '{name}': {text}")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Options::from_json(json.as_bytes()).expect_err("the document is refused").to_string()
    }

    #[test]
    fn defaults_survive_a_round_trip() {
        let options = Options::new("/tmp/state");
        assert_eq!(Options::from_json(options.to_json().as_bytes()).expect("valid"), options);
    }

    #[test]
    fn every_field_of_the_document_is_in_the_schema_and_the_reverse() {
        let fields = fields_of(&Options::default());
        let mut known: Vec<&str> = schema::DATABASE.iter().chain(schema::FAMILY).map(|field| field.name).collect();
        let mut present: Vec<&str> = fields.keys().map(String::as_str).collect();
        known.sort_unstable();
        present.sort_unstable();
        assert_eq!(known, present);
    }

    #[test]
    fn a_misspelt_field_is_named_with_the_nearest_known_one() {
        let text = refusal(r#"{"data_directory":"x","write_bufer_size_bytes":1}"#);
        assert!(text.contains("write_bufer_size_bytes") && text.contains("'write_buffer_size_bytes'"), "{text}");
    }

    #[test]
    fn a_value_out_of_range_is_named_with_its_range() {
        let text = refusal(r#"{"data_directory":"x","max_background_jobs":0}"#);
        assert_eq!(text, "option 'max_background_jobs' is 0; allowed are integers from 1 to 1024");
    }

    #[test]
    fn a_wrong_type_is_named_with_what_is_allowed() {
        let text = refusal(r#"{"data_directory":"x","wal":"off"}"#);
        assert_eq!(text, r#"option 'wal' is "off"; allowed are "disabled", "enabled", "sync""#);
    }

    #[test]
    fn references_of_pressure_that_are_no_amount_are_named() {
        for name in [
            "pressure_memory_reference_bytes",
            "pressure_write_latency_reference_millis",
            "pressure_queue_wait_target_millis",
        ] {
            for value in ["0", "-1", "null", "NaN", "1e999", "1e300", "\"1\""] {
                let text = refusal(&format!(r#"{{"data_directory":"x","{name}":{value}}}"#));
                assert!(text.contains(name), "{value}: {text}");
            }
        }
        for value in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            let options = Options { pressure_write_latency_reference_millis: value, ..Options::new("x") };
            let text = options.check().expect_err("refused").to_string();
            assert!(text.contains("'pressure_write_latency_reference_millis'"), "{text}");
        }
    }

    #[test]
    fn a_duplicate_field_is_refused() {
        let text = refusal(r#"{"data_directory":"x","wal":"sync","wal":"enabled"}"#);
        assert!(text.contains("'wal'") && text.contains("twice"), "{text}");
    }

    #[test]
    fn a_family_override_is_checked_and_names_the_family() {
        let text = refusal(r#"{"data_directory":"x","column_family_options":{"user_state":{"block_size_bytes":1}}}"#);
        assert!(text.contains("'user_state'") && text.contains("'block_size_bytes'"), "{text}");
    }

    #[test]
    fn a_family_override_leaves_the_other_fields_alone() {
        let json = r#"{"data_directory":"x","write_buffer_size_bytes":1048576,
            "column_family_options":{"user_state":{"block_size_bytes":16384}}}"#;
        let options = Options::from_json(json.as_bytes()).expect("valid");
        let own = options.family_options("user_state").expect("valid");
        assert_eq!((own.block_size_bytes, own.write_buffer_size_bytes), (16384, 1 << 20));
        assert_eq!(options.family_options("timer_state").expect("valid").block_size_bytes, 4096);
    }

    #[test]
    fn an_option_that_needs_a_reopen_is_refused_at_run_time() {
        let error = parse_changes(br#"{"wal":"sync"}"#, schema::DATABASE).expect_err("fixed").to_string();
        assert!(error.contains("'wal'") && error.contains("open"), "{error}");
    }
}

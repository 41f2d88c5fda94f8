//! Every option by name: what it may be, and whether it can change while the backend is open.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// What a field may hold.
pub(crate) enum Kind {
    /// An integer from the first to the second, both included.
    Integer(i64, i64),
    /// This integer, or one from the second to the third, both included.
    IntegerOr(i64, i64, i64),
    /// Zero, or any number from the first to the second, both included.
    ZeroOr(f64, f64),
    /// Any number from the first to the second, both included.
    Number(f64, f64),
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// A text that is not empty, or null.
    OptionalText,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, or null.
    OptionalOneOf(&'static [&'static str]),
    /// A list of these texts.
    ListOf(&'static [&'static str]),
    /// A list of texts.
    Names,
    /// An object by family name.
    Families,
}

/// One option.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Can be changed while the backend is open.
    pub(crate) changeable: bool,
}

/// The options of one scope.
pub(crate) type Table = &'static [Field];

const fn fixed(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, changeable: false }
}

const fn changeable(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, changeable: true }
}

const COMPRESSIONS: &[&str] = &["none", "snappy", "lz4", "lz4hc", "zstd"];
const EVENT_LEVELS: &[&str] = &["debug", "info", "warn", "error"];
const MAX_MILLIS: f64 = 3_600_000.0; // an hour, beyond anything that a stream waits for
const MAX_BYTES: i64 = 1 << 44; // 16 TiB, beyond any single machine this runs on

/// Options of the whole backend.
pub(crate) const DATABASE: Table = &[
    fixed("data_directory", Kind::Text),
    fixed("create_if_missing", Kind::Flag),
    fixed("column_families", Kind::Names),
    fixed("column_family_options", Kind::Families),
    fixed("wal", Kind::OneOf(&["disabled", "enabled", "sync"])),
    fixed("wal_recovery", Kind::OneOf(&["point_in_time", "absolute"])),
    fixed("integrity", Kind::OneOf(&["standard", "high"])),
    fixed("enable_statistics", Kind::Flag),
    changeable("max_background_jobs", Kind::Integer(1, 1024)),
    changeable("max_subcompactions", Kind::Integer(1, 1024)),
    changeable("max_open_files", Kind::IntegerOr(-1, 16, 1 << 20)),
    fixed("block_cache_size_bytes", Kind::Integer(0, MAX_BYTES)),
    fixed("write_buffer_manager_size_bytes", Kind::Integer(0, MAX_BYTES)),
    fixed("rate_limiter_bytes_per_second", Kind::Integer(0, MAX_BYTES)),
    fixed("log_directory", Kind::OptionalText),
    fixed("log_level", Kind::OneOf(&["debug", "info", "warn", "error", "fatal", "header"])),
    fixed("log_file_max_size_bytes", Kind::Integer(0, MAX_BYTES)),
    fixed("log_file_count", Kind::Integer(1, 1000)),
    fixed("event_log_directory", Kind::OptionalText),
    fixed("event_log_level", Kind::OneOf(EVENT_LEVELS)),
    fixed("event_log_rotation", Kind::OneOf(&["minutely", "hourly", "daily", "never"])),
    fixed("event_log_file_count", Kind::Integer(1, 1000)),
    fixed("event_log_queue_records", Kind::Integer(0, 65_536)),
    fixed("event_log_queue_level", Kind::OneOf(EVENT_LEVELS)),
    changeable("delayed_write_rate_bytes_per_second", Kind::Integer(0, MAX_BYTES)),
    changeable("bytes_per_sync", Kind::Integer(0, MAX_BYTES)),
    fixed("pressure_memory_reference_bytes", Kind::Integer(1, MAX_BYTES)),
    fixed("pressure_write_latency_reference_millis", Kind::Number(0.001, MAX_MILLIS)),
    fixed("pressure_pending_compaction_reference_bytes", Kind::Integer(1, MAX_BYTES)),
    fixed("pressure_queue_wait_target_millis", Kind::Number(0.001, MAX_MILLIS)),
];

/// Options of one column family.
pub(crate) const FAMILY: Table = &[
    changeable("write_buffer_size_bytes", Kind::Integer(65_536, 1 << 40)),
    changeable("max_write_buffer_number", Kind::Integer(2, 64)),
    fixed("min_write_buffer_number_to_merge", Kind::Integer(1, 63)),
    changeable("block_size_bytes", Kind::Integer(256, 4 << 20)),
    fixed("bloom_filter_bits_per_key", Kind::ZeroOr(1.0, 64.0)),
    fixed("cache_index_and_filter_blocks", Kind::Flag),
    changeable("compression", Kind::OneOf(COMPRESSIONS)),
    changeable("compression_per_level", Kind::ListOf(COMPRESSIONS)),
    changeable("bottommost_compression", Kind::OptionalOneOf(COMPRESSIONS)),
    changeable("target_file_size_base_bytes", Kind::Integer(65_536, MAX_BYTES)),
    changeable("max_bytes_for_level_base_bytes", Kind::Integer(65_536, MAX_BYTES)),
    changeable("level0_file_num_compaction_trigger", Kind::Integer(1, 10_000)),
    changeable("level0_slowdown_writes_trigger", Kind::Integer(1, 10_000)),
    changeable("level0_stop_writes_trigger", Kind::Integer(1, 10_000)),
    changeable("soft_pending_compaction_bytes_limit", Kind::Integer(0, MAX_BYTES)),
    changeable("hard_pending_compaction_bytes_limit", Kind::Integer(0, MAX_BYTES)),
    fixed("level_compaction_dynamic_level_bytes", Kind::Flag),
    changeable("disable_auto_compactions", Kind::Flag),
    changeable("periodic_compaction_seconds", Kind::Integer(0, 1 << 32)),
];

/// Options of shared resources.
pub(crate) const RESOURCES: Table = &[
    fixed("block_cache_size_bytes", Kind::Integer(0, MAX_BYTES)),
    fixed("write_buffer_manager_size_bytes", Kind::Integer(0, MAX_BYTES)),
    fixed("rate_limiter_bytes_per_second", Kind::Integer(0, MAX_BYTES)),
];

/// Options of a credit pool.
pub(crate) const CREDIT_POOL: Table =
    &[fixed("capacity", Kind::Integer(1, i64::MAX)), fixed("largest_request", Kind::Integer(0, i64::MAX))];

/// Checks every field of the document against the tables.
pub(crate) fn check(document: &Map<String, Value>, tables: &[Table]) -> Result<()> {
    for (name, value) in document {
        let field = find(tables, name).ok_or_else(|| unknown(tables, name))?;
        if !field.kind.accepts(value) {
            let allowed = field.kind.allowed();
            return Err(Error::InvalidOption(format!("option '{name}' is {value}; allowed are {allowed}")));
        }
    }
    Ok(())
}

/// Checks that every field of the document can change while the backend is open.
pub(crate) fn check_changeable(document: &Map<String, Value>, table: Table) -> Result<()> {
    match document.keys().find(|name| find(&[table], name).is_some_and(|field| !field.changeable)) {
        Some(name) => Err(Error::InvalidOption(format!("option '{name}' can only be set when the backend is opened"))),
        None => Ok(()),
    }
}

fn find<'a>(tables: &[&'a [Field]], name: &str) -> Option<&'a Field> {
    tables.iter().flat_map(|table| table.iter()).find(|field| field.name == name)
}

fn unknown(tables: &[Table], name: &str) -> Error {
    let nearest = tables
        .iter()
        .flat_map(|table| table.iter())
        .map(|field| (strsim::jaro_winkler(field.name, name), field.name))
        .max_by(|left, right| left.0.total_cmp(&right.0));
    // 0.8: measured on the options' own names, none of which is nearer than that to an unrelated word.
    let hint = match nearest {
        Some((score, known)) if score >= 0.8 => format!("did you mean '{known}'?"),
        _ => "fsb_options_default_json lists all options".to_owned(),
    };
    Error::InvalidOption(format!("option '{name}' is unknown; {hint}"))
}

impl Kind {
    fn accepts(&self, value: &Value) -> bool {
        let is_one_of = |texts: &[&str], value: &Value| value.as_str().is_some_and(|text| texts.contains(&text));
        match self {
            Kind::Integer(low, high) => value.as_i64().is_some_and(|number| (*low..=*high).contains(&number)),
            Kind::IntegerOr(special, low, high) => {
                value.as_i64().is_some_and(|number| number == *special || (*low..=*high).contains(&number))
            }
            Kind::ZeroOr(low, high) => {
                value.as_f64().is_some_and(|number| number.abs() == 0.0 || (*low..=*high).contains(&number))
            }
            Kind::Number(low, high) => value.as_f64().is_some_and(|number| (*low..=*high).contains(&number)),
            Kind::Flag => value.is_boolean(),
            Kind::Text => value.as_str().is_some_and(|text| !text.contains('\0')),
            Kind::OptionalText => value.is_null() || (Kind::Text.accepts(value) && value != ""),
            Kind::OneOf(texts) => is_one_of(texts, value),
            Kind::OptionalOneOf(texts) => value.is_null() || is_one_of(texts, value),
            Kind::ListOf(texts) => {
                value.as_array().is_some_and(|items| items.iter().all(|item| is_one_of(texts, item)))
            }
            Kind::Names => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Kind::Families => value.as_object().is_some_and(|families| families.values().all(Value::is_object)),
        }
    }

    fn allowed(&self) -> String {
        let quoted = |texts: &[&str]| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
        match self {
            Kind::Integer(low, high) => format!("integers from {low} to {high}"),
            Kind::IntegerOr(special, low, high) => format!("{special} and integers from {low} to {high}"),
            Kind::ZeroOr(low, high) => format!("0 and numbers from {low} to {high}"),
            Kind::Number(low, high) => format!("numbers from {low} to {high}"),
            Kind::Flag => "true and false".to_owned(),
            Kind::Text => "texts without NUL".to_owned(),
            Kind::OptionalText => "null, and texts that are not empty and without NUL".to_owned(),
            Kind::OneOf(texts) => quoted(texts),
            Kind::OptionalOneOf(texts) => format!("null, {}", quoted(texts)),
            Kind::ListOf(texts) => format!("lists of {}", quoted(texts)),
            Kind::Names => "lists of names".to_owned(),
            Kind::Families => "objects of options by family name".to_owned(),
        }
    }
}

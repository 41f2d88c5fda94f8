//! What is shown: groups of figures, and how each is written.

/// How a number is written.
#[derive(Clone, Copy)]
pub enum Unit {
    Count,
    PerSecond,
    Bytes,
    Millis,
    /// Of 1.
    Share,
    /// Milliseconds of a second.
    ShareOfSecond,
}

/// One figure: its label, its place in what is published, its unit.
pub struct Row(pub &'static str, pub &'static str, pub Unit);

/// A group of figures.
pub struct Panel {
    pub title: &'static str,
    pub rows: &'static [Row],
}

const CALLS: Panel = Panel {
    title: "Calls",
    rows: &[
        Row("writes", "statistics.writes_per_second", Unit::PerSecond),
        Row("reads", "statistics.reads_per_second", Unit::PerSecond),
        Row("write p50", "statistics.write_latency_ms.1", Unit::Millis),
        Row("write p99", "statistics.write_latency_ms.2", Unit::Millis),
        Row("read p50", "statistics.read_latency_ms.1", Unit::Millis),
        Row("read p99", "statistics.read_latency_ms.2", Unit::Millis),
    ],
};

const TIME: Panel = Panel {
    title: "Time",
    rows: &[
        Row("busy", "statistics.busy_ms_per_second", Unit::ShareOfSecond),
        Row("back-pressured", "statistics.back_pressured_ms_per_second", Unit::ShareOfSecond),
        Row("idle", "statistics.idle_ms_per_second", Unit::ShareOfSecond),
        Row("engine stalls", "statistics.stall_count", Unit::Count),
        Row("engine stops", "statistics.stop_count", Unit::Count),
    ],
};

const MEMORY: Panel = Panel {
    title: "Memory and disk",
    rows: &[
        Row("memory", "statistics.memory_usage_bytes", Unit::Bytes),
        Row("block cache", "statistics.block_cache_usage_bytes", Unit::Bytes),
        Row("memtables", "statistics.memtable_bytes", Unit::Bytes),
        Row("row caches", "statistics.row_cache_bytes", Unit::Bytes),
        Row("timers", "statistics.timer_bytes", Unit::Bytes),
        Row("disk", "statistics.disk_usage_bytes", Unit::Bytes),
    ],
};

const PRESSURE: Panel = Panel {
    title: "Pressure",
    rows: &[
        Row("effective", "pressure.effective", Unit::Share),
        Row("level", "pressure.level", Unit::Share),
        Row("memory", "pressure.memory_share", Unit::Share),
        Row("write latency", "pressure.write_latency_share", Unit::Share),
        Row("memtables", "pressure.immutable_memtable_share", Unit::Share),
        Row("level 0", "pressure.level0_share", Unit::Share),
    ],
};

const CREDITS: Panel = Panel {
    title: "Credits",
    rows: &[
        Row("limit", "credits.limit", Unit::Count),
        Row("out", "credits.outstanding", Unit::Count),
        Row("calls waiting", "credits.waiting_calls", Unit::Count),
        Row("wait p95", "credits.queue_wait_ms", Unit::Millis),
        Row("refused writes", "credits.congestions", Unit::Count),
    ],
};

const COMPACTION: Panel = Panel {
    title: "Flush and compaction",
    rows: &[
        Row("backlog", "statistics.pending_compaction_bytes", Unit::Bytes),
        Row("compactions", "statistics.running_compactions", Unit::Count),
        Row("flushes", "statistics.running_flushes", Unit::Count),
        Row("level 0 files", "statistics.level0_file_count", Unit::Count),
        Row("waiting memtables", "statistics.immutable_memtable_count", Unit::Count),
    ],
};

/// From the top: what stands side by side.
pub const PANELS: [[Panel; 2]; 3] = [[CALLS, PRESSURE], [MEMORY, CREDITS], [TIME, COMPACTION]];

impl Unit {
    /// The number as text of at most 9 columns.
    pub fn text(self, number: f64) -> String {
        match self {
            Self::Count => scaled(number, 1000.0, ["", " k", " M", " G", " T"]),
            Self::PerSecond => scaled(number, 1000.0, ["/s", " k/s", " M/s", " G/s", " T/s"]),
            Self::Bytes => scaled(number, 1024.0, [" B", " KiB", " MiB", " GiB", " TiB"]),
            Self::Millis if number < 1.0 => format!("{:.1} us", number * 1000.0),
            Self::Millis => format!("{number:.1} ms"),
            Self::Share => format!("{number:.2}"),
            Self::ShareOfSecond => format!("{:.0} %", number / 10.0),
        }
    }

    /// The number at which a sparkline is full, when that does not depend on what it shows.
    pub fn full(self) -> Option<f64> {
        match self {
            Self::Share => Some(1.0),
            Self::ShareOfSecond => Some(1000.0),
            _ => None,
        }
    }
}

fn scaled(number: f64, base: f64, units: [&str; 5]) -> String {
    let power = (0..4).take_while(|power| number.abs() >= base.powi(power + 1)).count();
    let digits = if power == 0 { 0 } else { 1 };
    format!("{:.digits$}{}", number / base.powi(power as i32), units[power])
}

//! One reading of the file that a process publishes.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use flink_state_backend::FIGURES_FILE;
use serde_json::Value;

/// The figures of one moment. A field that is missing or null was not measured.
pub struct Figures(Value);

impl Figures {
    /// None when nothing is published.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read(folder.join(FIGURES_FILE)) {
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        Ok(Some(Self(serde_json::from_slice(&text)?)))
    }

    /// A number by its place, such as `statistics.rows_written` or `statistics.write_latency_ms.2`; true is 1.
    pub fn number(&self, place: &str) -> Option<f64> {
        let value = place.split('.').try_fold(&self.0, |value, part| match part.parse::<usize>() {
            Ok(at) => value.get(at),
            Err(_) => value.get(part),
        })?;
        value.as_f64().or_else(|| value.as_bool().map(|flag| f64::from(u8::from(flag))))
    }

    pub fn process(&self) -> u32 {
        self.number("process").map_or(0, |number| number as u32)
    }

    pub fn library(&self) -> &str {
        self.0.get("library").and_then(Value::as_str).unwrap_or("?")
    }

    /// Since 1970.
    pub fn written_at(&self) -> Duration {
        self.time("written_at_millis")
    }

    /// Zero when it is not known.
    pub fn interval(&self) -> Duration {
        self.time("interval_millis")
    }

    fn time(&self, place: &str) -> Duration {
        Duration::from_millis(self.number(place).map_or(0, |millis| millis as u64))
    }
}

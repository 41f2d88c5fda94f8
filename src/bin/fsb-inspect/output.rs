//! What the program answers, and how: tables and sizes for people, JSON for programs.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use flink_state_backend::error::EngineFailure;
use flink_state_backend::Error;
use serde::Serialize;
use time::OffsetDateTime;

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    Damaged,
    /// Not all of it could be read.
    Unread,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Fine => ExitCode::SUCCESS,
            Verdict::Damaged => ExitCode::from(1),
            Verdict::Unread => ExitCode::from(2),
        }
    }
}

/// Why there is no answer.
pub struct Failure {
    text: String,
    verdict: Verdict,
}

impl Failure {
    pub fn new(text: String) -> Self {
        Self { text, verdict: Verdict::Unread }
    }

    /// Says so on standard error.
    pub fn tell(&self) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("fsb-inspect: {}", self.text);
        }
        self.verdict.into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let verdict = if is_damage(&error) { Verdict::Damaged } else { Verdict::Unread };
        Self { text: error.to_string(), verdict }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // Whoever reads has seen enough.
            ErrorKind::BrokenPipe => Self { text: String::new(), verdict: Verdict::Fine },
            _ => Self::new(format!("cannot write the answer: {error}")),
        }
    }
}

/// Whether an error tells of damage, and not of what could not be read at all.
pub fn is_damage(error: &Error) -> bool {
    match error {
        Error::CheckpointDamaged { .. }
        | Error::SavepointDamaged { .. }
        | Error::DataLost { .. }
        | Error::Damaged(_) => true,
        Error::Engine { status, .. } => status.kind() == EngineFailure::Corruption,
        _ => false,
    }
}

/// Standard output.
pub struct Out {
    is_json: bool,
    target: BufWriter<io::StdoutLock<'static>>,
}

impl Out {
    pub fn new(is_json: bool) -> Self {
        Self { is_json, target: BufWriter::new(io::stdout().lock()) }
    }

    pub fn is_json(&self) -> bool {
        self.is_json
    }

    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Failure> {
        Ok(writeln!(self.target, "{}", text.as_ref())?)
    }

    pub fn json(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.target, document).map_err(io::Error::from)?;
        self.line("")
    }

    pub fn table(&mut self, table: &mut Table) -> Result<(), Failure> {
        table.take_lines().into_iter().try_for_each(|line| self.line(line))
    }

    pub fn finish(mut self) -> Result<(), Failure> {
        Ok(self.target.flush()?)
    }
}

/// Rows in columns as wide as need be.
pub struct Table {
    /// Title of each column; one that begins with `>` is aligned to the right.
    titles: &'static [&'static str],
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(titles: &'static [&'static str]) -> Self {
        let head: Vec<String> = titles.iter().map(|title| title.trim_start_matches('>').to_owned()).collect();
        let mut table = Self { titles, widths: vec![0; titles.len()], rows: Vec::new() };
        table.push(head);
        table
    }

    pub fn push(&mut self, row: Vec<String>) {
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = (*width).max(cell.chars().count());
        }
        self.rows.push(row);
    }

    /// Rows that wait to be shown.
    pub fn waiting(&self) -> usize {
        self.rows.len()
    }

    fn take_lines(&mut self) -> Vec<String> {
        let rows = std::mem::take(&mut self.rows);
        rows.iter().map(|row| self.line_of(row)).collect()
    }

    fn line_of(&self, row: &[String]) -> String {
        let cell = |((title, width), cell): ((&&str, &usize), &String)| {
            let fill = " ".repeat(width - cell.chars().count());
            if title.starts_with('>') {
                fill + cell
            } else {
                cell.clone() + &fill
            }
        };
        let cells: Vec<String> = self.titles.iter().zip(&self.widths).zip(row).map(cell).collect();
        cells.join("  ").trim_end().to_owned()
    }
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in UNITS {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// Milliseconds since 1970 as people read them.
pub fn moment(millis: i64) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000) else {
        return millis.to_string();
    };
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

/// `1 file` or `2 files`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_moments_are_short() {
        assert_eq!([size(0), size(1023), size(1536), size(3 << 30)], ["0 B", "1023 B", "1.5 KiB", "3.0 GiB"]);
        assert_eq!(moment(1_700_000_000_123), "2023-11-14 22:13:20.123Z");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["NAME", ">SIZE"]);
        table.push(vec!["a".to_owned(), "12345".to_owned()]);
        table.push(vec!["longer".to_owned(), "1".to_owned()]);
        assert_eq!(table.take_lines(), ["NAME     SIZE", "a       12345", "longer      1"]);
    }
}

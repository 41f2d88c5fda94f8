//! Warnings: each crossing is told once, and a value that wavers around its threshold crosses it once.

use std::fmt;

use super::{Pressure, Readings, References, Warning};

/// A warning ends when its value has fallen below this share of the threshold.
const CALM: f64 = 0.9;

/// Which warnings are in force.
#[derive(Debug, Default)]
pub(crate) struct Thresholds {
    raised: u32,
}

/// A value that has crossed its threshold. Its text is one line for a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crossing {
    pub(crate) warning: Warning,
    /// Whether it went up.
    pub(crate) is_raised: bool,
    value: f64,
    limit: f64,
}

impl Thresholds {
    /// Takes the next reading in and returns what has crossed its threshold since the one before.
    pub(crate) fn update(
        &mut self, readings: &Readings, references: &References, pressure: &Pressure,
    ) -> Vec<Crossing> {
        let memory_limit = references.memory_bytes as f64 * (500.0 / 512.0);
        [
            (Warning::Elevated, pressure.effective, 0.7),
            (Warning::High, pressure.effective, 0.8),
            (Warning::SlowWrites, readings.write_latency_millis, references.write_latency_millis / 2.0),
            (Warning::MuchMemory, readings.memory_bytes as f64, memory_limit),
            (
                Warning::MuchCompaction,
                readings.pending_compaction_bytes as f64,
                references.pending_compaction_bytes as f64,
            ),
        ]
        .into_iter()
        .filter_map(|(warning, value, threshold)| self.cross(warning, value, threshold))
        .collect()
    }

    /// Bits of the warnings in force.
    pub(crate) fn raised(&self) -> u32 {
        self.raised
    }

    /// NaN is a value that was not measured: nothing that would have to be warned of.
    fn cross(&mut self, warning: Warning, value: f64, threshold: f64) -> Option<Crossing> {
        let bit = warning as u32;
        let was_raised = self.raised & bit != 0;
        let limit = if was_raised { threshold * CALM } else { threshold };
        let is_raised = if was_raised { value >= limit } else { value > limit };
        if is_raised == was_raised {
            return None;
        }
        self.raised ^= bit;
        Some(Crossing { warning, is_raised, value, limit })
    }
}

impl fmt::Display for Crossing {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit) = match self.warning {
            Warning::Elevated | Warning::High => ("back pressure", ""),
            Warning::SlowWrites => ("the mean time of a write", " ms"),
            Warning::MuchMemory => ("memory in use", " bytes"),
            Warning::MuchCompaction => ("pending compaction", " bytes"),
        };
        let moved = if self.is_raised { "has risen above" } else { "has fallen below" };
        let (value, limit) = (rounded(self.value), rounded(self.limit));
        write!(text, "{what} {moved} {limit}{unit}: it is {value}{unit}")
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossings(thresholds: &mut Thresholds, value: f64) -> Vec<bool> {
        thresholds.cross(Warning::SlowWrites, value, 50.0).map(|crossing| crossing.is_raised).into_iter().collect()
    }

    #[test]
    fn a_crossing_is_told_once_and_wavering_is_none() {
        let mut thresholds = Thresholds::default();
        let values = [50.0, 50.1, 60.0, 49.9, 50.1, 45.0, 44.9, 44.0, 49.0, 51.0];
        let told: Vec<_> = values.iter().flat_map(|value| crossings(&mut thresholds, *value)).collect();
        assert_eq!(told, [true, false, true]);
        assert_eq!(thresholds.raised(), Warning::SlowWrites as u32);
    }

    #[test]
    fn what_is_not_measured_ends_a_warning_and_begins_none() {
        let mut thresholds = Thresholds::default();
        assert_eq!(crossings(&mut thresholds, f64::NAN), [false; 0]);
        assert_eq!(crossings(&mut thresholds, f64::INFINITY), [true]);
        assert_eq!(crossings(&mut thresholds, f64::NAN), [false]);
    }

    #[test]
    fn the_documented_thresholds_follow_from_the_default_references() {
        let references = References::default();
        let calm = Readings::calm();
        let told = |readings: Readings| {
            let pressure = Pressure::of(&readings, &references);
            let crossings = Thresholds::default().update(&readings, &references, &pressure);
            crossings.iter().map(|crossing| crossing.warning as u32).sum::<u32>()
        };
        const MIB: u64 = 1 << 20;
        assert_eq!(told(calm), 0);
        assert_eq!(told(Readings { memory_bytes: 500 * MIB, ..calm }), 0);
        assert_eq!(told(Readings { memory_bytes: 500 * MIB + 1, ..calm }), Warning::MuchMemory as u32);
        assert_eq!(told(Readings { write_latency_millis: 50.0, ..calm }), 0);
        assert_eq!(told(Readings { write_latency_millis: 50.1, ..calm }), Warning::SlowWrites as u32);
        assert_eq!(told(Readings { pending_compaction_bytes: 100 * MIB, ..calm }), 0);
        assert_eq!(told(Readings { pending_compaction_bytes: 100 * MIB + 1, ..calm }), Warning::MuchCompaction as u32);
        assert_eq!(told(Readings { level0_share: 0.75, ..calm }), Warning::Elevated as u32);
        assert_eq!(told(Readings { delayed: true, ..calm }), Warning::Elevated as u32 | Warning::High as u32);
    }

    #[test]
    fn a_crossing_reads_as_one_line() {
        let mut thresholds = Thresholds::default();
        let raised = thresholds.cross(Warning::MuchMemory, 600.4, 500.0).expect("crossed").to_string();
        assert_eq!(raised, "memory in use has risen above 500 bytes: it is 600.4 bytes");
        let fallen = thresholds.cross(Warning::MuchMemory, 0.0, 500.0).expect("crossed").to_string();
        assert_eq!(fallen, "memory in use has fallen below 450 bytes: it is 0 bytes");
        let pressure = thresholds.cross(Warning::High, 0.9, 0.8).expect("crossed").to_string();
        assert_eq!(pressure, "back pressure has risen above 0.8: it is 0.9");
    }
}

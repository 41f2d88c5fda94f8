//! The recent past of what is published in a folder.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::figures::Figures;

/// Readings that are kept: as many as the widest sparkline has columns.
const KEPT: usize = 240;
/// Intervals without a new file after which the process does not seem to write any more.
const PATIENCE: u32 = 5;

/// What is known of a folder.
pub struct History {
    folder: PathBuf,
    readings: VecDeque<Figures>,
    /// Why the last look failed.
    failure: Option<String>,
    /// Nothing is published now.
    is_silent: bool,
}

impl History {
    pub fn of(folder: PathBuf) -> Self {
        Self { folder, readings: VecDeque::new(), failure: None, is_silent: true }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes what is published in, if it is new.
    pub fn look(&mut self, now: Duration) -> io::Result<()> {
        let read = Figures::read(&self.folder);
        self.failure = read.as_ref().err().map(ToString::to_string);
        let Some(figures) = read? else {
            self.is_silent = true;
            return Ok(());
        };
        let last = self.readings.back();
        // Another process, or the same with the folder opened anew, counts from zero again.
        if last.is_some_and(|last| last.process() != figures.process() || counts_less(&figures, last)) {
            self.readings.clear();
        }
        self.is_silent = is_old(&figures, now);
        if self.readings.back().is_none_or(|last| last.written_at() != figures.written_at()) {
            self.readings.push_back(figures);
        }
        if self.readings.len() > KEPT {
            self.readings.pop_front();
        }
        Ok(())
    }

    pub fn last(&self) -> Option<&Figures> {
        self.readings.back()
    }

    /// How the folder is doing, in a sentence; and whether its figures are live.
    pub fn state(&self, now: Duration) -> (String, bool) {
        if let Some(failure) = &self.failure {
            return (format!("the figures cannot be read: {failure}"), false);
        }
        let Some(last) = self.last() else {
            return ("waiting for a process that publishes its figures here".to_owned(), false);
        };
        let age = now.saturating_sub(last.written_at()).as_secs_f64();
        let process = last.process();
        if self.is_silent {
            return (format!("process {process} has published nothing for {age:.0} s"), false);
        }
        (format!("process {process}, library {}, {age:.1} s ago", last.library()), true)
    }

    /// The past of a figure, the latest last.
    pub fn series(&self, place: &str) -> Vec<Option<f64>> {
        self.readings.iter().map(|figures| figures.number(place)).collect()
    }
}

fn counts_less(figures: &Figures, last: &Figures) -> bool {
    let rows = |figures: &Figures| figures.number("statistics.rows_written");
    rows(figures) < rows(last)
}

fn is_old(figures: &Figures, now: Duration) -> bool {
    let interval = figures.interval().max(Duration::from_secs(1));
    now.saturating_sub(figures.written_at()) > interval * PATIENCE
}

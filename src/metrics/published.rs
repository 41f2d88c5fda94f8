//! The figures of a backend as a file in its data folder, for other processes to look at.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::statistics::Statistics;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::pressure::steering::SteeredCredits;
use crate::pressure::Pressure;

/// The file of a data folder that [`Backend::publish_figures`] writes.
pub const FIGURES_FILE: &str = "FSB_FIGURES";

/// Counts up when a field changes its meaning or goes; readers pass over fields that they do not know.
const FORMAT: u32 = 1;

/// What the file holds, as one JSON object. What was not measured is null.
#[derive(Serialize)]
struct Published {
    format: u32,
    library: &'static str,
    process: u32,
    written_at_millis: u64,
    /// When the next one is to be expected; 0 when nobody has promised any.
    interval_millis: u64,
    statistics: Statistics,
    pressure: Pressure,
    credits: Option<SteeredCredits>,
}

impl Backend {
    /// Writes [statistics](Backend::statistics) and [pressure](Backend::pressure) into the file [`FIGURES_FILE`] of the data folder, as one
    /// JSON object: `format`, `library`, `process` (its number), `written_at_millis` (since 1970), `interval_millis`, `statistics`,
    /// `pressure`, with the names of the fields of [`Statistics`] and [`Pressure`], and `credits` of the [attached](Backend::attach) pools. The file is replaced as a whole, not synced, and removed
    /// when the backend closes; what a killed process leaves behind, `process` and `written_at_millis` give away.
    ///
    /// `interval` is after what time the next one is to be expected, for readers; zero when that is not known.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be written; as [`Backend::statistics`].
    pub fn publish_figures(&self, interval: Duration) -> Result<()> {
        let published = Published {
            format: FORMAT,
            library: env!("CARGO_PKG_VERSION"),
            process: std::process::id(),
            written_at_millis: millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            interval_millis: millis(interval),
            statistics: self.statistics()?,
            pressure: self.pressure()?,
            credits: self.steered().credits(),
        };
        self.figures_file().write(&serde_json::to_vec(&published).expect("figures are plain data"))
    }

    /// Removes what was published, if anything was.
    pub(crate) fn withdraw_figures(&self) {
        self.figures_file().remove();
    }
}

/// The file in a data folder. Dropped, it is removed.
pub(crate) struct FiguresFile {
    path: PathBuf,
    /// Held while the file is replaced.
    exists: Mutex<bool>,
}

impl FiguresFile {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FIGURES_FILE), exists: Mutex::new(false) }
    }

    /// Readers find the old text or the new one.
    fn write(&self, text: &[u8]) -> Result<()> {
        let failed = |source| Error::File { path: self.path.clone(), doing: "write", source };
        let temporary = self.path.with_extension("new");
        let mut exists = self.exists.lock().unwrap_or_else(PoisonError::into_inner);
        fs::write(&temporary, text).map_err(failed)?;
        fs::rename(&temporary, &self.path).map_err(failed)?;
        *exists = true;
        Ok(())
    }

    fn remove(&self) {
        let mut exists = self.exists.lock().unwrap_or_else(PoisonError::into_inner);
        if *exists {
            // One that stays is as one that a killed process leaves.
            fs::remove_file(&self.path).unwrap_or_default();
        }
        *exists = false;
    }
}

impl Drop for FiguresFile {
    fn drop(&mut self) {
        self.remove();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

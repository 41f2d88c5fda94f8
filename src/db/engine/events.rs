//! What the engine tells of itself: events, tickers, histograms; and its log.

use super::status::{checked, with_status};
use super::{slice, sys, Engine, EngineStatus};

pub(crate) use sys::Events;
pub use sys::Histogram;

/// CPU time of this process, of all its threads, in microseconds; none where the system does not tell.
pub(crate) fn process_cpu_micros() -> Option<u64> {
    // SAFETY: needs nothing.
    let micros = unsafe { sys::fsb_engine_process_cpu_micros() };
    (micros != u64::MAX).then_some(micros)
}

/// Names of all tickers, or of all histograms, that the engine knows.
pub(crate) fn statistic_names(histograms: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = slice(&[]);
    // SAFETY: the output is valid for the call, and a name that is handed out is a constant of the engine's.
    while unsafe { sys::fsb_engine_statistic_name(u8::from(histograms), names.len(), &mut name) } != 0 {
        // SAFETY: as above.
        let bytes = unsafe { std::slice::from_raw_parts(name.data, name.length) };
        names.push(String::from_utf8_lossy(bytes).into_owned());
    }
    names
}

impl Engine {
    /// What happened since the engine was opened, and whether it holds writes up now.
    pub(crate) fn events(&self) -> Result<Events, EngineStatus> {
        let mut events = Events::default();
        // SAFETY: the engine is alive, the output is valid for the call.
        checked(|status| unsafe { sys::fsb_engine_read_events(self.raw.as_ptr(), &mut events, status) })?;
        Ok(events)
    }

    /// For which writes have waited, in microseconds; none when the engine does not tell.
    pub(crate) fn write_wait_micros(&self) -> Result<Option<u64>, EngineStatus> {
        let mut micros = 0;
        // SAFETY: the engine is alive, the output is valid for the call.
        checked(|status| unsafe { sys::fsb_engine_write_wait(self.raw.as_ptr(), &mut micros, status) })?;
        Ok((micros != u64::MAX).then_some(micros))
    }

    /// One of the engine's integer properties, summed over the families, dropped ones that are still held among them.
    pub(crate) fn aggregated_property(&self, name: &str) -> Option<u64> {
        let mut value = 0;
        let (answer, _status) = with_status(|status| {
            let name = slice(name.as_bytes());
            // SAFETY: the engine is alive, the output is valid for the call.
            unsafe { sys::fsb_engine_aggregated_property(self.raw.as_ptr(), name, &mut value, status) }
        });
        (answer == sys::FOUND).then_some(value)
    }

    /// Grows whenever the engine may have begun a new log file.
    pub(crate) fn sealed_memtables(&self) -> u64 {
        // SAFETY: the engine is alive.
        unsafe { sys::fsb_engine_sealed_memtables(self.raw.as_ptr()) }
    }

    /// Writes a line into the engine's own log file, unless its level leaves it out.
    pub(crate) fn log(&self, is_warning: bool, line: &str) -> Result<(), EngineStatus> {
        let line = slice(line.as_bytes());
        // SAFETY: the engine is alive, the line outlives the call.
        checked(|status| unsafe { sys::fsb_engine_log(self.raw.as_ptr(), u8::from(is_warning), line, status) })
    }

    /// Whether it keeps tickers and histograms.
    pub(crate) fn keeps_statistics(&self) -> bool {
        // SAFETY: the engine is alive.
        unsafe { sys::fsb_engine_keeps_statistics(self.raw.as_ptr()) != 0 }
    }

    /// The count of a ticker, when there is one of that name. The engine must keep statistics.
    pub(crate) fn ticker(&self, name: &str) -> Result<Option<u64>, EngineStatus> {
        assert!(self.keeps_statistics(), "asked for only where they are kept");
        let mut count = 0;
        let (answer, status) = with_status(|status| {
            // SAFETY: the engine is alive and keeps statistics, the output is valid for the call.
            unsafe { sys::fsb_engine_ticker(self.raw.as_ptr(), slice(name.as_bytes()), &mut count, status) }
        });
        found(answer, count, || status.read())
    }

    /// A histogram, when there is one of that name. The engine must keep statistics.
    pub(crate) fn histogram(&self, name: &str) -> Result<Option<Histogram>, EngineStatus> {
        assert!(self.keeps_statistics(), "asked for only where they are kept");
        let mut histogram = Histogram::default();
        let (answer, status) = with_status(|status| {
            let name = slice(name.as_bytes());
            // SAFETY: the engine is alive and keeps statistics, the output is valid for the call.
            unsafe { sys::fsb_engine_histogram_read(self.raw.as_ptr(), name, &mut histogram, status) }
        });
        found(answer, histogram, || status.read())
    }
}

fn found<T>(answer: i32, value: T, failure: impl FnOnce() -> EngineStatus) -> Result<Option<T>, EngineStatus> {
    match answer {
        sys::FOUND => Ok(Some(value)),
        sys::ABSENT => Ok(None),
        _ => Err(failure()),
    }
}

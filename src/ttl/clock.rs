//! [`Clock`]: processing time and watermark of one keyed backend, readable from engine threads.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::db::engine::system_millis;
use crate::error::{Error, Result};

/// The watermark before the first one.
pub(crate) const NO_WATERMARK: i64 = i64::MIN;

/// Which time something counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// Event time: the watermark.
    Event = 1,
    /// Processing time: the clock on the wall, or one that the caller sets.
    Processing = 2,
}

/// Both times, in milliseconds since 1970. Neither ever goes backwards.
pub(crate) struct Clock {
    manual: bool,
    /// The time set, or the latest that was read from the system: its clock may be set back, ours is not.
    processing: AtomicI64,
    watermark: AtomicI64,
}

impl Clock {
    /// A clock whose processing time is the system's, as of its last tick: up to 10 ms late on Linux.
    pub(crate) fn system() -> Self {
        Self { manual: false, processing: AtomicI64::new(i64::MIN), watermark: AtomicI64::new(NO_WATERMARK) }
    }

    /// A clock whose processing time is set by the caller and starts at 0.
    pub(crate) fn manual() -> Self {
        Self { manual: true, processing: AtomicI64::new(0), watermark: AtomicI64::new(NO_WATERMARK) }
    }

    /// Now, in `time`; [`NO_WATERMARK`] before the first watermark.
    #[inline]
    pub(crate) fn now(&self, time: Time) -> i64 {
        match time {
            Time::Event => self.watermark.load(Ordering::Relaxed),
            Time::Processing if self.manual => self.processing.load(Ordering::Relaxed),
            Time::Processing => self.latest(system_millis()),
        }
    }

    #[inline]
    fn latest(&self, read: i64) -> i64 {
        let seen = self.processing.load(Ordering::Relaxed);
        if read > seen {
            self.processing.fetch_max(read, Ordering::Relaxed).max(read)
        } else {
            seen
        }
    }

    /// Sets a time.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it would go backwards, or is the system's.
    pub(crate) fn advance(&self, time: Time, millis: i64) -> Result<()> {
        let (clock, name) = match time {
            Time::Event => (&self.watermark, "watermark"),
            Time::Processing if self.manual => (&self.processing, "processing time"),
            Time::Processing => {
                return Err(Error::InvalidArgument(
                    "the processing time is the system's; open the keyed backend with 'clock' manual to set it"
                        .to_owned(),
                ))
            }
        };
        let before = clock.fetch_max(millis, Ordering::Relaxed);
        if millis < before {
            return Err(Error::InvalidArgument(format!("the {name} cannot go back from {before} to {millis}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_never_goes_back() {
        let clock = Clock::manual();
        clock.advance(Time::Event, 5).expect("forwards");
        clock.advance(Time::Event, 5).expect("standing still");
        let refusal = clock.advance(Time::Event, 4).expect_err("backwards").to_string();
        assert!(refusal.contains("from 5 to 4"), "{refusal}");
        assert_eq!(clock.now(Time::Event), 5);
    }

    #[test]
    fn a_system_clock_that_is_set_back_stands_still() {
        let clock = Clock::system();
        let now = clock.now(Time::Processing);
        assert_eq!(clock.latest(now - 1000), now.max(clock.now(Time::Processing)));
        assert!(clock.advance(Time::Processing, now).is_err());
    }
}

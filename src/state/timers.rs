//! [`TimerService`]: the timers of one name in a keyed backend.

use std::sync::Arc;

use super::keyed::{check_part, Attached};
use crate::db::engine::Page;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::timer::packed::Timer;
use crate::timer::row::Placed;
use crate::timer::service::{Query, Service};
use crate::ttl::clock::Time;

/// Which due timers are wanted.
#[derive(Debug, Clone, Copy)]
pub struct TimerQuery<'a> {
    /// Which time they wait for.
    pub time: Time,
    /// Remove what is handed out; otherwise it is handed out again.
    pub remove: bool,
    /// Latest timestamp wanted, in milliseconds since 1970.
    pub up_to: i64,
    /// Those of one key only.
    pub key: Option<&'a [u8]>,
    /// The caller's own hash of that key, if it was placed by one.
    pub hash: Option<i32>,
    /// Those of one namespace only.
    pub namespace: Option<&'a [u8]>,
}

/// The timers of one name, for event time and for processing time: an ordered set for each. Serves one thread at a time, as the keyed
/// backend that it keeps alive.
///
/// Nothing fires by itself: whoever advances the time asks for what is due ([`TimerService::due`]).
#[derive(Clone)]
pub struct TimerService {
    attached: Arc<Attached>,
    index: usize,
}

impl TimerService {
    pub(crate) fn new(attached: Arc<Attached>, index: usize) -> Self {
        Self { attached, index }
    }

    fn with<T>(&self, call: impl FnOnce(&mut Service) -> Result<T>) -> Result<T> {
        let mut core = self.attached.shared.enter()?;
        call(&mut core.timers[self.index])
    }

    fn placed<'a>(&self, timers: &[Timer<'a>]) -> Result<Vec<Placed<'a>>> {
        let place = |timer: &Timer<'a>| {
            let Timer { time, hash, timestamp, key, namespace } = *timer;
            check_part("the key of a timer", key)?;
            check_part("the namespace of a timer", namespace)?;
            let key_group = self.attached.shared.key_group_of(key, hash)?;
            Ok(Placed { time, key_group, timestamp, key, namespace })
        };
        timers.iter().map(place).collect()
    }

    /// Registers timers, also such that are due already. One that is registered already stays one.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a key or namespace over 12 KiB; [`Error::KeyGroupOutOfRange`]; [`Error::ColumnFamilyDropped`];
    /// [`Error::StillInUse`]; [`Error::Engine`]. None was registered then.
    pub fn register(&self, timers: &[Timer<'_>]) -> Result<()> {
        let placed = self.placed(timers)?;
        self.with(|service| service.register(&placed))
    }

    /// Deletes timers; those that are not registered are passed over.
    ///
    /// # Errors
    /// As [`TimerService::register`]. None was deleted then.
    pub fn delete(&self, timers: &[Timer<'_>]) -> Result<()> {
        let placed = self.placed(timers)?;
        self.with(|service| service.delete(&placed))
    }

    /// When the earliest timer is due, in milliseconds since 1970; none when there is no timer.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyDropped`]; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn next(&self, time: Time) -> Result<Option<i64>> {
        self.with(|service| service.next(time))
    }

    /// Counts the timers exactly, reading all that are not in memory.
    ///
    /// # Errors
    /// As [`TimerService::next`].
    pub fn count(&self, time: Time) -> Result<u64> {
        self.with(|service| service.count(time))
    }

    /// Fills `target` with due timers, packed ([`Timer::unpack`]) and ordered by timestamp, key group, key and namespace, as many as fit;
    /// with none when none is due.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] and [`Error::KeyGroupOutOfRange`] for the key asked for; else as [`TimerService::next`]. Nothing was
    /// removed then.
    pub fn due(&self, query: &TimerQuery<'_>, target: &mut [u8]) -> Result<Page> {
        let key = query.key.map(|key| Ok((self.group_of(key, query.hash)?, key))).transpose()?;
        let mut core = self.attached.shared.enter()?;
        let TimerQuery { time, remove, up_to, namespace, .. } = *query;
        core.timers[self.index].due(&Query { time, remove, up_to, key, namespace }, target)
    }

    fn group_of(&self, key: &[u8], hash: Option<i32>) -> Result<u16> {
        check_part("the key of the query", key)?;
        self.attached.shared.key_group_of(key, hash)
    }
}

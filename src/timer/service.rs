//! [`Service`]: the timers of one name, event time and processing time.

use std::ops::RangeInclusive;

use super::group::Place;
use super::packed::PageWriter;
use super::queue::{Limits, Queue, Taken};
use super::row::{Entry, Head, Placed};
use super::store::Store;
use crate::db::engine::Page;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ttl::clock::Time;

/// Which due timers are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    /// Which time they wait for.
    pub(crate) time: Time,
    /// Remove what is handed out.
    pub(crate) remove: bool,
    /// Latest timestamp wanted, in milliseconds since 1970.
    pub(crate) up_to: i64,
    /// Those of one key only, with its key group.
    pub(crate) key: Option<(u16, &'a [u8])>,
    /// Those of one namespace only.
    pub(crate) namespace: Option<&'a [u8]>,
}

/// A timer with its time and key group.
type Located = (Time, u16, Entry);

/// The timers of one name in a range of key groups. An ordered set: what is registered twice is one timer.
///
/// With write-back, timers reach the engine in batches, or when [`Service::drain`] is called, and one that is popped or deleted
/// before that never does. Otherwise each call writes one batch, all or nothing.
///
/// When the engine refuses a call, all timers are what they were before it.
pub(crate) struct Service {
    name: String,
    write_back: bool,
    store: Store,
    event: Queue,
    processing: Queue,
}

impl Service {
    /// Opens the timers of that name. Cost: one seek for each key group that has timers.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] when another name has the same id; [`Error::Damaged`]; those of the family.
    pub(crate) fn open(name: &str, store: Store, groups: RangeInclusive<u16>, write_back: bool) -> Result<Self> {
        Self::with_limits(name, store, groups, write_back, Limits::default())
    }

    pub(super) fn with_limits(
        name: &str, store: Store, groups: RangeInclusive<u16>, write_back: bool, limits: Limits,
    ) -> Result<Self> {
        let event = Queue::open(&store, name, Time::Event, &groups, limits)?;
        let processing = Queue::open(&store, name, Time::Processing, &groups, limits)?;
        Ok(Self { name: name.to_owned(), write_back, store, event, processing })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn parts(&mut self, time: Time) -> (&mut Queue, &mut Store) {
        match time {
            Time::Event => (&mut self.event, &mut self.store),
            Time::Processing => (&mut self.processing, &mut self.store),
        }
    }

    /// Registers timers, whose key groups must be in the range of the service. Those registered already stay one.
    ///
    /// # Errors
    /// Those of the family. Nothing was registered then.
    pub(crate) fn register(&mut self, timers: &[Placed<'_>]) -> Result<()> {
        self.make_room()?;
        let timers = located(timers);
        if !self.write_back {
            self.write(&timers, Place::Held, Store::put)?;
        }
        let written = !self.write_back;
        for (time, group, entry) in timers {
            let (queue, store) = self.parts(time);
            queue.add(group, entry, written, store);
        }
        Ok(())
    }

    /// Deletes timers; those that are not registered are passed over.
    ///
    /// # Errors
    /// As [`Service::register`]. Nothing was deleted then.
    pub(crate) fn delete(&mut self, timers: &[Placed<'_>]) -> Result<()> {
        self.make_room()?;
        self.remove(&located(timers))
    }

    fn remove(&mut self, timers: &[Located]) -> Result<()> {
        if !self.write_back {
            self.write(timers, Place::Absent, Store::delete)?;
        }
        let write_back = self.write_back;
        for (time, group, entry) in timers {
            let (queue, store) = self.parts(*time);
            queue.remove(*group, entry, write_back, store);
        }
        Ok(())
    }

    /// Writes what is to happen to timers, in one batch and before it happens in memory; nothing for those that are in a `settled` place.
    fn write(&mut self, timers: &[Located], settled: Place, gather: fn(&mut Store, Head, &Entry)) -> Result<()> {
        for (time, group, entry) in timers {
            let (queue, store) = self.parts(*time);
            if queue.place(*group, entry) != settled {
                gather(store, queue.head(*group), entry);
            }
        }
        self.store.flush_or_forget()
    }

    /// When the earliest timer is due; none when there is no timer.
    ///
    /// # Errors
    /// Those of the family.
    pub(crate) fn next(&mut self, time: Time) -> Result<Option<i64>> {
        self.store.family().check_live()?;
        let (queue, store) = self.parts(time);
        queue.next(store)
    }

    /// Counts the timers exactly, reading all that are not in memory.
    ///
    /// # Errors
    /// Those of the family.
    pub(crate) fn count(&mut self, time: Time) -> Result<u64> {
        self.store.family().check_live()?;
        let (queue, store) = self.parts(time);
        queue.count(store)
    }

    /// Hands out due timers as records ([`super::packed`]), ordered by timestamp, key group, key and namespace, as many as fit; none
    /// when none is due. [`Page::Short`] with the size needed when the first does not fit.
    ///
    /// # Errors
    /// Those of the family; nothing was removed then.
    pub(crate) fn due(&mut self, query: &Query<'_>, target: &mut [u8]) -> Result<Page> {
        self.make_room()?;
        if query.key.is_none() && query.namespace.is_none() {
            self.pop(query, target)
        } else {
            self.pick(query, target)
        }
    }

    fn pop(&mut self, query: &Query<'_>, target: &mut [u8]) -> Result<Page> {
        let mut page = PageWriter::new(target);
        let mut taken = Vec::new();
        let (queue, store) = self.parts(query.time);
        let popped = queue.pop(query.up_to, &mut page, &mut taken, store);
        if !query.remove {
            queue.put_back(taken, store);
            return popped.map(|short| answer(&page, short));
        }
        let short = match popped.and_then(|short| self.forget(query.time, &taken).map(|()| short)) {
            Ok(short) => short,
            Err(error) => {
                let (queue, store) = self.parts(query.time);
                queue.put_back(taken, store);
                return Err(error);
            }
        };
        Ok(answer(&page, short))
    }

    /// Removes the rows of timers that were taken out of memory.
    fn forget(&mut self, time: Time, taken: &[Taken]) -> Result<()> {
        let (queue, store) = self.parts(time);
        for (group, entry, _) in taken.iter().filter(|(_, _, written)| *written) {
            store.delete(queue.head(*group), entry);
        }
        if self.write_back {
            return Ok(());
        }
        self.store.flush_or_forget()
    }

    fn pick(&mut self, query: &Query<'_>, target: &mut [u8]) -> Result<Page> {
        let (queue, store) = self.parts(query.time);
        let selection = queue.select(query, target.len(), store)?;
        let short = selection.short();
        let timers: Vec<_> = selection.into_timers().map(|(group, entry)| (query.time, group, entry)).collect();
        let mut page = PageWriter::new(target);
        for (time, _, entry) in &timers {
            page.push(*time, entry);
        }
        if query.remove {
            self.remove(&timers)?;
        }
        Ok(answer(&page, short))
    }

    /// Writes what memory holds back to the engine.
    ///
    /// # Errors
    /// Those of the family; what could not be written is written by a later call. The timers of a dropped family are gone with it.
    pub(crate) fn drain(&mut self) -> Result<()> {
        if self.store.family().check_live().is_err() {
            return Ok(());
        }
        for time in [Time::Event, Time::Processing] {
            let (queue, store) = self.parts(time);
            queue.hand_over(store);
        }
        self.store.flush()
    }

    /// Memory that timers and gathered writes take, in bytes.
    pub(crate) fn buffered_bytes(&self) -> usize {
        self.event.bytes() + self.processing.bytes() + self.store.gathered_bytes()
    }

    /// Writes what has gathered when it is much: before a call changes anything, so that a refusal leaves all as it is.
    fn make_room(&mut self) -> Result<()> {
        self.store.family().check_live()?;
        if self.store.is_full() {
            return self.store.flush();
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn store(&mut self) -> &mut Store {
        &mut self.store
    }
}

fn located(timers: &[Placed<'_>]) -> Vec<Located> {
    timers.iter().map(|timer| (timer.time, timer.key_group, Entry::of(timer))).collect()
}

/// What a page says: filled with what fitted, or too short for the first record.
fn answer(page: &PageWriter<'_>, short: Option<usize>) -> Page {
    match (page.filled(), short) {
        ((_, 0), Some(needed)) => Page::Short(needed),
        ((length, row_count), _) => Page::Filled { length, row_count },
    }
}

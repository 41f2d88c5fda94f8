//! Credit pools whose limits follow the pressure of a backend.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde::Serialize;

use super::{Pressure, Readings, References};
use crate::backend::Backend;
use crate::credit::{Attachment, Controller, Figures, Pool, PressureSource, Signal};
use crate::db::database::Database;
use crate::error::Result;
use crate::metrics::memory::Memory;
use crate::metrics::Metrics;
use crate::state::keyed::CacheFigures;

impl Backend {
    /// Has the limit of `pool` follow the backend's pressure until the attachment is dropped. The [controller of the
    /// process](Controller::process) asks for the pressure ten times a second.
    ///
    /// The attachment does not keep the backend open. Once the backend is closed nothing is known of its pressure, and the limit falls, step
    /// by step, to twice the pool's largest request, and stays there.
    ///
    /// # Errors
    /// [`Error::StillInUse`](crate::Error::StillInUse) when the pool is attached already.
    pub fn attach(&self, pool: &Pool) -> Result<Attachment> {
        self.attach_to(Controller::process(), pool)
    }

    /// As [`Backend::attach`], with a controller of the caller's.
    ///
    /// # Errors
    /// As [`Backend::attach`].
    pub fn attach_to(&self, controller: &Arc<Controller>, pool: &Pool) -> Result<Attachment> {
        let references = *self.references();
        let source = Source {
            gate: Arc::clone(&self.steered().gate),
            database: self.weak_database(),
            metrics: Arc::clone(self.metrics()),
            references,
            pool: Arc::new(pool.clone()),
            name: format!("data folder '{}'", self.database().folder().display()),
        };
        let waiting = Arc::downgrade(&source.pool);
        let target = Duration::try_from_secs_f64(references.queue_wait_millis / 1e3).unwrap_or(Duration::MAX);
        let attachment = controller.attach(pool, Box::new(source), target)?;
        let mut pools = lock(&self.steered().pools);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(waiting);
        Ok(attachment)
    }
}

/// The pools that a backend steers. Dropped, it lets nobody look at the backend any more: it waits for the looks under way.
#[derive(Default)]
pub(crate) struct Steered {
    gate: Arc<Gate>,
    /// Each is kept by its source.
    pools: Mutex<Vec<Weak<Pool>>>,
}

impl Steered {
    /// How long calls wait in the pools, of the pool where it is longest, in milliseconds; NaN without pools.
    pub(super) fn queue_wait_millis(&self) -> f64 {
        self.credits().map_or(f64::NAN, |credits| credits.queue_wait_ms)
    }

    /// What the pools are like, all together; None without pools.
    pub(crate) fn credits(&self) -> Option<SteeredCredits> {
        let pools: Vec<_> = lock(&self.pools).iter().filter_map(Weak::upgrade).collect();
        let each = pools.iter().map(|pool| SteeredCredits::of(&pool.figures()));
        each.reduce(SteeredCredits::with)
    }
}

/// Pools that a backend steers, in figures: sums, but for the wait, which is the longest.
#[derive(Serialize)]
pub(crate) struct SteeredCredits {
    pools: u64,
    capacity: u64,
    limit: u64,
    outstanding: u64,
    waiting_calls: u64,
    queue_wait_ms: f64,
    congestions: u64,
}

impl SteeredCredits {
    fn of(figures: &Figures) -> Self {
        Self {
            pools: 1,
            capacity: figures.capacity,
            limit: figures.limit,
            outstanding: figures.outstanding,
            waiting_calls: figures.waiting_calls,
            queue_wait_ms: figures.queue_wait.as_secs_f64() * 1e3,
            congestions: figures.counts.congestions,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            pools: self.pools + other.pools,
            capacity: self.capacity.saturating_add(other.capacity),
            limit: self.limit.saturating_add(other.limit),
            outstanding: self.outstanding.saturating_add(other.outstanding),
            waiting_calls: self.waiting_calls + other.waiting_calls,
            queue_wait_ms: self.queue_wait_ms.max(other.queue_wait_ms),
            congestions: self.congestions.saturating_add(other.congestions),
        }
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        self.gate.shut();
    }
}

/// Counts the looks at a backend, so that its close can wait for them. No lock is held while somebody looks.
#[derive(Default)]
struct Gate {
    looks: Mutex<Looks>,
    ended: Condvar,
}

#[derive(Default)]
struct Looks {
    is_shut: bool,
    under_way: usize,
}

/// A look under way.
struct Look<'a>(&'a Gate);

impl Gate {
    /// None once the gate is shut.
    fn enter(&self) -> Option<Look<'_>> {
        let mut looks = lock(&self.looks);
        if looks.is_shut {
            return None;
        }
        looks.under_way += 1;
        Some(Look(self))
    }

    fn shut(&self) {
        let mut looks = lock(&self.looks);
        looks.is_shut = true;
        while looks.under_way > 0 {
            looks = self.ended.wait(looks).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        lock(&self.0.looks).under_way -= 1;
        self.0.ended.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells a controller how a backend feels, as long as that is open.
struct Source {
    gate: Arc<Gate>,
    database: Weak<Database>,
    metrics: Arc<Metrics>,
    references: References,
    pool: Arc<Pool>,
    name: String,
}

impl PressureSource for Source {
    fn signal(&self) -> Signal {
        // The database goes first: whoever waits for the look to end is its only owner then.
        let look = self.gate.enter();
        let database = look.as_ref().and_then(|_| self.database.upgrade());
        database.map_or(Signal::UNKNOWN, |database| self.read(&database))
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Source {
    /// The queue's wait is left out: it must not steer. So are the row caches, whose lock may be held by a write that waits for the engine.
    fn read(&self, database: &Database) -> Signal {
        let memory = Memory::of(database, &CacheFigures::default());
        Readings::of(database, &memory, &self.metrics, f64::NAN)
            .map_or(Signal::UNKNOWN, |readings| Pressure::of(&readings, &self.references).signal().into())
    }
}

impl From<super::Signal> for Signal {
    fn from(read: super::Signal) -> Self {
        Self {
            effective: read.effective,
            stopped: read.stopped,
            delayed: read.delayed,
            // Before the first flush it is not known.
            flush_time: Duration::try_from_secs_f64(read.mean_flush_millis / 1e3).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn a_gate_shuts_once_the_looks_under_way_have_ended() {
        let gate = Gate::default();
        let (shut, is_shut) = channel();
        thread::scope(|scope| {
            let look = gate.enter().expect("open");
            scope.spawn(|| {
                gate.shut();
                shut.send(()).expect("waited for");
            });
            while !lock(&gate.looks).is_shut {
                thread::yield_now();
            }
            assert!(gate.enter().is_none(), "a look began behind the gate");
            (0..1000).for_each(|_| thread::yield_now());
            assert!(is_shut.try_recv().is_err(), "shut under a look");
            drop(look);
            is_shut.recv().expect("shuts");
        });
    }
}

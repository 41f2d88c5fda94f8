//! Handles are tickets, not addresses: slot number, generation and kind in one word that looks like a pointer.
//!
//! A call leases its object by raising one of the slot's striped counters and comparing the slot's tag with the ticket: two atomic
//! additions and two loads, no lock, no line that all threads write. Whoever retires a slot never waits: the object is dropped by the
//! last lease that ends. Objects of a backend are closed and poisoned together.
//!
//! A valid address never has the upper bits that hold a ticket's kind, so a foreign pointer is told from a ticket.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::db::event_log::EventQueue;
use crate::metrics::counters::{stripe_of_thread, Seat, STRIPES};

/// What a ticket is for.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Backend = 1,
    ColumnFamily = 2,
    Iterator = 3,
    Snapshot = 4,
    Resources = 5,
    Buffer = 6,
    View = 7,
    Error = 8,
    KeyedBackend = 9,
    State = 10,
    StateScan = 11,
    TimerService = 12,
    CreditPool = 13,
    CreditChannel = 14,
    CheckpointStore = 15,
    Checkpoint = 16,
    SavepointExport = 17,
    SavepointImport = 18,
}

pub(super) const KINDS: usize = 19;

impl Kind {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Backend => "backend",
            Kind::ColumnFamily => "column family",
            Kind::Iterator => "iterator",
            Kind::Snapshot => "snapshot",
            Kind::Resources => "resources",
            Kind::Buffer => "buffer",
            Kind::View => "view",
            Kind::Error => "error",
            Kind::KeyedBackend => "keyed backend",
            Kind::State => "state",
            Kind::StateScan => "state scan",
            Kind::TimerService => "timer service",
            Kind::CreditPool => "credit pool",
            Kind::CreditChannel => "credit channel",
            Kind::CheckpointStore => "checkpoint store",
            Kind::Checkpoint => "checkpoint",
            Kind::SavepointExport => "savepoint export",
            Kind::SavepointImport => "savepoint import",
        }
    }
}

/// Ties an opaque C type to the object behind its tickets.
pub(super) trait Handle {
    type Object: Send + Sync + 'static;
    const KIND: Kind;
}

/// Why a ticket was not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Invalid,
    InUse,
    Closed,
    Poisoned,
}

const INDEX_BITS: u32 = 20;
const GENERATION_BITS: u32 = 32;
const MODE_SHIFT: u32 = INDEX_BITS + GENERATION_BITS; // 52..56
pub(super) const KIND_SHIFT: u32 = 58;
const CLOSED: u64 = 1 << MODE_SHIFT;
const POISONED: u64 = 2 << MODE_SHIFT;
const RETIRED: u64 = 4 << MODE_SHIFT;
const MODE_MASK: u64 = CLOSED | POISONED | RETIRED;

const CHUNK_SLOTS: usize = 1024;

/// With a kind, a ticket that is never given out: generations begin with 1.
pub(super) const NO_SLOT: u64 = (1 << INDEX_BITS) - 1;
const CHUNKS: usize = (1 << INDEX_BITS) / CHUNK_SLOTS;

#[derive(Default)]
#[repr(align(64))]
struct Stripe(AtomicUsize);

/// A place for one object.
#[repr(align(64))]
struct Slot {
    /// The ticket while the object can be used; with a mode bit when closed, poisoned or retired; 0 when vacant.
    tag: AtomicU64,
    object: AtomicPtr<()>,
    /// Held by the one call on an object for one thread at a time.
    busy: AtomicBool,
    /// Ticket of the backend that the object belongs to; 0 for none. Changed under the table's lock.
    owner: AtomicU64,
    generation: AtomicU64,
    drop_object: UnsafeCell<unsafe fn(*mut ())>,
    leases: [Stripe; STRIPES],
}

// SAFETY: `drop_object` is written under the table's lock while the slot is vacant and read under it afterwards; all else is atomic.
unsafe impl Sync for Slot {}

unsafe fn drop_nothing(_: *mut ()) {}

unsafe fn drop_boxed<T>(object: *mut ()) {
    // SAFETY: `insert` made the pointer from a Box of this type, and it is dropped once.
    drop(unsafe { Box::from_raw(object.cast::<T>()) });
}

impl Slot {
    fn vacant() -> Self {
        Self {
            tag: AtomicU64::new(0),
            object: AtomicPtr::new(ptr::null_mut()),
            busy: AtomicBool::new(false),
            owner: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            drop_object: UnsafeCell::new(drop_nothing),
            leases: Default::default(),
        }
    }

    fn lease_count(&self) -> usize {
        self.leases.iter().map(|stripe| stripe.0.load(SeqCst)).sum()
    }

    /// Takes the object out. The table's lock is held and no lease is left.
    fn take_object(&self) -> Removed {
        let object = self.object.swap(ptr::null_mut(), SeqCst);
        // SAFETY: read under the table's lock.
        Removed { object, drop_object: unsafe { *self.drop_object.get() }, owner: 0 }
    }
}

/// An object out of its slot, dropped outside the table's lock.
struct Removed {
    object: *mut (),
    drop_object: unsafe fn(*mut ()),
    /// The backend that must not close before the object is gone; 0 for none.
    owner: u64,
}

impl Drop for Removed {
    fn drop(&mut self) {
        if !self.object.is_null() {
            // SAFETY: the pointer was swapped out of its slot, so this is its only owner.
            unsafe { (self.drop_object)(self.object) }
        }
        if self.owner != 0 {
            TABLE.lock().dropping.remove_one(self.owner);
            TABLE.changed.notify_all();
        }
    }
}

type Chunk = [Slot; CHUNK_SLOTS];

struct Table {
    /// Null until needed, then there for good: nothing waits for a look at a slot.
    chunks: [AtomicPtr<Chunk>; CHUNKS],
    state: Mutex<State>,
    /// Signalled when a lease on a closed slot ends and when a slot is retired.
    changed: Condvar,
    live: [AtomicU64; KINDS],
}

struct State {
    free: Vec<usize>,
    used: usize,
    dropping: Dropping,
    /// Of backends that have one, by their tickets, until those are freed: what outlives a close.
    event_queues: Vec<(u64, Arc<EventQueue>)>,
}

/// Backends of the objects that are out of their slots and not dropped yet, one entry for each: they still hold their backend.
struct Dropping(Vec<u64>);

impl Dropping {
    fn count(&self, owner: u64) -> usize {
        self.0.iter().filter(|entry| **entry == owner).count()
    }

    fn remove_one(&mut self, owner: u64) {
        if let Some(at) = self.0.iter().position(|entry| *entry == owner) {
            self.0.swap_remove(at);
        }
    }
}

static TABLE: Table = Table {
    chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
    state: Mutex::new(State { free: Vec::new(), used: 0, dropping: Dropping(Vec::new()), event_queues: Vec::new() }),
    changed: Condvar::new(),
    live: [const { AtomicU64::new(0) }; KINDS],
};

impl Table {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn slot(&self, ticket: u64) -> Option<&Slot> {
        let index = (ticket & ((1 << INDEX_BITS) - 1)) as usize;
        let chunk = self.chunks[index / CHUNK_SLOTS].load(SeqCst);
        // SAFETY: a chunk that is not null was made whole by `vacancy` and stays for good.
        unsafe { chunk.as_ref() }.map(|chunk| &chunk[index % CHUNK_SLOTS])
    }

    fn slots(&self, state: &State) -> impl Iterator<Item = &Slot> {
        (0..state.used).filter_map(|index| self.slot(index as u64))
    }

    /// A vacant slot with its index; none when every number is given out.
    fn vacancy(&self, state: &mut State) -> Option<(usize, &Slot)> {
        let index = match state.free.pop() {
            Some(index) => index,
            None if state.used < 1 << INDEX_BITS => {
                state.used += 1;
                state.used - 1
            }
            None => return None,
        };
        if self.slot(index as u64).is_none() {
            let slots: Box<[Slot]> = (0..CHUNK_SLOTS).map(|_| Slot::vacant()).collect();
            self.chunks[index / CHUNK_SLOTS].store(Box::into_raw(slots).cast(), SeqCst);
        }
        self.slot(index as u64).map(|slot| (index, slot))
    }

    /// Empties a retired slot that nobody leases any more.
    fn reclaim(&self, slot: &Slot, state: &mut State) -> Option<Removed> {
        let tag = slot.tag.load(SeqCst);
        if tag & RETIRED == 0 || slot.lease_count() != 0 {
            return None;
        }
        let owner = slot.owner.load(SeqCst);
        if owner != 0 {
            state.dropping.0.push(owner);
        }
        if tag >> KIND_SHIFT == Kind::Backend as u64 {
            state.event_queues.retain(|(ticket, _)| *ticket != tag & !MODE_MASK);
        }
        let mut removed = slot.take_object();
        removed.owner = owner;
        slot.tag.store(0, SeqCst);
        self.live[(tag >> KIND_SHIFT) as usize].fetch_sub(1, SeqCst);
        state.free.push((tag & ((1 << INDEX_BITS) - 1)) as usize);
        Some(removed)
    }

    /// The slow end of a lease: the slot was closed, poisoned or retired meanwhile, or the ticket was never good.
    #[cold]
    fn settle(&self, slot: &Slot) {
        let mut state = self.lock();
        let removed = self.reclaim(slot, &mut state);
        self.changed.notify_all();
        drop(state);
        drop(removed);
    }
}

/// The use of an object for one call.
pub(super) struct Lease<T: 'static> {
    slot: &'static Slot,
    stripe: usize,
    ticket: u64,
    object: *mut T,
    /// No other lease was out on the stripe when this one was taken.
    alone: bool,
}

impl<T> Drop for Lease<T> {
    #[inline]
    fn drop(&mut self) {
        leave(self.slot, self.stripe, self.ticket);
    }
}

impl<T> Deref for Lease<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the object stays in its slot while the lease counts, and its kind was compared.
        unsafe { &*self.object }
    }
}

/// A lease that no other call shares.
pub(super) struct ExclusiveLease<T: 'static>(Lease<T>);

impl<T> Deref for ExclusiveLease<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for ExclusiveLease<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `busy` is held, and objects of this kind are leased exclusively only.
        unsafe { &mut *self.0.object }
    }
}

impl<T> Drop for ExclusiveLease<T> {
    fn drop(&mut self) {
        self.0.slot.busy.store(false, SeqCst);
    }
}

impl<T> Lease<T> {
    /// Ticket of the backend that the object is, or belongs to; 0 for none.
    pub(super) fn owner(&self) -> u64 {
        owner_of(self.slot, self.ticket)
    }

    /// Where the call counts on counters of this handle alone: of the leases of a stripe that are out at once, one is the first, and
    /// what it wrote is seen by the next one, which takes its lease after this one has ended.
    #[inline]
    pub(super) fn seat(&self) -> Seat {
        Seat { stripe: self.stripe, alone: self.alone }
    }
}

/// Ticket of the backend that a handle is, or belongs to; 0 for none.
pub(super) fn backend_of<H: Handle>(handle: *const H) -> u64 {
    match slot_of(handle) {
        Ok((slot, ticket)) if slot.tag.load(SeqCst) & !MODE_MASK == ticket => owner_of(slot, ticket),
        _ => 0,
    }
}

fn owner_of(slot: &Slot, ticket: u64) -> u64 {
    if ticket >> KIND_SHIFT == Kind::Backend as u64 {
        ticket
    } else {
        slot.owner.load(SeqCst)
    }
}

/// Ends a lease where nothing may unwind: a panic of an object that is dropped now is the answer.
#[inline(always)]
pub(super) fn end<T>(lease: ManuallyDrop<Lease<T>>) -> thread::Result<()> {
    let slot = lease.slot;
    slot.leases[lease.stripe].0.fetch_sub(1, SeqCst);
    if slot.tag.load(SeqCst) != lease.ticket {
        return catch_unwind(AssertUnwindSafe(|| TABLE.settle(slot)));
    }
    Ok(())
}

#[inline]
fn leave(slot: &'static Slot, stripe: usize, ticket: u64) {
    slot.leases[stripe].0.fetch_sub(1, SeqCst);
    if slot.tag.load(SeqCst) != ticket {
        TABLE.settle(slot);
    }
}

fn refusal(tag: u64, ticket: u64) -> Refusal {
    match tag ^ ticket {
        CLOSED => Refusal::Closed,
        mode if mode & !(CLOSED | POISONED) == 0 && mode & POISONED != 0 => Refusal::Poisoned,
        _ => Refusal::Invalid,
    }
}

/// The slot that a handle's ticket names. A ticket given out never carries a mode.
#[inline]
fn slot_of<H: Handle>(handle: *const H) -> Result<(&'static Slot, u64), Refusal> {
    let ticket = handle.addr() as u64;
    if ticket >> KIND_SHIFT != H::KIND as u64 || ticket & MODE_MASK != 0 {
        return Err(Refusal::Invalid);
    }
    TABLE.slot(ticket).map(|slot| (slot, ticket)).ok_or(Refusal::Invalid)
}

/// Leases the object of a handle for one call.
#[inline]
pub(super) fn lease<H: Handle>(handle: *const H) -> Result<Lease<H::Object>, Refusal> {
    let (slot, ticket) = slot_of(handle)?;
    // Looked at before counting too, so that calls on a closed handle do not hold up the one that closes it.
    let tag = slot.tag.load(SeqCst);
    if tag != ticket {
        return Err(refusal(tag, ticket));
    }
    let stripe = stripe_of_thread(STRIPES);
    let alone = slot.leases[stripe].0.fetch_add(1, SeqCst) == 0;
    let tag = slot.tag.load(SeqCst);
    if tag != ticket {
        leave(slot, stripe, ticket);
        return Err(refusal(tag, ticket));
    }
    let object = slot.object.load(SeqCst).cast();
    Ok(Lease { slot, stripe, ticket, object, alone })
}

/// Leases the object of a handle that serves one call at a time.
#[inline]
pub(super) fn lease_exclusively<H: Handle>(handle: *const H) -> Result<ExclusiveLease<H::Object>, Refusal> {
    let lease = lease(handle)?;
    if lease.slot.busy.swap(true, SeqCst) {
        return Err(Refusal::InUse);
    }
    Ok(ExclusiveLease(lease))
}

/// Puts an object into a slot and returns its ticket; `owner` is the ticket of its backend, or 0. None when no slot is left.
pub(super) fn insert<H: Handle>(object: H::Object, owner: u64) -> Option<*mut H> {
    let object = Box::new(object);
    let mut state = TABLE.lock();
    let (index, slot) = TABLE.vacancy(&mut state)?;
    let generation = slot.generation.load(SeqCst).wrapping_add(1) & ((1 << GENERATION_BITS) - 1);
    slot.generation.store(generation, SeqCst);
    slot.object.store(Box::into_raw(object).cast(), SeqCst);
    slot.busy.store(false, SeqCst);
    slot.owner.store(owner, SeqCst);
    // SAFETY: the slot is vacant and the table's lock is held.
    unsafe { *slot.drop_object.get() = drop_boxed::<H::Object> };
    let ticket = (H::KIND as u64) << KIND_SHIFT | generation << INDEX_BITS | index as u64;
    slot.tag.store(ticket | inherited_mode(owner), SeqCst);
    TABLE.live[H::KIND as usize].fetch_add(1, SeqCst);
    Some(ptr::without_provenance_mut(ticket as usize))
}

/// A child made by a call that was under way when its backend was closed or poisoned is so from its birth.
fn inherited_mode(owner: u64) -> u64 {
    let tag = if owner == 0 { 0 } else { TABLE.slot(owner).map_or(0, |slot| slot.tag.load(SeqCst)) };
    if tag & !MODE_MASK == owner {
        tag & (CLOSED | POISONED)
    } else {
        0
    }
}

/// Gives a handle back. Its object is dropped by the last call that still uses it. Null is fine.
pub(super) fn free<H: Handle>(handle: *mut H) -> Result<(), Refusal> {
    if handle.is_null() {
        return Ok(());
    }
    let (slot, ticket) = slot_of(handle.cast_const())?;
    let mut state = TABLE.lock();
    let tag = slot.tag.load(SeqCst);
    if tag & !(CLOSED | POISONED) != ticket {
        return Err(Refusal::Invalid);
    }
    slot.tag.store(tag | RETIRED, SeqCst);
    let removed = TABLE.reclaim(slot, &mut state);
    TABLE.changed.notify_all();
    drop(state);
    drop(removed);
    Ok(())
}

/// Has the events of a backend be reached through its handle until that is freed.
pub(super) fn keep_events<H: Handle>(handle: *mut H, events: Arc<EventQueue>) {
    TABLE.lock().event_queues.push((handle.addr() as u64, events));
}

/// The events of a backend, whether it is open, closed or poisoned; none when it has no queue of them.
pub(super) fn events<H: Handle>(handle: *const H) -> Result<Option<Arc<EventQueue>>, Refusal> {
    let (slot, ticket) = slot_of(handle)?;
    let state = TABLE.lock();
    if slot.tag.load(SeqCst) & !(CLOSED | POISONED) != ticket {
        return Err(Refusal::Invalid);
    }
    Ok(state.event_queues.iter().find(|(owner, _)| *owner == ticket).map(|(_, events)| Arc::clone(events)))
}

/// Makes every handle of a backend answer POISONED.
pub(super) fn poison(owner: u64) {
    let state = TABLE.lock();
    for slot in TABLE.slots(&state).filter(|slot| belongs(slot, owner)) {
        slot.tag.fetch_or(POISONED, SeqCst);
    }
}

fn belongs(slot: &Slot, owner: u64) -> bool {
    let tag = slot.tag.load(SeqCst);
    owner != 0 && tag != 0 && (tag & !MODE_MASK == owner || slot.owner.load(SeqCst) == owner)
}

/// What still used a backend when the deadline of its close passed.
pub(super) struct Unfinished {
    pub(super) calls: usize,
    pub(super) views: usize,
}

/// Why a backend could not be closed.
pub(super) enum CloseFailure {
    Refused(Refusal),
    Unfinished(Unfinished),
}

/// Refuses new calls on a backend and all its handles, waits until those in flight have ended and its views are freed, and
/// drops the objects of its children. Their handles answer CLOSED until they are freed.
pub(super) fn close_children<H: Handle>(handle: *mut H, timeout: Duration) -> Result<(), CloseFailure> {
    let (slot, ticket) = slot_of(handle.cast_const()).map_err(CloseFailure::Refused)?;
    let deadline = Instant::now().checked_add(timeout);
    let mut state = TABLE.lock();
    loop {
        match slot.tag.load(SeqCst) ^ ticket {
            0 | CLOSED => {}
            _ => return Err(CloseFailure::Refused(refusal(slot.tag.load(SeqCst), ticket))),
        }
        // Again in each round: a call in flight may have added a child.
        TABLE.slots(&state).filter(|slot| belongs(slot, ticket)).for_each(|slot| {
            slot.tag.fetch_or(CLOSED, SeqCst);
        });
        let unfinished = unfinished(&state, ticket);
        if unfinished.calls == 0 && unfinished.views == 0 {
            break;
        }
        state = wait(state, deadline).map_err(|()| CloseFailure::Unfinished(unfinished))?;
    }
    let children = TABLE.slots(&state).filter(|child| belongs(child, ticket) && !ptr::eq(*child, slot));
    let removed: Vec<Removed> = children.map(Slot::take_object).collect();
    drop(state);
    drop(removed);
    Ok(())
}

fn unfinished(state: &State, owner: u64) -> Unfinished {
    let mut unfinished = Unfinished { calls: state.dropping.count(owner), views: 0 };
    for slot in TABLE.slots(state).filter(|slot| belongs(slot, owner)) {
        unfinished.calls += slot.lease_count();
        let tag = slot.tag.load(SeqCst);
        unfinished.views += usize::from(tag >> KIND_SHIFT == Kind::View as u64 && tag & RETIRED == 0);
    }
    unfinished
}

fn wait(state: MutexGuard<'_, State>, deadline: Option<Instant>) -> Result<MutexGuard<'_, State>, ()> {
    let Some(deadline) = deadline else {
        return Ok(TABLE.changed.wait(state).unwrap_or_else(PoisonError::into_inner));
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(());
    }
    let (state, _) = TABLE.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
    Ok(state)
}

/// The object of a closed handle, for the one call that finishes closing; none when that was done before.
pub(super) fn closed_object<H: Handle>(handle: *mut H) -> Result<Option<Closed<H>>, Refusal> {
    let (slot, ticket) = slot_of(handle.cast_const())?;
    let _state = TABLE.lock();
    match slot.tag.load(SeqCst) ^ ticket {
        CLOSED => {}
        _ => return Err(refusal(slot.tag.load(SeqCst), ticket)),
    }
    if slot.object.load(SeqCst).is_null() {
        return Ok(None);
    }
    if slot.busy.swap(true, SeqCst) {
        return Err(Refusal::InUse);
    }
    let stripe = stripe_of_thread(STRIPES);
    slot.leases[stripe].0.fetch_add(1, SeqCst);
    let object = slot.object.load(SeqCst).cast();
    Ok(Some(Closed(ExclusiveLease(Lease { slot, stripe, ticket, object, alone: false }))))
}

/// The object of a closed handle; nobody else reaches it any more.
pub(super) struct Closed<H: Handle>(ExclusiveLease<H::Object>);

impl<H: Handle> Deref for Closed<H> {
    type Target = H::Object;

    fn deref(&self) -> &H::Object {
        &self.0
    }
}

impl<H: Handle> Closed<H> {
    /// Takes the object out for good; the handle goes on answering CLOSED.
    pub(super) fn take(self) -> H::Object {
        let state = TABLE.lock();
        let removed = ManuallyDrop::new(self.0 .0.slot.take_object());
        drop(state);
        // SAFETY: the pointer came from a Box of this type, was swapped out of its slot, and `removed` does not drop it.
        *unsafe { Box::from_raw(removed.object.cast::<H::Object>()) }
    }
}

/// Handles given out and not yet freed, by kind.
pub(super) fn live(kind: Kind) -> u64 {
    TABLE.live[kind as usize].load(SeqCst)
}

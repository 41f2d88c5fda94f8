//! What a compaction calls: from the shim's compaction filter to a [`RowFilter`] and back, on the engine's threads.

use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::sys;
use crate::db::row_filter::{RowFilter, RowJudge, Verdict};

/// Where the filter of one family is armed. The engine holds it as long as it may start a compaction of the family.
#[derive(Default)]
pub(crate) struct FilterSlot {
    armed: Mutex<Option<Arc<dyn RowFilter>>>,
    panic_count: AtomicU64,
}

impl FilterSlot {
    /// Arms another filter, or none, for the compactions that begin from now on.
    pub(crate) fn set(&self, filter: Option<Arc<dyn RowFilter>>) {
        let before = std::mem::replace(&mut *self.armed.lock().unwrap_or_else(PoisonError::into_inner), filter);
        // Not under the lock: a filter may do anything when it goes.
        drop(before);
    }

    /// Panics of filters and judges so far. What a judge was asked when it panicked, and from then on, it kept.
    #[cfg(test)]
    pub(crate) fn panic_count(&self) -> u64 {
        self.panic_count.load(Ordering::Relaxed)
    }

    /// The slot as the shim knows it: a pointer that is retained and released, not owned.
    pub(super) fn as_ptr(this: &Arc<Self>) -> *const c_void {
        Arc::as_ptr(this).cast()
    }

    fn begin(this: &Arc<Self>) -> Option<Box<Judging>> {
        let armed = this.armed.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let judge = this.caught(|| armed.begin())?;
        Some(Box::new(Judging { judge: Some(judge), replacement: Vec::new(), slot: Arc::clone(this) }))
    }

    /// Stops a panic, which must not reach the engine, and counts it.
    fn caught<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let outcome = catch_unwind(AssertUnwindSafe(body));
        if outcome.is_err() {
            self.panic_count.fetch_add(1, Ordering::Relaxed);
        }
        outcome.ok()
    }
}

/// The judge of one compaction; none after it has panicked.
struct Judging {
    judge: Option<Box<dyn RowJudge>>,
    replacement: Vec<u8>,
    slot: Arc<FilterSlot>,
}

impl Judging {
    fn judge(&mut self, key: &[u8], value: &[u8], operand: bool) -> Verdict {
        let Self { judge: Some(judge), replacement, slot } = self else { return Verdict::Keep };
        replacement.clear();
        let verdict = slot.caught(|| judge.judge(key, value, operand, replacement));
        if verdict.is_none() {
            self.end();
        }
        verdict.unwrap_or(Verdict::Keep)
    }

    fn end(&mut self) {
        let judge = self.judge.take();
        self.slot.caught(|| drop(judge));
    }
}

/// What the shim calls. A slot is an `Arc<FilterSlot>`, a judge a `Box<Judging>`.
pub(super) static HOOKS: sys::FilterHooks = sys::FilterHooks { retain, release, begin, judge, end };

extern "C" fn retain(slot: *const c_void) {
    // SAFETY: the slot is of an Arc that is alive during the call.
    unsafe { Arc::increment_strong_count(slot.cast::<FilterSlot>()) }
}

extern "C" fn release(slot: *const c_void) {
    // SAFETY: the shim releases what it retained, once.
    let slot = unsafe { Arc::from_raw(slot.cast::<FilterSlot>()) };
    // With the last owner the filter goes as well, which may panic.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(slot)));
}

extern "C" fn begin(slot: *const c_void) -> *mut c_void {
    // SAFETY: the shim has retained the slot; the Arc made here is another owner.
    let slot = unsafe {
        Arc::increment_strong_count(slot.cast::<FilterSlot>());
        Arc::from_raw(slot.cast::<FilterSlot>())
    };
    FilterSlot::begin(&slot).map_or(std::ptr::null_mut(), |judging| Box::into_raw(judging).cast())
}

extern "C" fn judge(
    judge: *mut c_void, key: sys::Slice, value: sys::Slice, operand: u8, replacement: *mut sys::Slice,
) -> i32 {
    // SAFETY: a judge is used by the thread of its compaction alone, between its begin and its end; key and value are borrowed for the
    // call.
    let (judging, key, value) = unsafe { (&mut *judge.cast::<Judging>(), bytes(key), bytes(value)) };
    match judging.judge(key, value, operand != 0) {
        Verdict::Keep => sys::VERDICT_KEEP,
        Verdict::Remove => sys::VERDICT_REMOVE,
        Verdict::Replace => {
            // SAFETY: the shim hands in a place to write to, and copies the bytes before it calls again.
            unsafe { replacement.write(super::slice(&judging.replacement)) };
            sys::VERDICT_REPLACE
        }
    }
}

extern "C" fn end(judge: *mut c_void) {
    // SAFETY: `begin` made it, and the shim ends it once.
    let mut judging = unsafe { Box::from_raw(judge.cast::<Judging>()) };
    judging.end();
}

/// # Safety
/// The slice holds readable bytes for the lifetime chosen by the caller, or is empty.
pub(super) unsafe fn bytes<'a>(slice: sys::Slice) -> &'a [u8] {
    if slice.length == 0 {
        return &[];
    }
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts(slice.data, slice.length) }
}

//! The guard around every export: leases the object, stops panics, turns a failure into status and error object.

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::thread;

use super::error::{self, fsb_error, Failure};
use super::handle::{self, ExclusiveLease, Handle, Lease};
use super::status::fsb_status;
use crate::db::engine::fork;

/// For exports without an error parameter.
pub(super) const NO_ERROR: *mut *mut fsb_error = std::ptr::null_mut();

/// What the body of an export returns: a status that is an answer, or a failure.
pub(super) type Outcome = Result<fsb_status, Failure>;

/// Runs `body` on the object of a handle that any thread may use at once.
#[inline]
pub(super) fn shared<H: Handle>(
    export: &'static str, handle: *const H, error: *mut *mut fsb_error, body: impl FnOnce(&Lease<H::Object>) -> Outcome,
) -> fsb_status {
    if fork::happened() {
        return refuse_forked(error);
    }
    let object = match handle::lease(handle) {
        Ok(object) => object,
        Err(refusal) => return fail(Failure::of_refusal(refusal, H::KIND), error),
    };
    // Ended by hand, behind the catch: nothing unwinds past a lease that is kept in registers.
    let object = ManuallyDrop::new(object);
    let status = caught(export, || status_of(body(&object), error));
    let ended = handle::end(object);
    conclude(export, error, handle, ended.and(status))
}

/// Runs `body` on the object of a handle that serves one thread at a time.
#[inline]
pub(super) fn exclusive<H: Handle>(
    export: &'static str, handle: *const H, error: *mut *mut fsb_error,
    body: impl FnOnce(&mut ExclusiveLease<H::Object>) -> Outcome,
) -> fsb_status {
    run(export, error, handle, || {
        let mut object = handle::lease_exclusively(handle).map_err(|refusal| Failure::of_refusal(refusal, H::KIND))?;
        body(&mut object)
    })
}

/// Runs `body`, which needs no lease. A panic poisons the backend of `handle`.
#[inline]
pub(super) fn run<H: Handle>(
    export: &'static str, error: *mut *mut fsb_error, handle: *const H, body: impl FnOnce() -> Outcome,
) -> fsb_status {
    if fork::happened() {
        return refuse_forked(error);
    }
    conclude(export, error, handle, caught(export, || status_of(body(), error)))
}

/// Within the catch, so that what crosses it is one number: an outcome would go through memory.
#[inline(always)]
fn status_of(outcome: Outcome, error: *mut *mut fsb_error) -> fsb_status {
    outcome.unwrap_or_else(|failure| fail(failure, error))
}

#[inline(always)]
fn caught<T>(export: &'static str, body: impl FnOnce() -> T) -> thread::Result<T> {
    catch_unwind(AssertUnwindSafe(|| {
        inject_panic(export);
        body()
    }))
}

#[inline(always)]
fn conclude<H: Handle>(
    export: &'static str, error: *mut *mut fsb_error, handle: *const H, status: thread::Result<fsb_status>,
) -> fsb_status {
    match status {
        Ok(status) => status,
        Err(payload) => {
            handle::poison(handle::backend_of(handle));
            fail(of_panic(export, &*payload), error)
        }
    }
}

/// Runs `body` of an export that belongs to no backend.
pub(super) fn unbound(export: &'static str, error: *mut *mut fsb_error, body: impl FnOnce() -> Outcome) -> fsb_status {
    run::<fsb_error>(export, error, std::ptr::null(), body)
}

/// Runs `body` of an export that returns a value; a panic returns `fallback`.
pub(super) fn infallible<T>(export: &'static str, fallback: T, body: impl FnOnce() -> T) -> T {
    caught(export, body).unwrap_or(fallback)
}

/// Gives a handle back.
pub(super) fn free<H: Handle>(export: &'static str, handle: *mut H) -> fsb_status {
    run(export, NO_ERROR, handle.cast_const(), || {
        handle::free(handle).map_err(|refusal| Failure::of_refusal(refusal, H::KIND))?;
        Ok(fsb_status::Ok)
    })
}

/// Gives a handle back whose calls in flight wait for something: `end` has them answered.
pub(super) fn end_and_free<H: Handle>(
    export: &'static str, handle: *mut H, end: impl FnOnce(&H::Object),
) -> fsb_status {
    run(export, NO_ERROR, handle.cast_const(), || {
        if let Ok(object) = handle::lease(handle.cast_const()) {
            end(&object);
        }
        handle::free(handle).map_err(|refusal| Failure::of_refusal(refusal, H::KIND))?;
        Ok(fsb_status::Ok)
    })
}

/// Hands an object to the caller as a new handle; `owner` is the ticket of its backend, or 0.
pub(super) fn insert<H: Handle>(object: H::Object, owner: u64) -> Result<*mut H, Failure> {
    handle::insert(object, owner).ok_or_else(|| {
        Failure::new(fsb_status::LimitExceeded, "more handles are in use than the library can number; free some")
    })
}

/// Returns the status of a failure, and an error object where the caller wants one.
#[cold]
fn fail(failure: Failure, error: *mut *mut fsb_error) -> fsb_status {
    let status = failure.status();
    if error.is_null() {
        return status;
    }
    if let Some(ticket) = handle::insert::<fsb_error>(failure, 0) {
        // SAFETY: not null, and the header asks for a writable place at `error`.
        unsafe { error.write_unaligned(ticket) };
    }
    status
}

/// In a forked process, before any lock: another thread of the parent may have held it.
#[cold]
fn refuse_forked(error: *mut *mut fsb_error) -> fsb_status {
    if !error.is_null() {
        // SAFETY: not null, and the header asks for a writable place at `error`.
        unsafe { error.write_unaligned(error::of_fork()) };
    }
    fsb_status::Forked
}

#[cold]
fn of_panic(export: &str, payload: &(dyn Any + Send)) -> Failure {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a payload that is no text");
    Failure::new(fsb_status::Panic, format!("{export} panicked: {text}"))
}

#[cfg(feature = "test-hooks")]
fn inject_panic(export: &str) {
    super::test_hooks::inject_panic(export);
}

#[cfg(not(feature = "test-hooks"))]
#[inline(always)]
fn inject_panic(_export: &str) {}

//! `fsb_credit_pool`: the credits of one stage, and the ends of calls that wait for them.

use std::ffi::c_char;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::backend::fsb_backend;
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{self, Handle, Kind};
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::backend::{limited, Backend};
use crate::credit::ledger::Outcome;
use crate::credit::{Attachment, Backoff, Completion, Pool, SystemClock};
use crate::db::engine::fork;
use crate::error::Result as CrateResult;
use crate::limits::MAX_OPTIONS_BYTES;
use crate::options::CreditPoolOptions;

/// A timeout that never ends.
pub const FSB_NO_DEADLINE: i64 = i64::MAX;

/// The credits of one stage: a number of a unit that its users agree on. Advised are bytes: those of keys and values, and 64 for each row.
/// A sender takes credits through a channel before it writes and gives them back when the write has left the stage. Threads: any.
pub struct fsb_credit_pool {
    _opaque: [u8; 0],
}

impl Handle for fsb_credit_pool {
    type Object = PoolObject;
    const KIND: Kind = Kind::CreditPool;
}

/// A pool, and what it follows.
pub(super) struct PoolObject {
    pool: Pool,
    attachment: Mutex<Option<Attachment>>,
}

impl PoolObject {
    fn attach(&self, backend: &Backend) -> CrateResult<()> {
        let attachment = backend.attach(&self.pool)?;
        *self.attachment.lock().unwrap_or_else(PoisonError::into_inner) = Some(attachment);
        Ok(())
    }

    fn detach(&self) {
        // Dropped without the lock: it waits for a look at the pressure that is under way.
        let attachment = self.attachment.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(attachment);
    }
}

impl Deref for PoolObject {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

/// The end of a call begun with fsb_credit_channel_post.
#[repr(C)]
pub struct fsb_credit_completion {
    /// The number that the caller gave the call.
    pub number: u64,
    /// Credits that are out for it, to be given back; 0 unless `status` is FSB_STATUS_OK.
    pub credits: u64,
    /// FSB_STATUS_OK; FSB_STATUS_TIMED_OUT; FSB_STATUS_CANCELLED; FSB_STATUS_CLOSED when its channel was freed or the pool closed.
    pub status: fsb_status,
    /// Zero.
    pub reserved: u32,
}

/// What a credit pool is like now.
#[repr(C)]
pub struct fsb_credit_figures {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// 1 while the engine stands still and one call is granted per period.
    pub is_probing: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Credits that there are.
    pub capacity: u64,
    /// Credits that may be out.
    pub limit: u64,
    /// Credits that are out; above the limit after that fell: nothing is granted until the difference came back.
    pub outstanding: u64,
    /// Credits that the calls in the queue wait for.
    pub waiting_credits: u64,
    /// Calls in the queue.
    pub waiting_calls: u64,
    /// How long calls wait for their credits: the 95th percentile over the last one to two seconds, calls that did not wait included, or
    /// the age of the oldest in the queue; in milliseconds.
    pub queue_wait_millis: f64,
    /// Open channels.
    pub channels: u64,
    /// Credits granted, in total.
    pub granted_credits: u64,
    /// Calls that were granted credits, in total.
    pub granted_calls: u64,
    /// Requests that were granted none, in total.
    pub refused_calls: u64,
    /// Calls whose deadline passed, in total.
    pub timed_out_calls: u64,
    /// Calls that were cancelled, in total.
    pub cancelled_calls: u64,
    /// Writes that the engine refused, by fsb_credit_channel_refund, in total.
    pub congestions: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_credit_figures {
    const FIRST_SIZE: usize = end_of!(Self, congestions: u64);
}

/// A timeout of the caller's.
pub(super) fn timeout_of(millis: i64) -> Result<Option<Duration>, Failure> {
    match u64::try_from(millis) {
        Ok(_) if millis == FSB_NO_DEADLINE => Ok(None),
        Ok(millis) => Ok(Some(Duration::from_millis(millis))),
        Err(_) => Err(Failure::argument(format!(
            "`timeout_millis` is {millis}; allowed are milliseconds from 0, and FSB_NO_DEADLINE to wait without end"
        ))),
    }
}

/// Creates a credit pool, all of its credits free.
///
/// Parameters: `options_json` is one JSON document with `capacity`, required, from 1, in credits, and `largest_request`, the most credits
/// for which one call may wait, at most half of the capacity (0, an eighth of it); `pool` receives the handle. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_OPTION naming the option; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_create(
    options_json: *const c_char, options_json_length: usize, pool: *mut *mut fsb_credit_pool,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_credit_pool_create", error, || {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?, bytes::out(pool, "pool")?)
        };
        let options = CreditPoolOptions::from_json(limited(json.as_bytes())?)?;
        // A forked process must know that the lock of a pool may be held for ever.
        fork::watch().map_err(|status| Failure::new(fsb_status::OutOfMemory, status.message))?;
        let pool = Pool::new(options.capacity, options.largest_request, Box::new(SystemClock::new()))?;
        out.set(guard::insert::<fsb_credit_pool>(PoolObject { pool, attachment: Mutex::default() }, 0)?);
        Ok(fsb_status::Ok)
    })
}

/// Sets how many credits may be out. Below what is out, nothing is granted until the difference came back.
///
/// Parameters: `limit` in credits, from 0 for none; at most the capacity counts. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_set_limit(
    pool: *const fsb_credit_pool, limit: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_pool_set_limit", pool, error, |pool| {
        pool.set_limit(limit);
        Ok(fsb_status::Ok)
    })
}

/// Has the limit of a pool follow the pressure of a backend, from the full capacity on: a thread of the library's looks ten times a second.
/// A pool follows one backend; a backend may steer many pools.
///
/// Closing the backend waits for none of this: nothing is known of its pressure then, and the limit falls, step by step, to twice the
/// pool's largest request and stays there until the pool is detached. fsb_credit_pool_set_limit holds until the next step only.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_IN_USE when the pool is attached already, naming the data folder; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_CLOSED when the backend is closed. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_attach(
    pool: *const fsb_credit_pool, backend: *const fsb_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_pool_attach", backend, error, |backend| {
        let pool = handle::lease(pool).map_err(|refusal| Failure::of_refusal(refusal, Kind::CreditPool))?;
        pool.attach(backend)?;
        Ok(fsb_status::Ok)
    })
}

/// Ends what fsb_credit_pool_attach began; the limit stays as it is. Freeing the pool detaches it as well.
///
/// Returns: FSB_STATUS_OK, also when it is not attached; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_detach(
    pool: *const fsb_credit_pool, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_pool_detach", pool, error, |pool| {
        pool.detach();
        Ok(fsb_status::Ok)
    })
}

/// Tells what a pool is like now.
///
/// Parameters: `figures->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_figures(
    pool: *const fsb_credit_pool, figures: *mut fsb_credit_figures, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_pool_figures", pool, error, |pool| {
        // SAFETY: the header asks for a struct of the size it states at `figures`.
        let out = unsafe { sized::out(figures, "figures")? };
        out.set(figures_of(pool));
        Ok(fsb_status::Ok)
    })
}

fn figures_of(pool: &Pool) -> fsb_credit_figures {
    let now = pool.figures();
    fsb_credit_figures {
        struct_size: 0, // what is written, by `set`
        is_probing: now.is_probing.into(),
        reserved: [0; 3],
        capacity: now.capacity,
        limit: now.limit,
        outstanding: now.outstanding,
        waiting_credits: now.waiting_credits,
        waiting_calls: now.waiting_calls,
        queue_wait_millis: now.queue_wait.as_secs_f64() * 1e3,
        channels: now.channels,
        granted_credits: now.counts.granted_credits,
        granted_calls: now.counts.granted_calls,
        refused_calls: now.counts.refused_calls,
        timed_out_calls: now.counts.timed_out_calls,
        cancelled_calls: now.counts.cancelled_calls,
        congestions: now.counts.congestions,
    }
}

/// Waits until calls begun with fsb_credit_channel_post have ended, and hands their ends out, each once, in the order in which they came.
///
/// One thread of the caller's that calls this in a loop serves any number of posted calls of all channels: deadlines are kept while it
/// waits, and no code of the caller's runs on another thread.
///
/// Parameters: `timeout_millis` from 0, or FSB_NO_DEADLINE; `completions` receives up to `capacity` of them, at least 1; `count` receives
/// how many. Returns: FSB_STATUS_OK with at least one; FSB_STATUS_TIMED_OUT, nothing written, no error object; FSB_STATUS_CLOSED when the
/// pool was closed and none is left: the thread may end; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_next_completions(
    pool: *const fsb_credit_pool, timeout_millis: i64, completions: *mut fsb_credit_completion, capacity: usize,
    count: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_pool_next_completions", pool, error, |pool| {
        let timeout = timeout_of(timeout_millis)?.unwrap_or(Duration::MAX);
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(count, "count")? };
        if completions.is_null() || capacity == 0 {
            return Err(Failure::argument("`completions` is null or of capacity 0 and needs room for at least 1"));
        }
        let mut ended = [Completion::default(); PAGE];
        let taken = pool.completions(timeout, &mut ended[..capacity.min(PAGE)]);
        let taken = taken
            .ok_or_else(|| Failure::new(fsb_status::Closed, "the credit pool was closed and no completion is left"))?;
        for (at, ended) in ended[..taken].iter().enumerate() {
            // SAFETY: the header asks for `capacity` writable places, and no more are taken.
            unsafe { completions.add(at).write_unaligned(ended.into()) };
        }
        if taken == 0 {
            return Ok(fsb_status::TimedOut);
        }
        out.set(taken);
        Ok(fsb_status::Ok)
    })
}

/// Most completions of one call.
const PAGE: usize = 64;

impl From<&Completion> for fsb_credit_completion {
    fn from(ended: &Completion) -> Self {
        let status = match ended.outcome {
            Outcome::Granted => fsb_status::Ok,
            Outcome::TimedOut => fsb_status::TimedOut,
            Outcome::Cancelled => fsb_status::Cancelled,
            Outcome::Closed => fsb_status::Closed,
        };
        Self { number: ended.number, credits: ended.credits, status, reserved: 0 }
    }
}

/// Closes a pool without freeing it: calls that wait in its channels answer FSB_STATUS_CLOSED, and so do later ones and new channels. Those
/// begun with fsb_credit_channel_post end in completions, which fsb_credit_pool_next_completions goes on to hand out, until none is left.
/// Credits that are out can still be given back. A pool that is attached stays so until it is detached or freed.
///
/// Returns: FSB_STATUS_OK, also when it is closed already; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_close(pool: *const fsb_credit_pool, error: *mut *mut fsb_error) -> fsb_status {
    guard::shared("fsb_credit_pool_close", pool, error, |pool| {
        pool.close();
        Ok(fsb_status::Ok)
    })
}

/// Closes and frees a pool: calls that wait in its channels answer FSB_STATUS_CLOSED, and so do later ones. Credits that are out can still
/// be given back. Completions that nobody has taken yet are lost: close the pool first and take them.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_pool_free(pool: *mut fsb_credit_pool) -> fsb_status {
    guard::end_and_free("fsb_credit_pool_free", pool, |pool| pool.close())
}

/// How long to wait before the next try of something that failed: doubled with each attempt, capped, and spread at random over its upper
/// half. Pure: the same arguments give the same delay.
///
/// Parameters: `attempt` counts the failures so far, from 0 for the first try again; `base_millis` is from 1, `cap_millis` from that; give
/// each caller a `seed` of its own; `delay_millis` receives the delay. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backoff_delay(
    attempt: u32, base_millis: u64, cap_millis: u64, seed: u64, delay_millis: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_backoff_delay", error, || {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(delay_millis, "delay_millis")? };
        if base_millis == 0 || cap_millis < base_millis {
            return Err(Failure::argument(format!(
                "`base_millis` is {base_millis} and `cap_millis` is {cap_millis}; the first is at least 1 and the second no less than that"
            )));
        }
        let delays = Backoff::new(Duration::from_millis(base_millis), Duration::from_millis(cap_millis), seed);
        out.set(delays.delay(attempt).as_millis() as u64);
        Ok(fsb_status::Ok)
    })
}

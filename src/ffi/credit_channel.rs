//! `fsb_credit_channel`: a sender's way to the credits of a pool.

use std::ffi::c_char;

use super::bytes;
use super::credit_pool::{fsb_credit_pool, timeout_of};
use super::error::fsb_error;
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::credit::{Acquired, Channel};
use crate::limits::MAX_NAME_BYTES;

/// A sender's way to the credits of a pool. Of the capacity it may own some, which are never lent; the others float, shared in turns.
/// Calls of a channel are served in the order in which they came. Keeps the pool alive. Threads: any.
pub struct fsb_credit_channel {
    _opaque: [u8; 0],
}

impl Handle for fsb_credit_channel {
    type Object = Channel;
    const KIND: Kind = Kind::CreditChannel;
}

/// Opens a channel.
///
/// Parameters: `name` is UTF-8 of at most 255 bytes, for errors; `exclusive` credits of the capacity are its own: all channels together
/// own at most half of it, and, while the limit is lower, of the limit, in proportion; `channel` receives a handle owned by the caller.
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT naming both numbers; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_open(
    pool: *const fsb_credit_pool, name: *const c_char, name_length: usize, exclusive: u64,
    channel: *mut *mut fsb_credit_channel, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_open", pool, error, |pool| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) = unsafe {
            (bytes::text(name, name_length, "name of the channel", MAX_NAME_BYTES)?, bytes::out(channel, "channel")?)
        };
        out.set(guard::insert::<fsb_credit_channel>(pool.channel(name, exclusive)?, 0)?);
        Ok(fsb_status::Ok)
    })
}

/// Takes as many credits as there are, at once, and never overtakes a call that waits.
///
/// Parameters: `credits` is the most wanted, from 1; `granted` receives how many are out for the caller, from 0 to that, to be given back.
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_request(
    channel: *const fsb_credit_channel, credits: u64, granted: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_request", channel, error, |channel| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(granted, "granted")? };
        out.set(channel.request(credits)?.keep());
        Ok(fsb_status::Ok)
    })
}

/// Takes credits, all that are asked for, and waits for them in order, without using the processor.
///
/// Parameters: `credits` from 1 to the pool's `largest_request`; `timeout_millis` from 0, which does not wait, or FSB_NO_DEADLINE; `number`
/// is what fsb_credit_channel_cancel ends the wait by. Returns: FSB_STATUS_OK: the credits are out, to be given back;
/// FSB_STATUS_TIMED_OUT or FSB_STATUS_CANCELLED, without an error object: none is out; FSB_STATUS_CLOSED, also when the channel is
/// freed or the pool closed meanwhile; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_acquire(
    channel: *const fsb_credit_channel, credits: u64, timeout_millis: i64, number: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_acquire", channel, error, |channel| {
        match channel.acquire_as(number, credits, timeout_of(timeout_millis)?)? {
            Acquired::Granted(credits) => {
                credits.keep();
                Ok(fsb_status::Ok)
            }
            Acquired::TimedOut => Ok(fsb_status::TimedOut),
            Acquired::Cancelled => Ok(fsb_status::Cancelled),
        }
    })
}

/// As fsb_credit_channel_acquire, but returns at once. How the call ended is told by fsb_credit_pool_next_completions under its number,
/// also when there was nothing to wait for.
///
/// Parameters: as fsb_credit_channel_acquire; `number` is any, and better of its own for each call. Returns: FSB_STATUS_OK: there will be
/// one completion; FSB_STATUS_CLOSED; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE: there will be none. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_post(
    channel: *const fsb_credit_channel, credits: u64, timeout_millis: i64, number: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_post", channel, error, |channel| {
        channel.post(number, credits, timeout_of(timeout_millis)?)?;
        Ok(fsb_status::Ok)
    })
}

/// Ends the calls that wait in this channel under a number. Those that ended before are not touched: what they were granted is out.
///
/// Parameters: `cancelled_count` receives how many calls were ended; 0 for an acquire that has not begun to wait yet. Returns:
/// FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_cancel(
    channel: *const fsb_credit_channel, number: u64, cancelled_count: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_cancel", channel, error, |channel| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(cancelled_count, "cancelled_count")? };
        out.set(channel.cancel(number));
        Ok(fsb_status::Ok)
    })
}

/// Gives credits back when what they were for has left the stage.
///
/// Parameters: `credits` from 1 to those that are out of this channel. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT, naming the
/// channel and both numbers: nothing was given back; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_replenish(
    channel: *const fsb_credit_channel, credits: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_replenish", channel, error, |channel| {
        channel.replenish(credits)?;
        Ok(fsb_status::Ok)
    })
}

/// Gives credits back of a write that the engine refused with FSB_STATUS_STALLED, and counts a congestion, which lowers the limit.
///
/// Parameters and returns: as fsb_credit_channel_replenish. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_refund(
    channel: *const fsb_credit_channel, credits: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_credit_channel_refund", channel, error, |channel| {
        channel.refund(credits)?;
        Ok(fsb_status::Ok)
    })
}

/// Closes and frees a channel: calls that wait in it answer FSB_STATUS_CLOSED, and credits that are out of it are free.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_credit_channel_free(channel: *mut fsb_credit_channel) -> fsb_status {
    guard::end_and_free("fsb_credit_channel_free", channel, Channel::close)
}

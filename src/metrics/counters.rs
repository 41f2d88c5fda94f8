//! Exact row counters that threads do not fight over.

use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::Side;

/// One call in this many is timed. 64: two clock reads of about 25 ns come to less than 1 ns a call.
pub(crate) const SAMPLE_INTERVAL: u64 = 64;

/// Power of two, so that picking one is a shift.
pub(crate) const STRIPES: usize = 8;

/// Rows read and written, exactly, and calls begun, of which threads that share a stripe may lose some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) rows_read: u64,
    pub(crate) rows_written: u64,
    pub(crate) read_calls: u64,
    pub(crate) write_calls: u64,
}

impl Add for Totals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rows_read: self.rows_read + other.rows_read,
            rows_written: self.rows_written + other.rows_written,
            read_calls: self.read_calls + other.read_calls,
            write_calls: self.write_calls + other.write_calls,
        }
    }
}

/// Where a call counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    /// Below [`STRIPES`].
    pub(crate) stripe: usize,
    /// No other call counts on the stripe before this one has ended: it needs no atomic addition.
    pub(crate) alone: bool,
}

impl Seat {
    /// A seat on counters that calls of any kind share.
    #[inline]
    pub(crate) fn shared() -> Self {
        Self { stripe: stripe_of_thread(STRIPES), alone: false }
    }
}

#[derive(Default)]
#[repr(align(64))]
struct Stripe {
    read: Counter,
    written: Counter,
}

#[derive(Default)]
struct Counter {
    /// Of calls alone on the stripe.
    rows: AtomicU64,
    /// Of calls beside others.
    shared_rows: AtomicU64,
    calls: AtomicU64,
}

impl Counter {
    fn total(&self) -> u64 {
        self.rows.load(Ordering::Relaxed) + self.shared_rows.load(Ordering::Relaxed)
    }
}

/// Counters striped over threads.
#[derive(Default)]
pub(crate) struct Counters {
    stripes: [Stripe; STRIPES],
}

impl Counters {
    /// The start time, when this call is one to sample.
    #[inline]
    pub(crate) fn start(&self, seat: Seat, side: Side) -> Option<Instant> {
        if cfg!(uncounted) {
            return None;
        }
        let calls = &self.counter(seat, side).calls;
        // Load and store instead of an addition: two threads on one stripe may lose a step, and only the choice of samples hangs on it.
        let count = calls.load(Ordering::Relaxed);
        calls.store(count.wrapping_add(1), Ordering::Relaxed);
        count.is_multiple_of(SAMPLE_INTERVAL).then(Instant::now)
    }

    /// Counts rows of a call that succeeded.
    #[inline]
    pub(crate) fn add(&self, seat: Seat, side: Side, rows: u64) {
        if cfg!(uncounted) {
            return;
        }
        let counter = self.counter(seat, side);
        if seat.alone {
            counter.rows.store(counter.rows.load(Ordering::Relaxed) + rows, Ordering::Relaxed);
        } else {
            counter.shared_rows.fetch_add(rows, Ordering::Relaxed);
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        self.stripes.iter().fold(Totals::default(), |sum, stripe| Totals {
            rows_read: sum.rows_read + stripe.read.total(),
            rows_written: sum.rows_written + stripe.written.total(),
            read_calls: sum.read_calls + stripe.read.calls.load(Ordering::Relaxed),
            write_calls: sum.write_calls + stripe.written.calls.load(Ordering::Relaxed),
        })
    }

    #[inline]
    fn counter(&self, seat: Seat, side: Side) -> &Counter {
        let stripe = &self.stripes[seat.stripe % STRIPES];
        match side {
            Side::Read => &stripe.read,
            Side::Write => &stripe.written,
        }
    }
}

/// A number below `stripes` (a power of two) that mostly differs between threads: each has its own stack. Thread-local storage
/// would cost more in a library that is loaded late.
#[inline]
pub(crate) fn stripe_of_thread(stripes: usize) -> usize {
    let marker = 0u8;
    let address = std::ptr::from_ref(&marker).addr() as u64;
    // Fibonacci hashing of the megabyte the stack lies in.
    let hash = (address >> 20).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> (64 - stripes.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_all_threads_are_counted_exactly() {
        let counters = Counters::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| counters.add(Seat::shared(), Side::Write, 3)));
            }
        });
        assert_eq!(counters.totals(), Totals { rows_written: 24_000, ..Totals::default() });
    }

    #[test]
    fn calls_are_counted_by_side() {
        let counters = Counters::default();
        (0..5).for_each(|_| {
            assert!(counters.start(Seat::shared(), Side::Read).is_none_or(|start| start <= Instant::now()))
        });
        counters.start(Seat::shared(), Side::Write);
        assert_eq!(counters.totals(), Totals { read_calls: 5, write_calls: 1, ..Totals::default() });
    }

    #[test]
    fn the_first_call_is_sampled_and_then_one_in_the_interval() {
        let counters = Counters::default();
        let samples = (0..SAMPLE_INTERVAL * 3).filter(|_| counters.start(Seat::shared(), Side::Read).is_some()).count();
        assert_eq!(samples, 3);
    }
}

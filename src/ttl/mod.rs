//! Time-to-live: clocks, the write time in a row, and what has expired.

pub(crate) mod clock;
pub(crate) mod filter;
pub(crate) mod stamp;

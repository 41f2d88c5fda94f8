//! Credit-based flow control: nobody sends what nobody has room for.
//!
//! A [`Pool`] holds the credits of one stage, a number of a unit that its users agree on. Advised are bytes: those of keys and values, and
//! 64 for each row. A sender takes credits from its [`Channel`] before it writes and gives them back when the write has left the stage.
//! How many may be out at once, the limit, follows the pressure of the engine behind the pool: a [`Law`] says how, the [`Controller`]
//! applies it to the pools of the process. A producer that is refused waits in the pool's queue, whose deadlines bound the wait,
//! and not in the engine, whose stalls nothing bounds; to that end its writes carry `no_slowdown` and [`Credits::refund`] what the engine
//! refuses.
//!
//! Credits are conserved: whatever happens to a call or its thread, they come back, once.

mod backoff;
mod clock;
mod controller;
mod law;
pub(crate) mod ledger;
#[cfg(test)]
mod ledger_tests;
pub(crate) mod pool;
#[cfg(test)]
mod pool_tests;
pub(crate) mod sync;
pub(crate) mod waits;

pub use backoff::Backoff;
pub use clock::{Clock, SystemClock};
pub use controller::{Attachment, Controller, PressureSource, SystemLevel};
pub use law::{Law, Limit, Signal, Usage};
pub use pool::{Acquired, Canceller, Channel, Completion, Credits, Figures, Pool, Ticket};

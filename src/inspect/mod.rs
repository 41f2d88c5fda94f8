//! Looking into checkpoints and state folders from outside, as `fsb-inspect` does: what there is, in words of the registry, without a change.
//!
//! Only with the feature `inspect`, which the shared library is built without.

mod description;
mod opened;
mod record;
mod savepoint;

pub use description::{Description, Origin, StateDescription, TimersDescription};
pub use opened::{Opened, Selection};
pub use record::{Bytes, Record, RecordKind};
pub use savepoint::each_savepoint_record;

//! Checkpoints that are damaged, storages that fail, processes that are killed, random cycles of a job: the proof that what was published survives. One program, so
//! that the library is linked once for all of it.

mod cycles;
mod damage;
mod faults;
mod faulty;
mod killed;
mod kills;
#[cfg(feature = "object-stores")]
mod object_server;
#[cfg(feature = "object-stores")]
mod object_stores;
mod place;
mod restore_faults;

//! The C ABI: check, convert, call one method, map the result.
//!
//! The only module besides `db::engine` with `unsafe`. Every export runs in [`guard`], reaches its object through a ticket of
//! [`handle`], and touches the caller's memory through [`bytes`] and [`sized`].
#![allow(unsafe_code, non_camel_case_types)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles are 64-bit tickets: 32-bit targets are not supported");

mod backend;
mod buffer;
mod bytes;
mod checkpoint;
mod checkpoint_store;
mod column_family;
mod credit_channel;
mod credit_pool;
mod engine_statistics;
mod error;
mod event_log;
mod guard;
mod handle;
mod iterator;
mod key_group;
mod keyed_backend;
mod live_objects;
mod options;
mod pressure;
mod publishing;
mod resources;
mod savepoint;
mod sized;
mod snapshot;
mod state;
mod state_list;
mod state_map;
mod state_scan;
mod statistics;
mod status;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod timer_service;
mod version;
mod view;

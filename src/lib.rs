//! A RocksDB state backend for stream-processing tasks.
//!
//! A [`Backend`] is one folder of state, owned by one process: named column families, atomic batches, snapshots, scans, honest
//! statistics, and a durability that is chosen once and kept. It is not a database server, knows no query language, and does
//! not coordinate tasks.
//!
//! ```
//! use flink_state_backend::{Backend, Options};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("state").to_str().expect("UTF-8").to_owned();
//! let backend = Backend::open(Options::new(path), None)?;
//! let state = backend.column_family("user_state")?;
//! state.put(b"carrier/UA", b"4637")?;
//! assert_eq!(state.get(None, b"carrier/UA")?.as_deref(), Some(&b"4637"[..]));
//! drop(state);
//! backend.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same library speaks C (`include/flink_state_backend.h`) and, through that, C#. Rings, from the outside: `ffi` checks and
//! converts; [`Backend`] wires; [`mod@options`], `db`, `metrics` and [`pressure`] do the work in safe Rust; `db::engine` alone calls RocksDB.

// The quick start of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../docs/getting-started-rust.md")]
struct GettingStarted;

pub mod backend;
pub mod checkpoint;
pub mod credit;
mod db;
pub mod error;
mod ffi;
#[cfg(feature = "inspect")]
pub mod inspect;
pub mod key;
pub mod limits;
mod metrics;
pub mod options;
pub mod pressure;
pub mod savepoint;
pub mod state;
mod timer;
mod ttl;

pub use backend::Backend;
pub use db::batch::{Operation, PackedBatch};
pub use db::column_family::{ColumnFamily, PinnedValue};
pub use db::engine::{Direction, EngineStatus, Histogram, Page, Read};
pub use db::event_log::{Drained, EventQueue, EventRecord, EventSource};
pub use db::recovery::Recovery;
pub use db::resources::Resources;
pub use db::scan::{Scan, ScanOptions};
pub use db::snapshot::Snapshot;
pub use error::{Error, Result};
pub use metrics::published::FIGURES_FILE;
pub use metrics::statistics::{LastCheckpoint, Statistics};
pub use options::Options;
pub use state::{KeyedBackend, KeyedOptions, State, TimerQuery, TimerService};
pub use timer::packed::Timer;
pub use ttl::clock::Time;

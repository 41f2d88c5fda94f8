//! The locks of this module, in one place, so that the concurrency checker can put its own in their stead.

pub(crate) use std::sync::atomic::{AtomicU64, AtomicU8, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};

//! Options of credit pools.

use serde::{Deserialize, Serialize};

use super::{checked, document, schema};
use crate::error::Result;

/// Options of a credit pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CreditPoolOptions {
    /// Credits that there are, required; from 1 to 2^63 - 1. About what the engine takes in in half a second is a good start.
    pub capacity: u64,
    /// Credits for which one call may wait, from 1 to half of the capacity; 0, the default, for an eighth of it. The limit never falls
    /// below twice that while the engine's pressure steers it.
    pub largest_request: u64,
}

impl CreditPoolOptions {
    /// Reads and checks a JSON document.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption) names the field at fault and the range allowed.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let read: Self = checked(document::parse(text)?, &[schema::CREDIT_POOL])?;
        let largest_request = if read.largest_request == 0 { (read.capacity / 8).max(1) } else { read.largest_request };
        Ok(Self { largest_request, ..read })
    }
}

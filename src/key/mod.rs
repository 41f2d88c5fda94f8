//! Keys of rows: key groups, framing and the layout of a row key. Pure functions.

pub(crate) mod frame;
pub mod key_group;
pub(crate) mod row;

//! Native aggregation: an addition is one call, which reads, computes and writes the accumulator.

use super::descriptor::Aggregate;
use super::keyed::{Core, State};
use crate::db::engine::Read;
use crate::error::{Error, Result};
use crate::ttl::stamp::Head;

/// Largest accumulator: a 128-bit sum and a count.
const MAX_BYTES: usize = 24;

/// What is added.
#[derive(Debug, Clone, Copy)]
enum Input {
    I64(i64),
    F64(f64),
}

/// An accumulator: its payload in a row, little-endian.
#[derive(Clone, Copy)]
pub(super) struct Accumulator {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Accumulator {
    fn of(parts: &[&[u8]]) -> Self {
        let mut accumulator = Self { bytes: [0; MAX_BYTES], length: 0 };
        for part in parts {
            accumulator.bytes[accumulator.length..accumulator.length + part.len()].copy_from_slice(part);
            accumulator.length += part.len();
        }
        accumulator
    }

    fn i64(value: i64) -> Self {
        Self::of(&[&value.to_le_bytes()])
    }

    fn f64(value: f64) -> Self {
        Self::of(&[&value.to_le_bytes()])
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn word(&self, at: usize) -> [u8; 8] {
        let mut word = [0; 8];
        word.copy_from_slice(&self.bytes[at..at + 8]);
        word
    }

    fn as_i64(&self) -> i64 {
        i64::from_le_bytes(self.word(0))
    }

    fn as_f64(&self) -> f64 {
        f64::from_le_bytes(self.word(0))
    }

    fn sum_i128(&self) -> i128 {
        let mut sum = [0; 16];
        sum.copy_from_slice(&self.bytes[..16]);
        i128::from_le_bytes(sum)
    }

    /// The count at the end of an average.
    fn count(&self) -> i64 {
        i64::from_le_bytes(self.word(self.length - 8))
    }
}

impl Aggregate {
    fn length(self) -> usize {
        match self {
            Aggregate::AverageI64 => 24,
            Aggregate::AverageF64 => 16,
            _ => 8,
        }
    }

    /// How a double is made of the accumulator; none for an aggregate whose result is the integer that it is.
    fn result_f64(self) -> Option<fn(&Accumulator) -> f64> {
        match self {
            Aggregate::SumF64 | Aggregate::MinF64 | Aggregate::MaxF64 => Some(Accumulator::as_f64),
            Aggregate::AverageI64 => Some(|it| it.sum_i128() as f64 / it.count() as f64),
            Aggregate::AverageF64 => Some(|it| it.as_f64() / it.count() as f64),
            Aggregate::SumI64 | Aggregate::MinI64 | Aggregate::MaxI64 | Aggregate::Count => None,
        }
    }

    /// The result that a payload stands for, as text; none when it is no accumulator of this aggregate.
    #[cfg(feature = "inspect")]
    pub(crate) fn text_of(self, payload: &[u8]) -> Option<String> {
        let accumulator = (payload.len() == self.length()).then(|| Accumulator::of(&[payload]))?;
        Some(match self.result_f64() {
            Some(result) => result(&accumulator).to_string(),
            None => accumulator.as_i64().to_string(),
        })
    }

    /// The accumulator of one input; none when the input is of the other type.
    fn first(self, input: Input) -> Option<Accumulator> {
        Some(match (self, input) {
            (Aggregate::Count, _) => Accumulator::i64(1),
            (Aggregate::SumI64 | Aggregate::MinI64 | Aggregate::MaxI64, Input::I64(value)) => Accumulator::i64(value),
            (Aggregate::SumF64 | Aggregate::MinF64 | Aggregate::MaxF64, Input::F64(value)) => Accumulator::f64(value),
            (Aggregate::AverageI64, Input::I64(value)) => {
                Accumulator::of(&[&i128::from(value).to_le_bytes(), &1i64.to_le_bytes()])
            }
            (Aggregate::AverageF64, Input::F64(value)) => Accumulator::of(&[&value.to_le_bytes(), &1i64.to_le_bytes()]),
            _ => return None,
        })
    }

    /// Two accumulators in one; none when an integer leaves its range.
    pub(super) fn merged(self, left: &Accumulator, right: &Accumulator) -> Option<Accumulator> {
        let (integers, doubles) = ((left.as_i64(), right.as_i64()), (left.as_f64(), right.as_f64()));
        Some(match self {
            Aggregate::SumI64 | Aggregate::Count => Accumulator::i64(integers.0.checked_add(integers.1)?),
            Aggregate::MinI64 => Accumulator::i64(integers.0.min(integers.1)),
            Aggregate::MaxI64 => Accumulator::i64(integers.0.max(integers.1)),
            Aggregate::SumF64 => Accumulator::f64(doubles.0 + doubles.1),
            Aggregate::MinF64 => Accumulator::f64(extreme(doubles, f64::min)),
            Aggregate::MaxF64 => Accumulator::f64(extreme(doubles, f64::max)),
            Aggregate::AverageI64 => {
                let sum = left.sum_i128().checked_add(right.sum_i128())?;
                let count = left.count().checked_add(right.count())?;
                Accumulator::of(&[&sum.to_le_bytes(), &count.to_le_bytes()])
            }
            Aggregate::AverageF64 => {
                let count = left.count().checked_add(right.count())?;
                Accumulator::of(&[&(doubles.0 + doubles.1).to_le_bytes(), &count.to_le_bytes()])
            }
        })
    }
}

/// Least or greatest, and NaN when one of both is, as Java's `Math.min` and `Math.max` have it.
fn extreme((left, right): (f64, f64), choose: fn(f64, f64) -> f64) -> f64 {
    if left.is_nan() || right.is_nan() {
        f64::NAN
    } else {
        choose(left, right)
    }
}

/// How an addition in place went. Nothing has changed unless it was done.
enum InPlace {
    Done,
    Overflow,
    OtherLength,
}

/// Adds to a row without a write time where it is.
fn add_in_place(aggregate: Aggregate, row: &mut [u8], added: &Accumulator) -> InPlace {
    let Some((_, payload)) = row.split_first_mut().filter(|(_, payload)| payload.len() == added.length) else {
        return InPlace::OtherLength;
    };
    match aggregate.merged(&Accumulator::of(&[payload]), added) {
        Some(after) => {
            payload.copy_from_slice(after.as_bytes());
            InPlace::Done
        }
        None => InPlace::Overflow,
    }
}

impl State {
    /// Adds an integer to a native aggregate; a count takes any.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] when the state has no native aggregate of integers; [`Error::Overflow`], which changes nothing;
    /// [`Error::NoCurrentKey`]; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    #[inline]
    pub fn add_i64(&self, value: i64) -> Result<()> {
        self.add(Input::I64(value))
    }

    /// Adds a double to a native aggregate; a count takes any.
    ///
    /// # Errors
    /// As [`State::add_i64`], for doubles.
    #[inline]
    pub fn add_f64(&self, value: f64) -> Result<()> {
        self.add(Input::F64(value))
    }

    #[inline]
    fn add(&self, input: Input) -> Result<()> {
        let aggregate = self.aggregate()?;
        let added = aggregate.first(input).ok_or_else(|| self.other_number())?;
        let mut core = self.enter()?;
        if self.descriptor().ttl.is_none() {
            let (rows, row_key) = core.at(self.id())?;
            match rows.modify(row_key, |row| add_in_place(aggregate, row, &added)) {
                Some(InPlace::Done) => return Ok(()),
                Some(InPlace::Overflow) => return Err(self.overflow()),
                Some(InPlace::OtherLength) | None => {}
            }
        }
        let after = match self.accumulator(&mut core)? {
            None => added,
            Some(before) => aggregate.merged(&before, &added).ok_or_else(|| self.overflow())?,
        };
        let (rows, row_key) = core.at(self.id())?;
        rows.store(row_key, &Head::new(self.written_now(), false), after.as_bytes())
    }

    /// The sum, least, greatest or count of a native aggregate of integers; none when nothing was added.
    ///
    /// # Errors
    /// As [`State::add_i64`].
    pub fn result_i64(&self) -> Result<Option<i64>> {
        if self.aggregate()?.result_f64().is_some() {
            return Err(self.other_number());
        }
        Ok(self.accumulator(&mut *self.enter()?)?.map(|accumulator| accumulator.as_i64()))
    }

    /// The sum, least or greatest of doubles, or either average; none when nothing was added.
    ///
    /// # Errors
    /// As [`State::add_i64`].
    pub fn result_f64(&self) -> Result<Option<f64>> {
        let result = self.aggregate()?.result_f64().ok_or_else(|| self.other_number())?;
        Ok(self.accumulator(&mut *self.enter()?)?.as_ref().map(result))
    }

    /// The accumulator of the current key and namespace.
    fn accumulator(&self, core: &mut Core) -> Result<Option<Accumulator>> {
        let (rows, row_key) = core.at(self.id())?;
        self.accumulator_at(rows, row_key)
    }

    pub(super) fn accumulator_at(&self, rows: &mut super::rows::Rows, row_key: &[u8]) -> Result<Option<Accumulator>> {
        let mut bytes = [0; MAX_BYTES];
        match self.read(rows, row_key, &mut bytes)?.read {
            Read::Absent => Ok(None),
            Read::Copied(length) if length == self.aggregate()?.length() => Ok(Some(Accumulator { bytes, length })),
            _ => Err(self.damaged()),
        }
    }

    /// Refuses an accumulator that a native aggregate could not go on with.
    #[inline]
    pub(super) fn check_accumulator(&self, bytes: &[u8]) -> Result<()> {
        match self.descriptor().aggregate {
            Some(aggregate) if aggregate.length() != bytes.len() => Err(self.other_length(aggregate, bytes.len())),
            _ => Ok(()),
        }
    }

    #[cold]
    fn other_length(&self, aggregate: Aggregate, length: usize) -> Error {
        Error::InvalidArgument(format!(
            "the accumulator has {length} bytes, and that of the aggregate {aggregate:?} of state '{}' has {}",
            self.descriptor().name,
            aggregate.length()
        ))
    }

    /// Its native aggregate.
    pub(super) fn aggregate(&self) -> Result<Aggregate> {
        self.descriptor().aggregate.ok_or_else(|| {
            Error::StateMismatch(format!(
                "state '{}' has no native aggregate; name one in its descriptor, or read, compute and put",
                self.descriptor().name
            ))
        })
    }

    #[cold]
    fn other_number(&self) -> Error {
        let descriptor = self.descriptor();
        Error::StateMismatch(format!(
            "the aggregate {:?} of state '{}' is of the other number type",
            descriptor.aggregate, descriptor.name
        ))
    }

    #[cold]
    pub(super) fn overflow(&self) -> Error {
        Error::Overflow(self.descriptor().name.clone())
    }
}

//! The caller's memory, checked before it is touched.

use std::marker::PhantomData;

use super::error::Failure;
use super::status::fsb_status;

/// Bytes lent by the caller for the call.
///
/// # Safety
/// `data` must point to `length` readable bytes that stay unchanged for the call, unless it is null.
#[inline]
pub(super) unsafe fn input<'a>(data: *const u8, length: usize, name: &str, limit: usize) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null_with_length(name, length));
    }
    if length > limit {
        return Err(too_long(name, length, limit));
    }
    // SAFETY: not null, and the caller promises `length` bytes; the limit is far below isize::MAX.
    Ok(unsafe { std::slice::from_raw_parts(data, length) })
}

/// Handles lent by the caller for the call.
///
/// # Safety
/// `handles` must point to `count` readable handles that stay unchanged for the call, unless it is null.
pub(super) unsafe fn handles<'a, T>(
    handles: *const *const T, count: usize, name: &str, limit: usize,
) -> Result<&'a [*const T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if handles.is_null() {
        return Err(Failure::argument(format!("the {name} are null and {count} in number; null needs 0")));
    }
    if count > limit {
        return Err(Failure::new(
            fsb_status::LimitExceeded,
            format!("the {name} are {count} in number, more than the {limit} allowed"),
        ));
    }
    // SAFETY: not null, and the caller promises `count` handles; the limit is far below isize::MAX.
    Ok(unsafe { std::slice::from_raw_parts(handles, count) })
}

/// A value lent by the caller for the call, if any.
///
/// # Safety
/// `place` must be readable, unless it is null.
#[inline]
pub(super) unsafe fn optional<T: Copy>(place: *const T) -> Option<T> {
    // SAFETY: not null, and the caller promises a readable value.
    (!place.is_null()).then(|| unsafe { place.read_unaligned() })
}

/// Text lent by the caller for the call.
///
/// # Safety
/// As [`input`].
pub(super) unsafe fn text<'a>(
    data: *const std::ffi::c_char, length: usize, name: &str, limit: usize,
) -> Result<&'a str, Failure> {
    // SAFETY: as promised by the caller.
    let bytes = unsafe { input(data.cast(), length, name, limit)? };
    std::str::from_utf8(bytes)
        .map_err(|error| Failure::argument(format!("the {name} is not UTF-8: byte {} is wrong", error.valid_up_to())))
}

/// Memory lent by the caller to be filled.
///
/// # Safety
/// `buffer` must point to `capacity` writable bytes that nothing else uses during the call, unless it is null.
#[inline]
pub(super) unsafe fn target<'a>(buffer: *mut u8, capacity: usize) -> Result<&'a mut [u8], Failure> {
    if capacity == 0 {
        return Ok(&mut []);
    }
    if buffer.is_null() {
        return Err(null_with_length("buffer", capacity));
    }
    if capacity > isize::MAX as usize {
        return Err(too_long("buffer", capacity, isize::MAX as usize));
    }
    // SAFETY: not null, and the caller promises `capacity` bytes.
    Ok(unsafe { std::slice::from_raw_parts_mut(buffer, capacity) })
}

/// A place of the caller's for one result.
pub(super) struct Out<'a, T> {
    place: *mut T,
    _lent: PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    #[inline]
    pub(super) fn set(self, value: T) {
        // SAFETY: `out` made sure that the place is not null, and the caller promised that it is writable.
        unsafe { self.place.write_unaligned(value) }
    }
}

/// A required place for one result.
///
/// # Safety
/// `place` must be writable, unless it is null.
#[inline]
pub(super) unsafe fn out<'a, T>(place: *mut T, name: &str) -> Result<Out<'a, T>, Failure> {
    if place.is_null() {
        return Err(null_output(name));
    }
    Ok(Out { place, _lent: PhantomData })
}

#[cold]
pub(super) fn null_output(name: &str) -> Failure {
    Failure::argument(format!("`{name}` is null and needs a place for a result"))
}

#[cold]
fn null_with_length(name: &str, length: usize) -> Failure {
    Failure::argument(format!("the {name} is null with length {length}; null needs length 0"))
}

#[cold]
fn too_long(name: &str, length: usize, limit: usize) -> Failure {
    Failure::new(fsb_status::LimitExceeded, format!("the {name} has {length} bytes, more than the {limit} allowed"))
}

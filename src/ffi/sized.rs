//! Structs of the header that begin with their size, a `u32` set by the caller, and grow at their end only.
//!
//! A caller compiled with an older header states less than the library knows, one with a newer header more. Both are served: the library
//! writes what the caller has room for, and takes fields that the caller does not know as zero.

use std::marker::PhantomData;
use std::mem::{size_of, MaybeUninit};
use std::ptr;

use super::bytes;
use super::error::Failure;

/// A struct of the header that states its size.
///
/// # Safety
/// The type is `repr(C)`, its first field is the `u32` with the size, and zero is valid for all its bytes.
pub(super) unsafe trait StatesSize {
    /// Size of the struct in the first version of the ABI: no caller states less.
    const FIRST_SIZE: usize;
}

/// The end of a field: the size of a struct that ended with it.
macro_rules! end_of {
    ($type:ty, $field:ident: $field_type:ty) => {
        std::mem::offset_of!($type, $field) + std::mem::size_of::<$field_type>()
    };
}
pub(super) use end_of;

/// No version of a struct is larger: what states more has a size that nobody set.
const MOST: usize = 4096;

/// A place of the caller's for a struct, as large as both sides know it.
pub(super) struct SizedOut<'a, T> {
    place: *mut u8,
    size: usize,
    _lent: PhantomData<&'a mut T>,
}

impl<T: StatesSize> SizedOut<'_, T> {
    /// Writes the struct, and as its size the number of bytes written.
    pub(super) fn set(self, value: T) {
        // SAFETY: the caller promised as many writable bytes as it stated, and `size` is neither more than that nor than the struct has.
        unsafe {
            ptr::copy_nonoverlapping(ptr::from_ref(&value).cast::<MaybeUninit<u8>>(), self.place.cast(), self.size);
            self.place.cast::<u32>().write_unaligned(self.size as u32);
        }
    }
}

/// A place for a struct that states its size.
///
/// # Safety
/// `place` must point to as many writable bytes as the `u32` there states, unless it is null.
pub(super) unsafe fn out<'a, T: StatesSize>(place: *mut T, name: &str) -> Result<SizedOut<'a, T>, Failure> {
    // SAFETY: as promised by the caller.
    let stated = unsafe { stated_size(place.cast_const(), name)? };
    Ok(SizedOut { place: place.cast(), size: stated.min(size_of::<T>()), _lent: PhantomData })
}

/// A struct of the caller's, with zero in the fields that the caller does not know.
///
/// # Safety
/// `place` must point to as many readable bytes as the `u32` there states, unless it is null.
pub(super) unsafe fn input<T: StatesSize>(place: *const T, name: &str) -> Result<T, Failure> {
    // SAFETY: as promised by the caller.
    let given = unsafe {
        let stated = stated_size(place, name)?;
        if stated > MOST {
            return Err(wrong_size(name, stated, &format!("no version of it has more than {MOST}")));
        }
        std::slice::from_raw_parts(place.cast::<u8>(), stated)
    };
    let (known, unknown) = given.split_at(given.len().min(size_of::<T>()));
    if unknown.iter().any(|byte| *byte != 0) {
        let reason =
            format!("this version of the library knows the first {} and asks that the rest be zero", known.len());
        return Err(wrong_size(name, given.len(), &reason));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: `known` is no longer than the struct, for which zero is valid in the bytes that it leaves.
    unsafe {
        ptr::copy_nonoverlapping(known.as_ptr(), value.as_mut_ptr().cast::<u8>(), known.len());
        Ok(value.assume_init())
    }
}

/// # Safety
/// `place` must point to a readable `u32`, unless it is null.
unsafe fn stated_size<T: StatesSize>(place: *const T, name: &str) -> Result<usize, Failure> {
    if place.is_null() {
        return Err(bytes::null_output(name));
    }
    // SAFETY: not null; the caller promises a struct that begins with its size.
    let stated = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if stated < T::FIRST_SIZE {
        return Err(wrong_size(name, stated, &format!("it has at least {} bytes", T::FIRST_SIZE)));
    }
    Ok(stated)
}

#[cold]
fn wrong_size(name: &str, stated: usize, reason: &str) -> Failure {
    Failure::argument(format!("`{name}->struct_size` is {stated}; {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What began as `struct_size` and `first` and has grown by one field.
    #[repr(C)]
    #[derive(Debug, PartialEq)]
    struct Grown {
        struct_size: u32,
        first: u32,
        appended: u64,
    }

    // SAFETY: `repr(C)` with the size first; numbers only.
    unsafe impl StatesSize for Grown {
        const FIRST_SIZE: usize = end_of!(Self, first: u32);
    }

    /// Sixteen bytes of the struct and eight behind it, none of them zero.
    fn memory(stated: u32) -> [u64; 3] {
        [u64::MAX << 32 | u64::from(stated), u64::MAX, u64::MAX]
    }

    fn filled(stated: u32) -> Result<[u64; 3], Failure> {
        let mut memory = memory(stated);
        // SAFETY: the memory is larger than any size that the tests state.
        let out = unsafe { out::<Grown>(memory.as_mut_ptr().cast(), "grown")? };
        out.set(Grown { struct_size: 0, first: 1, appended: 2 });
        Ok(memory)
    }

    fn read(memory: &[u64; 3]) -> Result<Grown, Failure> {
        // SAFETY: the memory is larger than any size that the tests state and is read up to it.
        unsafe { input::<Grown>(memory.as_ptr().cast(), "grown") }
    }

    #[test]
    fn an_older_struct_is_filled_as_far_as_it_goes() {
        assert_eq!(filled(8).expect("served"), [1 << 32 | 8, u64::MAX, u64::MAX]);
        assert_eq!(filled(12).expect("served"), [1 << 32 | 12, u64::MAX << 32 | 2, u64::MAX]);
    }

    #[test]
    fn a_newer_struct_is_filled_as_far_as_it_is_known() {
        for stated in [16, 24, u32::MAX] {
            assert_eq!(filled(stated).expect("served"), [1 << 32 | 16, 2, u64::MAX]);
        }
    }

    #[test]
    fn fields_that_an_older_caller_does_not_have_are_zero() {
        let memory = [1 << 32 | 8, u64::MAX, u64::MAX];
        assert_eq!(read(&memory).expect("served"), Grown { struct_size: 8, first: 1, appended: 0 });
    }

    #[test]
    fn a_newer_struct_is_read_when_what_is_unknown_is_zero() {
        assert_eq!(read(&[1 << 32 | 24, 2, 0]).expect("served"), Grown { struct_size: 24, first: 1, appended: 2 });
        assert!(read(&[1 << 32 | 24, 2, 1 << 63]).is_err());
        assert!(read(&[1 << 32 | 0xffff_ffff, 2, 0]).is_err());
    }

    #[test]
    fn less_than_the_first_version_had_is_refused() {
        for stated in [0, 4, 7] {
            assert!(filled(stated).is_err() && read(&memory(stated)).is_err());
        }
    }
}

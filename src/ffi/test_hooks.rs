//! Exports that inject faults, for tests of the boundary. Not in the header, and only in builds with the feature `test-hooks`.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use super::bytes;
use super::status::fsb_status;

/// Name of the export whose next call panics.
static ARMED: Mutex<Option<String>> = Mutex::new(None);

fn armed() -> std::sync::MutexGuard<'static, Option<String>> {
    ARMED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Panics when this export is armed, once.
pub(super) fn inject_panic(export: &str) {
    let hit = armed().take_if(|armed| armed == export).is_some();
    assert!(!hit, "injected into {export}");
}

/// Makes the next call of the export panic inside its guard.
#[no_mangle]
pub unsafe extern "C" fn fsb_test_arm_panic(export_name: *const c_char, length: usize) -> fsb_status {
    // SAFETY: as for every text parameter.
    match unsafe { bytes::text(export_name, length, "export name", 255) } {
        Ok(name) => {
            *armed() = Some(name.to_owned());
            fsb_status::Ok
        }
        Err(failure) => failure.status(),
    }
}

/// Takes an injected panic back.
#[no_mangle]
pub extern "C" fn fsb_test_disarm() -> fsb_status {
    *armed() = None;
    fsb_status::Ok
}

//! Which library this is.

use std::ffi::c_char;

/// Version of the ABI that this header describes.
pub const PIM_ABI_VERSION: u32 = 1;

/// The ABI version of the loaded library. It grows when something that worked before works differently; new functions,
/// operations, fields and events do not change it. Compare it with `PIM_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn pim_abi_version() -> u32 {
    PIM_ABI_VERSION
}

/// The version of the library, as text that ends with a zero. It is valid for ever and must not be freed.
#[unsafe(no_mangle)]
pub extern "C" fn pim_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

//! A program without `std` that uses cloakroom's core, built, linked and run by `.ci/run`.
//!
//! It brings its own allocator and its own panic handler, which `std` would bring too: if any
//! crate of the core pulled `std` in, the two would collide and this would not link. The C library
//! is asked for nothing but its start-up code and `memcpy` and its kind.

#![no_std]
#![no_main]

extern crate alloc;

mod platform;
mod story;

/// The C library's door: 0 if every step held, else the number of the first that did not.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: i32, _argv: *const *const u8) -> i32 {
    match story::tell() {
        Ok(()) => 0,
        Err(step) => step,
    }
}

//! What `std` would bring: an allocator, a panic handler and the link to the C library.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

const ARENA: usize = 4 << 20;

/// Hands out one arena from front to back and takes nothing back.
struct Bump {
    arena: UnsafeCell<[u8; ARENA]>,
    used: AtomicUsize,
}

// SAFETY: the arena is reached only through `alloc`, which gives every byte out once.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { arena: UnsafeCell::new([0; ARENA]), used: AtomicUsize::new(0) };

// SAFETY: a block lies inside the arena, is aligned as asked, and overlaps no other, because
// `used` only grows and each caller gets the range by which it grew it.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.arena.get() as usize;
        let mut start = 0;
        let grown = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            start = (base + used).next_multiple_of(layout.align()) - base;
            start.checked_add(layout.size()).filter(|end| *end <= ARENA)
        });
        match grown {
            Ok(_) => self.arena.get().cast::<u8>().wrapping_add(start),
            Err(_) => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

/// The exit code of a panic.
const PANICKED: i32 = 101;

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    // SAFETY: `_exit` takes any code and does not return.
    unsafe { _exit(PANICKED) }
}

/// `alloc` is compiled with unwinding and names this; in a program that aborts nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

#[link(name = "c")]
unsafe extern "C" {
    fn _exit(code: i32) -> !;
}

//! An allocator that looks through every block of memory before it goes back to the system.
//!
//! Memory is read only while it is still allocated and nobody else uses it, which is in
//! `dealloc`, so nothing is read after it was freed. Blocks begin zeroed, so that what was never
//! written is defined too. A block that grows or shrinks is copied and freed like any other: the
//! `realloc` of the system could move it and leave the old place as it was, unseen.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

/// Bytes in a row that count as a find. Any 15 bytes of a secret in a row contain such a piece.
const PIECE: usize = 8;
/// How many pieces a search can have.
const PIECES_MAX: usize = 128;

#[global_allocator]
static WATCHING: Watching = Watching;

struct Watching;

/// What the present thread looks for. Fixed in size, because an allocator cannot allocate.
struct Search {
    pieces: [([u8; PIECE], &'static str); PIECES_MAX],
    len: usize,
    /// Whether some piece begins with this byte.
    begins: [bool; 256],
    found: Option<(&'static str, usize)>,
    finds: usize,
}

thread_local! {
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static SEARCH: RefCell<Search> = const { RefCell::new(Search::NONE) };
}

/// What freed memory held: of how many pieces, and of the first its secret and the block's size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Residue {
    pub(crate) finds: usize,
    pub(crate) first: Option<(&'static str, usize)>,
}

impl Residue {
    pub(crate) const NONE: Self = Self { finds: 0, first: None };
}

/// Runs `f`, and says which of `secrets` stood in memory that was freed meanwhile by this thread.
pub(crate) fn residue(secrets: &[(&'static str, &[u8])], f: impl FnOnce()) -> Residue {
    SEARCH.with_borrow_mut(|search| {
        *search = Search::NONE;
        for (name, secret) in secrets {
            secret.chunks_exact(PIECE).for_each(|piece| search.add(name, piece));
        }
    });
    ARMED.set(true);
    f();
    ARMED.set(false);
    SEARCH.with_borrow(|search| Residue { finds: search.finds, first: search.found })
}

impl Search {
    const NONE: Self = Self {
        pieces: [([0; PIECE], ""); PIECES_MAX],
        len: 0,
        begins: [false; 256],
        found: None,
        finds: 0,
    };

    fn add(&mut self, name: &'static str, piece: &[u8]) {
        self.pieces[self.len] = (piece.try_into().unwrap(), name);
        self.begins[usize::from(piece[0])] = true;
        self.len += 1;
    }

    fn look(&mut self, block: &[u8]) {
        for window in block.windows(PIECE).filter(|window| self.begins[usize::from(window[0])]) {
            if let Some((_, name)) = self.pieces[..self.len].iter().find(|(p, _)| p == window) {
                self.found = self.found.or(Some((name, block.len())));
                self.finds += 1;
            }
        }
    }
}

// SAFETY: every block comes from the system's allocator with the layout it was asked for and goes
// back with the same; `realloc` and `alloc_zeroed` are those that the trait builds on these two.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // A thread that ends has no such variable any more and frees what it frees unseen.
        if ARMED.try_with(Cell::get).unwrap_or(false) {
            // SAFETY: the block is allocated until the next statement, its owner has given it up,
            // and it was zeroed whole when it was allocated.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            SEARCH.with_borrow_mut(|search| search.look(bytes));
        }
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

//! Bytes of the operating system drawn ahead, for `r` alone.
//!
//! A call to the operating system costs as much as all the rest of a small seal. `r` is the one thing
//! that can bear to repeat after a fork, see [`Entropy::fill_r`](super::Entropy::fill_r); ids, keys
//! and padding never come from here.

use std::cell::RefCell;
use std::thread_local;

use zeroize::Zeroize;

use super::{Entropy, EntropyError, OsEntropy, R_LEN};

/// How many `r` one call to the operating system brings.
const COUNT: usize = 32;

thread_local! {
    static BLOCK: RefCell<Block> = const { RefCell::new(Block::new()) };
}

/// Fills `r` from this thread's block, which is filled again when it is empty.
pub(super) fn take(r: &mut [u8; R_LEN]) -> Result<(), EntropyError> {
    // A thread that is ending has no block any more.
    BLOCK.try_with(|block| block.borrow_mut().take(r)).unwrap_or_else(|_| OsEntropy.fill(r))
}

struct Block {
    bytes: [[u8; R_LEN]; COUNT],
    /// How many at the front have not been used.
    left: usize,
}

impl Block {
    const fn new() -> Self {
        Self { bytes: [[0; R_LEN]; COUNT], left: 0 }
    }

    fn take(&mut self, r: &mut [u8; R_LEN]) -> Result<(), EntropyError> {
        if self.left == 0 {
            OsEntropy.fill(self.bytes.as_flattened_mut())?;
            self.left = COUNT;
        }
        self.left = self.left.saturating_sub(1);
        let next = self.bytes.get_mut(self.left).ok_or(EntropyError)?;
        *r = *next;
        // Whoever reads this memory later learns no nonce of the past.
        next.zeroize();
        Ok(())
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_r_is_given_twice_and_each_is_wiped_once_it_is_given() {
        let mut block = Block::new();
        let mut given = BTreeSet::new();
        for nth in 0..3 * COUNT {
            let mut r = [0; R_LEN];
            block.take(&mut r).unwrap();
            assert!(given.insert(r), "{nth}");
            assert!(block.bytes.iter().skip(block.left).all(|used| *used == [0; R_LEN]), "{nth}");
        }
        assert!(!given.contains(&[0; R_LEN]));
    }

    #[test]
    fn every_thread_has_a_block_of_its_own() {
        let thread = || {
            std::thread::spawn(|| {
                let mut r = [0; R_LEN];
                take(&mut r).unwrap();
                r
            })
        };
        let threads: alloc::vec::Vec<_> = (0..8).map(|_| thread()).collect();
        let given: BTreeSet<_> = threads.into_iter().map(|one| one.join().unwrap()).collect();
        assert_eq!(given.len(), 8);
    }
}

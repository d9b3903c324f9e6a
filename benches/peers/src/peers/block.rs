//! Random bytes drawn ahead, as cloakroom's manager draws those of its nonces: one call to the
//! operating system for 32 of them, each wiped as it is used. The codec takes what it is given.

use std::cell::RefCell;

use rand_core::{TryCryptoRng, TryRng};

const BLOCK: usize = 1024;

thread_local! {
    static AHEAD: RefCell<(Vec<u8>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// The generator of this thread's block.
pub struct Block;

impl TryRng for Block {
    type Error = getrandom::Error;

    fn try_next_u32(&mut self) -> Result<u32, getrandom::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, getrandom::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), getrandom::Error> {
        AHEAD.with_borrow_mut(|(block, left)| {
            if *left < out.len() {
                block.resize(BLOCK, 0);
                getrandom::fill(block)?;
                *left = BLOCK;
            }
            let used = &mut block[*left - out.len()..*left];
            out.copy_from_slice(used);
            used.fill(0);
            *left -= out.len();
            Ok(())
        })
    }
}

impl TryCryptoRng for Block {}

//! What the program does with the core.

use alloc::string::ToString;

use cloakroom::{KeyId, Timestamp};

/// Runs every step; the error is the number of the first that failed.
pub fn tell() -> Result<(), i32> {
    let now = Timestamp::from_unix(1_790_000_000);
    ensure(1, now.plus(60).since(now) == 60)?;
    ensure(2, KeyId::from_bytes([0, 1, 2, 0xff]).to_string() == "000102ff")?;
    Ok(())
}

fn ensure(step: i32, held: bool) -> Result<(), i32> {
    if held { Ok(()) } else { Err(step) }
}

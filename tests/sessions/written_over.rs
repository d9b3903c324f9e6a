//! Values written over.

use cloakroom::Values;

#[test]
fn a_value_that_fits_under_a_new_key_fits_in_place_of_another() {
    let key = "0123456789abcdef".repeat(512);
    let (short, long) = ("\u{e9}".repeat(100), "\u{ea}".repeat(6000));
    let mut fresh = Values::new();
    fresh.insert(&key, &long).unwrap();
    let mut written_over = Values::new();
    written_over.insert(&key, &short).unwrap();
    written_over.insert(&key, &long).unwrap();
    assert_eq!(fresh, written_over);
}

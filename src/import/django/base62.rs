//! Numbers as Django writes them into tokens.

use alloc::string::String;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The text for `number`.
pub(super) fn encode(number: u64) -> String {
    let mut reversed = String::new();
    let mut rest = number;
    loop {
        let place = usize::try_from(rest % 62).unwrap_or_default();
        reversed.extend(DIGITS.get(place).map(|digit| char::from(*digit)));
        rest /= 62;
        if rest == 0 {
            return reversed.chars().rev().collect();
        }
    }
}

/// The number that `text` stands for, of any length, as the nearest float, which is what Python
/// computes an age with. A number beyond all floats is infinite.
///
/// Leading zeros are taken, and a sign with nothing behind it is zero, as in Django.
pub(super) fn decode(text: &[u8]) -> Option<f64> {
    let (sign, digits) = match text {
        [] => return None,
        [b'-', digits @ ..] => (-1.0, digits),
        digits => (1.0, digits),
    };
    let mut values = digits.iter().map(|digit| DIGITS.iter().position(|known| known == digit));
    let mut exact = Some(0_u128);
    let mut float = 0.0;
    values.try_for_each(|value| {
        let value = u8::try_from(value?).ok()?;
        exact = exact.and_then(|sum| sum.checked_mul(62)?.checked_add(value.into()));
        float = float * 62.0 + f64::from(value);
        Some(())
    })?;
    // Rounded once where it can be; nobody's clock is beyond.
    Some(sign * exact.map_or(float, |number| number as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for (number, text) in [(0, "0"), (61, "z"), (62, "10"), (1_790_000_000, "1x8elk")] {
            assert_eq!(encode(number), text);
            assert_eq!(decode(text.as_bytes()), Some(number as f64));
        }
        assert_eq!(encode(u64::MAX), "LygHa16AHYF");
        assert_eq!(decode(b"LygHa16AHYF"), Some(u64::MAX as f64));
    }

    #[test]
    fn what_django_reads_is_read() {
        assert_eq!(decode(b"-10"), Some(-62.0));
        assert_eq!(decode(b"-"), Some(-0.0));
        assert_eq!(decode(b"00010"), Some(62.0));
        assert_eq!(decode(&[b'z'; 400]), Some(f64::INFINITY));
    }

    #[test]
    fn what_django_stumbles_over_is_refused() {
        for text in [&b""[..], b"--1", b"1-", b"1_", b" 1", b"1x-!", b"\xc3\xa9"] {
            assert_eq!(decode(text), None, "{}", text.escape_ascii());
        }
    }
}

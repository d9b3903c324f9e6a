//! Percent-encoding, in which most frameworks write their cookies.

use alloc::{borrow::Cow, vec::Vec};

/// `text` with every `%` and two hex digits as the byte they stand for; everything else stays.
pub(crate) fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => byte(*high, *low),
            _ => None,
        };
        bytes.push(byte.unwrap_or(first));
        let used = if byte.is_some() { 2 } else { 0 };
        rest = after.get(used..).unwrap_or_default();
    }
    Cow::Owned(bytes)
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let [high, low] = [high, low].map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_escapes_are_read_and_others_stay() {
        for (text, bytes) in [
            ("plain+text", "plain+text"),
            ("%2B%2f%3D%3d", "+/=="),
            ("%%20%2", "% %2"),
            ("%zz%", "%zz%"),
            ("%25%32%35", "%25"),
        ] {
            assert_eq!(decode(text.as_bytes()), bytes.as_bytes(), "{text}");
        }
    }
}

//! Times and numbers as people read them.

/// A span of seconds, rounded, in the unit that tells most: `45 seconds`, `29 days`.
pub fn span(seconds: u64) -> String {
    let (length, unit) = match seconds {
        0..120 => (1, "second"),
        120..7_200 => (60, "minute"),
        7_200..172_800 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    let count = seconds.saturating_add(length / 2) / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A moment in UTC: `23 Dec 2026, 14:31:05 UTC`.
pub fn utc(unix: u64) -> String {
    let (year, month, day) = date(unix / 86_400);
    let (hour, minute, second) = (unix / 3_600 % 24, unix / 60 % 60, unix % 60);
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index));
    let month = month.copied().unwrap_or_default();
    format!("{day} {month} {year}, {hour:02}:{minute:02}:{second:02} UTC")
}

/// A moment for `<time datetime>`: `2026-12-23T14:31:05Z`.
pub fn rfc3339(unix: u64) -> String {
    let (year, month, day) = date(unix / 86_400);
    let (hour, minute, second) = (unix / 3_600 % 24, unix / 60 % 60, unix % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A number with thin spaces between its thousands: `4 096`.
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `1 byte`, `4 096 bytes`.
pub fn bytes(count: usize) -> String {
    format!("{}\u{a0}byte{}", number(count), if count == 1 { "" } else { "s" })
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The Gregorian date of a day since 1970, by counting in years that begin in March, so that the
/// leap day is the last of its year.
fn date(days: u64) -> (u64, u64, u64) {
    /// Days from 1 March of the year 0 to 1 January 1970.
    const TO_1970: u64 = 719_468;
    const CENTURIES_4: u64 = 146_097;
    let days = days + TO_1970;
    let (era, day) = (days / CENTURIES_4, days % CENTURIES_4);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_one_unit() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_140, "119 minutes"),
            (86_400, "24 hours"),
            (14 * 86_400, "14 days"),
            (30 * 86_400 - 1, "30 days"),
            (29 * 86_400 + 1, "29 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix, text) in [
            (0, "1 Jan 1970, 00:00:00 UTC"),
            (951_782_399, "28 Feb 2000, 23:59:59 UTC"),
            (951_782_400, "29 Feb 2000, 00:00:00 UTC"),
            (1_798_036_265, "23 Dec 2026, 14:31:05 UTC"),
            (4_107_542_400, "1 Mar 2100, 00:00:00 UTC"),
        ] {
            assert_eq!(utc(unix), text);
        }
        assert_eq!(rfc3339(1_798_036_265), "2026-12-23T14:31:05Z");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(96), "96");
        assert_eq!(number(4096), "4\u{202f}096");
        assert_eq!(bytes(1), "1\u{a0}byte");
    }
}

//! Durations, moments, key ids and hex: how they are read and written.

use std::{fmt::Write, time::Duration};

use cloakroom::{KeyId, Timestamp};

/// Bytes that an argument spells; a type of its own, since a `Vec` would be several arguments.
#[derive(Clone)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

/// Reads `3s`, `15m`, `24h`, `90d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a duration is a whole number and a unit, like 3s, 15m, 24h or 90d".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        _ => return Err(wrong()),
    };
    let count = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    let all = digits(count).and_then(|count| count.checked_mul(seconds)).ok_or_else(wrong)?;
    Ok(Duration::from_secs(all))
}

/// Reads a duration of at least a second.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("must be at least a second".to_owned()) } else { Ok(time) }
}

/// Reads a lifetime of 1 second to 400 days, in seconds or as a duration.
pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    let time = match digits(text) {
        Some(seconds) => Duration::from_secs(seconds),
        None => duration(text)?,
    };
    let allowed = 1..=400 * DAY;
    let wrong = || "a lifetime is 1 second to 400 days".to_owned();
    allowed.contains(&time.as_secs()).then_some(time).ok_or_else(wrong)
}

/// Reads a moment.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::from_date(text)
        .ok_or_else(|| "a time is like 2027-02-01T00:00:00Z, or Unix seconds".to_owned())
}

/// Reads Unix seconds or a number of seconds, with or without a fraction.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "a number of seconds, like 1790000000 or 0.5".to_owned())
}

/// Reads `id=text`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(id, text)| (id.to_owned(), text.to_owned()));
    pair.ok_or_else(|| "an id, an equals sign and a text".to_owned())
}

/// Reads a key id.
pub(crate) fn kid(text: &str) -> Result<KeyId, String> {
    let bytes = hex(text).ok().and_then(|Bytes(bytes)| bytes.try_into().ok());
    let wrong = || "a key id is 8 hex digits, as `ring list` shows them".to_owned();
    bytes.map(KeyId::from_bytes).ok_or_else(wrong)
}

/// Reads hex digits, two a byte.
pub(crate) fn hex(text: &str) -> Result<Bytes, String> {
    let pair = |pair: &[u8]| match pair {
        [high, low] => {
            let [high, low] = [high, low].map(|digit| char::from(*digit).to_digit(16));
            u8::try_from(high?.checked_mul(16)?.checked_add(low?)?).ok()
        }
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    bytes.map(Bytes).ok_or_else(|| "not hex digits, two a byte".to_owned())
}

/// Writes bytes as hex digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A length of time, rounded down to the unit that fits it.
pub(crate) fn span(seconds: u64) -> String {
    in_unit(seconds, |unit| seconds >= unit.saturating_mul(2) || seconds == unit)
}

/// A length of time without loss, such as a configured one.
pub(crate) fn exact(time: Duration) -> String {
    let seconds = time.as_secs();
    in_unit(seconds, |unit| seconds > 0 && seconds.is_multiple_of(unit))
}

/// In the largest unit that fits.
fn in_unit(seconds: u64, fits: impl Fn(u64) -> bool) -> String {
    match UNITS.iter().find(|(_, unit)| fits(*unit)) {
        Some((_, DAY)) if seconds == DAY => "1 day".to_owned(),
        Some((name, unit)) => format!("{} {name}", seconds.checked_div(*unit).unwrap_or(0)),
        None => format!("{seconds} s"),
    }
}

/// A moment with its distance from now.
pub(crate) fn relative(moment: Timestamp, now: Timestamp) -> String {
    let date = moment.to_date();
    if moment > now {
        format!("{date} (in {})", span(moment.since(now)))
    } else if moment < now {
        format!("{date} ({} ago)", span(now.since(moment)))
    } else {
        format!("{date} (now)")
    }
}

pub(crate) const DAY: u64 = 24 * HOUR;
const UNITS: [(&str, u64); 3] = [("days", DAY), ("h", HOUR), ("min", MINUTE)];
const HOUR: u64 = 60 * MINUTE;
const MINUTE: u64 = 60;

fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        let seconds = |text| duration(text).map(|time| time.as_secs()).ok();
        assert_eq!(seconds("0s"), Some(0));
        assert_eq!(seconds("3s"), Some(3));
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("90d"), Some(7_776_000));
        for wrong in [
            "",
            "s",
            "3",
            "-3s",
            "+3s",
            "1.5h",
            "3 s",
            "3S",
            "3w",
            "3é",
            "1h30m",
            "99999999999999999d",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert!(time("0d").is_err() && time("1s").is_ok());
    }

    #[test]
    fn lifetimes_are_seconds_or_durations_within_400_days() {
        let seconds = |text| lifetime(text).map(|time| time.as_secs()).ok();
        assert_eq!(seconds("1"), Some(1));
        assert_eq!(seconds("1h"), Some(3600));
        assert_eq!(seconds("34560000"), Some(34_560_000));
        for wrong in ["0", "34560001", "401d", "", "x", "-1"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hex_is_read_and_written() {
        assert_eq!(hex("00fFa0").map(|Bytes(bytes)| bytes), Ok(vec![0, 255, 160]));
        assert_eq!(hex("").map(|Bytes(bytes)| bytes), Ok(vec![]));
        assert_eq!(to_hex(&[0, 255, 160]), "00ffa0");
        for wrong in ["0", "000", "0g", "+1", "é"] {
            assert!(hex(wrong).is_err(), "{wrong}");
        }
        assert_eq!(kid("0a1B2c3d").map(|kid| kid.to_string()), Ok("0a1b2c3d".to_owned()));
        assert!(kid("0a1b2c3").is_err() && kid("0a1b2c3d4e").is_err());
    }

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [
            (0, "0 s"),
            (3, "3 s"),
            (60, "1 min"),
            (119, "119 s"),
            (121, "2 min"),
            (3600, "1 h"),
            (86_400, "1 day"),
            (90_000, "25 h"),
            (200_000, "2 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
        for (seconds, text) in
            [(0, "0 s"), (500, "500 s"), (900, "15 min"), (176_400, "49 h"), (1_209_600, "14 days")]
        {
            assert_eq!(exact(Duration::from_secs(seconds)), text);
        }
    }
}

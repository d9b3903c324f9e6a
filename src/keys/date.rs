//! Dates as people write them: `2027-02-01T00:00:00Z`, or Unix seconds.
//!
//! Of RFC 3339 exactly one form is read: four-digit year from 1970, upper-case `T` and `Z`, whole
//! seconds, no leap second. Every moment then has one spelling, and a time zone cannot be
//! overlooked.

use alloc::{format, string::String, string::ToString};

use crate::{clock::Timestamp, limits::CREATED_MAX};

const DAY: u64 = 86_400;
/// Days before each month of a year that is no leap year, and of the whole year.
const BEFORE_MONTH: [u64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

impl Timestamp {
    /// Reads a date as it stands in a ring: `2027-02-01T00:00:00Z` or Unix seconds.
    ///
    /// `None` for every other form, such as one with another time zone, and past the year 36 812.
    ///
    /// ```
    /// use cloakroom::Timestamp;
    ///
    /// let day = Timestamp::from_date("2027-02-01T00:00:00Z").unwrap();
    /// assert_eq!((day.as_unix(), day.to_date().as_str()), (1_801_440_000, "2027-02-01T00:00:00Z"));
    /// assert_eq!(Timestamp::from_date("1801440000"), Some(day));
    /// assert_eq!(Timestamp::from_date("2027-02-01"), None);
    /// ```
    pub fn from_date(text: &str) -> Option<Self> {
        parse(text)
    }

    /// Writes a date as it stands in a ring: RFC 3339 in UTC, or Unix seconds past the year 9999.
    pub fn to_date(self) -> String {
        format(self)
    }
}

/// Reads either form; `None` for anything else, and past the year 36 812.
///
/// The upper bound also catches a time in milliseconds.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let seconds = match number(text.as_bytes()) {
        Some(seconds) => seconds,
        None => from_rfc3339(text.as_bytes().try_into().ok()?)?,
    };
    (seconds <= CREATED_MAX).then_some(Timestamp::from_unix(seconds))
}

/// Writes the form of RFC 3339, or Unix seconds past the year 9999, where that form ends.
pub(crate) fn format(moment: Timestamp) -> String {
    let (days, second) = (moment.as_unix() / DAY, moment.as_unix() % DAY);
    match civil(days) {
        Some((year @ ..=9999, month, day)) => {
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        }
        _ => moment.as_unix().to_string(),
    }
}

fn from_rfc3339(text: &[u8; 20]) -> Option<u64> {
    let &[y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', time @ ..] = text else { return None };
    let [h1, h2, b':', m1, m2, b':', s1, s2, b'Z'] = time else { return None };
    let year = number(&[y1, y2, y3, y4]).filter(|year| *year >= 1970)?;
    let month = number(&[o1, o2]).filter(|month| (1..=12).contains(month))?;
    let day = number(&[d1, d2]).filter(|day| *day >= 1)?;
    let hour = number(&[h1, h2]).filter(|hour| *hour < 24)?;
    let minute = number(&[m1, m2]).filter(|minute| *minute < 60)?;
    let second = number(&[s1, s2]).filter(|second| *second < 60)?;

    let first_of_month = days_before(year, month)?;
    let days = first_of_month.checked_add(day)?.checked_sub(1)?;
    if days >= days_before(year, month.checked_add(1)?)? {
        return None;
    }
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    let seconds = minutes.checked_mul(60)?.checked_add(second)?;
    days.checked_mul(DAY)?.checked_add(seconds)
}

/// A number of digits alone, without sign or blank.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Days from 1970-01-01 to the first of `month`; month 13 is the next January.
fn days_before(year: u64, month: u64) -> Option<u64> {
    let years = year.checked_sub(1970)?;
    // Leap years before this one since 1970: every fourth, not the hundredth, yet the 400th.
    let leaps = (year.checked_sub(1969)? / 4)
        .checked_sub(year.checked_sub(1901)? / 100)?
        .checked_add(year.checked_sub(1601)? / 400)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let before = BEFORE_MONTH.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let leap_day = u64::from(leap && month > 2);
    years.checked_mul(365)?.checked_add(leaps)?.checked_add(*before)?.checked_add(leap_day)
}

/// Year, month and day of the month, `days` after 1970-01-01.
fn civil(days: u64) -> Option<(u64, u64, u64)> {
    // 400 years have 146 097 days, so this is the year or a neighbour of it.
    let guess = days.checked_mul(400)?.checked_div(146_097)?.checked_add(1970)?;
    let near = guess.checked_sub(1)?..=guess.checked_add(1)?;
    let year = near.rev().find(|year| days_before(*year, 1).is_some_and(|first| first <= days))?;
    let month = (1..=12).rev().find(|month| days_before(year, *month) <= Some(days))?;
    let day = days.checked_sub(days_before(year, month)?)?.checked_add(1)?;
    Some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> Option<u64> {
        parse(text).map(Timestamp::as_unix)
    }

    #[test]
    fn known_moments_are_read_and_written() {
        let moments = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
            (1_801_440_000, "2027-02-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ];
        for (seconds, text) in moments {
            assert_eq!(unix(text), Some(seconds), "{text}");
            assert_eq!(format(Timestamp::from_unix(seconds)), text);
        }
    }

    #[test]
    fn a_moment_that_is_written_is_read_again() {
        for seconds in [0, 1_801_440_000, 253_402_300_799, 253_402_300_800, CREATED_MAX] {
            let moment = Timestamp::from_unix(seconds);
            assert_eq!(Timestamp::from_date(&moment.to_date()), Some(moment));
        }
    }

    #[test]
    fn every_day_until_the_year_10000_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..2_932_897 {
            assert_eq!(civil(days), Some((year, month, day)));
            assert_eq!(days_before(year, month).unwrap() + day - 1, days);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn unix_seconds_are_read_up_to_forty_bits() {
        assert_eq!(unix("0"), Some(0));
        assert_eq!(unix("1790000000"), Some(1_790_000_000));
        assert_eq!(unix("1099511627775"), Some(CREATED_MAX));
        assert_eq!(unix("1099511627776"), None);
        assert_eq!(unix("1790000000000"), None);
        assert_eq!(unix("18446744073709551616"), None);
    }

    #[test]
    fn what_is_written_is_read_again_even_past_the_year_9999() {
        for seconds in [0, 59, 86_399, 86_400, 253_402_300_800, CREATED_MAX] {
            let moment = Timestamp::from_unix(seconds);
            assert_eq!(parse(&format(moment)), Some(moment));
        }
        assert_eq!(format(Timestamp::from_unix(253_402_300_800)), "253402300800");
        assert_eq!(format(Timestamp::from_unix(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn days_and_times_that_do_not_exist_are_refused() {
        for text in [
            "1969-12-31T23:59:59Z",
            "2027-00-01T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-02-00T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2028-02-30T00:00:00Z",
            "2027-04-31T00:00:00Z",
            "2027-12-32T00:00:00Z",
            "2027-02-01T24:00:00Z",
            "2027-02-01T00:60:00Z",
            "2027-02-01T23:59:60Z",
        ] {
            assert_eq!(unix(text), None, "{text}");
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "now",
            "+5",
            "-5",
            " 5",
            "5 ",
            "1_000",
            "1e9",
            "0x10",
            "2027-02-01",
            "2027-02-01T00:00:00",
            "2027-02-01T00:00Z",
            "2027-02-01t00:00:00z",
            "2027-02-01 00:00:00Z",
            "2027-02-01T00:00:00+00:00",
            "2027-02-01T00:00:00.0Z",
            "2027-2-01T00:00:00ZZ",
            "20270201T000000Z",
            "+027-02-01T00:00:00Z",
            "2027-02-01T00:00:0\u{663}Z",
        ] {
            assert_eq!(unix(text), None, "{text:?}");
        }
    }
}

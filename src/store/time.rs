//! Time as stores keep it.

use core::{fmt, time::Duration};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::clock::Timestamp;

/// A moment in whole milliseconds since 1970-01-01T00:00:00Z, as every engine writes it.
///
/// An integer has no time zone to be read in. Arithmetic saturates.
///
/// ```
/// use core::time::Duration;
/// use cloakroom::store::StoreTime;
///
/// let noon = StoreTime::from_millis(1_790_000_000_000);
/// assert_eq!(noon.plus(Duration::from_secs(1)).as_millis(), 1_790_000_001_000);
/// assert!(StoreTime::now() > StoreTime::from_millis(0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreTime(i64);

impl StoreTime {
    /// The moment `millis` after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// What this machine's clock says. An engine with a clock of its own asks that instead.
    pub fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(millis(elapsed))
    }

    /// The moment `time` later.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(millis(time)))
    }

    /// The moment `time` earlier.
    #[must_use]
    pub fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(millis(time)))
    }

    /// The time from `earlier` to this moment; none if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl From<Timestamp> for StoreTime {
    fn from(time: Timestamp) -> Self {
        Self(i64::try_from(time.as_unix().saturating_mul(1000)).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for StoreTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}ms", self.0)
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_hold() {
        let end = StoreTime::from_millis(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(StoreTime::from(Timestamp::from_unix(u64::MAX)), end);
        assert_eq!(StoreTime::from_millis(i64::MIN).minus(Duration::MAX).as_millis(), i64::MIN);
        assert_eq!(StoreTime::from_millis(5).since(end), Duration::ZERO);
        assert_eq!(end.since(StoreTime::from_millis(-1)), Duration::from_millis(i64::MAX as u64));
    }
}

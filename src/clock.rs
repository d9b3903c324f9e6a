//! Time as an argument: seconds since 1970, and the one place that asks the system.

use core::fmt;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic saturates, so no date that a token or a key ring can carry makes it panic.
///
/// ```
/// use cloakroom::Timestamp;
///
/// let noon = Timestamp::from_unix(1_790_000_000);
/// assert_eq!(noon.plus(60).as_unix(), 1_790_000_060);
/// assert_eq!(noon.since(noon.plus(60)), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// The moment `seconds` later, at most the end of time.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The moment `seconds` earlier, at least the epoch.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this moment; 0 if it is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

/// Tells the time. Everything in this crate that depends on time takes it from one of these.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock, the default.
///
/// A clock before 1970 reads as 1970, at which every cookie is from the future: nobody is logged
/// in until the clock is right, and nothing opens that should not.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since_epoch.map_or(0, |elapsed| elapsed.as_secs()))
    }
}

/// A clock that stands still until it is told to move, for tests.
///
/// ```
/// use cloakroom::{Clock, FixedClock, Timestamp};
///
/// let clock = FixedClock::at(Timestamp::from_unix(1_790_000_000));
/// clock.advance(60);
/// assert_eq!(clock.now().as_unix(), 1_790_000_060);
/// ```
#[cfg(feature = "test-util")]
#[derive(Debug)]
pub struct FixedClock(core::sync::atomic::AtomicU64);

#[cfg(feature = "test-util")]
impl FixedClock {
    /// A clock that says `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(core::sync::atomic::AtomicU64::new(now.0))
    }

    /// Moves the clock to `now`.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, core::sync::atomic::Ordering::SeqCst);
    }

    /// Moves the clock forward by `seconds`.
    pub fn advance(&self, seconds: u64) {
        self.set(self.now().plus(seconds));
    }
}

#[cfg(feature = "test-util")]
impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(core::sync::atomic::Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for alloc::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

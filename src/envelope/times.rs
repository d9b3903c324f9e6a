//! Expiry under the seal: the policy, a session's own lifetimes, and the questions asked of them.
//!
//! Every function here is pure in `now`. The rules are those of section 5 of
//! [`wire_format`](crate::guide::wire_format).

use core::time::Duration;

use crate::{
    clock::Timestamp,
    error::{ConfigError, Rejection},
    limits::{ABSOLUTE_DEFAULT, IDLE_DEFAULT, MAX_AGE_MAX, RESEAL_MAX, SKEW},
};

/// How long sessions live, in whole seconds.
///
/// A session ends when nobody used it for the *idle* time, and in any case at the *absolute* time
/// after it began. A session may carry lifetimes of its own
/// ([`Session::set_idle`](crate::Session::set_idle)); the maxima bound those.
///
/// | field | default | limits |
/// |---|---|---|
/// | idle | 14 days | 1 second to 400 days |
/// | absolute | 30 days | 1 second to 400 days |
/// | maximum of either | 400 days | 1 second to 400 days |
///
/// ```
/// use core::time::Duration;
/// use cloakroom::Policy;
///
/// let policy = Policy::default().idle(Duration::from_secs(30 * 60));
/// assert!(policy.check().is_ok());
/// assert!(policy.idle(Duration::ZERO).check().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    idle: u64,
    max_idle: u64,
    absolute: u64,
    max_absolute: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle: IDLE_DEFAULT,
            max_idle: MAX_AGE_MAX,
            absolute: ABSOLUTE_DEFAULT,
            max_absolute: MAX_AGE_MAX,
        }
    }
}

impl Policy {
    /// The timeouts of NIST SP 800-63B-4 for AAL1: 30 days, used or not.
    pub fn aal1() -> Self {
        Self::strict(30 * DAY, 30 * DAY)
    }

    /// The timeouts of NIST SP 800-63B-4 for AAL2: 1 hour without use, 24 hours in all.
    pub fn aal2() -> Self {
        Self::strict(HOUR, DAY)
    }

    /// The timeouts of NIST SP 800-63B-4 for AAL3: 15 minutes without use, 12 hours in all.
    pub fn aal3() -> Self {
        Self::strict(HOUR / 4, 12 * HOUR)
    }

    /// Both timeouts, which no session's own lifetimes can exceed.
    fn strict(idle: u64, absolute: u64) -> Self {
        Self { idle, max_idle: idle, absolute, max_absolute: absolute }
    }

    /// Ends sessions that nobody used for `time`.
    #[must_use]
    pub const fn idle(self, time: Duration) -> Self {
        Self { idle: time.as_secs(), ..self }
    }

    /// Bounds the idle time that a session may set for itself.
    #[must_use]
    pub const fn max_idle(self, time: Duration) -> Self {
        Self { max_idle: time.as_secs(), ..self }
    }

    /// Ends sessions `time` after they began, however much they are used.
    #[must_use]
    pub const fn absolute(self, time: Duration) -> Self {
        Self { absolute: time.as_secs(), ..self }
    }

    /// Bounds the absolute time that a session may set for itself.
    #[must_use]
    pub const fn max_absolute(self, time: Duration) -> Self {
        Self { max_absolute: time.as_secs(), ..self }
    }

    /// Whether every lifetime lies within the limits.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Lifetime`].
    pub fn check(&self) -> Result<(), ConfigError> {
        for (name, seconds) in [
            ("idle timeout", self.idle),
            ("greatest idle timeout", self.max_idle),
            ("absolute timeout", self.absolute),
            ("greatest absolute timeout", self.max_absolute),
        ] {
            if !(1..=MAX_AGE_MAX).contains(&seconds) {
                return Err(ConfigError::Lifetime { name, problem: "must be 1 s to 400 days" });
            }
        }
        for (name, seconds, max) in [
            ("idle timeout", self.idle, self.max_idle),
            ("absolute timeout", self.absolute, self.max_absolute),
        ] {
            if seconds > max {
                return Err(ConfigError::Lifetime { name, problem: "exceeds its own maximum" });
            }
        }
        Ok(())
    }

    /// The greatest idle time that any session of this policy can have.
    pub(crate) fn longest_idle(&self) -> u64 {
        self.max_idle
    }
}

#[cfg(all(feature = "std", feature = "encrypted"))]
impl Policy {
    /// The greatest age that any session of this policy can reach, in seconds.
    pub(crate) fn longest_life(&self) -> u64 {
        self.max_absolute
    }
}

/// Lifetimes that one session carries, in seconds; 0 stands for the policy's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) life: u32,
    pub(crate) idle: u32,
}

impl Lifetimes {
    pub(crate) fn are_default(self) -> bool {
        self == Self::default()
    }
}

/// The three dates of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) created: Timestamp,
    pub(crate) issued: Timestamp,
    pub(crate) lifetimes: Lifetimes,
}

impl Times {
    /// The first second at which nobody's use keeps the session alive any more.
    pub(crate) fn absolute_end(&self, policy: &Policy) -> Timestamp {
        self.created.plus(own_or(self.lifetimes.life, policy.absolute).min(policy.max_absolute))
    }

    /// The first second at which the session has been left alone for too long.
    pub(crate) fn idle_end(&self, policy: &Policy) -> Timestamp {
        self.issued.plus(self.idle(policy))
    }

    /// The first second at which the session is over, if nobody uses it before.
    pub(crate) fn end(&self, policy: &Policy) -> Timestamp {
        self.absolute_end(policy).min(self.idle_end(policy))
    }

    /// `Max-Age` of a persistent cookie sent at `now`.
    pub(crate) fn max_age(&self, policy: &Policy, now: Timestamp) -> u64 {
        self.end(policy).since(now).min(MAX_AGE_MAX)
    }

    /// Whether a session in use has not been sealed for so long that it should be.
    pub(crate) fn due(&self, policy: &Policy, now: Timestamp) -> bool {
        let elapsed = now.since(self.issued);
        // Not `idle / 4`, which is nothing for an idle time of less than four seconds.
        elapsed.saturating_mul(4) >= self.idle(policy) || elapsed >= RESEAL_MAX
    }

    pub(crate) fn check_future(&self, now: Timestamp) -> Result<(), Rejection> {
        if self.issued > now.plus(SKEW) { Err(Rejection::Future) } else { Ok(()) }
    }

    pub(crate) fn check_expiry(&self, policy: &Policy, now: Timestamp) -> Result<(), Rejection> {
        if now >= self.absolute_end(policy) {
            Err(Rejection::ExpiredAbsolute)
        } else if now >= self.idle_end(policy) {
            Err(Rejection::ExpiredIdle)
        } else {
            Ok(())
        }
    }

    fn idle(&self, policy: &Policy) -> u64 {
        own_or(self.lifetimes.idle, policy.idle).min(policy.max_idle)
    }
}

fn own_or(own: u32, policy: u64) -> u64 {
    if own == 0 { policy } else { u64::from(own) }
}

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    fn times(created: u64, issued: u64, life: u32, idle: u32) -> Times {
        Times { created: at(created), issued: at(issued), lifetimes: Lifetimes { life, idle } }
    }

    #[test]
    fn no_session_idles_longer_than_the_greatest_idle_time() {
        let policy = Policy::default().idle(secs(5)).max_idle(secs(77));
        assert_eq!(policy.longest_idle(), 77);
        assert_eq!(policy.check(), Ok(()));
        assert!(Policy::default().idle(secs(78)).max_idle(secs(77)).check().is_err());
        assert!(Policy::default().absolute(secs(8)).max_absolute(secs(7)).check().is_err());
    }

    #[test]
    fn a_session_expires_in_the_second_its_idle_time_is_over_and_not_before() {
        let policy = Policy::default().idle(secs(100)).absolute(secs(1000));
        let session = times(5000, 5500, 0, 0);
        assert_eq!(session.check_expiry(&policy, at(5599)), Ok(()));
        assert_eq!(session.check_expiry(&policy, at(5600)), Err(Rejection::ExpiredIdle));
    }

    #[test]
    fn no_use_carries_a_session_beyond_its_absolute_time() {
        let policy = Policy::default().idle(secs(100)).absolute(secs(1000));
        let session = times(5000, 5990, 0, 0);
        assert_eq!(session.check_expiry(&policy, at(5999)), Ok(()));
        assert_eq!(session.check_expiry(&policy, at(6000)), Err(Rejection::ExpiredAbsolute));
        assert_eq!(session.max_age(&policy, at(5990)), 10);
    }

    #[test]
    fn a_sessions_own_lifetimes_count_up_to_the_policys_maxima() {
        let policy = Policy::default().max_idle(secs(200 * DAY)).max_absolute(secs(300 * DAY));
        assert_eq!(times(0, 0, 50, 20).end(&policy), at(20));
        assert_eq!(times(0, 0, 50, 0).end(&policy), at(50));
        assert_eq!(times(0, 0, u32::MAX, u32::MAX).end(&policy), at(200 * DAY));
        assert_eq!(times(0, 0, u32::MAX, u32::MAX).absolute_end(&policy), at(300 * DAY));
    }

    #[test]
    fn the_future_begins_one_second_after_the_skew() {
        assert_eq!(times(0, 1060, 0, 0).check_future(at(1000)), Ok(()));
        assert_eq!(times(0, 1061, 0, 0).check_future(at(1000)), Err(Rejection::Future));
    }

    #[test]
    fn a_session_is_due_after_a_quarter_of_its_idle_time_and_at_most_after_a_quarter_of_an_hour() {
        let short = Policy::default().idle(secs(100));
        assert!(!times(0, 1000, 0, 0).due(&short, at(1024)));
        assert!(times(0, 1000, 0, 0).due(&short, at(1025)));
        assert!(!times(0, 1000, 0, 3).due(&Policy::default(), at(1000)));
        assert!(times(0, 1000, 0, 3).due(&Policy::default(), at(1001)));
        assert!(!times(0, 1000, 0, 0).due(&Policy::default(), at(1899)));
        assert!(times(0, 1000, 0, 0).due(&Policy::default(), at(1900)));
    }

    #[test]
    fn no_date_makes_the_arithmetic_overflow() {
        let policy = Policy::default();
        for created in [0, crate::limits::CREATED_MAX, u64::MAX] {
            for now in [0, u64::MAX] {
                let session = times(created, created.saturating_add(9), u32::MAX, u32::MAX);
                let _ = session.check_future(at(now));
                let _ = session.check_expiry(&policy, at(now));
                assert!(session.max_age(&policy, at(now)) <= MAX_AGE_MAX);
            }
        }
    }

    #[test]
    fn the_presets_say_what_nist_says_and_no_session_can_exceed_them() {
        for (preset, idle, absolute) in [
            (Policy::aal1(), 2_592_000, 2_592_000),
            (Policy::aal2(), 3600, 86_400),
            (Policy::aal3(), 900, 12 * HOUR),
        ] {
            assert_eq!(preset.check(), Ok(()));
            let session = times(0, 0, u32::MAX, u32::MAX);
            assert_eq!(session.idle_end(&preset), at(idle));
            assert_eq!(session.absolute_end(&preset), at(absolute));
        }
    }

    #[test]
    fn a_policy_of_no_time_of_too_much_or_beyond_its_maximum_is_refused() {
        let policy = Policy::default();
        for wrong in [
            policy.idle(secs(0)),
            policy.absolute(secs(0)),
            policy.max_idle(secs(MAX_AGE_MAX + 1)),
            policy.max_absolute(secs(0)),
            policy.max_idle(secs(10)).idle(secs(11)),
            policy.max_absolute(secs(10)).absolute(secs(11)),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}

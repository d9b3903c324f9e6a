//! What an engine says of itself.

use core::time::Duration;

/// What an engine promises and what it cannot. The conformance suite holds it to every word.
///
/// [`new`](Self::new) is the strictest engine; each method takes a promise back.
///
/// ```
/// use cloakroom::store::StoreTraits;
///
/// let traits = StoreTraits::new("shelf").volatile().max_record(1 << 20);
/// assert!(!traits.durable && traits.max_record == Some(1_048_576));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreTraits {
    /// The engine's name in logs and errors, such as `redis`.
    pub engine: &'static str,
    /// How finely it tells time. A record dies at most twice this late, and never early.
    pub granularity: Duration,
    /// Whether records survive its restart.
    pub durable: bool,
    /// Whether [`rotate`](super::Store::rotate) is one step: if not, a crash in its middle ends the
    /// session.
    pub atomic_rotate: bool,
    /// Whether it may drop live records when it runs out of room.
    pub evicts: bool,
    /// Whether [`touch`](super::Store::touch) may set an earlier expiry.
    pub touch_may_shorten: bool,
    /// Whether it removes expired records by itself.
    pub expires_itself: bool,
    /// Bytes of the largest `data` that it takes; `None` for no limit of its own.
    pub max_record: Option<usize>,
}

impl StoreTraits {
    /// The strictest engine: durable, exact to the millisecond, without limits.
    pub const fn new(engine: &'static str) -> Self {
        Self {
            engine,
            granularity: Duration::from_millis(1),
            durable: true,
            atomic_rotate: true,
            evicts: false,
            touch_may_shorten: false,
            expires_itself: false,
            max_record: None,
        }
    }

    /// Tells time in steps of `granularity`.
    #[must_use]
    pub const fn granularity(self, granularity: Duration) -> Self {
        Self { granularity, ..self }
    }

    /// Loses its records when it restarts.
    #[must_use]
    pub const fn volatile(self) -> Self {
        Self { durable: false, ..self }
    }

    /// Moves a record in two steps.
    #[must_use]
    pub const fn rotates_in_steps(self) -> Self {
        Self { atomic_rotate: false, ..self }
    }

    /// May drop live records when it runs out of room.
    #[must_use]
    pub const fn evicts(self) -> Self {
        Self { evicts: true, ..self }
    }

    /// Touching may set an earlier expiry.
    #[must_use]
    pub const fn touch_may_shorten(self) -> Self {
        Self { touch_may_shorten: true, ..self }
    }

    /// Removes expired records by itself.
    #[must_use]
    pub const fn expires_itself(self) -> Self {
        Self { expires_itself: true, ..self }
    }

    /// Takes at most `bytes` of data in one record.
    #[must_use]
    pub const fn max_record(self, bytes: usize) -> Self {
        Self { max_record: Some(bytes), ..self }
    }
}

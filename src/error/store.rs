//! What a store of sessions can answer instead of a record.

use alloc::string::String;
use core::{error::Error, fmt};

/// Why a store could not be asked, or could not do what it was asked.
///
/// It is never "there is no such record", which is an answer. No variant carries a key or content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The engine could not be reached, or it failed.
    Unavailable {
        /// The engine, such as `redis`.
        engine: &'static str,
        /// What it said. Engines put no key and no content here.
        detail: String,
    },
    /// No answer within the deadline. Whether the call was carried out is not known.
    Timeout,
    /// Not asked: the last calls failed, and the engine is left alone for a moment.
    Resting,
    /// A record over the engine's limit, refused before it was written.
    TooLarge {
        /// Bytes of the record.
        needed: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// What lies under the key is not a record of this crate.
    Damaged {
        /// The engine.
        engine: &'static str,
    },
    /// The engine is not set up for this crate: a table is missing, a setting evicts sessions.
    Setup {
        /// The engine.
        engine: &'static str,
        /// What is wrong and what to do about it.
        problem: String,
    },
}

impl StoreError {
    /// The engine could not be reached, or it failed.
    ///
    /// # Security
    ///
    /// `detail` goes into logs. Leave out what the statement carried: keys, records, owners.
    pub fn unavailable(engine: &'static str, detail: impl Into<String>) -> Self {
        Self::Unavailable { engine, detail: detail.into() }
    }

    /// Whether the engine is at fault, rather than what it was asked. A circuit breaker counts these.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Timeout)
    }
}

/// Why a request's session could not be opened: its store did not answer.
///
/// It says nothing of the cookie, which stays as it is. The response should be empty, with
/// [`status`](Self::status) and a `Retry-After` of [`retry_after`](Self::retry_after).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(StoreError);

impl LoadError {
    pub(crate) const fn new(cause: StoreError) -> Self {
        Self(cause)
    }

    pub(super) fn into_cause(self) -> StoreError {
        self.0
    }

    /// What the store said.
    pub const fn cause(&self) -> &StoreError {
        &self.0
    }

    /// The status of the response: 503.
    pub const fn status(&self) -> u16 {
        503
    }

    /// Seconds after which the visitor may try again.
    pub const fn retry_after(&self) -> u32 {
        RETRY_AFTER
    }
}

/// Why a handler that asks for its session gets none.
///
/// It is what the extractors of the adapters reject with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionRejection {
    /// No layer, middleware, hoop or fairing of the session's data and marker types is mounted on the
    /// route, or the configuration leaves out the request. Status 500: the mistake is in the
    /// application.
    Missing,
    /// The session's store does not answer. Whatever the application makes of it, the response is an
    /// empty one of status 503, unless [`on_error`](crate::SessionConfig::on_error) keeps it.
    Unavailable(LoadError),
}

impl SessionRejection {
    /// The status of the response: 500 or 503.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing => 500,
            Self::Unavailable(error) => error.status(),
        }
    }
}

/// Seconds of `Retry-After` where a store failed.
pub(super) const RETRY_AFTER: u32 = 1;

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { engine, detail } => write!(f, "{engine}: {detail}"),
            Self::Timeout => f.write_str("the session store did not answer in time"),
            Self::Resting => f.write_str("the session store failed and is left alone for a moment"),
            Self::TooLarge { needed, limit } => {
                write!(f, "the record has {needed} bytes of at most {limit}")
            }
            Self::Damaged { engine } => write!(f, "{engine}: what is stored is not a record"),
            Self::Setup { engine, problem } => write!(f, "{engine}: {problem}"),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the session could not be opened: {}", self.0)
    }
}

impl fmt::Display for SessionRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no session layer of these types is mounted on the route"),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl From<LoadError> for SessionRejection {
    fn from(error: LoadError) -> Self {
        Self::Unavailable(error)
    }
}

impl Error for SessionRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Missing => None,
            Self::Unavailable(error) => Some(error),
        }
    }
}

impl Error for StoreError {}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;
    use crate::error::CommitError;

    #[test]
    fn an_error_of_a_store_reads_as_one_phrase_and_no_two_read_alike() {
        let all = [
            StoreError::unavailable("shelf", "it fell"),
            StoreError::Timeout,
            StoreError::Resting,
            StoreError::TooLarge { needed: 9, limit: 8 },
            StoreError::Damaged { engine: "shelf" },
            StoreError::Setup { engine: "shelf", problem: "too old".into() },
        ];
        let words: alloc::collections::BTreeSet<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), all.len());
        assert!(words.contains("shelf: it fell"));
        assert!(words.contains("the record has 9 bytes of at most 8"));
        let outages: alloc::vec::Vec<_> = all.iter().map(StoreError::is_outage).collect();
        assert_eq!(outages, [true, true, false, false, false, false]);
    }

    #[test]
    fn a_session_that_cannot_be_opened_is_503_and_says_what_the_store_said() {
        let load = LoadError::new(StoreError::Timeout);
        assert_eq!((load.status(), load.retry_after()), (503, 1));
        assert_eq!(load.cause(), &StoreError::Timeout);
        assert_eq!(load.source().map(ToString::to_string), Some(StoreError::Timeout.to_string()));
        assert_eq!(load.to_string(), format!("the session could not be opened: {}", load.cause()));

        let rejection = SessionRejection::from(load.clone());
        assert_eq!((rejection.status(), rejection.to_string()), (503, load.to_string()));
        assert_eq!(rejection.source().map(ToString::to_string), Some(load.to_string()));
        assert_eq!(CommitError::from(load), CommitError::Store(StoreError::Timeout));
    }

    #[test]
    fn a_route_without_a_layer_is_500() {
        let missing = SessionRejection::Missing;
        assert_eq!(missing.status(), 500);
        assert!(missing.source().is_none());
        assert!(missing.to_string().contains("no session layer"));
    }

    #[test]
    fn what_another_request_did_meanwhile_is_told_apart() {
        assert!(CommitError::Conflict.to_string().contains("changed"));
        assert!(CommitError::Ended.to_string().contains("ended"));
        let store = CommitError::from(StoreError::Resting);
        assert_eq!(store.to_string(), StoreError::Resting.to_string());
    }
}

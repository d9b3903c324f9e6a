//! Messages for the visitor's next page: shown once, whatever redirect lies between.
//!
//! They travel in a second sealed cookie beside the session's, named like it with `-flash` behind it:
//! an anonymous visitor can get one, it survives a login and a logout, and no store is asked. The cookie
//! is removed by the response that reads it, and its messages wait for an hour at most.
//!
//! ```
//! # use cloakroom::{Session, Values, CommitError};
//! use cloakroom::auth::flash::{self, Message};
//!
//! # fn pages(session: &Session<Values>) -> Result<(), Box<dyn std::error::Error>> {
//! // The handler that redirects:
//! flash::push(session, &Message::success("Your password was changed."))?;
//!
//! // The page that it redirects to:
//! for message in flash::take::<Message, _, _>(session)? {
//!     println!("<p class={}>{}</p>", message.level, message.text); // escape the text
//! }
//! # Ok(()) }
//! ```
//!
//! # Security
//!
//! A visitor can send an older cookie of messages again, and see them again. They are for the eye, and
//! prove nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::{
    body::SessionData,
    error::{CommitError, SessionError},
    session::Session,
};

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For those who build the site.
    Debug,
    /// Something to know.
    Info,
    /// It went well.
    Success,
    /// Something to look at.
    Warning,
    /// It did not go well.
    Error,
}

/// A message of a level and a text. Any other serde type can be one as well.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// How it is meant.
    pub level: Level,
    /// What it says. It is text, not HTML.
    pub text: String,
}

impl Message {
    /// A message.
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self { level, text: text.into() }
    }

    /// Something to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Level::Info, text)
    }

    /// It went well.
    pub fn success(text: impl Into<String>) -> Self {
        Self::new(Level::Success, text)
    }

    /// Something to look at.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, text)
    }

    /// It did not go well.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Level::Error, text)
    }
}

/// Adds a message, behind those that wait already.
///
/// # Errors
///
/// [`SessionError::ResponseSent`], and [`SealError::Encode`](crate::SealError) for over 100 messages, over
/// 2048 bytes of them, or one that has no encoding.
pub fn push<T: SessionData, K>(
    session: &Session<T, K>,
    message: &(impl Serialize + ?Sized),
) -> Result<(), CommitError> {
    let shared = session.shared();
    if shared.is_sent() {
        return Err(SessionError::ResponseSent.into());
    }
    Ok(shared.flash.push(&shared.engine, &shared.bind, message)?)
}

/// Takes all messages that wait, in their order. The response removes their cookie.
///
/// One that is not an `M` is dropped: it was written by another deployment.
///
/// # Errors
///
/// [`SessionError::ResponseSent`]: they would be shown again.
pub fn take<M: DeserializeOwned, T: SessionData, K>(
    session: &Session<T, K>,
) -> Result<Vec<M>, SessionError> {
    let shared = session.shared();
    if shared.is_sent() {
        return Err(SessionError::ResponseSent);
    }
    let taken = shared.flash.take(&shared.engine, &shared.bind);
    let read = |key: &str| taken.get(key).ok().flatten();
    Ok(taken.keys().filter_map(read).collect())
}

impl Level {
    /// In lower case, such as `success`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Success, Self::Warning, Self::Error];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not what it says.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("level", &self.level).finish_non_exhaustive()
    }
}

/// As a pair of the level's number and the text.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = Level::ALL.iter().position(|level| *level == self.level).unwrap_or_default();
        (number, &self.text).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, text): (usize, String) = Deserialize::deserialize(deserializer)?;
        let level = Level::ALL.get(number).copied();
        let level = level.ok_or_else(|| serde::de::Error::custom("no such level"))?;
        Ok(Self { level, text })
    }
}

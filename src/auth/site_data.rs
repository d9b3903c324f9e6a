//! What a browser is asked to drop beside the session's cookie.

use core::sync::atomic::Ordering;

use crate::{body::SessionData, error::SessionError, session::Session};

/// A kind of data that a browser keeps for a site: a directive of `Clear-Site-Data` (W3C Clear Site Data,
/// section 3.1).
///
/// Each has its price, and none is needed for the session's own cookie, which a logout removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SiteData {
    /// What scripts have stored: local and session storage, databases, service workers. Of this origin alone.
    Storage,
    /// All cookies, also those of other applications on any host of the registered domain, and those of this
    /// very response: a [flash](super::flash) message for the next page is lost.
    Cookies,
    /// The browser's cache of this origin. Chromium may need seconds for it, in which the page stands still
    /// (<https://crbug.com/40233601>). Responses of a session are `private` or `no-store` without it.
    Cache,
}

/// Asks the browser to drop data of this site along with the response: the header `Clear-Site-Data`. Default:
/// it is not sent.
///
/// Call it beside a logout, where pages keep something of their user in the browser. Kinds add up over several
/// calls. It goes with the response of this request if its session is saved, and not with the error that
/// takes its place, so that nothing is dropped by a logout that failed.
///
/// ```
/// use cloakroom::{CommitError, Session, Values, auth::{self, SiteData}};
///
/// async fn log_out(session: Session<Values>) -> Result<(), CommitError> {
///     auth::logout(&session).await?;
///     auth::clear_site_data(&session, &[SiteData::Storage])?;
///     Ok(())
/// }
/// ```
///
/// # Security
///
/// It is a request to a browser that complies: those since 2023 do, over HTTPS and on `localhost`. It ends no
/// session, and a copy of the cookie is not touched by it.
///
/// # Errors
///
/// [`SessionError::ResponseSent`].
pub fn clear_site_data<T: SessionData, K>(
    session: &Session<T, K>,
    what: &[SiteData],
) -> Result<(), SessionError> {
    let shared = session.shared();
    if shared.is_sent() {
        return Err(SessionError::ResponseSent);
    }
    let bits = what.iter().fold(0, |bits, kind| bits | kind.bit());
    shared.clears.fetch_or(bits, Ordering::Relaxed);
    Ok(())
}

impl SiteData {
    const fn bit(self) -> u8 {
        match self {
            Self::Storage => 1,
            Self::Cookies => 2,
            Self::Cache => 4,
        }
    }
}

/// The value of the header for these bits; `None` without any.
pub(crate) const fn line(bits: u8) -> Option<&'static str> {
    Some(match bits {
        1 => r#""storage""#,
        2 => r#""cookies""#,
        3 => r#""cookies", "storage""#,
        4 => r#""cache""#,
        5 => r#""cache", "storage""#,
        6 => r#""cache", "cookies""#,
        7 => r#""cache", "cookies", "storage""#,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_set_of_kinds_has_its_line() {
        let kinds = [
            (SiteData::Cache, "\"cache\""),
            (SiteData::Cookies, "\"cookies\""),
            (SiteData::Storage, "\"storage\""),
        ];
        for bits in 0..8 {
            let chosen = kinds.iter().filter(|(kind, _)| bits & kind.bit() != 0);
            let words: Vec<_> = chosen.map(|(_, word)| *word).collect();
            let wanted = (bits != 0).then(|| words.join(", "));
            assert_eq!(line(bits), wanted.as_deref());
        }
        assert_eq!(line(8), None);
    }
}

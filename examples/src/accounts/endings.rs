//! Sessions that end before they expire.

use cloakroom::auth;
use cloakroom::{CommitError, Session};

use super::Site;
use super::settings::Level;
use super::users::User;
use super::visitor::Visitor;

impl Site {
    /// Ends this session, and with it what the browser keeps of the site, as far as that is set.
    pub(super) async fn end_this(&self, session: &Session<Visitor>) -> Result<(), CommitError> {
        auth::logout(session).await?;
        auth::clear_site_data(session, &self.clear)?;
        Ok(())
    }

    /// Ends all sessions of the user but this one, which goes on under a new id and with the new stamp.
    ///
    /// The stamp ends the others at every level. From S2 on they are ended by themselves too, so that a
    /// list of devices shows none of them.
    pub(super) async fn end_others(
        &self,
        user: &User,
        session: &Session<Visitor>,
        stamp: &[u8],
    ) -> Result<(), CommitError> {
        auth::keep_after_change(session, stamp).await?;
        if self.level > Level::S1 {
            auth::logout_everywhere(&self.sessions, user.subject(), Some(session)).await?;
        }
        Ok(())
    }

    /// Ends all sessions of the user, this one among them. At S1 the stamp has to be another by then.
    pub(super) async fn end_all(
        &self,
        user: &User,
        session: &Session<Visitor>,
    ) -> Result<(), CommitError> {
        if self.level > Level::S1 {
            auth::logout_everywhere(&self.sessions, user.subject(), None).await?;
        }
        self.end_this(session).await
    }
}

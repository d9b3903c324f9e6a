//! The users of the site, as logins need them.

use std::fmt;
use std::path::Path;

use cloakroom::auth::{Attempt, Authenticator};

use super::passwords::{PasswordError, Passwords};
use super::table::Table;

/// A user.
#[derive(Clone)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
    /// When the account was made, in Unix seconds.
    pub(super) joined: u64,
    /// Random bytes that change with the password.
    pub(super) stamp: Vec<u8>,
    pub(super) note: String,
    /// The hash of the password.
    pub(super) password: String,
}

/// What somebody says to log in.
pub(super) struct Credentials {
    pub(super) name: String,
    pub(super) password: String,
}

/// The users.
#[derive(Debug)]
pub(super) struct Users {
    table: Table,
    passwords: Passwords,
}

/// Why the users could not be asked.
#[derive(Debug)]
pub(super) enum UsersError {
    Table(rusqlite::Error),
    Password(PasswordError),
    /// The operating system gives no random bytes.
    Random(getrandom::Error),
    /// The thread that asked is gone.
    Thread,
    /// Somebody else has changed the credential of the user meanwhile, or deleted the user.
    Outdated,
}

impl Users {
    pub(super) fn open(
        path: Option<&Path>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self { table: Table::open(path)?, passwords: Passwords::new()? })
    }

    /// A new account; `None` if the name is taken.
    pub(super) async fn create(&self, form: &Credentials) -> Result<Option<User>, UsersError> {
        let hash = self.passwords.hash(&form.password).await?;
        self.table.create(form.name.clone(), hash, stamp()?).await
    }

    /// Whether it is the user's password.
    pub(super) async fn is_right(&self, user: &User, password: &str) -> Result<bool, UsersError> {
        Ok(self.passwords.is_right(password, Some(&user.password)).await?)
    }

    /// Another password; gives its stamp, by which logins with the old one are known.
    pub(super) async fn set_password(
        &self,
        user: &User,
        password: &str,
    ) -> Result<Vec<u8>, UsersError> {
        let (hash, stamp) = (self.passwords.hash(password).await?, stamp()?);
        self.table.set_password(user, hash, stamp.clone()).await?;
        Ok(stamp)
    }

    /// Another stamp: every login of before has ended.
    pub(super) async fn set_stamp(&self, user: &User) -> Result<Vec<u8>, UsersError> {
        let stamp = stamp()?;
        self.table.set_stamp(user, stamp.clone()).await?;
        Ok(stamp)
    }

    pub(super) async fn set_note(&self, user: &User, note: &str) -> Result<(), UsersError> {
        self.table.set_note(user, note.to_owned()).await
    }

    pub(super) async fn delete(&self, user: &User) -> Result<(), UsersError> {
        self.table.delete(user).await
    }
}

impl Authenticator for Users {
    type Credentials = Credentials;
    type User = User;
    type Error = UsersError;

    async fn authenticate(&self, form: &Credentials) -> Result<Attempt<User>, UsersError> {
        let user = self.table.named(form.name.clone()).await?;
        let known = user.as_ref().map(|user| user.password.as_str());
        let right = self.passwords.is_right(&form.password, known).await?;
        Ok(user.filter(|_| right).map_or(Attempt::Refused, Attempt::Accepted))
    }

    async fn user(&self, subject: &[u8]) -> Result<Option<User>, UsersError> {
        let id = std::str::from_utf8(subject).ok().and_then(|text| text.parse().ok());
        match id {
            Some(id) => self.table.numbered(id).await,
            None => Ok(None),
        }
    }

    fn subject(&self, user: &User) -> Vec<u8> {
        user.subject()
    }

    fn stamp(&self, user: &User) -> Option<Vec<u8>> {
        Some(user.stamp.clone())
    }
}

impl User {
    /// By what sessions know the user: a number that is never given again.
    pub(super) fn subject(&self) -> Vec<u8> {
        self.id.to_string().into_bytes()
    }
}

fn stamp() -> Result<Vec<u8>, UsersError> {
    let mut stamp = vec![0; 16];
    getrandom::fill(&mut stamp).map_err(UsersError::Random)?;
    Ok(stamp)
}

impl From<rusqlite::Error> for UsersError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Table(error)
    }
}

impl From<PasswordError> for UsersError {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}

impl fmt::Display for UsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => error.fmt(f),
            Self::Password(error) => error.fmt(f),
            Self::Random(error) => error.fmt(f),
            Self::Thread => f.write_str("the thread that asked is gone"),
            Self::Outdated => f.write_str("the user's credential changed meanwhile"),
        }
    }
}

impl std::error::Error for UsersError {}

/// Neither the hash nor the note.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

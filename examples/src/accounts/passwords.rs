//! Passwords: Argon2id, in threads for work that blocks, and as slow for a name that nobody has.

use std::fmt;
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// How many are hashed at a time: each takes 19 MiB.
const AT_ONCE: usize = 4;

/// What hashes and compares passwords.
pub(super) struct Passwords {
    /// The hash of no password, for a name that nobody has.
    nobodys: Arc<str>,
    turns: Semaphore,
}

/// Why a password could not be hashed.
#[derive(Debug)]
pub(super) enum PasswordError {
    /// The library says so.
    Hash(password_hash::Error),
    /// The thread is gone.
    Thread,
}

impl Passwords {
    pub(super) fn new() -> Result<Self, PasswordError> {
        Ok(Self { nobodys: hash("nobody's")?.into(), turns: Semaphore::new(AT_ONCE) })
    }

    /// The hash of a new password, with its salt and parameters.
    pub(super) async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password = password.to_owned();
        self.in_thread(move || hash(&password)).await
    }

    /// Whether `password` is that of `known`. Without one it takes as long, and is not.
    pub(super) async fn is_right(
        &self,
        password: &str,
        known: Option<&str>,
    ) -> Result<bool, PasswordError> {
        let (password, exists) = (password.to_owned(), known.is_some());
        let known: Arc<str> = known.map_or_else(|| Arc::clone(&self.nobodys), Arc::from);
        let right = self.in_thread(move || {
            match Argon2::default().verify_password(password.as_bytes(), &*known) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(PasswordError::Hash(error)),
            }
        });
        Ok(right.await? && exists)
    }

    async fn in_thread<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, PasswordError> + Send + 'static,
    ) -> Result<R, PasswordError> {
        let _turn = self.turns.acquire().await.map_err(|_| PasswordError::Thread)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Thread)?
    }
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(PasswordError::Hash)
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(..)")
    }
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(error) => error.fmt(f),
            Self::Thread => f.write_str("the thread that hashes is gone"),
        }
    }
}

impl std::error::Error for PasswordError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash_alone() {
        let passwords = Passwords::new().expect("random bytes");
        let known = passwords.hash("correct horse").await.expect("a hash");
        assert!(known.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{known}");
        let right =
            async |password, known| passwords.is_right(password, known).await.expect("an answer");
        assert!(right("correct horse", Some(&known)).await);
        assert!(!right("correct hors", Some(&known)).await);
        assert!(!right("nobody's", None).await, "the hash for nobody lets nobody in");
    }
}

//! An authority without its type.

use alloc::{boxed::Box, sync::Arc};
use core::fmt;

use super::{Cursor, Feed, Revocations, SidHash, Verdict};
use crate::{clock::Timestamp, error::StoreError, session::handle::Call};

/// An authority whose type does not show, such as one chosen by a setting at run time. A cheap clone.
#[derive(Clone)]
pub struct AnyRevocations(Arc<dyn Dyn>);

/// [`Revocations`] with its futures boxed.
trait Dyn: Send + Sync {
    fn revoke<'c>(
        &'c self,
        session: &'c SidHash,
        until: Timestamp,
    ) -> Call<'c, Result<(), StoreError>>;
    fn bump<'c>(&'c self, subject: &'c [u8]) -> Call<'c, Result<u32, StoreError>>;
    fn check<'c>(
        &'c self,
        session: &'c SidHash,
        subject: Option<&'c [u8]>,
    ) -> Call<'c, Result<Verdict, StoreError>>;
    fn since(&self, cursor: Option<Cursor>) -> Call<'_, Result<Feed, StoreError>>;
}

impl<R: Revocations> Dyn for R {
    fn revoke<'c>(
        &'c self,
        session: &'c SidHash,
        until: Timestamp,
    ) -> Call<'c, Result<(), StoreError>> {
        Box::pin(Revocations::revoke(self, session, until))
    }

    fn bump<'c>(&'c self, subject: &'c [u8]) -> Call<'c, Result<u32, StoreError>> {
        Box::pin(Revocations::bump(self, subject))
    }

    fn check<'c>(
        &'c self,
        session: &'c SidHash,
        subject: Option<&'c [u8]>,
    ) -> Call<'c, Result<Verdict, StoreError>> {
        Box::pin(Revocations::check(self, session, subject))
    }

    fn since(&self, cursor: Option<Cursor>) -> Call<'_, Result<Feed, StoreError>> {
        Box::pin(Revocations::since(self, cursor))
    }
}

impl AnyRevocations {
    /// Hides the type of `authority`.
    pub fn new(authority: impl Revocations) -> Self {
        Self(Arc::new(authority))
    }
}

impl Revocations for AnyRevocations {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        self.0.revoke(session, until).await
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        self.0.bump(subject).await
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        self.0.check(session, subject).await
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        self.0.since(cursor).await
    }
}

/// An authority that several own is one.
impl<R: Revocations> Revocations for Arc<R> {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        R::revoke(self, session, until).await
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        R::bump(self, subject).await
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        R::check(self, session, subject).await
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        R::since(self, cursor).await
    }
}

impl fmt::Debug for AnyRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyRevocations(..)")
    }
}

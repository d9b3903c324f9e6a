//! Two requests changed one session: what both of them did, if that can be said.

use super::Backing;
use crate::{
    body::{self, Buffer, Kind, SessionData},
    envelope::{Claims, payload::Header},
    error::CommitError,
    session::engine::Engine,
};

/// A session as one request has it.
#[derive(Clone)]
pub(super) struct Copy {
    pub(super) header: Header,
    pub(super) body: Buffer,
}

/// `mine` over `theirs`, where both began with `base`.
///
/// What one side alone changed is taken from it. Two changes are two even if they came to the same: two
/// visits that are counted as one are a lost update. Of a map, the keys that `mine` changed or removed are
/// put over `theirs`; of another type, the hook decides.
///
/// # Errors
///
/// [`CommitError::Conflict`], where both changed the same thing.
pub(super) fn merge<T: SessionData>(
    backing: &Backing<T>,
    engine: &Engine,
    base: &Copy,
    mine: &Copy,
    theirs: &Copy,
) -> Result<Copy, CommitError> {
    // As this deployment writes them, since another may have written them in an older way.
    let read = |copy: &Copy| {
        let value: Result<T, _> = body::decode(copy.header.kind, &copy.body);
        value.map_err(|_| CommitError::Conflict)
    };
    let encoded = |value: &T| body::encode(value, engine.held_version);
    let theirs_value = read(theirs)?;
    let theirs_body = encoded(&theirs_value)?;
    let body = if mine.body == base.body {
        theirs_body
    } else if theirs_body == base.body {
        mine.body.clone()
    } else {
        let (base_value, mine_value) = (read(base)?, read(mine)?);
        let merged = match &backing.merge {
            Some(merge) => merge(base_value, mine_value, theirs_value),
            None => body::merged(&base_value, &mine_value, theirs_value),
        };
        encoded(&merged.ok_or(CommitError::Conflict)?)?
    };
    let header = merged_header(&base.header, &mine.header, &theirs.header)?;
    Ok(Copy { header: Header { kind: body::kind_of::<T>(), ..header }, body })
}

fn merged_header(base: &Header, mine: &Header, theirs: &Header) -> Result<Header, CommitError> {
    debug_assert!(theirs.kind != Kind::Stored, "a mark is no session");
    let mut header = mine.clone();
    let lifetimes = |header: &Header| header.times.lifetimes;
    // When it was last checked is nobody's change.
    let checked_at = mine.claims.checked_at.max(theirs.claims.checked_at);
    let claims = |header: &Header| Claims { checked_at, ..header.claims.clone() };
    header.claims = pick(&claims(base), &claims(mine), &claims(theirs))?.clone();
    header.times.lifetimes = *pick(&lifetimes(base), &lifetimes(mine), &lifetimes(theirs))?;
    header.browser = *pick(&base.browser, &mine.browser, &theirs.browser)?;
    Ok(header)
}

/// The one that changed.
fn pick<'v, V: PartialEq>(base: &V, mine: &'v V, theirs: &'v V) -> Result<&'v V, CommitError> {
    if mine == base || mine == theirs {
        Ok(theirs)
    } else if theirs == base {
        Ok(mine)
    } else {
        Err(CommitError::Conflict)
    }
}

//! From `Cookie` headers to at most one session.

use alloc::{boxed::Box, vec::Vec};
use core::future::Future;

use crate::{
    body::SessionData,
    clock::Timestamp,
    codec::{Codec, Opened},
    cookie::{Candidates, candidates},
    error::{OpenError, StoreError},
    session::{Event, RequestHeaders, engine::Engine, frame::Arrival},
};

/// From a cookie that opened to the session it stands for.
pub(super) trait Resolve<T>: Sync {
    /// The data of `opened`, or why there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if that cannot be found out.
    fn resolve(
        &self,
        opened: Opened,
    ) -> impl Future<Output = Result<Resolved<T>, StoreError>> + Send;
}

/// In a box, since it is handed from future to future.
pub(super) type Resolved<T> = Result<Box<(Opened, T)>, OpenError>;

/// Cookie sessions: the data is in the cookie.
pub(super) struct InCookie;

impl<T: SessionData> Resolve<T> for InCookie {
    async fn resolve(&self, opened: Opened) -> Result<Resolved<T>, StoreError> {
        Ok(opened.decode().map(|data| Box::new((opened, data))))
    }
}

/// What the cookies of these headers come to.
///
/// # Errors
///
/// Those of the `resolver`.
pub(super) async fn arrival<T: SessionData, R: Resolve<T>>(
    engine: &Engine,
    request: &dyn RequestHeaders,
    bind: &[u8],
    resolver: &R,
    #[cfg(feature = "auth")] guard: Option<&super::Guard>,
) -> Result<Arrival<T>, StoreError> {
    let now = engine.now();
    let mut headers = Vec::new();
    request.visit("cookie", &mut |value| headers.push(value));
    let name = engine.attributes.name();
    let ours = candidates(headers.iter().copied(), name);
    if headers.is_empty() {
        return Ok(Arrival::default());
    }

    let codec = engine.codec(now);
    let door = Door {
        engine,
        codec: &codec,
        bind,
        now,
        resolver,
        #[cfg(feature = "auth")]
        guard,
        #[cfg(feature = "auth")]
        marks: Marks::default(),
    };
    let mut verdict = door.try_all(name, &ours).await?;
    let others: Vec<_> = engine
        .other_names
        .iter()
        .enumerate()
        .filter(|(_, also)| codec.other_names(now).any(|name| name == also.name()))
        .map(|(nth, also)| (nth, also.name(), candidates(headers.iter().copied(), also.name())))
        .filter(|(.., cookies)| cookies.carried())
        .collect();
    let mut other_name = 0..0;
    if verdict.session.is_none() && !verdict.ambiguous {
        // Looked at only when no cookie of our own name opens.
        for (nth, name, cookies) in &others {
            let found = door.try_all(name, cookies).await?;
            if found.session.is_some() {
                (verdict.session, other_name) = (found.session, *nth..nth.saturating_add(1));
                break;
            }
        }
    }
    #[cfg_attr(not(feature = "import"), allow(unused_mut))]
    let mut carried: Vec<_> = others.into_iter().map(|(nth, ..)| nth).collect();
    #[cfg_attr(not(feature = "import"), allow(unused_mut))]
    let mut imported = None;
    #[cfg(feature = "import")]
    if let Some(foreign) = super::import::Arrived::find(engine, &headers, now) {
        carried.extend(foreign.names.clone());
        if verdict.session.is_none() && !ours.carried() {
            imported = foreign.take_over(engine, &codec);
            if imported.is_some() && foreign.goes() {
                other_name = foreign.names;
            }
        }
    }
    Ok(Arrival {
        imported,
        carried: ours.carried(),
        stale: verdict.all_over && verdict.session.is_none() && engine.remove_expired,
        ambiguous: verdict.ambiguous,
        session: verdict.session,
        other_name,
        others: carried,
        #[cfg(feature = "auth")]
        flash: {
            let found = candidates(headers.iter().copied(), engine.flash.name());
            found.values().iter().map(|value| value.to_vec()).collect()
        },
        #[cfg(feature = "auth")]
        blind: door.marks.blind.into_inner(),
        #[cfg(feature = "auth")]
        rechecked: door.marks.rechecked.into_inner(),
    })
}

/// What it takes to open the cookies of a request.
struct Door<'d, R> {
    engine: &'d Engine,
    codec: &'d Codec,
    bind: &'d [u8],
    now: Timestamp,
    resolver: &'d R,
    #[cfg(feature = "auth")]
    guard: Option<&'d super::Guard>,
    #[cfg(feature = "auth")]
    marks: Marks,
}

/// What the guard said of any of the cookies.
#[cfg(feature = "auth")]
#[derive(Default)]
struct Marks {
    blind: core::sync::atomic::AtomicBool,
    rechecked: core::sync::atomic::AtomicBool,
}

/// What the cookies of one name come to.
struct Verdict<T> {
    session: Option<Box<(Opened, T)>>,
    ambiguous: bool,
    /// There was one, and each was refused for a reason that time does not mend.
    all_over: bool,
}

impl<R> Door<'_, R> {
    /// One valid cookie wins; of several of one session, the newest; of several sessions, none.
    async fn try_all<T: SessionData>(
        &self,
        name: &str,
        cookies: &Candidates<'_>,
    ) -> Result<Verdict<T>, StoreError>
    where
        R: Resolve<T>,
    {
        let mut best: Option<Box<(Opened, T)>> = None;
        let (mut ambiguous, mut all_over) = (false, cookies.carried());
        for value in cookies.values() {
            match self.open(name, value).await? {
                Err(error) => all_over &= error.reason().removes(),
                Ok(found) => match best.as_ref().map(|best| &best.0) {
                    Some(other) if other.header.sid != found.0.header.sid => ambiguous = true,
                    Some(other) if other.issued() >= found.0.issued() => {}
                    _ => best = Some(found),
                },
            }
        }
        if ambiguous {
            self.engine.emit(self.codec, &Event::Ambiguous);
            best = None;
        }
        Ok(Verdict { session: best, ambiguous, all_over: all_over && !ambiguous })
    }

    async fn open<T: SessionData>(
        &self,
        name: &str,
        value: &[u8],
    ) -> Result<Resolved<T>, StoreError>
    where
        R: Resolve<T>,
    {
        let found = match self.codec.open_named(name, value, self.bind, self.now) {
            Ok(opened) => self.resolver.resolve(opened).await?,
            Err(error) => Err(error),
        };
        #[cfg(feature = "auth")]
        let found = match (found, self.guard) {
            (Ok(mut found), Some(guard)) => {
                use core::sync::atomic::Ordering::Relaxed;
                let judged = guard.judge(self.engine, self.codec, &mut found.0, self.now).await?;
                judged.map(|judged| {
                    self.marks.blind.fetch_or(judged.blind, Relaxed);
                    self.marks.rechecked.fetch_or(judged.rechecked, Relaxed);
                    found
                })
            }
            (found, _) => found,
        };
        match &found {
            Ok(found) => {
                self.engine.emit(self.codec, &Event::Opened { kid: found.0.kid() });
            }
            Err(error) => {
                let (reason, kid) = (error.reason(), error.kid());
                self.engine.emit(self.codec, &Event::Rejected { reason, kid });
            }
        }
        Ok(found)
    }
}

//! The bridge: from a request's headers to a session, and from a session to a response's headers.
//!
//! It knows no framework. An adapter mounts a [`SessionSlot`] in the request, hands the session to
//! the handler when it asks for it, and commits when the response's head is ready.

mod commit;
#[cfg(feature = "auth")]
mod devices;
#[cfg(feature = "auth")]
mod guard;
#[cfg(feature = "import")]
mod import;
mod load;
mod slot;
#[cfg(all(feature = "std", feature = "encrypted"))]
mod stored;
#[cfg(feature = "auth")]
mod warden;

use alloc::{sync::Arc, vec::Vec};
#[cfg(feature = "auth")]
use core::sync::atomic::Ordering;
use core::{fmt, marker::PhantomData};

#[cfg(feature = "auth")]
pub use guard::Guard;
pub use slot::SessionSlot;
#[cfg(all(feature = "std", feature = "encrypted"))]
pub use stored::Backing;

#[cfg(feature = "auth")]
use crate::auth::site_data_line;
use crate::{
    body::{self, SessionData},
    error::{CommitError, ConfigError, LoadError, StoreError},
    keys::Ring,
    session::{
        Counters, Event, Failure, RequestHeaders, RequestParts, Session, SessionConfig,
        engine::{Engine, Place},
        frame::Arrival,
        handle::Commit,
        state::{Headers, Shared},
    },
};

/// Opens and saves the sessions of one cookie.
///
/// It is a cheap clone; all clones share the key ring, the counters and the clock. `T` is the type
/// of the data, `K` a marker that tells several managers of one application apart.
///
/// Without a framework, two calls do all the work:
///
/// ```
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// use cloakroom::{Key, KeyRing, RequestParts, SessionConfig, SessionManager, Values};
///
/// let sessions = SessionManager::<Values>::new(
///     SessionConfig::new(KeyRing::new(Key::generate()?), "shop"))?;
///
/// // The first request brings no cookie and leaves with one.
/// let session = block_on(sessions.load(&RequestParts::new("POST", "/visit", &[])))?;
/// session.update(|data| data.insert("views", &1))??;
/// let headers = block_on(sessions.commit(&session, 200))?;
/// let line = headers.set_cookies[0].as_str();
/// assert!(line.starts_with("__Host-session=E"));
///
/// // The second brings it back.
/// let cookie = line.split(';').next().unwrap();
/// let headers = [("cookie", cookie.as_bytes())];
/// let session = block_on(sessions.load(&RequestParts::new("GET", "/", &headers)))?;
/// assert_eq!(session.read(|data| data.get::<u32>("views"))??, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionManager<T: SessionData, K = ()> {
    engine: Arc<Engine>,
    #[cfg(feature = "encrypted")]
    backing: Option<Arc<Backing<T>>>,
    committer: Arc<dyn Commit<T>>,
    #[cfg(feature = "auth")]
    guard: Option<Guard>,
    #[cfg(feature = "auth")]
    users: Option<Arc<dyn crate::auth::Users<T, K>>>,
    marker: PhantomData<fn() -> (T, K)>,
}

impl<T: SessionData, K> SessionManager<T, K> {
    /// Checks `config` as a whole and derives the keys.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], for anything in it that cannot work.
    pub fn new(config: SessionConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            engine: Self::engine(config, Place::Cookies)?,
            #[cfg(feature = "encrypted")]
            backing: None,
            committer: Arc::new(commit::Committer),
            #[cfg(feature = "auth")]
            guard: None,
            #[cfg(feature = "auth")]
            users: None,
            marker: PhantomData,
        })
    }

    /// The same with sessions in a store: the cookie carries the session's id and times, the store a
    /// sealed record of everything else.
    ///
    /// `backing` is a [`Store`](crate::store::Store), or a [`Backing`] that says how to use one.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`ConfigError::VolatileStore`].
    #[cfg(feature = "encrypted")]
    pub fn with_store(
        config: SessionConfig,
        backing: impl Into<Backing<T>>,
    ) -> Result<Self, ConfigError> {
        let backing = backing.into();
        backing.check()?;
        let engine = Self::engine(config, backing.place())?;
        Ok(Self {
            engine,
            backing: Some(Arc::new(backing)),
            committer: Arc::new(commit::Committer),
            #[cfg(feature = "auth")]
            guard: None,
            #[cfg(feature = "auth")]
            users: None,
            marker: PhantomData,
        })
    }

    fn engine(config: SessionConfig, place: Place) -> Result<Arc<Engine>, ConfigError> {
        if let Some(version) = config.held_version.filter(|&held| !body::can_hold::<T>(held)) {
            return Err(ConfigError::HeldVersion { version });
        }
        #[cfg(feature = "import")]
        if let Some(import) = &config.import {
            import.makes::<T>()?;
        }
        Ok(Arc::new(Engine::new(config, place)?))
    }

    /// Opens the session that a request's cookies hold, or a fresh one.
    ///
    /// A cookie that does not open is never an error and never a different response: it is counted,
    /// told to the hook, and the session is anonymous.
    ///
    /// # Errors
    ///
    /// [`LoadError`], if the session's store does not answer. The response should be an empty one of
    /// the error's status; the visitor keeps the cookie. Without a store there is no error.
    pub async fn load(&self, request: &RequestParts<'_>) -> Result<Session<T, K>, LoadError> {
        self.open(self.bind(request), self.is_public(request), request.headers()).await
    }

    /// A place in `request` for a session that may never be asked for; `None` where the configuration
    /// leaves the request without a session.
    pub fn slot(&self, request: &RequestParts<'_>) -> Option<SessionSlot<T, K>> {
        let slot = || SessionSlot::new(self.clone(), self.bind(request), self.is_public(request));
        (!self.skips(request)).then(slot)
    }

    #[cfg(feature = "encrypted")]
    async fn open_stored(
        &self,
        backing: &Arc<Backing<T>>,
        bind: Vec<u8>,
        public: bool,
        headers: &dyn RequestHeaders,
    ) -> Result<Session<T, K>, LoadError> {
        let records = stored::Records::new(&self.engine, backing);
        let arrived = load::arrival(
            &self.engine,
            headers,
            &bind,
            &records,
            #[cfg(feature = "auth")]
            self.guard.as_ref(),
        );
        let (arrival, state) = match arrived.await {
            Ok(arrival) => {
                let sid = arrival.session.as_ref().map(|session| session.0.header.sid);
                let state = records.state_of(sid);
                #[cfg(feature = "auth")]
                let state = if arrival.rechecked { state.due() } else { state };
                (arrival, state)
            }
            Err(error) if public => {
                let state = stored::State::Unknown(error.clone());
                self.not_loaded(error);
                (Arrival::default(), state)
            }
            Err(error) => return Err(self.not_loaded(error)),
        };
        let keeper = Arc::new(stored::Keeper::new(Arc::clone(backing), state));
        #[cfg(feature = "auth")]
        let keeper = self.warded(keeper);
        Ok(self.session(bind, arrival, keeper))
    }

    /// Tells of a session that could not be opened.
    fn not_loaded(&self, error: StoreError) -> LoadError {
        let codec = self.engine.codec(self.engine.now());
        self.engine.emit(&codec, &Event::StoreFailed { error: &error });
        LoadError::new(error)
    }

    /// A session that came with no cookie and no request, so it is bound to nothing: where
    /// [`bind`](SessionConfig::bind) is configured, use [`load`](Self::load).
    pub fn anonymous(&self) -> Session<T, K> {
        let committer = Arc::clone(&self.committer);
        #[cfg(feature = "encrypted")]
        let committer = match &self.backing {
            None => committer,
            Some(backing) => {
                let backing = Arc::clone(backing);
                let keeper = Arc::new(stored::Keeper::new(backing, stored::State::Free));
                #[cfg(feature = "auth")]
                let keeper = self.warded(keeper);
                keeper
            }
        };
        self.session(Vec::new(), Arrival::default(), committer)
    }

    /// Decides what becomes of the session, seals it if need be, and closes it to further changes.
    ///
    /// `status` is the response's status, which matters for [`SaveOn`](crate::SaveOn) alone.
    ///
    /// # Errors
    ///
    /// [`CommitError`]. Nothing was saved, the browser keeps what it has, and the response should be
    /// what [`failure`](Self::failure) says.
    pub async fn commit(
        &self,
        session: &Session<T, K>,
        status: u16,
    ) -> Result<Headers, CommitError> {
        let shared = session.shared();
        // A plain cookie session waits for nobody, and its future needs no allocation.
        let done = if self.is_plain() {
            commit::finish(shared, status)
        } else {
            shared.committer.finish(shared, status).await
        };
        #[cfg(feature = "auth")]
        let done = done.and_then(|mut headers| {
            headers.set_cookies.extend(shared.flash.line(&self.engine, &shared.bind)?);
            headers.clear_site_data = site_data_line(shared.clears.load(Ordering::Relaxed));
            Ok(headers)
        });
        done.inspect_err(|error| commit::tell(&self.engine, error))
    }

    /// Whether sessions are in their cookies alone.
    fn is_plain(&self) -> bool {
        #[cfg(feature = "encrypted")]
        let stored = self.backing.is_some();
        #[cfg(not(feature = "encrypted"))]
        let stored = false;
        #[cfg(feature = "auth")]
        let stored = stored || self.guard.is_some();
        !stored
    }

    /// What becomes of a response whose session could not be saved.
    pub fn failure(&self, error: &CommitError) -> Failure {
        self.engine.on_error.as_ref().map_or(Failure::Replace, |choose| choose(error))
    }

    /// Whether the configuration leaves this request without a session.
    pub fn skips(&self, request: &RequestParts<'_>) -> bool {
        self.engine.skip.as_ref().is_some_and(|skip| skip(request))
    }

    /// What happened since the process started.
    pub fn counters(&self) -> &Counters {
        &self.engine.events.counters
    }

    /// The key ring, whose health a check can read.
    pub fn ring(&self) -> &Ring {
        self.engine.ring()
    }

    fn bind(&self, request: &RequestParts<'_>) -> Vec<u8> {
        self.engine.bind.as_ref().map(|bind| bind(request)).unwrap_or_default()
    }

    /// Whether the request is served without its session while the store is down.
    fn is_public(&self, _request: &RequestParts<'_>) -> bool {
        #[cfg(feature = "encrypted")]
        return self.backing.as_ref().is_some_and(|backing| backing.serves_anonymous(_request));
        #[cfg(not(feature = "encrypted"))]
        false
    }

    async fn open(
        &self,
        bind: Vec<u8>,
        _public: bool,
        headers: &dyn RequestHeaders,
    ) -> Result<Session<T, K>, LoadError> {
        #[cfg(feature = "encrypted")]
        if let Some(backing) = &self.backing {
            return self.open_stored(backing, bind, _public, headers).await;
        }
        let arrival = load::arrival(
            &self.engine,
            headers,
            &bind,
            &load::InCookie,
            #[cfg(feature = "auth")]
            self.guard.as_ref(),
        );
        let arrival = arrival.await.map_err(|error| self.not_loaded(error))?;
        Ok(self.session(bind, arrival, Arc::clone(&self.committer)))
    }

    fn session(
        &self,
        bind: Vec<u8>,
        arrival: Arrival<T>,
        committer: Arc<dyn Commit<T>>,
    ) -> Session<T, K> {
        Session::new(Shared::new(Arc::clone(&self.engine), bind, committer, arrival))
    }
}

/// Makes cookies for tests of applications.
#[cfg(feature = "test-util")]
impl<T: SessionData, K> SessionManager<T, K> {
    /// The value of a `Cookie` header of a session with `data`, as if a visitor had been given it now;
    /// with a store, its record is there.
    ///
    /// It is bound to nothing, so it does not open where [`bind`](SessionConfig::bind) is configured
    /// and gives something.
    ///
    /// # Errors
    ///
    /// [`CommitError`], as any commit.
    pub async fn mint(
        &self,
        data: T,
        claims: crate::envelope::Claims,
    ) -> Result<alloc::string::String, CommitError> {
        let session = self.anonymous();
        session.restart()?;
        session.replace(data)?;
        session.set_claims(claims)?;
        let headers = self.commit(&session, 200).await?;
        let line = headers.set_cookies.first().map(crate::cookie::SetCookie::as_str);
        Ok(line.and_then(|line| line.split(';').next()).unwrap_or_default().into())
    }
}

impl<T: SessionData, K> Clone for SessionManager<T, K> {
    fn clone(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            #[cfg(feature = "encrypted")]
            backing: self.backing.clone(),
            committer: Arc::clone(&self.committer),
            #[cfg(feature = "auth")]
            guard: self.guard.clone(),
            #[cfg(feature = "auth")]
            users: self.users.clone(),
            marker: PhantomData,
        }
    }
}

impl<T: SessionData, K> fmt::Debug for SessionManager<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionManager")
            .field("cookie", &self.engine.attributes)
            .field("ring", self.engine.ring())
            .finish_non_exhaustive()
    }
}

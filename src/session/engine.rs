//! A checked configuration at work: the codec of the present ring, the clock, the cookie's text.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use std::sync::{PoisonError, RwLock};

use super::{
    config::{AlsoOpen, Bind, OnError, ReSeal, SaveOn, SessionConfig, Skip},
    events::{Event, Events},
};
use crate::{
    clock::{Clock, Timestamp},
    codec::{Codec, Sealed},
    cookie::CookieAttributes,
    envelope::{Deflate, Policy, Protection, fit::Draft, payload::Header, times::Times},
    error::{ConfigError, SealError},
    keys::{KeyRing, Ring, Snapshot},
    primitives::entropy::{Draw, Entropy, EntropyRng},
};

/// Everything of a session that is not its data: shared by a manager and its sessions.
pub(crate) struct Engine {
    ring: Ring,
    recipe: Recipe,
    /// Whether cookies carry the id alone, because a store keeps the rest.
    pub(crate) stored: bool,
    /// The codec of a generation of the ring; deriving keys takes microseconds, once a generation.
    codec: RwLock<(u64, Arc<Codec>)>,
    clock: Box<dyn Clock>,
    entropy: Box<dyn Entropy>,
    pub(crate) events: Events,
    pub(crate) attributes: CookieAttributes,
    /// The cookie of messages for the next page.
    #[cfg(feature = "auth")]
    pub(crate) flash: CookieAttributes,
    /// How to remove the cookies of other names that are also opened.
    pub(crate) other_names: Vec<CookieAttributes>,
    /// Where sessions are taken over from; the last of the other names, from `import_at` on, are its.
    #[cfg(feature = "import")]
    pub(crate) import: Option<super::foreign::Import>,
    #[cfg(feature = "import")]
    pub(crate) import_at: usize,
    pub(crate) persistent: bool,
    pub(crate) reseal: ReSeal,
    pub(crate) save_on: SaveOn,
    pub(crate) remove_expired: bool,
    pub(crate) held_version: Option<u8>,
    pub(crate) bind: Option<Bind>,
    pub(crate) skip: Option<Skip>,
    pub(crate) on_error: Option<OnError>,
}

/// Where sessions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "encrypted"), allow(dead_code))]
pub(crate) enum Place {
    /// In cookies.
    Cookies,
    /// In a store; cookies carry the id.
    Store,
    /// In cookies again, and records of a store are still opened.
    Back,
}

/// What it takes to make a codec from a ring.
struct Recipe {
    app: String,
    name: String,
    mode: Protection,
    policy: Policy,
    deflate: Deflate,
    also_open: Vec<AlsoOpen>,
    /// Whether records are sealed and opened too.
    #[cfg_attr(not(feature = "encrypted"), allow(dead_code))]
    records: bool,
}

impl Engine {
    /// # Errors
    ///
    /// [`ConfigError`], for whatever in `config` cannot work.
    pub(crate) fn new(config: SessionConfig, place: Place) -> Result<Self, ConfigError> {
        let other_names = config
            .also_open
            .iter()
            .map(|also| match &also.cookie {
                Some(former) => former.clone().build(),
                None => config.cookie.renamed(&also.name).build(),
            })
            .collect::<Result<Vec<_>, _>>()?;
        #[cfg(feature = "auth")]
        let flash = flash_cookie(&config.app, &config.cookie)?;
        let attributes = config.cookie.build()?;
        #[cfg_attr(not(feature = "import"), allow(unused_mut))]
        let mut other_names = distinct_names(other_names, attributes.name());
        #[cfg(feature = "import")]
        let import_at = other_names.len();
        #[cfg(feature = "import")]
        if let Some(import) = &config.import {
            other_names.extend(import.attributes(&attributes, &other_names)?);
        }
        let recipe = Recipe {
            app: config.app,
            name: String::from(attributes.name()),
            mode: config.mode,
            policy: config.policy,
            deflate: config.deflate,
            also_open: config.also_open,
            records: place != Place::Cookies,
        };
        let events = Events { hook: config.hook.map(Box::new), ..Events::default() };
        config.ring.used_with(recipe.policy.longest_idle());
        let Snapshot { generation, ring } = config.ring.snapshot();
        let codec = RwLock::new((generation, Arc::new(recipe.codec(&ring)?)));
        Ok(Self {
            ring: config.ring,
            recipe,
            stored: place == Place::Store,
            codec,
            clock: config.clock,
            entropy: config.entropy,
            events,
            attributes,
            #[cfg(feature = "auth")]
            flash,
            other_names,
            #[cfg(feature = "import")]
            import: config.import,
            #[cfg(feature = "import")]
            import_at,
            persistent: config.persistent,
            reseal: config.reseal,
            save_on: config.save_on,
            remove_expired: config.remove_expired,
            held_version: config.held_version,
            bind: config.bind,
            skip: config.skip,
            on_error: config.on_error,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.recipe.policy
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The codec of the ring as it is now.
    pub(crate) fn codec(&self, now: Timestamp) -> Arc<Codec> {
        let notes = self.ring.refresh(now);
        let (generation, codec) = {
            let held = self.codec.read().unwrap_or_else(PoisonError::into_inner);
            (held.0, Arc::clone(&held.1))
        };
        let codec = if self.ring.generation() == generation { codec } else { self.rebuild(codec) };
        for note in &notes {
            self.events.emit(codec.ring(), &Event::Ring(note));
        }
        codec
    }

    /// A codec with the ring's new keys; the old one where the new cannot be derived, which the
    /// checks of configuration and ring leave no room for.
    fn rebuild(&self, old: Arc<Codec>) -> Arc<Codec> {
        let Snapshot { generation, ring } = self.ring.snapshot();
        let Ok(codec) = self.recipe.codec(&ring) else { return old };
        let codec = Arc::new(codec);
        *self.codec.write().unwrap_or_else(PoisonError::into_inner) =
            (generation, Arc::clone(&codec));
        codec
    }

    /// Whether a session that nobody changes is sealed again on account of its age.
    pub(crate) fn reseal_due(&self, times: &Times, now: Timestamp) -> bool {
        match self.reseal {
            ReSeal::Sliding => times.due(self.policy(), now),
            ReSeal::WhenChanged => false,
            ReSeal::EveryRequest => true,
        }
    }

    /// Whether another service goes on using the cookie of this other name.
    #[cfg(feature = "import")]
    pub(crate) fn is_shared(&self, nth: usize) -> bool {
        nth >= self.import_at && self.import.as_ref().is_some_and(super::foreign::Import::is_shared)
    }

    #[cfg(not(feature = "import"))]
    pub(crate) const fn is_shared(&self, _: usize) -> bool {
        false
    }

    /// `Max-Age` of the cookie of a session with this header, where it has one.
    pub(crate) fn max_age(&self, header: &Header, now: Timestamp) -> Option<u64> {
        (!header.browser).then(|| header.times.max_age(self.policy(), now))
    }

    /// Bytes of the `Set-Cookie` line around the value.
    pub(crate) fn overhead(&self, header: &Header, now: Timestamp) -> usize {
        self.attributes.line_len(0, self.max_age(header, now))
    }

    pub(crate) fn fill(&self, out: &mut [u8]) -> Result<(), SealError> {
        self.rng().draw(out)
    }

    pub(crate) fn seal(
        &self,
        codec: &Codec,
        draft: &Draft<'_>,
        now: Timestamp,
    ) -> Result<Sealed, SealError> {
        codec.seal(draft, now, &mut self.rng())
    }

    /// Seals the record of a stored session.
    #[cfg(feature = "encrypted")]
    pub(crate) fn seal_record(
        &self,
        row_key: &[u8; crate::limits::ROW_KEY_LEN],
        header: &Header,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<u8>, SealError> {
        self.codec(now).seal_record(row_key, header, body, now, &mut self.rng())
    }

    #[cfg(feature = "auth")]
    pub(crate) fn mode_and_app(&self) -> (Protection, &str) {
        (self.recipe.mode, &self.recipe.app)
    }

    pub(crate) fn rng(&self) -> EntropyRng<'_> {
        EntropyRng::new(&*self.entropy)
    }

    pub(crate) fn emit(&self, codec: &Codec, event: &Event<'_>) {
        self.events.emit(codec.ring(), event);
    }
}

/// The cookie of messages, beside the session's in the same scope.
#[cfg(feature = "auth")]
fn flash_cookie(
    app: &str,
    session: &crate::cookie::CookieConfig,
) -> Result<CookieAttributes, ConfigError> {
    let mut name = String::from(session.name());
    name.push_str(super::flash::SUFFIX);
    // Its keys can be derived, whenever that is.
    crate::primitives::kdf::Context::new(app, &name)?;
    session.renamed(&name).build()
}

/// One of each name that is not `ours`: each is looked at once, whatever its modes and labels.
fn distinct_names(also: Vec<CookieAttributes>, ours: &str) -> Vec<CookieAttributes> {
    let mut distinct: Vec<CookieAttributes> = Vec::new();
    for also in also {
        if also.name() != ours && distinct.iter().all(|other| other.name() != also.name()) {
            distinct.push(also);
        }
    }
    distinct
}

impl Recipe {
    fn codec(&self, ring: &KeyRing) -> Result<Codec, ConfigError> {
        let codec = Codec::new(ring, self.mode, &self.app, &self.name, self.policy)?
            .with_deflate(self.deflate)?;
        let codec = self.also_open.iter().try_fold(codec, |codec, also| {
            codec.also_open(also.mode, &also.app, &also.name, also.until)
        })?;
        #[cfg(feature = "auth")]
        let codec = {
            let also = self.also_open.iter().map(|also| (&*also.app, &*also.name, also.until));
            codec.with_tags(&self.app, &self.name, also)?
        };
        #[cfg(feature = "encrypted")]
        if self.records {
            let also = self.also_open.iter().map(|also| (&*also.app, &*also.name, also.until));
            return codec.with_records(&self.app, &self.name, also);
        }
        Ok(codec)
    }
}

//! The staircase: [`Codec::seal`] and [`Codec::open`] as mirrored numbered steps.
//!
//! Nothing else in the crate orders these steps. The functions are pure in their arguments: the key
//! ring, the clock's reading and the generator all come from outside, and the module needs no `std`.
//!
//! | | seal | open |
//! |---|---|---|
//! | 1 | pick the sealing key | length, base64url, version |
//! | 2 | deflate, if configured | the key by its id |
//! | 3 | the size gate | the tag |
//! | 4 | lay out the payload | take the payload apart |
//! | 5 | tag it | times, by clock, key and policy |
//! | 6 | base64url | bounded inflate |

mod opened;
#[cfg(all(feature = "std", feature = "encrypted"))]
pub(crate) mod records;
#[cfg(feature = "auth")]
mod tags;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, mem};

pub use self::opened::Opened;
#[cfg(feature = "auth")]
pub(crate) use self::tags::Stamped;
use crate::{
    body::{self, Buffer, SessionData},
    clock::Timestamp,
    envelope::{
        Claims, Deflate, Policy, Protection,
        fit::{Draft, Fit},
        layout::Unverified,
        payload::{self, Coding, Header, Payload},
        protect::{self, Sealer},
        times::{Lifetimes, Times},
    },
    error::{ConfigError, OpenError, Rejection, SealError},
    keys::{self, KeyRing, RingEntry},
    kid::KeyId,
    limits::{SET_COOKIE_MAX, SID_LEN, VALUE_CHARS_MAX},
    primitives::{
        deflate,
        entropy::{Direct, Draw, TryCryptoRng},
        kdf::Context,
    },
};

/// Seals sessions into cookie values and opens them again, for one application and cookie name.
///
/// It needs no operating system, no framework and no state between calls. Applications on a web
/// framework use [`SessionManager`](crate::SessionManager), which adds the clock, the generator, the
/// `Cookie` and `Set-Cookie` headers and the session handle.
///
/// ```
/// use cloakroom::{Codec, EntropyRng, OsEntropy, Key, KeyRing, Policy, Protection, Timestamp, Values};
///
/// let ring = KeyRing::new(Key::generate()?);
/// let codec = Codec::new(&ring, Protection::Encrypted, "shop", "__Host-session", Policy::default())?;
///
/// let mut basket = Values::new();
/// basket.insert("apples", &3)?;
/// let now = Timestamp::from_unix(1_790_000_000);
/// let value = codec.seal_new(&basket, b"", now, &mut EntropyRng::new(&OsEntropy))?;
///
/// let opened = codec.open(value.as_bytes(), b"", now.plus(60))?;
/// assert_eq!(opened.decode::<Values>()?.get::<u32>("apples")?, Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Codec {
    ring: KeyRing,
    policy: Policy,
    deflate: Deflate,
    /// Ours first, then at most two that are also opened.
    contexts: Vec<Sealers>,
    /// Likewise for records, where sessions are stored.
    #[cfg(all(feature = "std", feature = "encrypted"))]
    shelves: Vec<records::Shelf>,
    /// Likewise for the tags of logins.
    #[cfg(feature = "auth")]
    tags: Vec<tags::Tags>,
}

/// The derived keys of one application label, cookie name and mode: one sealer a key of the ring,
/// in the ring's order.
struct Sealers {
    name: Box<str>,
    mode: Protection,
    until: Option<Timestamp>,
    by_key: Vec<Sealer>,
}

/// A sealed value.
pub(crate) struct Sealed {
    pub(crate) value: String,
    pub(crate) kid: KeyId,
}

impl Codec {
    /// A codec for the cookie `name` of the application `app`, with the keys of `ring`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a label or name that is not 1 to 255 bytes of printable ASCII, a policy
    /// outside its limits, or a mode that is compiled out.
    pub fn new(
        ring: &KeyRing,
        mode: Protection,
        app: &str,
        name: &str,
        policy: Policy,
    ) -> Result<Self, ConfigError> {
        policy.check()?;
        let ours = Sealers::derive(ring, mode, app, name, None)?;
        let contexts = Vec::from([ours]);
        Ok(Self {
            ring: ring.clone(),
            policy,
            deflate: Deflate::Off,
            contexts,
            #[cfg(all(feature = "std", feature = "encrypted"))]
            shelves: Vec::new(),
            #[cfg(feature = "auth")]
            tags: Vec::new(),
        })
    }

    /// Chooses whether bodies are deflated.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FeatureOff`] without the feature `deflate`.
    pub fn with_deflate(self, deflate: Deflate) -> Result<Self, ConfigError> {
        if deflate != Deflate::Off && !deflate::AVAILABLE {
            return Err(ConfigError::FeatureOff { feature: "deflate" });
        }
        Ok(Self { deflate, ..self })
    }

    /// Opens, until `until`, what was sealed under another mode, application label or cookie name.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TooManyAlsoOpen`] for a third one, and those of [`new`](Self::new).
    pub fn also_open(
        mut self,
        mode: Protection,
        app: &str,
        name: &str,
        until: Timestamp,
    ) -> Result<Self, ConfigError> {
        if self.contexts.len() > ALSO_OPEN_MAX {
            return Err(ConfigError::TooManyAlsoOpen);
        }
        self.contexts.push(Sealers::derive(&self.ring, mode, app, name, Some(until))?);
        Ok(self)
    }

    /// Seals `value` as a new session that begins `now`, with the policy's lifetimes.
    ///
    /// `bind` is the request's context, at most 1024 bytes, usually empty.
    ///
    /// # Errors
    ///
    /// [`SealError`]; a value over 4096 characters is too large.
    pub fn seal_new<T: SessionData>(
        &self,
        value: &T,
        bind: &[u8],
        now: Timestamp,
        rng: &mut impl TryCryptoRng,
    ) -> Result<String, SealError> {
        let mut rng = Direct(rng);
        let mut sid = [0; SID_LEN];
        rng.draw(&mut sid)?;
        let times = Times { created: now, issued: now, lifetimes: Lifetimes::default() };
        let claims = Claims::default();
        let header = Header { sid, times, browser: true, kind: body::kind_of::<T>(), claims };
        let body = body::prepare(value, None)?;
        let draft = Draft { header: &header, body: &body, bind, overhead: 0 };
        self.seal(&draft, now, &mut rng).map(|sealed| sealed.value)
    }

    /// Seals `value` as the session that `opened` was: same id, creation time, lifetimes and claims.
    ///
    /// # Errors
    ///
    /// [`SealError`]; a value over 4096 characters is too large.
    pub fn seal_again<T: SessionData>(
        &self,
        opened: &Opened,
        value: &T,
        bind: &[u8],
        now: Timestamp,
        rng: &mut impl TryCryptoRng,
    ) -> Result<String, SealError> {
        let times = Times { issued: now.max(opened.header.times.created), ..opened.header.times };
        let header = Header { times, kind: body::kind_of::<T>(), ..opened.header.clone() };
        let body = body::prepare(value, None)?;
        let draft = Draft { header: &header, body: &body, bind, overhead: 0 };
        self.seal(&draft, now, &mut Direct(rng)).map(|sealed| sealed.value)
    }

    /// Seals a draft, whose header's `issued` is the present.
    pub(crate) fn seal(
        &self,
        draft: &Draft<'_>,
        now: Timestamp,
        rng: &mut impl Draw,
    ) -> Result<Sealed, SealError> {
        // 1  pick the sealing key
        let kid = self.ring.sealing_kid(now).ok_or(SealError::NoSealingKey)?;
        let (nth, _) = self.slot(kid).ok_or(SealError::NoSealingKey)?;
        let ours = self.contexts.first().ok_or(SealError::NoSealingKey)?;
        let sealer = ours.by_key.get(nth).ok_or(SealError::NoSealingKey)?;

        // 2  deflate, if configured
        let fit = Fit::of(draft, self.deflate, ours.mode)?;

        // 3  the size gate
        fit.gate()?;

        // 4  lay out the payload
        let unsealed = fit.lay_out(draft, ours.mode, kid, rng)?;

        // 5  tag it
        let token = sealer.seal(unsealed, draft.bind, rng)?;

        // 6  base64url
        Ok(Sealed { value: token.into_text().ok_or(SealError::Value)?, kid })
    }

    /// Bytes of the line that [`seal`](Self::seal) would give, as the size gate counts them.
    pub(crate) fn counted_len(&self, draft: &Draft<'_>) -> Result<usize, SealError> {
        let mode = self.contexts.first().map_or(Protection::Encrypted, |ours| ours.mode);
        Fit::of(draft, self.deflate, mode).map(|fit| fit.line())
    }

    /// Opens the value of our own cookie.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose reason is the first step that failed.
    pub fn open(&self, value: &[u8], bind: &[u8], now: Timestamp) -> Result<Opened, OpenError> {
        let ours = self.contexts.first().map_or("", |ours| &ours.name);
        self.open_named(ours, value, bind, now)
    }

    /// Opens the value of the cookie `name`, ours or one that is also opened.
    pub(crate) fn open_named(
        &self,
        name: &str,
        value: &[u8],
        bind: &[u8],
        now: Timestamp,
    ) -> Result<Opened, OpenError> {
        // 1  length, base64url, version
        let live = || {
            let open = |sealers: &&Sealers| sealers.until.is_none_or(|until| now < until);
            self.contexts
                .iter()
                .enumerate()
                .filter(|(_, sealers)| &*sealers.name == name)
                .filter(move |(_, sealers)| open(sealers))
        };
        let (unverified, mode) = parse(value, live().map(|(_, sealers)| sealers.mode))?;

        // 2  the key by its id
        let kid = unverified.kid();
        let refused = |reason| OpenError::new(reason, Some(kid));
        let (slot, entry) = self.slot(kid).ok_or(refused(Rejection::UnknownKey))?;

        // 3  the tag, under that one key
        let same_mode = || live().filter(|(_, sealers)| sealers.mode == mode);
        let sealers = same_mode().filter_map(|(_, sealers)| sealers.by_key.get(slot));
        let (verified, nth) = protect::open(unverified, bind, sealers)?;
        let context = same_mode().nth(nth).map_or(0, |(context, _)| context);

        // 4  take the payload apart
        let payload = payload::parse(verified.payload()).ok_or(refused(Rejection::Malformed))?;

        // 5  times, by clock, key and policy
        let times = payload.header.times;
        times.check_future(now).map_err(refused)?;
        keys::judge(entry, times.issued, times.created, now, self.ring.not_before())
            .map_err(refused)?;
        times.check_expiry(&self.policy, now).map_err(refused)?;

        // 6  bounded inflate
        let Payload { header, says_lifetimes, coding, body_at, body } = payload;
        let body = match coding {
            Coding::Raw => {
                let end = body_at.saturating_add(body.len());
                verified.into_part(body_at..end)
            }
            Coding::Deflate => deflate::inflate(body)
                .filter(|body| !body.is_empty())
                .map(|mut body| Buffer::from(mem::take(&mut *body)).into())
                .ok_or(refused(Rejection::Malformed))?,
        };
        Ok(Opened { header, says_lifetimes, body, coding, kid, context, policy: self.policy })
    }

    /// Whether another key than `kid` seals now.
    pub(crate) fn moved_on_from(&self, kid: KeyId, now: Timestamp) -> bool {
        self.ring.sealing_kid(now).is_some_and(|sealing| sealing != kid)
    }

    /// A key of the ring with its place in it, which is its sealer's place too.
    fn slot(&self, kid: KeyId) -> Option<(usize, &RingEntry)> {
        self.ring.entries().enumerate().find(|(_, entry)| entry.kid() == kid)
    }

    /// The names of the cookies that are also opened now and differ from ours.
    pub(crate) fn other_names(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let ours = self.contexts.first().map_or("", |ours| &ours.name);
        self.contexts
            .iter()
            .filter(move |also| also.until.is_some_and(|until| now < until))
            .map(|also| &*also.name)
            .filter(move |name| *name != ours)
    }

    /// The policy it opens by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The ring it opens by.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }
}

/// Tries `value` as each of `modes` until one version byte fits; reports the first refusal.
fn parse(
    value: &[u8],
    modes: impl Iterator<Item = Protection>,
) -> Result<(Unverified, Protection), OpenError> {
    let mut first = None;
    for mode in modes {
        match Unverified::parse(value, mode) {
            Ok(unverified) => return Ok((unverified, mode)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(OpenError::new(Rejection::Version, None)))
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec")
            .field("ring", &self.ring)
            .field("policy", &self.policy)
            .field("deflate", &self.deflate)
            .finish_non_exhaustive()
    }
}

impl Sealers {
    fn derive(
        ring: &KeyRing,
        mode: Protection,
        app: &str,
        name: &str,
        until: Option<Timestamp>,
    ) -> Result<Self, ConfigError> {
        let context = Context::new(app, name)?;
        // Room for all from the start: a vector that grows leaves copies of its keys behind.
        let mut by_key = Vec::with_capacity(ring.len());
        for entry in ring.entries() {
            by_key.push(Sealer::derive(entry.key(), mode, &context)?);
        }
        Ok(Self { name: name.into(), mode, until, by_key })
    }
}

/// How many contexts beside ours are opened.
const ALSO_OPEN_MAX: usize = 2;

// A value within the line's limit is one that a reader looks at.
const _: () = assert!(SET_COOKIE_MAX <= VALUE_CHARS_MAX);

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

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    body::{self, Kind, SessionData},
    clock::Timestamp,
    envelope::{
        Claims, Policy, Protection,
        layout::{self, Unverified},
        payload::{self, Coding, Header},
        protect::{self, Sealer},
        times::{Lifetimes, Times},
    },
    error::{ConfigError, OpenError, Rejection, SealError, TooLarge},
    keys::{self, KeyRing, RingEntry},
    kid::KeyId,
    limits::{
        DEFLATE_GAIN, DEFLATE_MIN, DEFLATE_PAD_MAX, INFLATED_MAX, SET_COOKIE_MAX, SID_LEN,
        VALUE_CHARS_MAX,
    },
    primitives::{deflate, entropy, kdf::Context},
};

/// Whether a body is deflated before it is sealed. The default is [`Off`](Self::Off).
///
/// Deflate is tried on bodies of 384 bytes to 16 KiB and kept where it saves at least 16. Whenever
/// it is tried, 0 to 31 bytes of random padding follow the body and the size gate counts all 31.
///
/// # Security
///
/// Deflate shortens a cookie when two parts of the session repeat each other. Where an attacker
/// chooses one part (a `next` address, a search) and another is a secret (a token), the length of
/// the cookie tells him, guess by guess, what the secret is. Encryption does not hide a length. The
/// random padding makes this about two thousand times dearer, not impossible. Leave it off where a
/// session mixes the two; see [`guide::choosing`](crate::guide::choosing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deflate {
    /// Never.
    #[default]
    Off,
    /// Only when the cookie would be too large without it.
    ToFit,
    /// Whenever it saves at least 16 bytes.
    WhenSmaller,
}

/// Seals sessions into cookie values and opens them again, for one application and cookie name.
///
/// It needs no operating system, no framework and no state between calls. Applications on a web
/// framework use [`SessionManager`](crate::SessionManager), which adds the clock, the generator, the
/// `Cookie` and `Set-Cookie` headers and the session handle.
///
/// ```
/// use cloakroom::{Codec, OsEntropy, Key, KeyRing, Policy, Protection, Timestamp, Values};
///
/// let ring = KeyRing::new(Key::generate()?);
/// let codec = Codec::new(&ring, Protection::Encrypted, "shop", "__Host-session", Policy::default())?;
///
/// let mut basket = Values::new();
/// basket.insert("apples", &3)?;
/// let now = Timestamp::from_unix(1_790_000_000);
/// let value = codec.seal_new(&basket, b"", now, &mut OsEntropy.as_rng())?;
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
}

/// The derived keys of one application label, cookie name and mode: one sealer a key of the ring,
/// in the ring's order.
struct Sealers {
    name: Box<str>,
    mode: Protection,
    until: Option<Timestamp>,
    by_key: Vec<Sealer>,
}

/// What is to be sealed.
pub(crate) struct Draft<'d> {
    pub(crate) header: &'d Header,
    pub(crate) body: &'d [u8],
    pub(crate) bind: &'d [u8],
    /// Bytes of the `Set-Cookie` line around the value.
    pub(crate) overhead: usize,
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
        Ok(Self { ring: ring.clone(), policy, deflate: Deflate::Off, contexts })
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
        let mut sid = [0; SID_LEN];
        entropy::fill(rng, &mut sid)?;
        let times = Times { created: now, issued: now, lifetimes: Lifetimes::default() };
        let claims = Claims::default();
        let header = Header { sid, times, browser: true, kind: body::kind_of::<T>(), claims };
        let body = body::encode(value, None)?;
        let draft = Draft { header: &header, body: &body, bind, overhead: 0 };
        self.seal(&draft, now, rng).map(|sealed| sealed.value)
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
        let body = body::encode(value, None)?;
        let draft = Draft { header: &header, body: &body, bind, overhead: 0 };
        self.seal(&draft, now, rng).map(|sealed| sealed.value)
    }

    /// Seals a draft, whose header's `issued` is the present.
    pub(crate) fn seal(
        &self,
        draft: &Draft<'_>,
        now: Timestamp,
        rng: &mut impl TryCryptoRng,
    ) -> Result<Sealed, SealError> {
        // 1  pick the sealing key
        let kid = self.ring.sealing_kid(now).ok_or(SealError::NoSealingKey)?;
        let (nth, _) = self.slot(kid).ok_or(SealError::NoSealingKey)?;
        let ours = self.contexts.first().ok_or(SealError::NoSealingKey)?;
        let sealer = ours.by_key.get(nth).ok_or(SealError::NoSealingKey)?;

        // 2 and 3  deflate, if configured, and the size gate
        let (body, pad) = self.fit(draft, ours.mode, rng)?;

        // 4  lay out the payload
        let payload = payload::write(draft.header, body.parts(), pad, ours.mode)?;

        // 5  tag it; signed mode draws nothing
        let mut r = Zeroizing::new([0; 32]);
        if ours.mode == Protection::Encrypted {
            entropy::fill(rng, r.as_mut_slice())?;
        }
        // 6  base64url
        let value = sealer.seal(kid, draft.bind, &r, &payload)?;
        Ok(Sealed { value, kid })
    }

    /// Bytes of the line that [`seal`](Self::seal) would give, as the size gate counts them.
    pub(crate) fn counted_len(&self, draft: &Draft<'_>) -> Result<usize, SealError> {
        let mode = self.contexts.first().map_or(Protection::Encrypted, |ours| ours.mode);
        let raw = line_len(draft, draft.body.len(), 0, mode)?;
        match self.deflated(draft.body, raw)? {
            Some(packed) if packed.saves(draft.body) => {
                line_len(draft, packed.0.len(), DEFLATE_PAD_MAX, mode)
            }
            Some(_) => line_len(draft, draft.body.len(), DEFLATE_PAD_MAX, mode),
            None => Ok(raw),
        }
    }

    /// The body as it is to be sealed and the random padding behind it, if the line then fits.
    fn fit<'d>(
        &self,
        draft: &Draft<'d>,
        mode: Protection,
        rng: &mut impl TryCryptoRng,
    ) -> Result<(Coded<'d>, usize), SealError> {
        let raw = line_len(draft, draft.body.len(), 0, mode)?;
        let Some(packed) = self.deflated(draft.body, raw)? else {
            gate(raw, None)?;
            return Ok((Coded::Raw(draft.body), 0));
        };
        let deflated = line_len(draft, packed.0.len(), DEFLATE_PAD_MAX, mode)?;
        let mut pad = [0];
        entropy::fill(rng, &mut pad)?;
        let [pad] = pad.map(|byte| usize::from(byte) & DEFLATE_PAD_MAX);
        if packed.saves(draft.body) {
            gate(deflated, None)?;
            return Ok((Coded::Deflate(packed), pad));
        }
        // Tried and not kept: padded all the same, or the length would tell which it was.
        let padded = line_len(draft, draft.body.len(), DEFLATE_PAD_MAX, mode)?;
        gate(padded, Some(deflated))?;
        Ok((Coded::Raw(draft.body), pad))
    }

    /// The deflated body, where deflate is to be tried.
    fn deflated(&self, body: &[u8], raw_line: usize) -> Result<Option<Packed>, SealError> {
        let wanted = match self.deflate {
            Deflate::Off => false,
            Deflate::ToFit => raw_line > SET_COOKIE_MAX,
            Deflate::WhenSmaller => true,
        };
        if !wanted || !(DEFLATE_MIN..=INFLATED_MAX).contains(&body.len()) {
            return Ok(None);
        }
        Ok(deflate::deflate(body).map(|bytes| Packed(Zeroizing::new(bytes))))
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
        let sealers: Vec<&Sealer> =
            same_mode().filter_map(|(_, sealers)| sealers.by_key.get(slot)).collect();
        let (verified, nth) = protect::open(unverified, bind, &sealers)?;
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
        let body = match payload.coding {
            Coding::Raw => Zeroizing::new(payload.body.to_vec()),
            Coding::Deflate => deflate::inflate(payload.body)
                .filter(|body| !body.is_empty())
                .ok_or(refused(Rejection::Malformed))?,
        };
        let (header, coding) = (payload.header, payload.coding);
        Ok(Opened { header, body, coding, kid, context, policy: self.policy })
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

/// A session that was opened: authentic, in time, its body not yet decoded.
pub struct Opened {
    pub(crate) header: Header,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) coding: Coding,
    pub(crate) kid: KeyId,
    /// 0 ours, else one that is also opened.
    pub(crate) context: usize,
    policy: Policy,
}

impl Opened {
    /// Decodes the body as `T`, or as an older version of it that `T` migrates from.
    ///
    /// # Errors
    ///
    /// `kind`, `newer_version`, `older_version`, `body` or `shape`.
    pub fn decode<T: SessionData>(&self) -> Result<T, OpenError> {
        body::decode(self.header.kind, &self.body)
            .map_err(|reason| OpenError::new(reason, Some(self.kid)))
    }

    /// The key that sealed it.
    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The session's id, 16 bytes.
    ///
    /// # Security
    ///
    /// Whoever has the id of a session with a store may be able to use it. Do not print it.
    pub fn expose_id(&self) -> [u8; SID_LEN] {
        self.header.sid
    }

    /// When the session began.
    pub fn created(&self) -> Timestamp {
        self.header.times.created
    }

    /// When this cookie was sealed.
    pub fn issued(&self) -> Timestamp {
        self.header.times.issued
    }

    /// When it ends if nobody uses it.
    pub fn idle_expires(&self) -> Timestamp {
        self.header.times.idle_end(&self.policy)
    }

    /// When it ends in any case.
    pub fn absolute_expires(&self) -> Timestamp {
        self.header.times.absolute_end(&self.policy)
    }

    /// Its own absolute and idle lifetimes in seconds, 0 for the policy's; `None` without any.
    pub fn own_lifetimes(&self) -> Option<(u32, u32)> {
        let Lifetimes { life, idle } = self.header.times.lifetimes;
        (!self.header.times.lifetimes.are_default()).then_some((life, idle))
    }

    /// Whether the cookie ends with the browser's session.
    pub fn is_browser_session(&self) -> bool {
        self.header.browser
    }

    /// Whether the body was deflated.
    pub fn was_deflated(&self) -> bool {
        self.coding == Coding::Deflate
    }

    /// The kind of its body.
    pub fn kind(&self) -> Kind {
        self.header.kind
    }

    /// The claims of its login.
    pub fn claims(&self) -> &Claims {
        &self.header.claims
    }

    /// The body as it was encoded, inflated.
    pub fn expose_body(&self) -> &[u8] {
        &self.body
    }
}

/// Says that there is a session, not what is in it.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("kid", &self.kid)
            .field("created", &self.created())
            .field("issued", &self.issued())
            .finish_non_exhaustive()
    }
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
        let by_key = ring.entries().map(|entry| Sealer::derive(entry.key(), mode, &context));
        let by_key = by_key.collect::<Result<_, _>>()?;
        Ok(Self { name: name.into(), mode, until, by_key })
    }
}

/// A deflated body.
struct Packed(Zeroizing<Vec<u8>>);

impl Packed {
    fn saves(&self, body: &[u8]) -> bool {
        self.0.len().saturating_add(DEFLATE_GAIN) <= body.len()
    }
}

/// A body with its coding.
enum Coded<'b> {
    Raw(&'b [u8]),
    Deflate(Packed),
}

impl Coded<'_> {
    fn parts(&self) -> (Coding, &[u8]) {
        match self {
            Self::Raw(body) => (Coding::Raw, body),
            Self::Deflate(packed) => (Coding::Deflate, &packed.0),
        }
    }
}

/// Bytes of the line around a body of `body` bytes with `pad` bytes of padding.
fn line_len(
    draft: &Draft<'_>,
    body: usize,
    pad: usize,
    mode: Protection,
) -> Result<usize, SealError> {
    let claims = draft.header.claims.encoded_len().ok_or(SealError::Claims)?;
    let payload = payload::padded_len(draft.header, claims, body, pad, mode);
    Ok(layout::value_len(mode, payload).saturating_add(draft.overhead))
}

/// The size gate, on the finished line.
fn gate(needed: usize, deflated: Option<usize>) -> Result<(), SealError> {
    if needed <= SET_COOKIE_MAX {
        return Ok(());
    }
    let limit = SET_COOKIE_MAX;
    Err(SealError::TooLarge(TooLarge { needed, limit, largest: Vec::new(), deflated }))
}

/// How many contexts beside ours are opened.
const ALSO_OPEN_MAX: usize = 2;

// A value within the line's limit is one that a reader looks at.
const _: () = assert!(SET_COOKIE_MAX <= VALUE_CHARS_MAX);

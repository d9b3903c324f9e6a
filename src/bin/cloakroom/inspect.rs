//! `inspect`: a cookie opened as a server would open it, as far as the kind and version.

use std::{
    io::{self, Read},
    process::ExitCode,
    time::Duration,
};

use cloakroom::{
    Claims, Codec, KeyRing, Kind, Opened, Policy, Protection, Rejection, Timestamp,
    keys::{KeyState, RingText},
};

use crate::{
    args::{self, Mode},
    explain,
    json::Object,
    list::state_name,
    out::{Fault, REFUSED, USAGE, print},
    ring,
    words::{exact, relative, to_hex},
};

/// What is asked of a cookie's value.
pub(crate) struct Question<'q> {
    pub(crate) args: &'q args::Inspect,
    pub(crate) text: &'q RingText,
    pub(crate) ring: KeyRing,
    pub(crate) value: Vec<u8>,
    pub(crate) mode: Protection,
    pub(crate) at: Timestamp,
}

pub(crate) fn run(args: &args::Inspect) -> Result<ExitCode, Fault> {
    // An exit code of 1 says that the cookie is refused, and nothing else.
    let file = &args.ring;
    let text = ring::load(file).map_err(|fault| fault.with_code(USAGE))?;
    let ring = text.expose_text().parse();
    let ring = ring.map_err(|error| Fault::of(file, error).with_code(USAGE))?;
    let mode = match args.mode {
        Mode::Encrypted => Protection::Encrypted,
        Mode::Signed => Protection::Signed,
    };
    let at = args.at.unwrap_or_else(ring::now);
    let question = Question { args, text: &text, ring, value: value(args)?, mode, at };

    let mut policy = Policy::default();
    policy = args.idle.map_or(policy, |idle| policy.idle(idle));
    policy = args.absolute.map_or(policy, |absolute| policy.absolute(absolute));
    match question.open(&question.ring, policy, at)? {
        Ok(opened) => {
            let (entries, body) = (question.state(&opened), Body::of(&opened));
            let shown = match args.json {
                true => json(&question, &opened, entries, &body) + "\n",
                false => human(&question, &opened, entries, &body),
            };
            print(&shown)
        }
        Err((reason, kid)) => {
            let shown = match args.json {
                true => Object::new().flag("ok", false).text("reason", reason.as_str()).finish(),
                false => {
                    format!("refused ({reason}): {}", explain::sentence(&question, reason, kid))
                }
            };
            print(&(shown + "\n"))?;
            Ok(ExitCode::from(REFUSED))
        }
    }
}

type Refusal = (Rejection, Option<cloakroom::KeyId>);

impl Question<'_> {
    /// Opens the value, kind and version included.
    pub(crate) fn open(
        &self,
        ring: &KeyRing,
        policy: Policy,
        at: Timestamp,
    ) -> Result<Result<Opened, Refusal>, Fault> {
        let codec = Codec::new(ring, self.mode, &self.args.app, &self.args.name, policy);
        let codec = codec.map_err(Fault::usage)?;
        let opened = codec.open(&self.value, &self.args.bind.0, at);
        Ok(opened.map_err(|error| (error.reason(), error.kid())).and_then(|opened| {
            let cut_short = opened.kind() == Kind::Typed && opened.expose_body().len() < TYPED_HEAD;
            if cut_short { Err((Rejection::Body, Some(opened.kid()))) } else { Ok(opened) }
        }))
    }

    fn state(&self, opened: &Opened) -> KeyState {
        // A key that opened a cookie is in the ring.
        self.ring.state(opened.kid(), self.at).unwrap_or(KeyState::Retired)
    }
}

/// Version and shape before the postcard of a typed body.
const TYPED_HEAD: usize = 5;

/// A body in its parts.
struct Body<'o> {
    kind: &'static str,
    version: Option<u8>,
    shape: Option<&'o [u8]>,
    rest: &'o [u8],
}

impl<'o> Body<'o> {
    fn of(opened: &'o Opened) -> Self {
        let whole = opened.expose_body();
        let plain = |kind| Self { kind, version: None, shape: None, rest: whole };
        match opened.kind() {
            Kind::Typed => match whole.split_first_chunk::<TYPED_HEAD>() {
                Some(([version, shape @ ..], rest)) => {
                    Self { kind: "typed", version: Some(*version), shape: Some(shape), rest }
                }
                None => plain("typed"),
            },
            Kind::Values => plain("values"),
            Kind::Stored => plain("stored"),
        }
    }
}

/// The cookie's value: the argument, or standard input without the line end behind it.
fn value(args: &args::Inspect) -> Result<Vec<u8>, Fault> {
    if args.cookie != "-" {
        return Ok(args.cookie.clone().into_encoded_bytes());
    }
    let mut value = Vec::new();
    // Far more than any value that is looked at; a longer one is too long all the same.
    let read = io::stdin().lock().take(65_536).read_to_end(&mut value);
    read.map_err(|error| Fault::usage(format_args!("cannot read the cookie: {error}")))?;
    if value.ends_with(b"\n") {
        value.pop();
    }
    if value.ends_with(b"\r") {
        value.pop();
    }
    Ok(value)
}

fn json(question: &Question<'_>, opened: &Opened, state: KeyState, body: &Body<'_>) -> String {
    let own = opened.own_lifetimes();
    let shape = body.shape.map(to_hex);
    Object::new()
        .flag("ok", true)
        .text("mode", mode_name(question.mode))
        .text("kid", &opened.kid().to_string())
        .text("key_state", state_name(state))
        .text("sid", &to_hex(&opened.expose_id()))
        .number("created", opened.created().as_unix())
        .number("issued", opened.issued().as_unix())
        .number("idle_expires", opened.idle_expires().as_unix())
        .number("absolute_expires", opened.absolute_expires().as_unix())
        .maybe("life", own.map(|(life, _)| life.into()))
        .maybe("idle", own.map(|(_, idle)| idle.into()))
        .flag("browser", opened.is_browser_session())
        .text("codec", codec_name(opened))
        .text("kind", body.kind)
        .maybe("version", body.version.map(u64::from))
        .maybe_text("shape_hex", shape.as_deref())
        .object("claims", claims(opened.claims()))
        .text("body_hex", &to_hex(body.rest))
        .number("chars", u64::try_from(question.value.len()).unwrap_or(u64::MAX))
        .finish()
}

/// The claims that are made; null where none is.
fn claims(claims: &Claims) -> Option<Object> {
    if claims.is_empty() {
        return None;
    }
    let mut object = Object::new();
    if let Some(subject) = &claims.subject {
        object = object.text("subject", &to_hex(subject));
    }
    let unix = |moment: Option<Timestamp>| moment.map(Timestamp::as_unix);
    for (name, number) in [
        ("epoch", claims.epoch.map(u64::from)),
        ("auth_at", unix(claims.auth_at)),
        ("checked_at", unix(claims.checked_at)),
    ] {
        object = number.into_iter().fold(object, |object, number| object.number(name, number));
    }
    if let Some(stamp) = &claims.stamp {
        object = object.text("stamp", &to_hex(stamp));
    }
    let level = claims.level.map(u64::from);
    Some(level.into_iter().fold(object, |object, level| object.number("level", level)))
}

fn human(question: &Question<'_>, opened: &Opened, state: KeyState, body: &Body<'_>) -> String {
    let at = question.at;
    let date = |moment| relative(moment, at);
    let lifetimes = match opened.own_lifetimes() {
        None => "the server's".to_owned(),
        Some((life, idle)) => {
            let own = |seconds: u32| match seconds {
                0 => "the server's".to_owned(),
                seconds => exact(Duration::from_secs(seconds.into())),
            };
            format!("of its own: idle {}, absolute {}", own(idle), own(life))
        }
    };
    let ends = if opened.is_browser_session() { "with the browser" } else { "by Max-Age" };
    let head = match (body.version, body.shape) {
        (Some(version), Some(shape)) => format!(" version {version}, shape {},", to_hex(shape)),
        _ => String::new(),
    };
    let claims = claims(opened.claims()).map_or("none".to_owned(), Object::finish);
    let deflated = if opened.was_deflated() { " (deflated)" } else { "" };
    format!(
        "opens: {}, {} characters\n\
         \x20 key        {} ({})\n\
         \x20 began      {}\n\
         \x20 sealed     {}\n\
         \x20 expires    {} unless used\n\
         \x20            {} in any case\n\
         \x20 lifetimes  {lifetimes}\n\
         \x20 cookie     ends {ends}\n\
         \x20 claims     {claims}\n\
         \x20 body       {},{head} {} bytes{deflated}\n\
         --json also prints the session id and the body.\n",
        mode_name(question.mode),
        question.value.len(),
        opened.kid(),
        state_name(state),
        date(opened.created()),
        date(opened.issued()),
        date(opened.idle_expires()),
        date(opened.absolute_expires()),
        body.kind,
        body.rest.len(),
    )
}

pub(crate) const fn mode_name(mode: Protection) -> &'static str {
    match mode {
        Protection::Encrypted => "encrypted",
        Protection::Signed => "signed",
    }
}

fn codec_name(opened: &Opened) -> &'static str {
    if opened.was_deflated() { "deflate" } else { "raw" }
}

//! A refusal in one sentence that helps.

use std::time::Duration;

use cloakroom::{
    Anatomy, KeyId, Opened, Policy, Protection, Rejection, Timestamp,
    keys::{RingEdit, Window},
};

use crate::{
    inspect::{Question, mode_name},
    ring,
    words::{DAY, exact, relative},
};

/// Why the value of `question` was refused for `reason`, under the key that it names.
pub(crate) fn sentence(question: &Question<'_>, reason: Rejection, kid: Option<KeyId>) -> String {
    let kid = kid.unwrap_or(KeyId::from_bytes([0; 4]));
    match reason {
        Rejection::Length => length(question),
        Rejection::Encoding => encoding(question),
        Rejection::Version => version(question),
        Rejection::UnknownKey => format!(
            "it names key {kid}, and the ring has {}; either the ring is older or newer than the \
             cookie, or the cookie is another application's.",
            ring::kids(&question.ring)
        ),
        Rejection::Forged => forged(question, kid),
        Rejection::Malformed => format!(
            "key {kid} sealed it, but not in a layout of this version: a faulty or newer program \
             has the key."
        ),
        Rejection::Body => {
            format!("key {kid} sealed it, but its body is too short to be a typed session.")
        }
        _ => dated(question, reason, kid),
    }
}

fn length(question: &Question<'_>) -> String {
    let chars = question.value.len();
    if chars == 0 {
        return "the value is empty; a removed cookie has an empty value until it is gone.".into();
    }
    let least = match question.mode {
        Protection::Encrypted => 96,
        Protection::Signed => 88,
    };
    format!(
        "it has {chars} characters, where {} values have {least} to 4096 in multiples of four; a \
         part may be missing, or more may have been copied than the value.",
        mode_name(question.mode)
    )
}

fn encoding(question: &Question<'_>) -> String {
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match question.value.iter().position(|byte| !in_alphabet(byte)) {
        Some(at) => format!(
            "character {} is none of A-Z a-z 0-9 - _; copy what stands between `{}=` and the next \
             semicolon.",
            at.saturating_add(1),
            question.args.name
        ),
        None => "it is not canonical base64url: it was changed at its end.".into(),
    }
}

fn version(question: &Question<'_>) -> String {
    let other = match question.mode {
        Protection::Encrypted => Protection::Signed,
        Protection::Signed => Protection::Encrypted,
    };
    match Anatomy::of(&question.value, other) {
        Ok(_) => format!(
            "it is {0}, not {1}: ask with --mode {0}, if that is how the application seals.",
            mode_name(other),
            mode_name(question.mode)
        ),
        Err(_) => "it is neither an encrypted nor a signed value of this version: another \
                   program's cookie, or a newer format."
            .into(),
    }
}

fn forged(question: &Question<'_>, kid: KeyId) -> String {
    let bind = if question.args.bind.0.is_empty() { "without a" } else { "with another" };
    format!(
        "the ring has key {kid}, but its seal does not fit the cookie {:?} of application {:?}: \
         most likely it was sealed for another cookie name or application, or {bind} --bind than \
         here; else it was altered.",
        question.args.name, question.args.app
    )
}

/// Refusals by date: the cookie is authentic, so it can be opened for a look at its own dates.
fn dated(question: &Question<'_>, reason: Rejection, kid: KeyId) -> String {
    let at = question.at;
    let date = |moment| relative(moment, at);
    let window = question.ring.find(kid).map(|entry| entry.window()).unwrap_or_default();
    let opened = timeless(question, kid);
    let sealed = opened
        .as_ref()
        .map_or("past its own end".into(), |opened| format!("at {}", date(opened.issued())));
    let began = opened.as_ref().map(|opened| date(opened.created()));
    match reason {
        Rejection::Future => format!(
            "it was sealed {sealed}, more than a minute ahead of {}: one of the clocks is wrong.",
            at.to_date()
        ),
        Rejection::KeyWindow => {
            let from = window.seal_from.map(|from| format!(" from {}", date(from)));
            let until = window.seal_until.map(|until| format!(" until {}", date(until)));
            format!(
                "it was sealed {sealed}, but key {kid} seals{}{}: a server's clock or ring is \
                 wrong, or somebody else has the key.",
                from.unwrap_or_default(),
                until.unwrap_or_default()
            )
        }
        Rejection::ExpiredIdle | Rejection::ExpiredAbsolute => expired(question, reason, opened),
        Rejection::KeyClosed => {
            let close = window.open_until.map(date).unwrap_or_default();
            format!("it was sealed {sealed} with key {kid}, which opens nothing since {close}.")
        }
        Rejection::KeyRevoked => {
            format!("it was sealed {sealed} with key {kid}, which is revoked.")
        }
        Rejection::NotBefore => format!(
            "its session began {}, and the ring's not_before is {}.",
            began.unwrap_or_else(|| "too early".into()),
            question.ring.not_before().map(date).unwrap_or_default()
        ),
        _ => format!("it was sealed {sealed} with key {kid}."),
    }
}

fn expired(question: &Question<'_>, reason: Rejection, opened: Option<Opened>) -> String {
    let date = |moment| relative(moment, question.at);
    let own = opened.as_ref().and_then(Opened::own_lifetimes);
    // Its own if it has one, else the one of the command line.
    let limit = |own: Option<u32>, given: Option<Duration>, usual: u64| match own {
        Some(own) if own > 0 => (u64::from(own), "its own"),
        _ => (given.map_or(usual, |given| given.as_secs()), "the"),
    };
    let (begin, verb, (seconds, whose), name) = match reason {
        Rejection::ExpiredIdle => {
            let limit = limit(own.map(|(_, idle)| idle), question.args.idle, 14 * DAY);
            (opened.map(|opened| opened.issued()), "was last sealed", limit, "idle")
        }
        _ => {
            let limit = limit(own.map(|(life, _)| life), question.args.absolute, 30 * DAY);
            (opened.map(|opened| opened.created()), "began", limit, "absolute")
        }
    };
    match begin {
        Some(begin) => format!(
            "it expired at {}: the session {verb} at {}, and {whose} {name} timeout is {}.",
            date(begin.plus(seconds)),
            begin.to_date(),
            exact(Duration::from_secs(seconds))
        ),
        None => {
            format!("{whose} {name} timeout of {} is over.", exact(Duration::from_secs(seconds)))
        }
    }
}

/// The cookie, opened as if its key had no dates, at some moment at which it was valid; `None` if
/// there never was one.
fn timeless(question: &Question<'_>, kid: KeyId) -> Option<Opened> {
    let mut edit = RingEdit::new(question.text.expose_text()).ok()?;
    for other in question.ring.kids().filter(|other| *other != kid) {
        edit.remove(other).ok()?;
    }
    edit.set_not_before(None).ok()?;
    edit.set_window(kid, Window::default()).ok()?;

    let longest = Duration::from_secs(400 * DAY);
    let policy = Policy::default().idle(longest).absolute(longest);
    // Before its time a cookie is of the future and after it expired, so the time can be found by
    // halving: five bytes of seconds take 41 steps.
    let (mut low, mut high) = (0_u64, 1 << 41);
    while low < high {
        let middle = low.midpoint(high);
        match question.open(edit.ring(), policy, Timestamp::from_unix(middle)).ok()? {
            Ok(opened) => return Some(opened),
            Err((Rejection::Future, _)) => low = middle.saturating_add(1),
            Err(_) => high = middle,
        }
    }
    None
}

//! The parts of the page that depend on the session.

use super::draw::{self, Part};
use super::template::Html;
use super::{Ends, Sealed, View, words};
use crate::size::{HEADER, LIFETIMES, LINE_MAX, TYPED, frame};
use cloakroom::Protection;

/// A warning, where the keys die with the process.
pub(super) fn development(view: &View<'_>) -> Html {
    Html::ours(if view.development {
        r#"<p class="warning"><b>Development ring.</b> The key was made when this process started and ends with it: so does every session.</p>"#
    } else {
        ""
    })
}

/// Who the visitor is.
pub(super) fn ticket(view: &View<'_>) -> Html {
    let number = match &view.sealed {
        Some(sealed) => format!(r#"<b class="mono">{}</b>"#, Html::text(&sealed.kid)),
        None => "none yet".to_owned(),
    };
    let (who, class) = match &view.shop.user {
        Some(user) => (Html::text(user), "who"),
        None => (Html::text("Nobody yet"), "who nobody"),
    };
    let line = match (&view.sealed, &view.shop.user) {
        (None, _) => "The server knows nothing of you, and you carry nothing of it.",
        (Some(_), None) => "You have a session, and have not said who you are.",
        (Some(_), Some(_)) if view.store.is_some() => {
            "You are logged in. Your cookie says which record of the store is yours."
        }
        (Some(_), Some(_)) => {
            "You are logged in. Only your cookie says so: the server kept no copy."
        }
    };
    let note = view.shop.note.len();
    let (views, note) = (Html::text(view.shop.views), Html::text(words::number(note)));
    let left = view.ends.as_ref().map_or(0, |ends| next_end(ends).saturating_sub(view.now));
    let ends = match &view.ends {
        Some(ends) => until(next_end(ends), left),
        None => Html::text("\u{2013}"),
    };
    Html::ours(format!(
        r#"<div class="stub"><span>Key</span> {number}</div>
<div class="front"><p class="eyebrow">Who you are</p>
<h2 class="{class}" id="who">{who}</h2><p class="line">{line}</p>
<dl class="facts"><div><dt>Views</dt><dd id="views">{views}</dd></div>
<div><dt>Note, in bytes</dt><dd id="note">{note}</dd></div>
<div><dt>Left, if you stay away</dt><dd>{ends}</dd></div></dl></div>"#
    ))
}

/// What the browser holds.
pub(super) fn cookie(view: &View<'_>) -> Html {
    let Some(sealed) = &view.sealed else {
        return Html::ours(
            r#"<p class="empty">No cookie. A new session is written once there is something in it: press <b>Visit</b>.</p>"#,
        );
    };
    let bytes = sealed.characters / 4 * 3;
    let claim = match view.mode {
        Protection::Encrypted => {
            "Your browser carries it and cannot read it; a changed bit, and it does not open."
        }
        Protection::Signed => "Whoever holds it can read it; only the server can write it.",
    };
    let name = Html::text(view.cookie_name);
    let payload = bytes.saturating_sub(frame(view.mode));
    let (outer, middle) = (token(view.mode, payload), protected(view.mode));
    let inner = contents(sealed, payload, view.store.is_none().then(|| view.shop.encoded_len()));
    let elsewhere = match view.store {
        Some(engine) => format!(" The {} store holds the rest, sealed too.", Html::text(engine)),
        None => String::new(),
    };
    Html::ours(format!(
        r#"<p><code>{name}</code> is {characters} characters of base64url: {total}. {claim}{elsewhere}</p>
<div class="figure">{upper}{magnifier}{lower}</div>
<div class="legends"><div><h3>The cookie</h3>{outer_legend}</div><div><h3>{inside}</h3>{inner_legend}</div></div>
<h3>The whole <code>Set-Cookie</code> line</h3>
{line}"#,
        characters = words::number(sealed.characters),
        total = Html::text(words::bytes(bytes)),
        upper = draw::bar("The parts of the cookie, to scale", &outer),
        magnifier = draw::magnifier(&outer, middle),
        lower = draw::bar("The parts of what is protected, to scale", &inner),
        outer_legend = draw::legend(&outer),
        inner_legend = draw::legend(&inner),
        inside = match view.mode {
            Protection::Encrypted => "Under the seal",
            Protection::Signed => "In the payload",
        },
        line = line(view, sealed),
    ))
}

/// When it ends.
pub(super) fn times(view: &View<'_>) -> Html {
    let Some(ends) = &view.ends else {
        return Html::ours(r#"<p class="empty">Nothing has begun, so nothing ends.</p>"#);
    };
    let absolute_left = ends.absolute_end.saturating_sub(view.now);
    let absolute = until(ends.absolute_end, absolute_left);
    let lead = if ends.idle_end >= ends.absolute_end {
        format!("Ends in {absolute}, whether you keep coming or not.")
    } else {
        let idle = Html::text(words::span(ends.idle));
        format!("Ends in {absolute} if you keep coming; {idle} after your last visit.")
    };
    let browser = if ends.persistent {
        "The browser keeps the cookie until then, closed or not."
    } else {
        "Closing the browser ends it too."
    };
    Html::ours(format!(
        r#"<p class="lead">{lead}</p>
{drawing}
<dl class="moments"><div><dt>Began</dt><dd>{created}</dd></div>
<div><dt>Ends if you stay away</dt><dd>{idle_end}</dd></div>
<div><dt>Ends whatever you do</dt><dd>{absolute_end}</dd></div></dl>
<p class="small">{browser}</p>"#,
        drawing = timeline(ends, view.now),
        created = moment(ends.created),
        idle_end = moment(next_end(ends)),
        absolute_end = moment(ends.absolute_end),
    ))
}

fn part(class: &'static str, name: &str, about: &str, len: usize) -> Part {
    Part { class, name: name.to_owned(), about: about.to_owned(), len }
}

/// The token: what the library wrote around the payload.
fn token(mode: Protection, payload: usize) -> Vec<Part> {
    let mut parts = vec![
        part("version", "Version", "format and mode", 1),
        part("kid", "Key id", "which key of the ring", 4),
    ];
    match mode {
        Protection::Encrypted => parts.extend([
            part("nonce", "Nonce", "never the same twice", 24),
            part("sealed", "Sealed", "by XAES-256-GCM", payload),
            part("tag", "Tag", "proves that nothing changed", 16),
        ]),
        Protection::Signed => parts.extend([
            part("open", "Payload", "for all to read", payload),
            part("tag", "MAC", "proves who wrote it", 32),
        ]),
    }
    parts
}

/// The part of the token that is drawn larger.
fn protected(mode: Protection) -> &'static str {
    match mode {
        Protection::Encrypted => "sealed",
        Protection::Signed => "open",
    }
}

/// The payload: what is protected, with so many bytes of data unless a store holds them.
fn contents(sealed: &Sealed, payload: usize, data: Option<usize>) -> Vec<Part> {
    let lifetimes = if sealed.own_lifetimes { LIFETIMES } else { 0 };
    let body = data.map_or(0, |data| TYPED + data);
    let padding = payload.saturating_sub(HEADER + lifetimes + body);
    let mut parts = vec![
        part("flags", "Flags", "how to read the rest", 1),
        part("sid", "Session id", "128 random bits", 16),
        part("time", "Times", "beginning and age", 9),
    ];
    if sealed.own_lifetimes {
        parts.push(part("life", "Lifetimes", "this session\u{2019}s own", LIFETIMES));
    }
    if let Some(data) = data {
        parts.extend([
            part("shape", "Type", "version and shape", TYPED),
            part("data", "Your data", "user, views and note", data),
        ]);
    }
    parts.push(part("pad", "End", "mark and padding", padding));
    parts
}

/// The `Set-Cookie` line against what browsers keep.
fn line(view: &View<'_>, sealed: &Sealed) -> Html {
    let (name, value) = (view.cookie_name.len() + 1, sealed.characters);
    let rest = sealed.line.saturating_sub(name + value);
    let free = LINE_MAX.saturating_sub(sealed.line);
    let parts = [
        part("name", "Name", &format!("{}=", view.cookie_name), name),
        part("value", "Value", "the cookie above", value),
        part("attributes", "Attributes", &sealed.attributes, rest),
        part("free", "Free", "up to what browsers keep", free),
    ];
    let percent = sealed.line * 100 / LINE_MAX;
    let (used, limit) = (words::number(sealed.line), words::number(LINE_MAX));
    Html::ours(format!(
        r#"<p class="gauge"><b>{used}</b> of {limit} bytes <span>{percent}&thinsp;%</span></p><div role="meter" aria-label="Bytes of the Set-Cookie line" aria-valuemin="0" aria-valuemax="{LINE_MAX}" aria-valuenow="{now}">{bar}</div>{legend}"#,
        now = sealed.line,
        bar = draw::bar("The parts of the line, to scale", &parts),
        legend = draw::legend(&parts),
    ))
}

/// From the beginning to the last possible end, to scale: gone, left without a visit, the rest.
fn timeline(ends: &Ends, now: u64) -> Html {
    let length =
        |from: u64, to: u64| usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    let next = next_end(ends);
    let parts = [
        part("gone", "gone", "", length(ends.created, now.min(ends.absolute_end))),
        part("idle", "left, if you stay away", "", length(now, next)),
        part("rest", "left, if you keep coming", "", length(next.max(now), ends.absolute_end)),
    ];
    draw::timeline(&parts)
}

fn next_end(ends: &Ends) -> u64 {
    ends.idle_end.min(ends.absolute_end)
}

/// A span that the script counts down.
fn until(unix: u64, left: u64) -> Html {
    let (stamp, words) = (words::rfc3339(unix), Html::text(words::span(left)));
    Html::ours(format!(r#"<time datetime="{stamp}" data-until="{unix}">{words}</time>"#))
}

fn moment(unix: u64) -> Html {
    let (stamp, words) = (words::rfc3339(unix), Html::text(words::utc(unix)));
    Html::ours(format!(r#"<time datetime="{stamp}">{words}</time>"#))
}

//! `ring list`: what each key does, and when.

use std::{env, process::ExitCode};

use cloakroom::{
    KeyRing, Timestamp,
    keys::{KeyState, RingEntry},
};

use crate::{
    args,
    json::Object,
    out::{Colour, Fault, Style, print},
    ring, timeline,
    words::relative,
};

pub(crate) fn run(args: &args::List) -> Result<ExitCode, Fault> {
    let file = &args.ring.file;
    let text = ring::load(file)?;
    let ring: KeyRing = text.expose_text().parse().map_err(|error| Fault::of(file, error))?;
    let at = args.at.unwrap_or_else(ring::now);
    if args.json {
        return print(&(json(&ring, at) + "\n"));
    }
    print(&human(&ring, at, Style::of_stdout()))
}

/// A state in lower case, as it is printed everywhere.
pub(crate) const fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Staged => "staged",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
        KeyState::Closed => "closed",
        KeyState::Revoked => "revoked",
    }
}

fn json(ring: &KeyRing, at: Timestamp) -> String {
    let unix = |date: Option<Timestamp>| date.map(Timestamp::as_unix);
    let sealing = ring.sealing_kid(at).map(|kid| kid.to_string());
    let keys = ring.states(at).map(|(entry, state)| {
        let window = entry.window();
        Object::new()
            .text("kid", &entry.kid().to_string())
            .text("state", state_name(state))
            .maybe("seal_from", unix(window.seal_from))
            .maybe("seal_until", unix(window.seal_until))
            .maybe("open_until", unix(window.open_until))
    });
    Object::new()
        .number("at", at.as_unix())
        .maybe_text("sealing", sealing.as_deref())
        .maybe("next_change", unix(ring.next_change(at)))
        .maybe("not_before", unix(ring.not_before()))
        .list("keys", keys)
        .finish()
}

fn human(ring: &KeyRing, at: Timestamp, style: Style) -> String {
    let mut out = format!(
        "{:8} {:7} {:20} {:20} {}\n",
        "kid", "state", "seals from", "seals until", "opens until"
    );
    for (entry, state) in ring.states(at) {
        out += line(entry, state, style).trim_end();
        out.push('\n');
    }
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(80);
    out.push('\n');
    out += &timeline::draw(ring, at, columns, style);
    out.push('\n');

    out += &match ring.sealing_kid(at) {
        Some(kid) => format!("{kid} seals."),
        None => style.paint(Colour::Red, "No key seals."),
    };
    if let Some(change) = ring.next_change(at) {
        out += &format!(" The next change is at {}.", relative(change, at));
    }
    out.push('\n');
    if let Some(warning) = ring::no_seal(ring, at).filter(|_| ring.sealing_kid(at).is_some()) {
        out += &format!("{}\n", style.paint(Colour::Yellow, &format!("Warning: {warning}.")));
    }
    if let Some(moment) = ring.not_before() {
        out += &format!("Sessions that began before {} are refused.\n", relative(moment, at));
    }
    out
}

fn line(entry: &RingEntry, state: KeyState, style: Style) -> String {
    let window = entry.window();
    let date = |date: Option<Timestamp>| date.map_or("-".to_owned(), Timestamp::to_date);
    // Padded before it is painted: a colour takes no room.
    let state = style.paint(colour(state), &format!("{:7}", state_name(state)));
    format!(
        "{} {state} {:20} {:20} {}",
        entry.kid(),
        date(window.seal_from),
        date(window.seal_until),
        date(window.open_until)
    )
}

pub(crate) const fn colour(state: KeyState) -> Colour {
    match state {
        KeyState::Staged => Colour::Cyan,
        KeyState::Active => Colour::Green,
        KeyState::Retired => Colour::Yellow,
        KeyState::Closed => Colour::Dim,
        KeyState::Revoked => Colour::Red,
    }
}

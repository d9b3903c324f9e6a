//! The commands that make keys and change a ring file.

use std::{path::Path, process::ExitCode, time::Duration};

use cloakroom::{
    Clock, Key, KeyRing, SystemClock, Timestamp,
    keys::{
        KeyError, KeySource, KeyState, RingEdit, RingEntry, RingError, RingFile, RingFileEditor,
        RingProblem, RingText, RotateError, Rotated, Rotation, SourceError, Window,
    },
};

use crate::{
    args,
    out::{Fault, print, warn},
    words::{DAY, exact, relative},
};

/// The longest that a cookie can live without use, whatever the servers are configured to.
const LONGEST_IDLE: Duration = Duration::from_secs(400 * DAY);
/// How long one lives by default, a minute of clock skew included.
const USUAL_IDLE: Duration = Duration::from_secs(14 * DAY + 60);
/// From when on a server, too, says that its ring ends.
pub(crate) const ENDS_SOON: u64 = 14 * DAY;

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// The text of a ring file, with a warning if its group can read it.
pub(crate) fn load(file: &Path) -> Result<RingText, Fault> {
    let text = RingFile::new(file).load().map_err(|error| Fault::of(file, error))?;
    if text.is_group_readable() {
        warn(format_args!("{}: its group can read it", file.display()));
    }
    Ok(text)
}

pub(crate) fn keygen(args: &args::Keygen) -> Result<ExitCode, Fault> {
    for _ in 0..args.count {
        let key = generate()?;
        print(&key.expose_text())?;
        print("\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn new(args: &args::New) -> Result<ExitCode, Fault> {
    let file = &args.ring.file;
    let now = now();
    let seal_until = args.seal_for.map(|time| now.plus(time.as_secs()));
    let edit = RingEdit::of(&generate()?, Window { seal_until, ..Window::default() })
        .map_err(|error| Fault::of(file, error))?;
    RingFileEditor::create(file, &edit).map_err(|error| match error {
        SourceError::Write(std::io::ErrorKind::AlreadyExists) => {
            Fault::of(file, "there is a file of this name; `ring rotate` adds a key to a ring")
        }
        error => Fault::of(file, error),
    })?;
    let ends = seal_until.map(|until| format!(" until {}", relative(until, now)));
    let kid = edit.ring().kids().next().map(|kid| kid.to_string());
    warn_about(edit.ring(), now);
    print(&format!(
        "key {} seals from now on{}\n",
        kid.unwrap_or_default(),
        ends.unwrap_or_default()
    ))
}

pub(crate) fn rotate(args: &args::Rotate) -> Result<ExitCode, Fault> {
    let file = &args.ring.file;
    let rotation = Rotation {
        after: args.after,
        fleet_delay: args.fleet_delay,
        seal_for: args.seal_for,
        open_for: args.open_for,
        force: args.force,
    };
    let (before, after, now, rotated) = change(file, |edit, now| {
        edit.rotate(&generate()?, &rotation, now).map_err(|error| refused(file, error, &rotation))
    })?;

    let mut said = format!("key {} seals from {}\n", rotated.new, relative(rotated.from, now));
    if let Some(window) = rotated.old.and_then(|old| after.find(old)) {
        let (kid, window) = (window.kid(), window.window());
        let date = |date: Option<Timestamp>| date.map(|date| relative(date, now));
        said += &format!("key {kid} seals until {}", date(window.seal_until).unwrap_or_default());
        let open_until = date(window.open_until).map(|date| format!(", and opens until {date}"));
        said += &format!("{}\n", open_until.unwrap_or_default());
    }
    if rotated.from > now {
        said +=
            &format!("every server must have read {} before the new key seals\n", file.display());
    }
    warn_about_rotation(&before, &after, &rotation, &rotated, now);
    warn_about(&after, now);
    print(&said)
}

pub(crate) fn revoke(args: &args::Revoke) -> Result<ExitCode, Fault> {
    let (file, kid) = (&args.ring.file, args.kid);
    let (_, after, now, new) = change(file, |edit, _| {
        edit.revoke(kid).map_err(|error| match error.problem {
            RingProblem::NoSuchKey { .. } => Fault::of(
                file,
                format_args!("there is no key {kid} in it; it has {}", kids(edit.ring())),
            ),
            _ => Fault::of(file, error),
        })
    })?;
    let mut said = match new {
        true => {
            format!("key {kid} is revoked: its cookies are refused once servers read the file\n")
        }
        false => format!("key {kid} was revoked before\n"),
    };
    if let Some(sealing) = after.sealing_kid(now) {
        said += &format!("key {sealing} seals\n");
    }
    warn_about(&after, now);
    print(&said)
}

pub(crate) fn prune(args: &args::File) -> Result<ExitCode, Fault> {
    let file = &args.file;
    let (_, after, _, gone) = change(file, |edit, now| {
        edit.prune(now, LONGEST_IDLE).map_err(|error| match error.problem {
            RingProblem::Empty => Fault::of(file, "no key would be left: rotate first"),
            _ => Fault::of(file, error),
        })
    })?;
    let mut said: String = gone.iter().map(|kid| format!("key {kid} is gone\n")).collect();
    if gone.is_empty() {
        said = format!("nothing to remove: cookies of {} may live\n", kids(&after));
    }
    print(&said)
}

pub(crate) fn not_before(args: &args::NotBefore) -> Result<ExitCode, Fault> {
    let (file, time) = (&args.ring.file, args.time);
    let (before, _, now, ()) = change(file, |edit, _| {
        edit.set_not_before(Some(time)).map_err(|error| Fault::of(file, error))
    })?;
    if let Some(old) = before.not_before().filter(|old| *old > time) {
        warn(format_args!(
            "it was {}: sessions that began between the two are accepted again",
            old.to_date()
        ));
    }
    if time > now {
        warn(format_args!("until {} nobody stays logged in", relative(time, now)));
    }
    print(&format!("sessions that began before {} are refused\n", relative(time, now)))
}

/// What every command that changes or shows a ring says of the time ahead.
pub(crate) fn warn_about(ring: &KeyRing, now: Timestamp) {
    if let Some(warning) = no_seal(ring, now) {
        warn(warning);
    }
}

/// When no key seals, if that is now or within 14 days.
pub(crate) fn no_seal(ring: &KeyRing, now: Timestamp) -> Option<String> {
    let end = ring.seals_until(now).filter(|end| end.since(now) < ENDS_SOON)?;
    if end > now {
        return Some(format!("no key seals from {} on: rotate the ring", relative(end, now)));
    }
    let next = ring.states(now).filter(|(_, state)| *state == KeyState::Staged);
    let next = next.filter_map(|(entry, _)| entry.window().seal_from).min();
    Some(match next {
        Some(next) => format!("no key seals until {}", relative(next, now)),
        None => {
            "no key seals: add one with `ring rotate FILE --after 0s --fleet-delay 0s`".to_owned()
        }
    })
}

/// All key ids of a ring, in a sentence.
pub(crate) fn kids(ring: &KeyRing) -> String {
    let kids: Vec<_> = ring.kids().map(|kid| kid.to_string()).collect();
    match kids.as_slice() {
        [one] => format!("the key {one}"),
        many => format!("{} keys: {}", many.len(), many.join(", ")),
    }
}

/// Changes a ring file; gives the ring before and after, the moment, and what the change gave.
fn change<T>(
    file: &Path,
    change: impl FnOnce(&mut RingEdit, Timestamp) -> Result<T, Fault>,
) -> Result<(KeyRing, KeyRing, Timestamp, T), Fault> {
    let of_file = |error| Fault::of(file, error);
    let mut editor = RingFileEditor::open(file).map_err(of_file)?;
    // Behind the lock, so that of two operators the second also has the later time.
    let now = now();
    let before = editor.edit().ring().clone();
    let text = RingText::new(editor.edit().expose_text());
    let value = change(editor.edit(), now)?;
    let after = editor.edit().ring().clone();
    if editor.edit().expose_text() != text.expose_text() {
        editor.save().map_err(of_file)?;
    }
    Ok((before, after, now, value))
}

fn generate() -> Result<Key, Fault> {
    Key::generate().map_err(|error: KeyError| Fault::new(error))
}

fn refused(file: &Path, error: RotateError, rotation: &Rotation) -> Fault {
    let hint = match error {
        RotateError::Staged { .. } => {
            "; once it seals the ring can be rotated again, or now with --force".to_owned()
        }
        RotateError::TooSoon => format!(
            ": --after {} is below --fleet-delay {}; choose a later moment, or --force",
            exact(rotation.after),
            exact(rotation.fleet_delay)
        ),
        RotateError::Ring(RingError { problem: RingProblem::TooManyKeys, .. }) => {
            "; `ring prune` removes those that are of no use".to_owned()
        }
        RotateError::Ring(RingError { problem: RingProblem::OpenWindow, .. }) => {
            "; the old key would close while it may seal: move that date with --open-for".to_owned()
        }
        _ => String::new(),
    };
    Fault::of(file, format_args!("{error}{hint}"))
}

fn warn_about_rotation(
    before: &KeyRing,
    after: &KeyRing,
    rotation: &Rotation,
    rotated: &Rotated,
    now: Timestamp,
) {
    let old = rotated.old.and_then(|old| before.find(old)).map(RingEntry::window);
    if rotation.after < rotation.fleet_delay {
        warn("a server that reads the file late refuses cookies of the new key until it has");
    }
    if rotation.open_for.is_some_and(|time| time < USUAL_IDLE) {
        warn(
            "--open-for is below the usual idle timeout of 14 days: visitors who stay away longer \
              than that are logged out",
        );
    }
    if let Some(ended) = old.and_then(|old| old.seal_until).filter(|until| *until <= now) {
        warn(format_args!(
            "the old key had stopped sealing at {}, and seals again",
            ended.to_date()
        ));
    }
    for (entry, _) in after.states(rotated.from).filter(|(_, state)| *state == KeyState::Staged) {
        let from = entry.window().seal_from.unwrap_or(now);
        warn(format_args!("key {} takes over at {}", entry.kid(), relative(from, now)));
    }
}

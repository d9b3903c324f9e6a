//! `ring check`: everything that is wrong with a ring, or soon will be.

use std::{path::Path, process::ExitCode, time::Duration};

use cloakroom::{
    KeyRing, Timestamp,
    keys::{KeySource, RingEntry, RingFile, RingText, SourceError},
};

use crate::{
    args,
    out::{Fault, REFUSED, print},
    ring,
    words::{exact, relative},
};

/// What was found. Problems fail the check, warnings do not.
#[derive(Default)]
struct Findings {
    problems: Vec<String>,
    warnings: Vec<String>,
}

pub(crate) fn run(args: &args::Check) -> Result<ExitCode, Fault> {
    let file = &args.ring.file;
    let now = ring::now();
    let mut found = Findings::default();
    let text = found.file(file);
    if let Some(text) = &text {
        let problems = KeyRing::problems(text.expose_text());
        found.problems.extend(problems.iter().map(ToString::to_string));
        if let Ok(ring) = text.expose_text().parse::<KeyRing>() {
            found.ring(&ring, args, now);
        }
    }
    let shown = |kind: &str, findings: &[String]| -> String {
        findings.iter().map(|finding| format!("{kind}: {finding}\n")).collect()
    };
    let mut said = shown("problem", &found.problems) + &shown("warning", &found.warnings);
    if found.problems.is_empty() {
        said += &format!("{}: good\n", file.display());
    }
    let printed = print(&said)?;
    Ok(if found.problems.is_empty() { printed } else { ExitCode::from(REFUSED) })
}

impl Findings {
    /// The file itself; its text if there is one, though servers may refuse to read it.
    fn file(&mut self, file: &Path) -> Option<RingText> {
        let source = RingFile::new(file);
        let loaded = match source.load() {
            Err(error @ SourceError::Mode { .. }) => {
                self.problems.push(error.to_string());
                source.any_mode().load()
            }
            loaded => loaded,
        };
        match loaded {
            Ok(text) => {
                if text.is_group_readable() {
                    self.warnings.push("the group of the file can read it".to_owned());
                }
                Some(text)
            }
            Err(error) => {
                self.problems.push(error.to_string());
                None
            }
        }
    }

    fn ring(&mut self, ring: &KeyRing, args: &args::Check, now: Timestamp) {
        let delay = args.fleet_delay.as_secs();
        let mut live: Vec<_> = ring.entries().filter(|entry| !entry.window().revoked).collect();
        live.sort_by_key(|entry| entry.window().seal_from);

        if ring.sealing_kid(now).is_none() {
            self.problems.extend(ring::no_seal(ring, now));
        }
        for pair in live.windows(2) {
            if let [old, new] = pair {
                self.handover(old, new, delay, now);
            }
        }
        for entry in &live {
            self.arrival(entry, delay, now);
            self.closing(entry, args.idle.min(args.absolute).as_secs(), now);
        }
        self.end(&live, now);
        if let Some(moment) = ring.not_before().filter(|moment| *moment > now) {
            let moment = relative(moment, now);
            self.warnings
                .push(format!("not_before is {moment}: until then nobody stays logged in"));
        }
    }

    /// From one key to the next: no moment without a key, and no key that could seal for ever.
    fn handover(&mut self, old: &RingEntry, new: &RingEntry, delay: u64, now: Timestamp) {
        let (old_kid, new_kid) = (old.kid(), new.kid());
        let Some(from) = new.window().seal_from else { return };
        let Some(until) = old.window().seal_until else {
            self.warnings.push(format!(
                "key {old_kid} has no seal_until although key {new_kid} takes over: whoever steals \
                 it can seal with it as long as it is in the ring"
            ));
            return;
        };
        if until < from && from > now {
            let gap = format!("from {} until {}", relative(until, now), relative(from, now));
            self.problems.push(format!("no key seals {gap}"));
        } else if until < from.plus(delay) && from.plus(delay) > now {
            self.problems.push(format!(
                "key {old_kid} seals until {}, less than the fleet delay of {} after key {new_kid} \
                 takes over: a late server would have no key to seal with",
                relative(until, now),
                exact(Duration::from_secs(delay))
            ));
        }
    }

    /// A key must not seal before every server can have it.
    fn arrival(&mut self, entry: &RingEntry, delay: u64, now: Timestamp) {
        let from = entry.window().seal_from.filter(|from| *from > now && from.since(now) < delay);
        if let Some(from) = from {
            self.problems.push(format!(
                "key {} seals from {}, sooner than the fleet delay of {} allows: a server that \
                 reads the file later refuses its cookies until then",
                entry.kid(),
                relative(from, now),
                exact(Duration::from_secs(delay))
            ));
        }
    }

    /// A key must open as long as its last cookie lives.
    fn closing(&mut self, entry: &RingEntry, life: u64, now: Timestamp) {
        let window = entry.window();
        let (Some(until), Some(close)) = (window.seal_until, window.open_until) else { return };
        if close > now && close < until.plus(life) {
            self.problems.push(format!(
                "key {} opens until {}, but its last cookies live until {}: their visitors are \
                 logged out",
                entry.kid(),
                relative(close, now),
                relative(until.plus(life), now)
            ));
        }
    }

    /// The last key's end, once it is near.
    fn end(&mut self, live: &[&RingEntry], now: Timestamp) {
        let end = live.last().and_then(|newest| newest.window().seal_until);
        let soon = |end: &Timestamp| *end > now && end.since(now) < ring::ENDS_SOON;
        if let Some(end) = end.filter(soon) {
            let end = relative(end, now);
            self.warnings.push(format!("no key seals from {end} on: rotate the ring"));
        }
    }
}

//! No type of the crate prints a secret, and no type is left out of this test.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::io::ErrorKind;
use std::time::Duration;

use cloakroom::cookie::{Candidates, CookieConfig, SameSite, Scope, candidates};
use cloakroom::keys::{
    KeyError, KeyState, Ring, RingEdit, RingEnv, RingError, RingFile, RingFileEditor, RingNote,
    RingProblem, RingText, RotateError, Rotation, SourceError, Window,
};
use cloakroom::{
    Anatomy, Claims, Codec, CommitError, ConfigError, Deflate, EncodeReason, EntropyError,
    EntropyRng, Event, Failure, First, FixedClock, FixedEntropy, Key, KeyRing, Kind, OsEntropy,
    Policy, Protection, ReSeal, ReadSession, Rejection, RequestParts, SaveOn, SealError,
    SessionConfig, SessionError, SessionManager, SessionStatus, SystemClock, ValueError, Values,
};

use crate::absent::implements;
use crate::doors::doors;
use crate::material::{APP, KeyMaterial, NAME, NOW, block_on};
use crate::sources;

pub(crate) const MARK: &str = "payload-mark-3f9c";

/// Looks at what types print, and notes which types it has looked at.
#[derive(Default)]
pub(crate) struct Look {
    secrets: Vec<String>,
    /// By their full paths, for several doors have types of one name.
    pub(crate) seen: BTreeSet<String>,
    /// Those that were also printed with `Display`, by their names alone.
    printed: BTreeSet<String>,
}

impl Look {
    pub(crate) fn secret(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks_exact(4) {
            let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            self.secrets.push(format!("{piece:?}").trim_matches(['[', ']']).to_owned());
            self.secrets.extend([hex.to_uppercase(), hex]);
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            let pieces = text.as_bytes().chunks_exact(8);
            self.secrets.extend(pieces.map(|piece| String::from_utf8_lossy(piece).into_owned()));
        }
    }

    pub(crate) fn debug<T: Debug + ?Sized>(&mut self, value: &T) {
        let indented = format!("{value:#?}");
        let one_line = indented.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name_of::<T>();
        for shown in [format!("{value:?}"), indented, one_line] {
            self.check(&name, &shown);
        }
        // Types of other crates are printed on the way, and are not what is asked about.
        if name.starts_with("cloakroom::") {
            self.seen.insert(name);
        }
    }

    pub(crate) fn both<T: Debug + Display + ?Sized>(&mut self, value: &T) {
        self.debug(value);
        let name = name_of::<T>();
        self.check(&name, &value.to_string());
        self.printed.extend(name.rsplit("::").next().map(String::from));
    }

    fn check(&self, name: &str, shown: &str) {
        for secret in &self.secrets {
            assert!(!shown.contains(secret), "{name} shows {secret}: {shown}");
        }
    }
}

/// `cloakroom::session::handle::Session` for `&Session<Values>`.
pub(crate) fn name_of<T: ?Sized>() -> String {
    let whole = std::any::type_name::<T>().trim_start_matches('&');
    whole.split('<').next().unwrap_or_default().to_owned()
}

#[test]
fn no_public_type_prints_a_key_a_cookie_an_id_or_a_payload() {
    let material = KeyMaterial::random();
    let mut look = Look::default();
    material.secrets().iter().for_each(|(_, secret)| look.secret(secret));
    look.secret(MARK.as_bytes());

    let ring = keys(&mut look, &material);
    sessions(&mut look, ring);
    errors(&mut look);
    plain(&mut look);
    #[cfg(feature = "cli")]
    crate::imports::imports(&mut look);
    crate::stores::stores(&mut look);
    #[cfg(feature = "auth")]
    crate::logins::logins(&mut look);
    // What has no `Debug` shows nothing.
    assert!(!implements!(Candidates<'_>: Debug), "look at what it shows");
    look.seen.insert(name_of::<Candidates<'_>>());
    // There is no value of it.
    look.seen.insert(name_of::<First>());

    let known = sources::public_types();
    assert!(known.len() > 60, "the types were not found");
    let missing: Vec<_> = known.difference(&look.seen).collect();
    assert!(missing.is_empty(), "nobody looked at {missing:?}");
    let gone: Vec<_> = look.seen.difference(&known).collect();
    assert!(gone.is_empty(), "no longer public: {gone:?}");

    let shown = sources::shown_types();
    assert!(shown.len() > 12, "the types were not found");
    let missing: Vec<_> = shown.difference(&look.printed).collect();
    assert!(missing.is_empty(), "nobody printed {missing:?}");
}

/// A look that never fails would pass everything.
#[test]
fn the_look_notices_a_secret_in_each_of_its_disguises() {
    let material = KeyMaterial::random();
    let mut look = Look::default();
    material.secrets().iter().for_each(|(_, secret)| look.secret(secret));
    let (_, master) = &material.secrets()[0];
    let hex: String = master.iter().map(|byte| format!("{byte:02x}")).collect();
    let disguises = [
        format!("{master:?}"),
        format!("{master:#?}").split_whitespace().collect::<Vec<_>>().join(" "),
        hex.to_uppercase(),
        hex,
        format!("Key({})", material.text()),
    ];
    for shown in disguises {
        assert!(std::panic::catch_unwind(|| look.check("a type", &shown)).is_err());
    }
    look.check("a type", "Key(kid=00112233)");
    assert_eq!(name_of::<&SessionManager<Values>>(), "cloakroom::manager::SessionManager");
}

fn keys(look: &mut Look, material: &KeyMaterial) -> KeyRing {
    let line = format!("{} seal_until=2027-01-01T00:00:00Z # a comment\n", material.text());
    let ring: KeyRing = line.parse().unwrap();
    look.debug(&material.key());
    look.both(&material.key().id());
    look.debug(&ring);
    look.debug(ring.entries().next().unwrap());
    look.debug(&ring.states(NOW).next().unwrap().1);
    look.debug(&KeyRing::builder().key(material.key(), Window::default()));
    look.debug(&Window::default());
    look.debug(&KeyState::Active);
    look.debug(&RingText::new(&line));
    look.debug(&RingEnv::new("CLOAKROOM_RING"));
    let mut edit = RingEdit::new(&line).unwrap();
    look.debug(&edit);
    look.debug(&Rotation::default());
    look.debug(&edit.rotate(&Key::generate().unwrap(), &Rotation::default(), NOW).unwrap());

    let folder = std::env::temp_dir().join(format!("cloakroom-shown-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ring");
    let _ = std::fs::remove_file(&path);
    RingFileEditor::create(&path, &edit).unwrap();
    look.debug(&RingFile::new(&path));
    look.debug(&RingFileEditor::open(&path).unwrap());
    let held = Ring::watch(RingFile::new(&path), Duration::ZERO).unwrap();
    look.debug(&held);
    look.debug(&held.health(NOW));
    std::fs::write(&path, format!("{line}{line}")).unwrap();
    let notes = held.refresh(NOW);
    assert!(!notes.is_empty());
    notes.iter().for_each(|note| look.both(note));
    look.debug(&held.health(NOW));
    std::fs::remove_dir_all(&folder).unwrap();

    // What a key is mistaken for must not be quoted back.
    let mistyped = material.text().replace("ck1_", "ck2_");
    look.both(&mistyped.parse::<Key>().unwrap_err());
    look.both(&mistyped.parse::<KeyRing>().unwrap_err());
    look.both(&RingEdit::new(&mistyped).unwrap_err());
    ring
}

fn sessions(look: &mut Look, ring: KeyRing) {
    let config = || {
        SessionConfig::new(ring.clone(), APP)
            .clock(FixedClock::at(NOW))
            .bind(|_| MARK.into())
            .on_event(|event| drop(format!("{event:?}")))
    };
    let sessions = SessionManager::<Values>::new(config()).unwrap();
    let mut claims = Claims::default();
    claims.subject = Some(MARK.into());
    claims.stamp = Some(MARK.as_bytes()[..16].try_into().unwrap());

    let session = block_on(sessions.load(&RequestParts::new("GET", "/", &[]))).unwrap();
    session.update(|values| values.insert("note", &MARK).unwrap()).unwrap();
    session.set_claims(claims.clone()).unwrap();
    look.secret(session.id().unwrap().expose_bytes());
    let headers = block_on(sessions.commit(&session, 200)).unwrap();
    let line = headers.set_cookies[0].clone();
    let value = line.as_str().split(['=', ';']).nth(1).unwrap().to_owned();
    look.secret(value.as_bytes());
    let cookie = format!("{NAME}={value}");

    look.debug(&config());
    look.debug(&sessions);
    look.debug(sessions.counters());
    look.debug(&claims);
    look.debug(&headers);
    look.debug(&line);
    look.debug(&session.id().unwrap());
    look.check("log_tag", &session.id().unwrap().log_tag());
    look.debug(&session.read(Values::clone).unwrap());
    look.debug(&ReadSession::from(session.clone()));
    look.debug(&session.status());
    look.debug(&session);

    let cookies = [("cookie", cookie.as_bytes())];
    let request = RequestParts::new("GET", "/", &cookies);
    look.debug(&request);
    let slot = sessions.slot(&request).unwrap();
    look.debug(&slot);
    assert!(!block_on(slot.session(request.headers())).unwrap().is_new());
    look.debug(&slot);

    let codec = Codec::new(&ring, Protection::Encrypted, APP, NAME, Policy::default()).unwrap();
    look.debug(&codec);
    look.debug(&codec.open(value.as_bytes(), MARK.as_bytes(), NOW).unwrap());
    look.both(&codec.open(value.as_bytes(), b"", NOW).unwrap_err());
    look.debug(&Anatomy::of(value.as_bytes(), Protection::Encrypted).unwrap());
    assert_eq!(candidates([cookie.as_bytes()], NAME).values(), [value.as_bytes()]);

    session.update(|values| values.insert("note", &MARK.repeat(400)).unwrap()).unwrap_err();
    let session = block_on(sessions.load(&request)).unwrap();
    session.update(|values| values.insert("note", &MARK.repeat(400)).unwrap()).unwrap();
    let error = block_on(sessions.commit(&session, 200)).unwrap_err();
    look.both(&error);
    look.debug(&Event::Failed { error: &error });
    let CommitError::Seal(SealError::TooLarge(sizes)) = &error else { panic!() };
    look.both(sizes);
    doors(look, &sessions, &cookie);
}

/// Errors and events, every variant that can hold something.
fn errors(look: &mut Look) {
    let kid = Key::generate().unwrap().id();
    for error in [KeyError::Checksum, KeyError::Weak, KeyError::Alphabet, KeyError::Published] {
        look.both(&error);
    }
    let problems = [
        RingProblem::UnknownWord,
        RingProblem::Date,
        RingProblem::Key(KeyError::Length),
        RingProblem::NoSuchKey { kid },
        RingProblem::DroppedKey { kid },
    ];
    let ring_errors: Vec<RingError> =
        ["x", "x=1", "not_before=soon"].map(|text| text.parse::<KeyRing>().unwrap_err()).into();
    for problem in problems {
        look.both(&problem);
    }
    for error in ring_errors {
        look.both(&error);
        look.both(&RingNote::Refused(error));
        look.both(&SourceError::Ring(error));
        look.both(&RotateError::Ring(error));
        look.both(&ConfigError::Ring(error));
    }
    look.both(&SourceError::Io(ErrorKind::NotFound));
    look.both(&ConfigError::Label { name: "application label" });
    for error in [SealError::NoSealingKey, SealError::Encode(EncodeReason::Custom)] {
        look.both(&error);
        look.debug(&Event::ResealSkipped { error: &error });
    }
    look.both(&EncodeReason::TooDeep);
    look.both(&ValueError::Malformed);
    look.both(&EntropyError);
    look.both(&SessionError::Panicked);
    look.both(&SessionError::Anonymous);
    look.both(&CommitError::Session(SessionError::Busy));
    for reason in Rejection::ALL {
        look.both(&reason);
        look.debug(&Event::Rejected { reason, kid: Some(kid) });
    }
}

/// Types that hold nothing but numbers and settings.
fn plain(look: &mut Look) {
    look.debug(&CookieConfig::default());
    look.debug(&CookieConfig::default().build().unwrap());
    look.debug(&SameSite::Lax);
    look.debug(&Scope::new());
    look.debug(&Deflate::Off);
    look.debug(&EntropyRng::new(&OsEntropy));
    look.debug(&Failure::default());
    look.debug(&FixedClock::at(NOW));
    look.debug(&FixedEntropy::from_seed(1));
    look.debug(&Kind::Typed);
    look.debug(&OsEntropy);
    look.debug(&Policy::default());
    look.debug(&Protection::Signed);
    look.debug(&ReSeal::default());
    look.debug(&SaveOn::default());
    look.debug(&SessionStatus::Anonymous);
    look.debug(&SystemClock);
    look.debug(&NOW);
}

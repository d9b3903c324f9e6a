//! Nothing that prints shows a value, an id, a payload or a key.

use std::fmt::Debug;

use cloakroom::keys::{Ring, RingText};
use cloakroom::{
    Claims, Codec, CommitError, FixedEntropy, OsEntropy, Policy, Protection, ReadSession,
    RequestParts, SealError, SessionConfig,
};

use crate::support::{APP, Basket, Browser, NAME, Site, at, block_on, key_text, pick, ring, secs};

const MARK: &str = "PAYLOAD-MARK";

/// Everything that must not be shown, as text and as the lists of numbers that `Debug` makes of it.
struct Secrets(Vec<String>);

impl Secrets {
    fn numbers(bytes: &[u8]) -> Vec<String> {
        // Four bytes in a row do not stand there by chance.
        let list = |part: &[u8]| format!("{part:?}").trim_matches(['[', ']']).to_owned();
        let hex = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let upper = |part: &[u8]| hex(part).to_uppercase();
        bytes.chunks_exact(4).flat_map(|part| [list(part), hex(part), upper(part)]).collect()
    }

    #[track_caller]
    fn check(&self, what: &str, shown: &str) {
        for secret in &self.0 {
            assert!(!shown.contains(secret), "{what} shows {secret}: {shown}");
        }
    }

    #[track_caller]
    fn debug(&self, value: &impl Debug) {
        let what = std::any::type_name_of_val(value);
        self.check(what, &format!("{value:?}"));
        self.check(what, &format!("{value:#?}"));
        let one_line = format!("{value:#?}").split_whitespace().collect::<Vec<_>>().join(" ");
        self.check(what, &one_line);
    }
}

#[test]
fn nothing_that_prints_shows_a_value_an_id_a_payload_or_a_key() {
    let text = key_text();
    let ring = ring(&text);
    let site: Site = Site::on(ring.clone(), |config| config);
    let mut claims = Claims::default();
    claims.subject = Some(MARK.into());
    claims.stamp = Some([0xC5; 16]);
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        session.update(|basket| basket.note = MARK.into()).unwrap();
        session.set_claims(claims.clone()).unwrap();
        session.clone()
    });
    let session = site.load(&browser);
    let id = session.id().unwrap();
    let value = browser.value(NAME).unwrap().to_owned();
    let opened = site.inside(&browser);

    let mut secrets = vec![MARK.to_owned(), value[8..40].to_owned(), text[4..20].to_owned()];
    secrets.extend(Secrets::numbers(MARK.as_bytes()));
    secrets.extend(Secrets::numbers(id.expose_bytes()));
    secrets.extend(Secrets::numbers(&[0xC5; 16]));
    secrets.push("197, 197".into());
    let secrets = Secrets(secrets);

    secrets.debug(&session);
    secrets.debug(&visit.out);
    secrets.debug(&ReadSession::from(session.clone()));
    secrets.debug(&id);
    secrets.check("the log tag", &id.log_tag());
    secrets.debug(&visit.headers);
    secrets.debug(&visit.headers.as_ref().unwrap().set_cookies[0]);
    secrets.debug(&claims);
    secrets.debug(&opened);
    secrets.debug(&site.microscope());
    secrets.debug(&site.sessions);
    secrets.debug(site.sessions.counters());
    secrets.debug(site.sessions.ring());
    secrets.debug(&ring);
    secrets.debug(&ring.entries().next().unwrap());
    secrets.debug(&RingText::new(&text));
    secrets.debug(&SessionConfig::new(Ring::fixed(ring.clone()), APP).bind(|_| MARK.into()));
    secrets.debug(&FixedEntropy::from_seed(1));

    let cookies = browser.header();
    let headers = [("cookie", cookies.as_bytes())];
    let request = RequestParts::new("GET", "/", &headers);
    secrets.debug(&request);
    let slot = site.sessions.slot(&request).unwrap();
    secrets.debug(&slot);
    block_on(slot.session(&headers));
    secrets.debug(&slot);

    let codec = Codec::new(&ring, Protection::Encrypted, "other", NAME, Policy::default()).unwrap();
    let refused = codec.open(value.as_bytes(), b"", at(1_790_000_000)).unwrap_err();
    secrets.debug(&refused);
    secrets.check("the refusal", &refused.to_string());
    assert_eq!(refused.to_string(), "the cookie was not accepted");

    #[cfg(feature = "tower")]
    secrets.debug(&cloakroom::tower::SessionLayer::new(site.sessions.clone()));
}

#[test]
fn no_error_of_a_session_shows_what_is_in_it() {
    let site = Site::new();
    let secrets = Secrets(vec![MARK.to_owned()]);
    let visit = site.visit(&mut Browser::new(), |session| {
        session.update(|basket| basket.note = MARK.repeat(500)).unwrap();
    });
    let error = visit.headers.unwrap_err();
    secrets.debug(&error);
    secrets.check("the error", &error.to_string());
    let CommitError::Seal(SealError::TooLarge(sizes)) = &error else { panic!() };
    secrets.debug(sizes);
    for told in site.told() {
        secrets.check("an event", &told);
    }
}

#[test]
fn the_log_tags_of_one_session_are_equal_and_of_two_are_not() {
    let site = Site::new();
    let (ada, bob) = (site.visitor(pick), site.visitor(pick));
    let tag = |browser: &Browser| site.load(browser).id().unwrap().log_tag();
    assert_eq!(tag(&ada), tag(&ada));
    assert_ne!(tag(&ada), tag(&bob));
}

#[test]
fn a_session_that_fails_to_encode_does_not_quote_itself() {
    /// Fails to serialise, and says why with its content.
    #[derive(Default, serde::Deserialize)]
    struct Chatty(bool);

    impl serde::Serialize for Chatty {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            if self.0 {
                return Err(serde::ser::Error::custom(MARK));
            }
            to.serialize_bool(false)
        }
    }

    impl cloakroom::SessionData for Chatty {
        const VERSION: u8 = 1;
        type Previous = cloakroom::First;
    }

    let site: Site<Chatty> = Site::on(crate::support::one_key(), |config| config);
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        session.update(|chatty| chatty.0 = true).unwrap();
        session.set_idle(secs(5)).unwrap();
        assert!(session.size().is_err());
    });
    let error = visit.headers.unwrap_err();
    let reason = cloakroom::EncodeReason::Custom;
    assert_eq!(error, CommitError::Seal(SealError::Encode(reason)));
    Secrets(vec![MARK.to_owned()]).check("the error", &format!("{error} {error:?}"));
    assert_eq!(browser.len(), 0);
    assert!(Basket::default().note.is_empty() && !format!("{OsEntropy:?}").is_empty());
}

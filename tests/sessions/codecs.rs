//! Sealing and opening without a manager, and bodies that deflate cannot help.

use cloakroom::{
    Codec, CommitError, ConfigError, Deflate, EntropyRng, First, FixedEntropy, KeyRing, Kind,
    OsEntropy, Policy, Protection, Rejection, SealError, Session, SessionData, Values,
};
use serde::{Deserialize, Serialize};

use crate::support::{
    APP, Basket, Browser, DAY, NAME, START, Site, at, look, one_key, pick, ring, secs,
};

fn codec(ring: &KeyRing) -> Codec {
    Codec::new(ring, Protection::Encrypted, APP, NAME, Policy::default()).unwrap()
}

fn basket(apples: u32) -> Basket {
    Basket { apples, note: String::new() }
}

#[test]
fn what_a_codec_sealed_it_opens_with_every_date() {
    let codec = codec(&one_key());
    let mut rng = EntropyRng::new(&OsEntropy);
    let value = codec.seal_new(&basket(3), b"", at(START), &mut rng).unwrap();
    let opened = codec.open(value.as_bytes(), b"", at(START + 60)).unwrap();
    assert_eq!(opened.decode::<Basket>().unwrap(), basket(3));
    assert_eq!((opened.created(), opened.issued()), (at(START), at(START)));
    assert_eq!(opened.idle_expires(), at(START + 14 * DAY));
    assert_eq!(opened.absolute_expires(), at(START + 30 * DAY));
    assert_eq!(codec.ring().kids().next(), Some(opened.kid()));
    assert_eq!(codec.policy(), &Policy::default());
}

#[test]
fn a_codec_has_the_policy_that_it_was_given_and_shows_it_with_its_key_ids() {
    let ring = one_key();
    let policy = Policy::default().idle(secs(77));
    let codec = Codec::new(&ring, Protection::Encrypted, APP, NAME, policy).unwrap();
    assert_eq!(codec.policy(), &policy);
    let shown = format!("{codec:?}");
    let mut rng = EntropyRng::new(&OsEntropy);
    let value = codec.seal_new(&basket(3), b"", at(START), &mut rng).unwrap();
    let opened = codec.open(value.as_bytes(), b"", at(START)).unwrap();
    assert!(format!("{opened:?}").starts_with("Opened {"));
    assert!(
        shown.starts_with("Codec {") && shown.contains(&ring.kids().next().unwrap().to_string())
    );
}

#[test]
fn what_is_sealed_again_is_the_same_session_with_other_data() {
    let ring = one_key();
    let site: Site = Site::on(ring.clone(), |config| config);
    let browser = site.visitor(|session| {
        pick(session);
        session.set_absolute(secs(5000)).unwrap();
        session.set_persistent(true).unwrap();
        let mut claims = session.claims();
        claims.subject = Some(b"ada".to_vec());
        session.set_claims(claims).unwrap();
    });
    let opened = site.inside(&browser);
    let codec = codec(&ring);
    let mut rng = EntropyRng::new(&OsEntropy);
    let value = codec.seal_again(&opened, &basket(7), b"", at(START + 9), &mut rng).unwrap();
    let again = codec.open(value.as_bytes(), b"", at(START + 9)).unwrap();
    assert_eq!(again.decode::<Basket>().unwrap(), basket(7));
    assert_eq!(again.expose_id(), opened.expose_id());
    assert_eq!((again.created(), again.issued()), (at(START), at(START + 9)));
    assert_eq!(again.absolute_expires(), at(START + 5000));
    assert_eq!((again.claims(), again.is_browser_session()), (opened.claims(), false));
    let map = Values::new();
    let value = codec.seal_again(&opened, &map, b"", at(START + 9), &mut rng).unwrap();
    let again = codec.open(value.as_bytes(), b"", at(START + 9)).unwrap();
    assert_eq!((opened.kind(), again.kind()), (Kind::Typed, Kind::Values));
    assert_eq!(again.decode::<Values>().unwrap(), map);
}

#[test]
fn a_context_is_part_of_what_is_sealed() {
    let codec = codec(&one_key());
    let mut rng = EntropyRng::new(&OsEntropy);
    let value = codec.seal_new(&basket(1), b"ada", at(START), &mut rng).unwrap();
    assert!(codec.open(value.as_bytes(), b"ada", at(START)).is_ok());
    let refused = codec.open(value.as_bytes(), b"", at(START)).unwrap_err();
    assert_eq!(refused.reason(), Rejection::Forged);
    let long = [0; 1025];
    let refused = codec.seal_new(&basket(1), &long, at(START), &mut rng);
    assert_eq!(refused, Err(SealError::BindTooLong { len: 1025 }));
}

#[test]
fn without_a_key_that_seals_or_random_bytes_nothing_is_sealed() {
    let over = ring(&format!("{} seal_until={START}", crate::support::key_text()));
    let mut rng = EntropyRng::new(&OsEntropy);
    let refused = codec(&over).seal_new(&basket(1), b"", at(START), &mut rng);
    assert_eq!(refused, Err(SealError::NoSealingKey));
    let dry = FixedEntropy::failing();
    let mut dry = EntropyRng::new(&dry);
    let refused = codec(&one_key()).seal_new(&basket(1), b"", at(START), &mut dry);
    assert_eq!(refused, Err(SealError::Entropy));
}

#[test]
fn labels_policies_and_contexts_are_checked() {
    let ring = one_key();
    let new = |app, name, policy| Codec::new(&ring, Protection::Encrypted, app, name, policy);
    assert!(matches!(new("", NAME, Policy::default()), Err(ConfigError::Label { .. })));
    assert!(matches!(new(APP, "a b", Policy::default()), Err(ConfigError::Label { .. })));
    let wrong = Policy::aal1().idle(secs(31 * DAY));
    assert!(matches!(new(APP, NAME, wrong), Err(ConfigError::Lifetime { .. })));
    let also = |codec: Codec| codec.also_open(Protection::Signed, "old", NAME, at(START));
    let two = also(also(codec(&ring)).unwrap()).unwrap();
    assert!(matches!(also(two), Err(ConfigError::TooManyAlsoOpen)));
}

#[derive(Default, Serialize, Deserialize)]
struct Blob(Vec<u8>);

impl SessionData for Blob {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Bytes that nothing compresses.
fn noise(len: usize) -> impl Fn(&Session<Blob>) -> usize {
    move |session| {
        let mut bytes = vec![0; len];
        cloakroom::Entropy::fill(&FixedEntropy::from_seed(5), &mut bytes).unwrap();
        session.update(|blob| blob.0 = bytes).unwrap();
        session.size().unwrap()
    }
}

#[test]
fn a_body_that_deflate_cannot_help_is_padded_all_the_same() {
    let site: Site<Blob> = Site::on(one_key(), |config| config.deflate(Deflate::WhenSmaller));
    let mut lengths = Vec::new();
    for _ in 0..64 {
        let mut browser = Browser::new();
        let visit = site.visit(&mut browser, noise(600));
        assert!(!site.inside(&browser).was_deflated());
        assert!(visit.line().len() <= visit.out && visit.out < visit.line().len() + 44);
        lengths.push(visit.line().len());
        site.visit(&mut browser, look).leaves_the_cookie_alone();
    }
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() > 5, "the length tells nothing: {lengths:?}");

    let short = site.visit(&mut Browser::new(), noise(300));
    assert_eq!(short.line().len(), short.out, "under 384 bytes it is not tried");
}

#[test]
fn a_body_too_large_says_what_deflate_came_to_where_that_is_less() {
    for deflate in [Deflate::ToFit, Deflate::WhenSmaller] {
        let site: Site<Blob> = Site::on(one_key(), |config| config.deflate(deflate));
        // A run behind the noise saves a few bytes, or enough: one in between is not worth it.
        let sizes = |run: usize| {
            let visit = site.visit(&mut Browser::new(), |session| {
                noise(4000)(session);
                session.update(|blob| blob.0.extend(vec![b'a'; run])).unwrap();
                session.size().unwrap()
            });
            let Err(CommitError::Seal(SealError::TooLarge(sizes))) = visit.headers else {
                panic!("{run}")
            };
            assert_eq!(sizes.needed, visit.out);
            sizes
        };
        assert_eq!(sizes(0).deflated, None);
        let told: Vec<_> = (0..60).map(sizes).filter(|sizes| sizes.deflated.is_some()).collect();
        assert!(!told.is_empty());
        for sizes in told {
            assert!(sizes.deflated <= Some(sizes.needed), "{sizes:?}");
            assert!(sizes.to_string().contains("with deflate"), "{sizes}");
        }
    }
}

#[test]
fn a_session_is_deflated_in_every_mode_and_read_without_deflate() {
    let ring = one_key();
    for mode in [Protection::Encrypted, Protection::Signed] {
        let on = |deflate| -> Site {
            Site::on(ring.clone(), |config| config.deflate(deflate).protection(mode))
        };
        let note = "a grey coat; ".repeat(100);
        let mut browser = on(Deflate::WhenSmaller)
            .visitor(|session| session.update(|basket| basket.note = note.clone()).unwrap());
        assert!(browser.header().len() < 400);
        let visit = on(Deflate::Off)
            .visit(&mut browser, |session| session.read(|basket| basket.note.clone()).unwrap());
        assert_eq!(visit.out, note);
        visit.leaves_the_cookie_alone();
    }
}

//! The size limit: counted on the finished line, exact to the byte, and nothing lost.

use cloakroom::cookie::CookieConfig;
use cloakroom::{
    Claims, Codec, CommitError, Deflate, Policy, Protection, SealError, Session, SessionConfig,
};

use crate::support::{Basket, Browser, NAME, Site, at, block_on, one_key, pick, secs};

fn note(len: usize) -> impl Fn(&Session<Basket>) {
    // Letters that neither repeat nor compress.
    let noise = |nth: usize| {
        let mixed = (nth as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        char::from(b'!' + ((mixed ^ (mixed >> 27)) >> 40) as u8 % 90)
    };
    let text: String = (0..len).map(noise).collect();
    move |session| session.update(|basket| basket.note = text.clone()).unwrap()
}

/// One configuration for each thing that makes a line longer.
fn sites() -> Vec<Site> {
    let long = || {
        CookieConfig::new("__Secure-a-long-name").domain("a.long.name.example").path("/and/a/path")
    };
    let configure: [fn(SessionConfig) -> SessionConfig; 5] = [
        |config| config,
        |config| config.persistent(true),
        |config| config.protection(Protection::Signed),
        |config| config.persistent(true).protection(Protection::Signed),
        |config| config.persistent(true).policy(Policy::default().idle(secs(7))),
    ];
    let mut sites: Vec<Site> = configure.into_iter().map(Site::with).collect();
    sites.push(Site::with(|config| config.cookie(long())));
    sites
}

#[test]
fn the_size_of_a_session_is_the_length_of_its_line_to_the_byte() {
    for (nth, site) in sites().iter().enumerate() {
        for len in [0, 1, 2, 3, 4, 5, 6, 100, 1000, 2500] {
            let visit = site.visit(&mut Browser::new(), |session| {
                session.restart().unwrap();
                note(len)(session);
                session.size().unwrap()
            });
            assert_eq!(visit.line().len(), visit.out, "{nth} {len}");
        }
    }
}

#[test]
fn the_size_counts_lifetimes_claims_and_the_attributes_of_a_persistent_session() {
    let site = Site::new();
    let visit = site.visit(&mut Browser::new(), |session| {
        let plain = session.size().unwrap();
        pick(session);
        assert_eq!(session.size().unwrap(), plain, "one byte is within the padding");
        session.set_absolute(secs(1000)).unwrap();
        session.set_persistent(true).unwrap();
        let mut claims = Claims::default();
        claims.subject = Some(vec![b'a'; 64]);
        session.set_claims(claims).unwrap();
        session.size().unwrap()
    });
    assert_eq!(visit.line().len(), visit.out);
    assert!(visit.line().ends_with("; Max-Age=1000"));
}

#[test]
fn a_line_of_4096_bytes_passes_and_the_next_byte_is_an_error_with_the_numbers() {
    for (nth, site) in sites().iter().enumerate() {
        let size = |len| {
            let session = site.load_from("");
            note(len)(&session);
            session.size().unwrap()
        };
        let fits = (2500..3100).take_while(|len| size(*len) <= 4096).last().unwrap();
        let visit = site.visit(&mut Browser::new(), note(fits));
        assert_eq!(visit.line().len(), size(fits), "{nth}");
        assert!(visit.line().len() > 4096 - 4, "{nth}");

        let mut browser = Browser::new();
        let visit = site.visit(&mut browser, note(fits + 1));
        assert_eq!(visit.too_large(), (size(fits + 1), 4096), "{nth}");
        assert!(size(fits + 1) <= 4100, "{nth}");
        assert_eq!(browser.len(), 0);
    }
}

#[test]
fn exactly_4096_bytes_pass() {
    // This name makes 56 bytes around the value, whose length is a multiple of four.
    let site = Site::with(|config| config.cookie(CookieConfig::new("__Host-session2")));
    let visit = site.visit(&mut Browser::new(), note(2953 - 3));
    assert_eq!(visit.line().len(), 4096);
    let visit = site.visit(&mut Browser::new(), note(2953 - 2));
    assert_eq!(visit.too_large(), (4100, 4096));
}

#[test]
fn the_needed_bytes_are_those_of_the_line_that_a_wider_gate_would_pass() {
    // A shorter name makes the same value fit: the difference is the names' alone.
    let ring = one_key();
    let name = |name: &'static str| {
        Site::<Basket>::on(ring.clone(), move |config| config.cookie(CookieConfig::new(name)))
    };
    let (short, long) = (name("s"), name("s-and-one-hundred-bytes-more-s-and-one-hundred-bytes"));
    let wide = short.visit(&mut Browser::new(), note(2940));
    let narrow = long.visit(&mut Browser::new(), note(2940));
    assert_eq!(narrow.too_large(), (wide.line().len() + 51, 4096));
}

#[test]
fn a_session_that_does_not_fit_leaves_the_old_cookie_in_the_browser() {
    let site = Site::new();
    let visitor = site.visitor(pick);
    let mut browser = visitor.clone();
    let visit = site.visit(&mut browser, note(5000));
    let error = visit.headers.unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (500, None));
    assert_eq!(browser, visitor);
    assert_eq!(crate::support::apples(&site.load(&browser)), 1);
    let CommitError::Seal(SealError::TooLarge(sizes)) = error else { panic!("{error:?}") };
    assert_eq!((sizes.largest.len(), sizes.deflated), (0, None), "typed, and deflate is off");
}

#[test]
fn even_a_login_that_does_not_fit_sends_nothing() {
    let site = Site::new();
    for change in [Session::renew, Session::restart, Session::destroy] {
        let visitor = site.visitor(pick);
        let mut browser = visitor.clone();
        site.visit(&mut browser, |session| {
            change(session).unwrap();
            note(5000)(session);
        })
        .too_large();
        assert_eq!(browser, visitor);
    }
}

#[test]
fn deflate_makes_room_and_the_gate_counts_all_of_its_padding() {
    let site = Site::with(|config| config.deflate(Deflate::ToFit));
    let repeat = |len: usize| {
        move |session: &Session<Basket>| {
            session.update(|basket| basket.note = "grey coat ".repeat(len)).unwrap();
            session.size().unwrap()
        }
    };
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, repeat(10));
    assert_eq!(visit.line().len(), visit.out, "small enough: not deflated, not padded");
    assert!(!site.inside(&browser).was_deflated());

    let visit = site.visit(&mut browser, repeat(1000));
    assert!(site.inside(&browser).was_deflated());
    let len = visit.line().len();
    assert!(len <= visit.out && visit.out <= len + 44 && len < 500, "{len} {}", visit.out);
    assert_eq!(site.load(&browser).read(|basket| basket.note.len()), Ok(10_000));

    let visit = site.visit(&mut browser, repeat(2000));
    assert_eq!(visit.too_large().1, 4096, "over 16 KiB nothing is deflated");
}

#[test]
fn an_error_says_what_deflate_came_to_where_it_did_not_help() {
    let site = Site::with(|config| config.deflate(Deflate::WhenSmaller));
    let visit = site.visit(&mut Browser::new(), note(6000));
    let Err(CommitError::Seal(SealError::TooLarge(sizes))) = visit.headers else { panic!() };
    assert!(sizes.needed > 4096);
    assert_eq!(sizes.limit, 4096);
}

#[test]
fn a_value_alone_may_have_4096_characters() {
    let ring = one_key();
    let policy = Policy::default();
    let codec = Codec::new(&ring, Protection::Encrypted, "shop", NAME, policy).unwrap();
    let mut rng = cloakroom::EntropyRng::new(&cloakroom::OsEntropy);
    let mut seal = |len: usize| {
        let basket = Basket { apples: 0, note: "x".repeat(len) };
        codec.seal_new(&basket, b"", at(1_790_000_000), &mut rng)
    };
    // 3072 bytes of token: 45 around the payload, 27 of header and marker, 5 + 1 + 2 of body.
    assert_eq!(seal(3072 - 45 - 27 - 8).unwrap().len(), 4096);
    let Err(SealError::TooLarge(sizes)) = seal(3072 - 45 - 27 - 7) else { panic!() };
    assert_eq!((sizes.needed, sizes.limit), (4100, 4096));
}

#[test]
fn a_size_that_cannot_be_computed_is_an_error() {
    let site = Site::new();
    let mut claims = Claims::default();
    claims.subject = Some(vec![b'a'; 65]);
    let visit = site.visit(&mut Browser::new(), |session| {
        pick(session);
        session.set_claims(claims).unwrap();
        let refused = Err(CommitError::Seal(SealError::Claims));
        assert_eq!(session.size(), refused);
        assert_eq!(block_on(session.commit()), Err(CommitError::Seal(SealError::Claims)));
    });
    assert_eq!(visit.headers, Err(CommitError::Seal(SealError::Claims)));
}

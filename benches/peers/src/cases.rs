//! The registry: every peer with every session.

use cloakroom::{Protection, SessionData};

use crate::{
    harness::Task,
    peer::{Peer, Seal, Shape, map_of},
    peers::{
        actix, axum_extra, biscotti,
        cloakroom::{Cookies, Headers, Kept, values_of},
        cookie_jar, jwt, paseto, seshcookie, tower_cookie, tower_memory,
    },
    records::{Checkout, Login, Member, Record, Shopper},
};

/// Bytes of JSON, roughly, of the sessions that are measured.
pub const SIZES: [usize; 4] = [60, 250, 1000, 3000];

/// What ours are called.
pub const OURS: &str = "cloakroom";
pub const OURS_SIGNED: &str = "cloakroom, signed";
pub const OURS_HEADERS: &str = "cloakroom, headers in and out";
pub const COOKIE: &str = "cookie PrivateJar";
pub const AXUM_EXTRA: &str = "axum-extra PrivateCookieJar, headers in and out";
pub const ACTIX: &str = "actix-session cookie store";
pub const TOWER_COOKIE: &str = "tower-sessions-cookie-store";

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Seal,
    Open,
    /// Open, read one field, change one, seal.
    Cycle,
}

/// One peer with one session: what it does and how long its cookie is.
pub struct Case {
    pub name: &'static str,
    pub seal: Seal,
    pub shape: Shape,
    pub chars: usize,
    pub tasks: Vec<(Operation, Task<'static>)>,
}

/// All cases of one size.
pub fn of_size(size: usize) -> Vec<Case> {
    match size {
        Login::SIZE => of_record::<Login>(),
        Member::SIZE => of_record::<Member>(),
        Shopper::SIZE => of_record::<Shopper>(),
        Checkout::SIZE => of_record::<Checkout>(),
        other => panic!("there is no session of {other} bytes"),
    }
}

fn of_record<R: Record + SessionData + Sync>() -> Vec<Case> {
    let mut cases = typed(&R::example());
    cases.extend(map(&R::example()));
    cases
}

fn typed<R: Record + SessionData + Sync>(record: &R) -> Vec<Case> {
    let shape = Shape::Typed;
    let theirs =
        |name, seal, peer: Box<dyn AnyPeer<R>>| peer.case(name, seal, shape, record.clone());
    vec![
        ours(OURS, Seal::Encrypted, shape, record),
        ours(OURS_SIGNED, Seal::Signed, shape, record),
        through_headers(shape, record.clone(), |record| {
            std::hint::black_box(record.user_id());
            record.set_last_seen(now());
        }),
        theirs(COOKIE, Seal::Encrypted, Box::new(cookie_jar::Private::default())),
        theirs(AXUM_EXTRA, Seal::Encrypted, Box::new(axum_extra::Private::default())),
        theirs("biscotti", Seal::Encrypted, Box::new(biscotti::Encrypted::default())),
        theirs("seshcookie", Seal::Encrypted, Box::new(seshcookie::Encrypted::default())),
        theirs("pasetors v4.local", Seal::Encrypted, Box::new(paseto::Encrypted::default())),
        theirs(ACTIX, Seal::Encrypted, Box::new(actix::Typed::default())),
        theirs(TOWER_COOKIE, Seal::Encrypted, Box::new(tower_cookie::Typed::default())),
        theirs("cookie SignedJar", Seal::Signed, Box::new(cookie_jar::Signed::default())),
        theirs("jsonwebtoken HS256", Seal::Signed, Box::new(jwt::Signed::default())),
        theirs(
            "tower-sessions MemoryStore",
            Seal::Server,
            Box::new(tower_memory::Typed::default()),
        ),
    ]
}

fn map(record: &impl Record) -> Vec<Case> {
    let shape = Shape::Map;
    let map = map_of(record);
    let values = values_of(&map);
    let theirs = |name, seal, peer: Box<dyn AnyPeer<_>>| peer.case(name, seal, shape, map.clone());
    let (actix, tower_cookie, tower_memory) = (
        actix::Fields::default(),
        tower_cookie::Fields::default(),
        tower_memory::Fields::default(),
    );
    let (in_cookie, in_memory) = (tower_cookie.session(&map), tower_memory.session(&map));
    vec![
        ours(OURS, Seal::Encrypted, shape, &values),
        ours(OURS_SIGNED, Seal::Signed, shape, &values),
        through_headers(shape, values.clone(), |values| {
            std::hint::black_box(values.get::<u64>("user_id").expect("a number"));
            values.insert("last_seen", &now()).expect("there is room");
        }),
        theirs(COOKIE, Seal::Encrypted, Box::new(cookie_jar::Private::default())),
        theirs(AXUM_EXTRA, Seal::Encrypted, Box::new(axum_extra::Private::default())),
        theirs("biscotti", Seal::Encrypted, Box::new(biscotti::Encrypted::default())),
        theirs("seshcookie", Seal::Encrypted, Box::new(seshcookie::Encrypted::default())),
        theirs("pasetors v4.local", Seal::Encrypted, Box::new(paseto::Encrypted::default())),
        case(ACTIX, Seal::Encrypted, shape, actix, actix::State::of(&map)),
        case(TOWER_COOKIE, Seal::Encrypted, shape, tower_cookie, in_cookie),
        theirs("cookie SignedJar", Seal::Signed, Box::new(cookie_jar::Signed::default())),
        theirs("jsonwebtoken HS256", Seal::Signed, Box::new(jwt::Signed::default())),
        case("tower-sessions MemoryStore", Seal::Server, shape, tower_memory, in_memory),
    ]
}

/// A peer whose session is `S`.
trait AnyPeer<S> {
    fn case(self: Box<Self>, name: &'static str, seal: Seal, shape: Shape, session: S) -> Case;
}

impl<S: 'static, P: Peer<Session = S> + 'static> AnyPeer<S> for P {
    fn case(self: Box<Self>, name: &'static str, seal: Seal, shape: Shape, session: S) -> Case {
        case(name, seal, shape, *self, session)
    }
}

fn case<P: Peer + 'static>(
    name: &'static str,
    seal: Seal,
    shape: Shape,
    peer: P,
    session: P::Session,
) -> Case {
    let value = peer.seal(&session);
    let chars = value.len();
    let peer: &'static (P, P::Session, String) = Box::leak(Box::new((peer, session, value)));
    let (peer, session, value) = (&peer.0, &peer.1, &peer.2);
    let tasks = vec![
        (Operation::Seal, Task::new(|| peer.seal(session))),
        (Operation::Open, Task::new(|| peer.open(value))),
        (Operation::Cycle, Task::new(|| peer.cycle(value, now()))),
    ];
    Case { name, seal, shape, chars, tasks }
}

fn ours<T: SessionData>(name: &'static str, seal: Seal, shape: Shape, data: &T) -> Case
where
    Kept<T>: crate::peer::Session,
{
    let mode = match seal {
        Seal::Signed => Protection::Signed,
        _ => Protection::Encrypted,
    };
    let peer = Cookies::new(mode);
    let session = peer.open(&peer.start(data));
    case(name, seal, shape, peer, session)
}

fn through_headers<T: SessionData + Clone>(shape: Shape, data: T, request: fn(&mut T)) -> Case {
    let peer: &'static Headers<T> = Box::leak(Box::new(Headers::new(data)));
    let cookie = peer.cookie();
    let chars = cookie.len() - "__Host-session=".len();
    let tasks = vec![(Operation::Cycle, Task::new(move || peer.cycle(&cookie, request)))];
    Case { name: OURS_HEADERS, seal: Seal::Encrypted, shape, chars, tasks }
}

/// A later second each time, so that every request changes its session.
pub fn now() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static NOW: AtomicU64 = AtomicU64::new(1_790_004_000);
    NOW.fetch_add(1, Relaxed)
}

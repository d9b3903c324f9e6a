//! One operation, as often as asked, for `benches/instructions.sh` to count its instructions.
//!
//! `instructions CASE SIZE TIMES`: the case is one of `seal`, `open`, `map-seal`, `map-open`,
//! `map-cycle` and, whole through the manager, `read` and `change`; the size about so many bytes of JSON: 60, 250, 1000 or 3000.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::hint::black_box;

use cloakroom::{
    Clock, Codec, EntropyRng, Key, KeyRing, OsEntropy, Policy, Protection, Session, SessionConfig,
    SessionData, SessionManager, SystemClock, Values,
};

mod codecs;
mod records;
mod requests;

use codecs::{Counting, NOW, READ, WRITTEN, codec, open, seal, values};
use records::{Checkout, Login, Member, Record, Shopper};
use requests::{NAME, cookies, request};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [case, size, times, ..] = args.as_slice() else {
        // `cargo bench` runs every bench; this one has nothing to say by itself.
        return;
    };
    let Ok(times) = times.parse() else { return };
    match size.as_str() {
        "60" => run(case, &Login::example(), times),
        "250" => run(case, &Member::example(), times),
        "1000" => run(case, &Shopper::example(), times),
        "3000" => run(case, &Checkout::example(), times),
        other => panic!("no session has the size {other}"),
    }
}

fn run<T: Record + SessionData>(case: &str, record: &T, times: u64) {
    let codec = codec(Protection::Encrypted, 1);
    let (values, value) = (values(record), seal(&codec, record));
    let map = seal(&codec, &values);
    let (session, map_session) = (open(&codec, &value), open(&codec, &map));
    let opened: Values = map_session.decode().expect("a map");
    let rng = &mut Counting(1);
    let mut repeat = |once: &mut dyn FnMut(&mut Counting, u64)| {
        (0..times).for_each(|nth| once(rng, nth));
    };
    match case {
        "seal" => repeat(&mut |rng, _| {
            black_box(codec.seal_again(&session, record, b"", NOW, rng)).expect("it fits");
        }),
        "open" => repeat(&mut |_, _| {
            black_box(open(&codec, &value).decode::<T>()).expect("a T");
        }),
        "map-seal" => repeat(&mut |rng, _| {
            black_box(codec.seal_again(&map_session, &opened, b"", NOW, rng)).expect("it fits");
        }),
        "map-open" => repeat(&mut |_, _| {
            black_box(open(&codec, &map).decode::<Values>()).expect("a map");
        }),
        "map-cycle" => repeat(&mut |rng, nth| {
            let session = open(&codec, &map);
            let mut values: Values = session.decode().expect("a map");
            let user: Option<u64> = values.get(READ).expect("a number");
            values.insert(WRITTEN, &(1_790_000_000 + user.unwrap_or(nth))).expect("it fits");
            black_box(codec.seal_again(&session, &values, b"", NOW, rng)).expect("it fits");
        }),
        "read" => {
            let (sessions, cookies) = visit(record);
            repeat(&mut |_, _| {
                let read = |session: &_| Session::read(session, T::user_id).expect("no one else");
                black_box(request(&sessions, &cookies, read));
            });
        }
        "change" => {
            let (sessions, cookies) = visit(record);
            repeat(&mut |_, nth| {
                let change = |data: &mut T| data.set_last_seen(nth);
                let update = |session: &_| {
                    Session::update(session, change).expect("no one else");
                    nth
                };
                black_box(request(&sessions, &cookies, update));
            });
        }
        other => panic!("no case is called {other}"),
    }
}

/// A manager, and the cookies of a visitor whose session is `record`.
fn visit<T: Record + SessionData>(record: &T) -> (SessionManager<T>, String) {
    let ring = KeyRing::new(Key::generate().expect("a key"));
    let codec = Codec::new(&ring, Protection::Encrypted, "shop", NAME, Policy::default());
    let rng = &mut EntropyRng::new(&OsEntropy);
    let value = codec.expect("a codec").seal_new(record, b"", SystemClock.now(), rng);
    let sessions = SessionManager::new(SessionConfig::new(ring, "shop")).expect("a manager");
    (sessions, cookies(&value.expect("it fits")))
}

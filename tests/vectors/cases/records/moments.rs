//! Times of records, on both sides of each boundary.

use cloakroom::{
    Protection,
    Rejection::{ExpiredAbsolute, ExpiredIdle, Future, KeyWindow},
};

use super::{
    super::{CREATED, Case, ISSUED},
    kept, wrong,
};
use crate::{file::Vector, reference::Session};

const DAY: u64 = 86_400;

/// Times on the accepted side.
pub fn lasting(mode: Protection) -> Vec<Vector> {
    let own = |name, comment, in_cookie, in_record, now| {
        kept(mode, name, "R4", comment)
            .cookie(|cookie| cookie.session(|session| session.own = in_cookie).now(now))
            .session(|session| session.own = Some(in_record))
            .opens()
    };
    let sealed = |name, comment, age: u64| {
        kept(mode, name, "R4", comment).session(|session| session.age = seconds(age))
    };
    let at = |moment| move |cookie: Case| cookie.now(moment);
    let seal_until = |cookie: Case| cookie.now(ISSUED + 600).option("seal_until", ISSUED + 540);
    vec![
        own("own_lifetimes", "The same in both.", Some((3600, 600)), (3600, 600), ISSUED),
        own("own_life", "The cookie says none.", None, (3600, 0), CREATED + 3599),
        own("own_idle", "The cookie says none.", None, (0, 600), ISSUED + 599),
        own("own_life_longer", "The cookie says less.", Some((61, 0)), (3600, 0), ISSUED),
        sealed("idle_is_the_cookies", "Sealed twenty days before the cookie was.", 0)
            .cookie(|cookie| {
                let sealed = |session: &mut Session| session.age = seconds(20 * DAY);
                cookie.session(sealed).now(CREATED + 20 * DAY + 1)
            })
            .opens(),
        sealed("life_last_second", "One second before the policy's life is over.", 0)
            .cookie(|cookie| {
                let sealed = |session: &mut Session| session.age = seconds(30 * DAY - 1);
                cookie.session(sealed).now(CREATED + 30 * DAY - 1)
            })
            .opens(),
        sealed("issued_60_seconds_ahead", "By a clock that is as wrong as it may be.", 120)
            .cookie(at(ISSUED))
            .opens(),
        sealed("seal_until_60_seconds_before", "By a late node, as late as it may be.", 660)
            .cookie(seal_until)
            .opens(),
        sealed("seal_from_60_seconds_later", "By an early node, as early as it may be.", 0)
            .cookie(|cookie| cookie.option("seal_from", CREATED + 60))
            .opens(),
    ]
}

/// Times on the refused side.
pub fn over() -> Vec<Vector> {
    let sealed = |name, comment, age: u64| {
        wrong(name, "R4", comment).session(|session| session.age = seconds(age))
    };
    let own = |name, comment, own, now, reason| {
        wrong(name, "R4", comment)
            .session(|session| session.own = Some(own))
            .cookie(|cookie| cookie.now(now))
            .refused(reason)
    };
    vec![
        sealed("future", "Sealed 61 seconds from now.", 121).refused(Future),
        sealed("key_window_late", "Sealed 61 seconds after the key's time.", 661)
            .cookie(|cookie| cookie.now(ISSUED + 601).option("seal_until", ISSUED + 540))
            .refused(KeyWindow),
        sealed("key_window_early", "Sealed 61 seconds before the key's time.", 0)
            .cookie(|cookie| cookie.now(ISSUED + 1).option("seal_from", CREATED + 61))
            .refused(KeyWindow),
        own("own_life_over", "Its own life is over.", (3600, 0), CREATED + 3600, ExpiredAbsolute),
        own("own_idle_over", "Its own idle time is over.", (0, 600), ISSUED + 600, ExpiredIdle),
    ]
}

fn seconds(time: u64) -> u32 {
    u32::try_from(time).unwrap()
}

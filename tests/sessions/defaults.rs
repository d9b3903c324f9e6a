//! Session types whose `Default` is not always the same.

use cloakroom::{First, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{Browser, Site, one_key};

/// A session whose default differs each time, as one with a random token.
#[derive(Serialize, Deserialize)]
struct Ticket {
    token: u64,
    apples: u32,
}

impl Default for Ticket {
    fn default() -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { token: NEXT.fetch_add(1, Ordering::Relaxed), apples: 0 }
    }
}

impl SessionData for Ticket {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_new_session_that_nobody_changed_is_not_written_even_if_no_two_defaults_are_equal() {
    let site: Site<Ticket> = Site::on(one_key(), |config| config);
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| session.update(|_| ()).unwrap());
    visit.leaves_the_cookie_alone();
    let visit = site.visit(&mut browser, |session| {
        session.update(|ticket| ticket.apples += 1).unwrap();
        session.destroy().unwrap();
        session.update(|_| ()).unwrap();
    });
    visit.leaves_the_cookie_alone();
    site.visit(&mut browser, |session| session.update(|ticket| ticket.apples += 1).unwrap())
        .writes();
}

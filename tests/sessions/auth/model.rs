//! Random requests beside each other, against one rule: of a login that was ended nothing comes back.

use cloakroom::auth::{self, Login};
use cloakroom::revocation::{MemoryRevocations, Registry, RevocationList};
use cloakroom::{Backing, Session, SessionManager};

use super::fleet::knows;
use super::in_flight::{levels, site};
use crate::support::{Basket, Browser, Site, block_on, pick, secs};

/// Numbers that follow no pattern of ours, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A request under way, and the login that it is of.
struct Request {
    session: Session<Basket>,
    browser: Browser,
    login: usize,
    /// The login happened in this request, and nobody else has a cookie of it.
    own: bool,
}

#[derive(Default)]
struct World {
    /// Which logins have ended.
    ended: Vec<bool>,
    /// Every cookie that ever left, with its login.
    cookies: Vec<(Browser, usize)>,
    under_way: Vec<Request>,
    log: Vec<String>,
}

impl World {
    fn new_login(&mut self) -> usize {
        self.ended.push(false);
        self.ended.len() - 1
    }

    fn begin(&mut self, site: &Site, dice: &mut Dice) {
        let (browser, login) = match self.cookies.len() {
            0 => (Browser::new(), self.new_login()),
            known => match dice.below(known + 1) {
                nth if nth < known => self.cookies[nth].clone(),
                _ => (Browser::new(), self.new_login()),
            },
        };
        self.log.push(format!("begin {login}"));
        let session = site.load(&browser);
        self.under_way.push(Request { session, browser, login, own: false });
    }

    /// Something that a handler does. What it is told is of no matter here.
    fn act(&mut self, site: &Site, dice: &mut Dice) {
        let nth = dice.below(self.under_way.len());
        let what = dice.below(14);
        let Request { session, login, own, browser } = &self.under_way[nth];
        let (session, login) = (session.clone(), *login);
        // Another request may have moved the login to another id; then it is not this one's to end.
        let its = *own || knows(site, browser) == Some(true);
        self.log.push(format!("act {what} in {login}"));
        let everywhere = |keep| block_on(auth::logout_everywhere(&site.sessions, "ada", keep));
        match what {
            0 => pick(&session),
            1 => session.renew().unwrap(),
            2 => _ = block_on(auth::elevate(&session, 2)),
            3 => _ = block_on(auth::keep_after_change(&session, "s2")),
            4 => auth::remember(&session, secs(5000)).unwrap(),
            5 => session.set_persistent(true).unwrap(),
            6 => _ = auth::csrf::token(&session).unwrap(),
            7 => _ = block_on(session.commit()),
            8 | 9 => {
                let new = block_on(auth::login(&session, Login::new("ada").stamp("s1")));
                if new.is_ok() {
                    self.leave(nth, its);
                    self.under_way[nth].own = true;
                }
            }
            10 => {
                let known = auth::is_authenticated(&session);
                if block_on(auth::logout(&session)).is_ok() {
                    self.leave(nth, its && known);
                }
            }
            11 => {
                if auth::is_authenticated(&session) && everywhere(Some(&session)).is_ok() {
                    self.end_all_but(Some(login));
                }
            }
            12 => {
                everywhere(None).unwrap();
                self.end_all_but(None);
            }
            _ => session.restart().unwrap(),
        }
    }

    /// The request is another login's from here on, and the one before has ended if it was `its` to end.
    fn leave(&mut self, nth: usize, its: bool) {
        let login = self.under_way[nth].login;
        self.ended[login] |= its;
        (self.under_way[nth].login, self.under_way[nth].own) = (self.new_login(), false);
    }

    fn end_all_but(&mut self, keep: Option<usize>) {
        let logins = self.ended.iter_mut().enumerate();
        logins.filter(|(login, _)| Some(*login) != keep).for_each(|(_, ended)| *ended = true);
    }

    fn finish(&mut self, site: &Site, dice: &mut Dice) {
        let nth = dice.below(self.under_way.len());
        let Request { session, mut browser, login, .. } = self.under_way.swap_remove(nth);
        self.log.push(format!("finish {login} {:?}", session.status()));
        if let Ok(headers) = site.commit(&session, 200) {
            browser.take(&headers);
            self.cookies.push((browser, login));
        }
    }

    fn check(&self, site: &Site, seed: u64) {
        for (browser, login) in &self.cookies {
            if self.ended[*login] {
                assert_ne!(knows(site, browser), Some(true), "{seed}: {login}, {:#?}", self.log);
            }
        }
    }
}

/// Levels that stand beside each other, and a store that takes cookies in.
fn several() -> [Site; 3] {
    let list = || RevocationList::new(MemoryRevocations::new());
    [
        site(|config, store| {
            let manager = SessionManager::new(config).unwrap();
            manager.guarded_by(Registry::new(store)).guarded_by(list())
        }),
        site(|config, store| {
            let manager = SessionManager::with_store(config, Backing::indexed(store)).unwrap();
            manager.guarded_by(list())
        }),
        site(|config, store| {
            let backing = Backing::indexed(store).adopt_cookies(true);
            SessionManager::with_store(config, backing).unwrap()
        }),
    ]
}

#[test]
fn whatever_requests_do_beside_each_other_nothing_of_an_ended_login_comes_back() {
    let mut lived = 0;
    for seed in 1..=12 {
        for (level, site) in levels().iter().chain(&several()).enumerate() {
            let (mut world, mut dice) = (World::default(), Dice(seed << 32 | 0x9e37_79b9));
            for _ in 0..60 {
                match dice.below(5) {
                    0 => world.begin(site, &mut dice),
                    1 if !world.under_way.is_empty() => world.finish(site, &mut dice),
                    _ if !world.under_way.is_empty() => world.act(site, &mut dice),
                    _ => {}
                }
                world.check(site, seed * 10 + level as u64);
            }
            lived += world
                .cookies
                .iter()
                .filter(|(cookie, _)| knows(site, cookie) == Some(true))
                .count();
        }
    }
    assert!(lived > 20, "logins that nobody ended go on: {lived}");
}

//! Every operation after every other, through the real handle, against a model of a few lines.

use cloakroom::{Claims, Session};

use crate::support::{APP, Basket, Browser, NAME, START, Site, at, secs};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Update,
    Clear,
    Replace,
    Renew,
    Restart,
    Destroy,
    SetIdle,
}

use Op::{Clear, Destroy, Renew, Replace, Restart, SetIdle, Update};

const OPS: [Op; 7] = [Update, Clear, Replace, Renew, Restart, Destroy, SetIdle];

/// The session as somebody who read the documentation expects it.
#[derive(Clone, Debug)]
struct Model {
    /// It came with the request and was not destroyed.
    lives: bool,
    new_id: bool,
    new_beginning: bool,
    asked_for: bool,
    basket: Basket,
    own_idle: Option<u32>,
    claims: Claims,
    browser: bool,
}

fn other() -> Basket {
    Basket { apples: 0, note: "other".into() }
}

impl Op {
    fn run(self, session: &Session<Basket>) {
        match self {
            Update => session.update(|basket| basket.apples += 1),
            Clear => session.clear(),
            Replace => session.replace(other()),
            Renew => session.renew(),
            Restart => session.restart(),
            Destroy => session.destroy(),
            SetIdle => session.set_idle(secs(300)),
        }
        .unwrap();
    }
}

impl Model {
    fn apply(&mut self, op: Op) {
        match op {
            Update => self.basket.apples += 1,
            Clear => self.basket = Basket::default(),
            Replace => self.basket = other(),
            Renew => self.new_id |= self.lives,
            SetIdle => self.own_idle = Some(300),
            Restart => {
                (self.new_id, self.new_beginning, self.asked_for) = (true, true, true);
                (self.own_idle, self.claims) = (None, Claims::default());
            }
            Destroy => *self = Self::none(),
        }
    }

    fn none() -> Self {
        Self {
            lives: false,
            new_id: true,
            new_beginning: true,
            asked_for: false,
            basket: Basket::default(),
            own_idle: None,
            claims: Claims::default(),
            browser: true,
        }
    }

    fn is_written(&self) -> bool {
        self.lives || self.asked_for || self.basket != Basket::default()
    }
}

/// All sequences of one to three operations.
fn sequences() -> impl Iterator<Item = Vec<Op>> {
    let one = OPS.map(|op| vec![op]);
    let two = OPS.iter().flat_map(|&a| OPS.map(|b| vec![a, b]));
    let three =
        OPS.iter().flat_map(|&a| OPS.into_iter().flat_map(move |b| OPS.map(|c| vec![a, b, c])));
    one.into_iter().chain(two).chain(three)
}

fn everything() -> Claims {
    let mut claims = Claims::default();
    claims.subject = Some(b"ada".to_vec());
    claims.auth_at = Some(at(START));
    claims
}

/// A browser whose session has all that a session can have.
fn full(site: &Site) -> Browser {
    site.visitor(|session| {
        session.replace(Basket { apples: 3, note: "full".into() }).unwrap();
        session.set_idle(secs(777)).unwrap();
        session.set_persistent(true).unwrap();
        session.set_claims(everything()).unwrap();
    })
}

#[test]
fn after_any_operations_a_visitor_without_a_session_has_what_the_model_says() {
    let site = Site::new();
    for ops in sequences() {
        let mut browser = Browser::new();
        let mut model = Model::none();
        site.visit(&mut browser, |session| {
            for &op in &ops {
                op.run(session);
                model.apply(op);
            }
        });
        assert_eq!(browser.len() == 1, model.is_written(), "{ops:?}");
        if model.is_written() {
            compare(&site, &browser, &model, &ops);
        }
    }
}

#[test]
fn after_any_operations_a_visitor_with_a_session_has_what_the_model_says() {
    let site = Site::new();
    let visitor = full(&site);
    let before = site.inside(&visitor);
    site.at(60);
    for ops in sequences() {
        let mut browser = visitor.clone();
        let mut model = Model {
            lives: true,
            new_id: false,
            new_beginning: false,
            asked_for: false,
            basket: Basket { apples: 3, note: "full".into() },
            own_idle: Some(777),
            claims: everything(),
            browser: false,
        };
        let id = site
            .visit(&mut browser, |session| {
                for &op in &ops {
                    op.run(session);
                    model.apply(op);
                }
                session.id()
            })
            .out;
        assert_eq!(browser.len() == 1, model.is_written(), "{ops:?}");
        if !model.is_written() {
            continue;
        }
        assert_ne!(browser, visitor, "{ops:?} changes something");
        compare(&site, &browser, &model, &ops);
        let after = site.inside(&browser);
        assert_eq!(id.unwrap().expose_bytes(), &after.expose_id(), "{ops:?}");
        assert_eq!(after.expose_id() != before.expose_id(), model.new_id, "{ops:?}");
        let created = if model.new_beginning { START + 60 } else { START };
        assert_eq!(after.created(), at(created), "{ops:?}");
    }
}

fn compare(site: &Site, browser: &Browser, model: &Model, ops: &[Op]) {
    let after = site.inside(browser);
    assert_eq!(after.decode::<Basket>().unwrap(), model.basket, "{ops:?}");
    assert_eq!(after.own_lifetimes(), model.own_idle.map(|idle| (0, idle)), "{ops:?}");
    assert_eq!(*after.claims(), model.claims, "{ops:?}");
    assert_eq!(after.is_browser_session(), model.browser, "{ops:?}");
    assert_eq!(after.issued(), site.now(), "{ops:?}");
}

#[test]
fn a_renewed_session_keeps_everything_but_its_id() {
    let site = Site::new();
    let mut browser = full(&site);
    let before = site.inside(&browser);
    site.at(500);
    site.visit(&mut browser, |session| session.renew().unwrap()).line();
    let after = site.inside(&browser);
    assert_ne!(after.expose_id(), before.expose_id());
    assert_eq!(after.created(), before.created());
    assert_eq!(after.own_lifetimes(), before.own_lifetimes());
    assert_eq!(after.claims(), before.claims());
    assert_eq!(after.expose_body(), before.expose_body());
    assert!(!after.is_browser_session());
}

#[test]
fn the_id_of_a_restarted_session_is_known_before_it_is_sent() {
    let site = Site::new();
    let mut browser = full(&site);
    let id = site.visit(&mut browser, |session| {
        session.restart().unwrap();
        let id = session.id().unwrap();
        session.update(|basket| basket.apples = 9).unwrap();
        assert!(!session.is_new(), "there was one before");
        id
    });
    assert_eq!(id.out.expose_bytes(), &site.inside(&browser).expose_id());
}

#[test]
fn the_model_writes_the_cookie_under_the_usual_name_and_label() {
    // What the microscope opens, it opens by these two.
    assert_eq!((APP, NAME), ("shop", "__Host-session"));
}

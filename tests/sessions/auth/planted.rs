//! Session fixation: somebody plants a cookie in a victim's browser and waits for the login. One story
//! for sessions in cookies and in every store.

use cloakroom::auth::{self, Login};
use cloakroom::{Headers, RequestParts, Session, SessionManager, Values};

/// Where the sessions of an application are.
pub(crate) struct Place {
    /// Where the planted cookie was made: here, or where sessions were before they moved.
    pub(crate) before: SessionManager<Values>,
    pub(crate) here: SessionManager<Values>,
    /// Whose ids are dead once another took their place; in a cookie alone nobody's are.
    pub(crate) ends: fn(whose: Option<&str>) -> bool,
}

const VICTIM: &str = "victim";
/// Whose session is planted: nobody's, the attacker's own, or an earlier one of the victim.
const PLANTED: [Option<&str>; 3] = [None, Some("mallory"), Some(VICTIM)];

pub(crate) async fn no_planted_cookie_becomes_a_login(place: &Place) {
    for whose in PLANTED {
        for keeps in [false, true] {
            stays_what_it_was(place, whose, keeps).await;
        }
    }
}

async fn stays_what_it_was(place: &Place, whose: Option<&str>, keeps: bool) {
    let story = format!("a session of {whose:?}, all kept: {keeps}");
    let Place { before, here, ends } = place;
    let ended = ends(whose);
    let planted = plant(before, whose).await;
    // A request of the attacker is under way while the victim logs in.
    let slow = load(here, &planted).await;
    assert_eq!(who(&slow).as_deref(), whose, "{story}");

    let session = load(here, &planted).await;
    let login = Login::new(VICTIM).stamp("s1");
    let login = if keeps { login.keep_all() } else { login };
    auth::login(&session, login).await.unwrap();
    let cookie = cookie_of(&here.commit(&session, 200).await.unwrap()).unwrap();
    assert_ne!(cookie, planted, "{story}");
    let victim = load(here, &cookie).await;
    assert_eq!(who(&victim).as_deref(), Some(VICTIM), "{story}");
    // Of the attacker's data the victim has what a visitor's basket is kept for, and no more.
    let kept = if whose.is_none() { keeps } else { whose == Some(VICTIM) };
    assert_eq!(holds(&victim, "basket"), kept, "{story}");

    put(&slow, "slow");
    let answer = here.commit(&slow, 200).await.unwrap();
    let found = if ended { None } else { whose };
    let cookies = [Some(planted.clone()), cookie_of(&answer)];
    for attackers in cookies.iter().flatten() {
        let session = load(here, attackers).await;
        assert_ne!(session.id(), victim.id(), "{story}");
        assert_eq!(who(&session).as_deref(), found, "{story}");
        assert_eq!(session.is_new(), ended, "{story}");
        // Nor does it become one by what the attacker does with it.
        put(&session, "later");
        let answer = here.commit(&session, 200).await.unwrap();
        let next = cookie_of(&answer).unwrap_or_default();
        assert_eq!(who(&load(here, &next).await).as_deref(), found, "{story}");
    }
    let victim = load(here, &cookie).await;
    assert_eq!(who(&victim).as_deref(), Some(VICTIM), "{story}");
    assert!(!holds(&victim, "slow") && !holds(&victim, "later"), "{story}");

    auth::logout(&victim).await.unwrap();
    let removal = here.commit(&victim, 200).await.unwrap();
    assert_eq!(cookie_of(&removal), None, "{story}");
    assert_eq!(load(here, &cookie).await.is_new(), ends(Some(VICTIM)), "{story}");
    assert_eq!(who(&load(here, &planted).await).as_deref(), found, "{story}");
}

/// The cookie of a session of this one, with something in its basket.
async fn plant(sessions: &SessionManager<Values>, whose: Option<&str>) -> String {
    let session = sessions.anonymous();
    if let Some(subject) = whose {
        auth::login(&session, Login::new(subject).stamp("s1")).await.unwrap();
    }
    put(&session, "basket");
    cookie_of(&sessions.commit(&session, 200).await.unwrap()).unwrap()
}

async fn load(sessions: &SessionManager<Values>, cookie: &str) -> Session<Values> {
    let headers = [("cookie", cookie.as_bytes())];
    sessions.load(&RequestParts::new("GET", "/", &headers)).await.unwrap()
}

/// What a browser sends after these headers; nothing if they say nothing or remove it.
fn cookie_of(headers: &Headers) -> Option<String> {
    let line = headers.set_cookies.first()?.as_str();
    let pair = line.split(';').next()?;
    (!line.ends_with("; Max-Age=0")).then(|| pair.to_owned())
}

fn put(session: &Session<Values>, key: &str) {
    session.update(|map| map.insert(key, &1)).unwrap().unwrap();
}

fn holds(session: &Session<Values>, key: &str) -> bool {
    session.read(|map| map.contains_key(key)).unwrap()
}

fn who(session: &Session<Values>) -> Option<String> {
    auth::subject(session).map(|subject| String::from_utf8(subject).unwrap())
}

//! A part of a Django site that has moved to axum, while both serve one host and share a login.
//!
//! `tests/import/side_by_side.py` runs it beside a real Django. `DJANGO_SECRET_KEY` is the site's, and
//! `DJANGO_USERS` a file with a line for each user, `id password`, which stands for the table of
//! users that both would ask.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use cloakroom::axum::SessionLayer;
use cloakroom::cookie::CookieConfig;
use cloakroom::import::django::{Sessions, Writer};
use cloakroom::import::{Import, ImportError};
use cloakroom::{
    Clock, First, Key, KeyRing, Session, SessionConfig, SessionData, SessionError, SessionManager,
    SystemClock,
};
use serde::{Deserialize, Serialize};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Who is logged in, and the hash that says with which password.
#[derive(Default, Serialize, Deserialize)]
struct Visitor {
    login: Option<(String, String)>,
}

impl SessionData for Visitor {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// What Django has: its key, and its users.
struct Django {
    writer: Writer,
    users: String,
}

impl Django {
    /// The column `password` of a user.
    fn password(&self, user: &str) -> Option<String> {
        let table = fs::read_to_string(&self.users).ok()?;
        let rows = table.lines().filter_map(|line| line.split_once(' '));
        rows.filter(|(id, _)| *id == user).map(|(_, password)| password.to_owned()).next()
    }

    /// Whether a hash is that of the password which the user has now.
    fn is_current(&self, user: &str, hash: &str) -> bool {
        let sessions = self.writer.sessions();
        self.password(user).is_some_and(|password| sessions.is_login_hash(hash, &password))
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let sessions = Sessions::signed_cookies(std::env::var("DJANGO_SECRET_KEY")?)?;
    let users = std::env::var("DJANGO_USERS")?;
    let django = Arc::new(Django { writer: Writer::new(sessions), users });

    let reader = Arc::clone(&django);
    let until = SystemClock.now().plus(90 * 86_400); // a date of yours
    let import = Import::new("django", CookieConfig::new("sessionid"), until, move |cookie| {
        let session = reader.writer.sessions().open(cookie.value(), cookie.now())?;
        let text = |name| session.get(name)?.to::<String>().ok();
        let login = text("_auth_user_id").zip(text("_auth_user_hash"));
        // Nobody is logged in over there: nothing to take over.
        let login = login.filter(|(user, hash)| reader.is_current(user, hash));
        Ok(Visitor { login: Some(login.ok_or(ImportError::Shape)?) })
    });
    let ring = KeyRing::new(Key::generate()?); // in production: a file
    let config = SessionConfig::new(ring, "moving").import(import.shared());
    let manager = SessionManager::<Visitor>::new(config)?;

    let app = Router::new()
        .route("/shop/me", get(me))
        .route("/shop/login", post(login))
        .route("/shop/logout", post(logout))
        .layer(SessionLayer::new(manager))
        .with_state(django);
    let addr: SocketAddr = std::env::var("ADDR").unwrap_or("127.0.0.1:0".to_owned()).parse()?;
    let listener = tokio::net::TcpListener::bind(addr).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

/// Who is logged in, as long as their password is the one they logged in with.
async fn me(
    State(django): State<Arc<Django>>,
    session: Session<Visitor>,
) -> Result<String, SessionError> {
    let login = session.read(|visitor| visitor.login.clone())?;
    let user = match login {
        Some((user, hash)) if django.is_current(&user, &hash) => Some(user),
        Some(_) => {
            session.destroy()?;
            None
        }
        None => None,
    };
    // Ids of Django's users are numbers.
    Ok(user.map_or("{\"user\":null}".to_owned(), |user| format!("{{\"user\":\"{user}\"}}")))
}

/// A login here that is one on Django too. It asks for no password, because this is a demonstration.
async fn login(
    State(django): State<Arc<Django>>,
    session: Session<Visitor>,
    user: String,
) -> Result<Response, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let password = django.password(&user).ok_or(StatusCode::FORBIDDEN)?;
    let members = django.writer.login_members(&user, &password);
    let hash = members.get("_auth_user_hash").cloned().unwrap_or_default();
    session
        .restart()
        .and_then(|()| session.replace(Visitor { login: Some((user, hash)) }))
        .map_err(|_: SessionError| StatusCode::INTERNAL_SERVER_ERROR)?;
    let value = django.writer.seal(&members, SystemClock.now()).map_err(failed)?;
    let line =
        format!("sessionid={value}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600");
    Ok((AppendHeaders([(SET_COOKIE, line)]), "logged in\n").into_response())
}

async fn logout(session: Session<Visitor>) -> Result<&'static str, SessionError> {
    session.destroy()?;
    Ok("logged out\n")
}

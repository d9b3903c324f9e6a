//! Coming in and going out.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use cloakroom::Session;
use cloakroom::auth::flash::{self, Message};
use cloakroom::auth::{self, Login};

use super::super::Site;
use super::super::form::{Form, next};
use super::super::member::Member;
use super::super::pages::{account, door};
use super::super::problem::Problem;
use super::super::sessions::REMEMBERED;
use super::super::users::Credentials;
use super::super::visitor::Visitor;
use super::password::weakness;

/// Characters of a name.
const NAME_MAX: usize = 40;

/// GET `/`: the account, or what there is to have one for.
pub(in super::super) async fn first(
    State(site): State<Arc<Site>>,
    session: Session<Visitor>,
    member: Option<Member>,
) -> Result<Response, Problem> {
    match member {
        Some(Member { user, session }) => account::page(&site, &user, &session).await,
        None => door::welcome(&site, &session),
    }
}

/// GET `/signup`.
pub(in super::super) async fn signup(
    State(site): State<Arc<Site>>,
    session: Session<Visitor>,
    member: Option<Member>,
) -> Result<Response, Problem> {
    match member {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => door::signup(&site, &session, "", None),
    }
}

/// POST `/signup`: makes the account, and logs in.
pub(in super::super) async fn sign_up(
    State(site): State<Arc<Site>>,
    session: Session<Visitor>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let credentials = credentials(&form);
    let again = |problem: &str| door::signup(&site, &session, &credentials.name, Some(problem));
    if let Some(problem) = bad_name(&credentials.name).or_else(|| weakness(&form)) {
        return again(problem);
    }
    let Some(user) = site.users.create(&credentials).await? else {
        return again("That name is taken. Choose another.");
    };
    let plain = Login::new(user.subject()).stamp(user.stamp.clone());
    auth::login(&session, options(plain, &headers, false)).await?;
    flash::push(&session, &Message::success("Your account is made, and you are logged in."))?;
    Ok(Redirect::to("/").into_response())
}

/// GET `/login`, perhaps with `?next=`.
pub(in super::super) async fn login(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    session: Session<Visitor>,
    member: Option<Member>,
) -> Result<Response, Problem> {
    let next = asked(query.as_deref());
    match member {
        Some(_) => Ok(Redirect::to(next).into_response()),
        None => door::login(&site, &session, "", next, None),
    }
}

/// POST `/login`. A name that nobody has and a wrong password are answered alike.
pub(in super::super) async fn log_in(
    State(site): State<Arc<Site>>,
    session: Session<Visitor>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (credentials, next) = (credentials(&form), next(form.text("next")));
    let remember = form.is_checked("remember");
    let plus = |login| options(login, &headers, remember);
    match auth::sign_in(&session, &*site.users, &credentials, plus).await? {
        Some(user) => {
            let welcome = format!("Welcome back, {}.", user.name);
            flash::push(&session, &Message::success(welcome))?;
            Ok(Redirect::to(next).into_response())
        }
        None => {
            let problem = "That name and password do not belong together.";
            door::login(&site, &session, &credentials.name, next, Some(problem))
        }
    }
}

/// POST `/logout`.
pub(in super::super) async fn log_out(
    State(site): State<Arc<Site>>,
    Member { session, .. }: Member,
    _: Form,
) -> Result<Response, Problem> {
    site.end_this(&session).await?;
    flash::push(&session, &Message::success("You are logged out on this device."))?;
    Ok(Redirect::to("/").into_response())
}

/// The page of ours that a query asks for.
pub(super) fn asked(query: Option<&str>) -> &'static str {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == "next").map_or("/", |(_, page)| next(&page))
}

/// What every login here is beside whose it is.
fn options(
    login: Login<'static, Visitor>,
    headers: &HeaderMap,
    remember: bool,
) -> Login<'static, Visitor> {
    let visitor = Visitor::of(headers);
    let login = login.level(1).label(visitor.device.clone()).keep(move |_| visitor);
    if remember { login.remember(REMEMBERED) } else { login }
}

fn credentials(form: &Form) -> Credentials {
    Credentials {
        name: form.text("name").trim().to_owned(),
        password: form.text("password").to_owned(),
    }
}

fn bad_name(name: &str) -> Option<&'static str> {
    match name.chars().count() {
        0 => Some("Choose a name."),
        1..=NAME_MAX if !name.chars().any(char::is_control) => None,
        _ => Some("A name has at most 40 letters, digits and other characters."),
    }
}

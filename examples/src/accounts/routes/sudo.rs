//! Pages that ask for the password again.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use cloakroom::Session;
use cloakroom::auth;
use cloakroom::auth::flash::{self, Message};

use super::super::Site;
use super::super::form::{Form, next};
use super::super::member::Member;
use super::super::pages::sudo as pages;
use super::super::problem::Problem;
use super::super::visitor::Visitor;
use super::entry::asked;

/// Characters of a note.
const NOTE_MAX: usize = 2000;

/// GET `/confirm`: asks for the password.
pub(in super::super) async fn page(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    Member { user, session }: Member,
) -> Result<Response, Problem> {
    pages::confirm(&site, &user, &session, asked(query.as_deref()), None)
}

/// POST `/confirm`: back to where it was asked for.
pub(in super::super) async fn confirm(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    form: Form,
) -> Result<Response, Problem> {
    let next = next(form.text("next"));
    if !site.users.is_right(&user, form.text("password")).await? {
        let problem = "That is not your password.";
        return pages::confirm(&site, &user, &session, next, Some(problem));
    }
    auth::elevate(&session, auth::level(&session)).await?;
    Ok(Redirect::to(next).into_response())
}

/// GET `/note`.
pub(in super::super) async fn note(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
) -> Result<Response, Problem> {
    match stale(&site, &session, "/note") {
        Some(ask) => Ok(ask),
        None => pages::note(&site, &user, &session, &user.note, None),
    }
}

/// POST `/note`.
pub(in super::super) async fn save(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    form: Form,
) -> Result<Response, Problem> {
    if let Some(ask) = stale(&site, &session, "/note") {
        return Ok(ask);
    }
    let note = form.text("note").replace("\r\n", "\n");
    if note.chars().count() > NOTE_MAX {
        let problem = "A note has at most 2000 characters.";
        return pages::note(&site, &user, &session, &note, Some(problem));
    }
    site.users.set_note(&user, &note).await?;
    flash::push(&session, &Message::success("Your note is saved."))?;
    Ok(Redirect::to("/note").into_response())
}

/// GET `/delete`.
pub(in super::super) async fn last_words(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
) -> Result<Response, Problem> {
    match stale(&site, &session, "/delete") {
        Some(ask) => Ok(ask),
        None => pages::delete(&site, &user, &session, None),
    }
}

/// POST `/delete`: the account is gone, and every session of it.
pub(in super::super) async fn delete(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    form: Form,
) -> Result<Response, Problem> {
    if let Some(ask) = stale(&site, &session, "/delete") {
        return Ok(ask);
    }
    if !form.is_checked("sure") {
        let problem = "Check the box if you mean it.";
        return pages::delete(&site, &user, &session, Some(problem));
    }
    // Without a user a session is nobody's, whatever becomes of the next line.
    site.users.delete(&user).await?;
    site.end_all(&user, &session).await?;
    flash::push(&session, &Message::success("Your account is deleted."))?;
    Ok(Redirect::to("/").into_response())
}

/// The way to the question, unless the password was given a short while ago.
fn stale(site: &Site, session: &Session<Visitor>, next: &str) -> Option<Response> {
    let fresh = auth::fresh(session, site.sudo);
    (!fresh).then(|| Redirect::to(&format!("/confirm?next={next}")).into_response())
}

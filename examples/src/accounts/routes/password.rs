//! Another password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use cloakroom::auth::flash::{self, Message};

use super::super::Site;
use super::super::form::Form;
use super::super::member::Member;
use super::super::pages::account;
use super::super::problem::Problem;

/// Characters of a password. The most is there because hashing takes time for each of them.
const PASSWORD_MIN: usize = 8;
const PASSWORD_MAX: usize = 200;

/// GET `/password`.
pub(in super::super) async fn page(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
) -> Result<Response, Problem> {
    account::password(&site, &user, &session, None)
}

/// POST `/password`: the other devices are out, and this one stays.
pub(in super::super) async fn change(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    form: Form,
) -> Result<Response, Problem> {
    let again = |problem: &str| account::password(&site, &user, &session, Some(problem));
    if let Some(problem) = weakness(&form) {
        return again(problem);
    }
    if !site.users.is_right(&user, form.text("current")).await? {
        return again("That is not your present password.");
    }
    let stamp = site.users.set_password(&user, form.text("password")).await?;
    site.end_others(&user, &session, &stamp).await?;
    let done = "Your password is changed. All other devices are logged out.";
    flash::push(&session, &Message::success(done))?;
    Ok(Redirect::to("/").into_response())
}

/// Why a new password will not do.
pub(super) fn weakness(form: &Form) -> Option<&'static str> {
    let (password, repeated) = (form.text("password"), form.text("repeat"));
    match password.chars().count() {
        0..PASSWORD_MIN => Some("A password has at least 8 characters."),
        PASSWORD_MIN..=PASSWORD_MAX if password == repeated => None,
        PASSWORD_MIN..=PASSWORD_MAX => Some("The two passwords are not the same."),
        _ => Some("A password has at most 200 characters."),
    }
}

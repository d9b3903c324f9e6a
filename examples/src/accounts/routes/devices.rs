//! Where somebody is logged in, and ending that.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use cloakroom::auth::flash::{self, Message};
use cloakroom::auth::{self, Device};

use super::super::Site;
use super::super::form::Form;
use super::super::member::Member;
use super::super::pages::devices::{label, page};
use super::super::problem::Problem;

/// GET `/devices`.
pub(in super::super) async fn list(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
) -> Result<Response, Problem> {
    let devices = match site.level.lists_devices() {
        true => Some(auth::devices(&site.sessions, user.subject()).await?),
        false => None,
    };
    page(&site, &user, &session, devices)
}

/// POST `/devices/end`: ends one login. Somebody else's is not found.
pub(in super::super) async fn end(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    form: Form,
) -> Result<Response, Problem> {
    if !site.level.lists_devices() {
        return Err(Problem::NotFound);
    }
    let devices = auth::devices(&site.sessions, user.subject()).await?;
    let chosen = devices.iter().find(|device| device.public_id == form.text("device"));
    if chosen.is_some_and(|device| device.is(&session)) {
        auth::logout(&session).await?;
        flash::push(&session, &Message::success("You are logged out on this device."))?;
        return Ok(Redirect::to("/").into_response());
    }
    let name = chosen.map(label).unwrap_or_default();
    let ended = match chosen {
        Some(Device { public_id, .. }) => {
            auth::end_device(&site.sessions, user.subject(), public_id).await?
        }
        None => false,
    };
    let message = match ended {
        true => Message::success(format!("{name} is logged out.")),
        false => Message::info("That device was logged out already."),
    };
    flash::push(&session, &message)?;
    Ok(Redirect::to("/devices").into_response())
}

/// POST `/devices/others`: ends all but this one.
pub(in super::super) async fn others(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    _: Form,
) -> Result<Response, Problem> {
    let stamp = site.users.set_stamp(&user).await?;
    site.end_others(&user, &session, &stamp).await?;
    flash::push(&session, &Message::success("All other devices are logged out."))?;
    Ok(Redirect::to("/devices").into_response())
}

/// POST `/everywhere`: ends all, this one among them.
pub(in super::super) async fn everywhere(
    State(site): State<Arc<Site>>,
    Member { user, session }: Member,
    _: Form,
) -> Result<Response, Problem> {
    site.users.set_stamp(&user).await?;
    site.end_all(&user, &session).await?;
    flash::push(&session, &Message::success("You are logged out everywhere."))?;
    Ok(Redirect::to("/").into_response())
}

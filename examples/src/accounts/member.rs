//! Pages for those who are logged in.

use std::sync::Arc;

use axum::RequestPartsExt as _;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use cloakroom::Session;
use cloakroom::auth::flash::{self, Message};
use cloakroom::auth::{self, Auth};

use super::problem::Problem;
use super::settings::Level;
use super::users::User;
use super::visitor::{self, Visitor};
use super::{Site, form};

/// Somebody who is logged in; everybody else is sent to the login, and comes back from there.
pub(super) struct Member {
    pub(super) user: User,
    pub(super) session: Session<Visitor>,
}

impl FromRequestParts<Arc<Site>> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response> {
        let member = find(parts, site).await.map_err(Problem::into_response)?;
        match member {
            Some(member) => Ok(member),
            None => Err(to_login(parts).await.unwrap_or_else(Problem::into_response)),
        }
    }
}

/// For pages of everybody.
impl OptionalFromRequestParts<Arc<Site>> for Member {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &Arc<Site>,
    ) -> Result<Option<Self>, Problem> {
        find(parts, site).await
    }
}

async fn find(parts: &mut Parts, site: &Site) -> Result<Option<Member>, Problem> {
    let auth = parts.extract::<Option<Auth<User, Visitor>>>().await?;
    let Some(Auth { user, session, .. }) = auth else { return Ok(None) };
    // At the levels below nobody shows it.
    if site.level == Level::S4 {
        visitor::note(&session, &parts.headers)?;
    }
    Ok(Some(Member { user, session }))
}

async fn to_login(parts: &mut Parts) -> Result<Response, Problem> {
    let session = parts.extract::<Session<Visitor>>().await?;
    // A session whose account is gone.
    if auth::is_authenticated(&session) {
        auth::logout(&session).await?;
    }
    flash::push(&session, &Message::info("Log in to see that page."))?;
    // A form that was sent is lost, and what comes next is the first page.
    let asked = if parts.method == Method::GET { parts.uri.path() } else { "" };
    Ok(Redirect::to(&match form::next(asked) {
        "/" => "/login".to_owned(),
        next => format!("/login?next={next}"),
    })
    .into_response())
}

//! The routes, and the headers that every answer has.

mod devices;
mod entry;
mod password;
mod sudo;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use cloakroom::axum::SessionLayer;

use super::Site;
use super::pages::STYLE;
use super::problem::Problem;

/// Bytes of a form that are read.
const FORM_MAX: usize = 16 * 1024;

/// The site.
pub(super) fn app(site: Arc<Site>) -> Router {
    let sessions = SessionLayer::new(site.sessions.clone());
    Router::new()
        .route("/", get(entry::first))
        .route("/signup", get(entry::signup).post(entry::sign_up))
        .route("/login", get(entry::login).post(entry::log_in))
        .route("/logout", post(entry::log_out))
        .route("/everywhere", post(devices::everywhere))
        .route("/devices", get(devices::list))
        .route("/devices/end", post(devices::end))
        .route("/devices/others", post(devices::others))
        .route("/password", get(password::page).post(password::change))
        .route("/confirm", get(sudo::page).post(sudo::confirm))
        .route("/note", get(sudo::note).post(sudo::save))
        .route("/delete", get(sudo::last_words).post(sudo::delete))
        .route("/style.css", get(style))
        .fallback(async || Problem::NotFound)
        .layer(sessions)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(map_response(strict))
        .with_state(site)
}

/// The one file beside the pages; it is nobody's, so that caches may keep it.
async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=600")], STYLE)
}

/// No script, no frame, no resource of others, and no copy in a cache.
async fn strict(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
                          base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

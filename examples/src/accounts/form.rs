//! Forms that were looked at before a handler sees them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use cloakroom::Session;
use cloakroom::auth::csrf;

use super::Site;
use super::problem::Problem;
use super::visitor::Visitor;

/// A form of this site, sent by the session that it was made for.
///
/// Every route that changes something takes one as its argument, and there is no other way to the
/// fields: a route cannot forget the token.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl FromRequest<Arc<Site>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let session = Session::<Visitor>::from_request_parts(&mut parts, site).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), site).await;
        let body = body.map_err(|_| Problem::BadForm)?;
        let form = Self::parse(&body);
        match csrf::verify(&session, form.text("csrf")) {
            true => Ok(form),
            false if session.is_new() => Err(Problem::NoCookies),
            false => Err(Problem::Forged),
        }
    }
}

impl Form {
    fn parse(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// What stands in a field; nothing where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value)
    }

    /// Whether a box is checked.
    pub(super) fn is_checked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

/// The pages that a visitor may be sent on to after they have said who they are.
const NEXT: [&str; 5] = ["/", "/devices", "/password", "/note", "/delete"];

/// The page of ours that `asked` names, or the first one: never another site's.
pub(super) fn next(asked: &str) -> &'static str {
    NEXT.into_iter().find(|page| *page == asked).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_site_come_next() {
        assert_eq!(next("/devices"), "/devices");
        for asked in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/devices/../../x",
            "/devices?x",
            "javascript:alert(1)",
            "/devices\r\nSet-Cookie: x=y",
            "",
        ] {
            assert_eq!(next(asked), "/", "{asked:?}");
        }
    }

    #[test]
    fn the_first_field_of_a_name_counts() {
        let form = Form::parse(b"name=a+%26+b&name=c&on=on");
        assert_eq!((form.text("name"), form.text("other")), ("a & b", ""));
        assert!(form.is_checked("on") && !form.is_checked("off"));
    }
}

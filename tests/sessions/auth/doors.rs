//! The user of a request through the extractors of the adapters.

use cloakroom::auth::Auth;
use cloakroom::{RequestParts, SessionSlot};

use super::users::{ADA, User, Users, sign_in, site};
use crate::support::{Basket, Browser, Site, block_on};

/// A site with users, somebody who is logged in there, and a visitor.
fn stage() -> (Site, [(Browser, Option<&'static str>); 2]) {
    let users = Users::of(&[ADA]);
    let site = site(&users);
    let mut ada = Browser::new();
    sign_in(&site, &mut ada, &*users, ("ada", "lovelace"));
    (site, [(ada, Some("ada")), (Browser::new(), None)])
}

fn slot(site: &Site) -> SessionSlot<Basket> {
    site.sessions.slot(&RequestParts::new("GET", "/", &[])).unwrap()
}

fn name(found: &Auth<User, Basket>) -> &str {
    &found.user.name
}

#[cfg(feature = "axum")]
#[test]
fn axum_gives_the_user_none_or_401() {
    use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
    use axum_core::response::IntoResponse;
    type Found = Auth<User, Basket>;
    let (site, visits) = stage();
    for (browser, expected) in visits {
        let parts = || {
            let request = http::Request::builder().header("cookie", browser.header());
            let mut parts = request.body(()).unwrap().into_parts().0;
            parts.extensions.insert(slot(&site));
            parts
        };
        let (mut first, mut second) = (parts(), parts());
        let maybe = <Found as OptionalFromRequestParts<()>>::from_request_parts(&mut first, &());
        let maybe = block_on(maybe).unwrap();
        assert_eq!(maybe.as_ref().map(name), expected);
        let found = <Found as FromRequestParts<()>>::from_request_parts(&mut second, &());
        match block_on(found) {
            Ok(found) => assert_eq!(Some(name(&found)), expected),
            Err(error) => {
                assert_eq!((error.into_response().status().as_u16(), expected), (401, None));
            }
        }
    }
}

#[cfg(feature = "actix")]
#[test]
fn actix_gives_the_user_or_401() {
    use actix_web::{FromRequest, HttpMessage, ResponseError, test::TestRequest};
    let (site, visits) = stage();
    for (browser, expected) in visits {
        let request = TestRequest::default().insert_header(("cookie", browser.header()));
        let request = request.to_http_request();
        request.extensions_mut().insert(slot(&site));
        match block_on(Auth::<User, Basket>::extract(&request)) {
            Ok(found) => assert_eq!(Some(name(&found)), expected),
            Err(error) => {
                assert_eq!((error.error_response().status().as_u16(), expected), (401, None));
            }
        }
    }
}

#[cfg(feature = "poem")]
#[test]
fn poem_gives_the_user_or_401() {
    use poem::{FromRequest, Request};
    let (site, visits) = stage();
    for (browser, expected) in visits {
        let mut request = Request::builder().header("cookie", browser.header()).finish();
        request.extensions_mut().insert(slot(&site));
        match block_on(Auth::<User, Basket>::from_request_without_body(&request)) {
            Ok(found) => assert_eq!(Some(name(&found)), expected),
            Err(error) => {
                assert_eq!((error.into_response().status().as_u16(), expected), (401, None));
            }
        }
    }
}

#[cfg(feature = "salvo")]
#[test]
fn salvo_gives_the_user_or_401() {
    use salvo_core::extract::Extractible;
    use salvo_core::{Depot, Request, Response, Writer};
    let (site, visits) = stage();
    for (browser, expected) in visits {
        let mut request = Request::default();
        let value = browser.header().parse().unwrap();
        request.headers_mut().insert("cookie", value);
        let mut depot = Depot::new();
        depot.insert_typed(slot(&site));
        let found =
            block_on(<Auth<User, Basket> as Extractible<'_>>::extract(&mut request, &mut depot));
        match found {
            Ok(found) => assert_eq!(Some(name(&found)), expected),
            Err(error) => {
                let (mut request, mut response) = (Request::default(), Response::new());
                block_on(error.write(&mut request, &mut depot, &mut response));
                let status = response.status_code.map(|status| status.as_u16());
                assert_eq!((status, expected), (Some(401), None));
            }
        }
    }
}

#[cfg(feature = "rocket")]
#[test]
fn rocket_gives_the_user_or_401() {
    use cloakroom::rocket::SessionFairing;
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    #[rocket::get("/")]
    fn who(found: Auth<User, Basket>) -> String {
        name(&found).to_owned()
    }
    let (site, visits) = stage();
    let quiet = rocket::Config { log_level: rocket::config::LogLevel::Off, ..Default::default() };
    let app = rocket::custom(quiet).attach(SessionFairing::new(site.sessions.clone()));
    let client = Client::untracked(app.mount("/", rocket::routes![who])).unwrap();
    for (browser, expected) in visits {
        let response = client.get("/").header(Header::new("cookie", browser.header())).dispatch();
        match response.status().code {
            200 => assert_eq!(response.into_string().as_deref(), expected),
            status => assert_eq!((status, expected), (401, None)),
        }
    }
}

#[cfg(feature = "warp")]
#[test]
fn warp_gives_the_user_or_rejects() {
    use tower_service::Service;
    use warp::Filter;

    let (site, visits) = stage();
    let who = cloakroom::warp::user::<User, Basket, ()>()
        .map(|found: Auth<User, Basket>| name(&found).to_owned())
        .recover(|rejection: warp::Rejection| async move {
            let anonymous = rejection.find::<cloakroom::auth::AuthRejection>().is_some();
            assert!(anonymous, "another rejection");
            Ok::<_, warp::Rejection>(http::StatusCode::UNAUTHORIZED)
        });
    let mut service = warp::service(who);
    for (browser, expected) in visits {
        let request = http::Request::builder().header("cookie", browser.header());
        let mut request = request.body(String::new()).unwrap();
        request.extensions_mut().insert(slot(&site));
        let response = block_on(service.call(request)).unwrap();
        assert_eq!(response.status() == 200, expected.is_some());
        assert_eq!(response.status() == 401, expected.is_none());
    }
}

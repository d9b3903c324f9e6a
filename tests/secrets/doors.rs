//! The types of the doors, each with a session and a secret in it.

use cloakroom::{SessionManager, Values};

use crate::shown::Look;

/// Looks at every type of every door that is open in this build.
pub(crate) fn doors(look: &mut Look, sessions: &SessionManager<Values>, cookie: &str) {
    #[cfg(feature = "tower")]
    tower(look, sessions, cookie);
    #[cfg(feature = "actix")]
    actix(look, sessions);
    #[cfg(feature = "poem")]
    poem(look, sessions);
    #[cfg(feature = "rocket")]
    {
        look.debug(&cloakroom::rocket::SessionFairing::new(sessions.clone()));
        look.both(&cloakroom::rocket::MissingFairing);
    }
    #[cfg(feature = "salvo")]
    salvo(look, sessions, cookie);
    let _ = (look, sessions, cookie);
}

/// axum and warp have no types of their own but these.
#[cfg(feature = "tower")]
fn tower(look: &mut Look, sessions: &SessionManager<Values>, cookie: &str) {
    use tower_layer::Layer;
    let layer = cloakroom::tower::SessionLayer::new(sessions.clone());
    look.debug(&layer);
    look.debug(&layer.layer(()));
    let request = http::Request::builder().header("cookie", cookie).body(()).unwrap();
    let future = tower_service::Service::call(&mut layer.layer(Writes), request);
    look.debug(&future);
    let answer = crate::material::block_on(future).unwrap();
    assert!(answer.headers().contains_key("set-cookie"));
    look.debug(answer.headers());
    look.debug(answer.body());
    look.both(&cloakroom::tower::MissingLayer);
}

#[cfg(feature = "actix")]
fn actix(look: &mut Look, sessions: &SessionManager<Values>) {
    use std::fmt::Debug;

    use cloakroom::actix::{MissingMiddleware, SessionFuture, SessionMiddleware, SessionService};

    use crate::absent::implements;

    look.debug(&SessionMiddleware::new(sessions.clone()));
    look.both(&MissingMiddleware);
    assert!(!implements!(SessionService<(), Values>: Debug), "look at what it shows");
    look.seen.insert(crate::shown::name_of::<SessionService<(), Values>>());
    assert!(!implements!(SessionFuture<(), (), Values>: Debug), "look at what it shows");
    look.seen.insert(crate::shown::name_of::<SessionFuture<(), (), Values>>());
}

#[cfg(feature = "poem")]
fn poem(look: &mut Look, sessions: &SessionManager<Values>) {
    use poem::Middleware;
    let middleware = cloakroom::poem::SessionMiddleware::new(sessions.clone());
    look.debug(&middleware);
    look.debug(&middleware.transform(poem::endpoint::make_sync(|_| ())));
    look.both(&cloakroom::poem::MissingMiddleware);
}

#[cfg(feature = "salvo")]
fn salvo(look: &mut Look, sessions: &SessionManager<Values>, cookie: &str) {
    let cookies = [("cookie", cookie.as_bytes())];
    let request = cloakroom::RequestParts::new("GET", "/", &cookies);
    let session = crate::material::block_on(sessions.load(&request));
    look.debug(&cloakroom::salvo::SessionHoop::new(sessions.clone()));
    look.debug(&cloakroom::salvo::OptionalSession(Some(session)));
    look.both(&cloakroom::salvo::MissingHoop);
}

/// A service that puts the mark into its visitor's session.
#[cfg(feature = "tower")]
#[derive(Clone)]
struct Writes;

#[cfg(feature = "tower")]
impl tower_service::Service<http::Request<()>> for Writes {
    type Response = http::Response<()>;
    type Error = std::convert::Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<()>) -> Self::Future {
        use cloakroom::SessionSlot;

        let slot = request.extensions().get::<SessionSlot<Values>>().unwrap().clone();
        Box::pin(async move {
            let session = slot.session(&[]).await;
            session.update(|values| values.insert("mark", &crate::shown::MARK).unwrap()).unwrap();
            Ok(http::Response::new(()))
        })
    }
}

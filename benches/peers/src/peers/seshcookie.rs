//! `seshcookie`: through its tower layer, which is its only public way in.
//!
//! Sealing is the function that it keeps for tests of applications, which does nothing else. Opening
//! is a request through the layer to a service that reads the session.

use std::{convert::Infallible, time::SystemTime};

use axum::extract::FromRequestParts;
use http::{Request, Response, header};
use serde::{Serialize, de::DeserializeOwned};
use seshcookie::{SessionConfig, SessionKeys, SessionLayer, SessionService};
use tower::{Layer, Service, service_fn};

use super::ready;
use crate::peer::{Peer, Session};

const NAME: &str = "session";

pub struct Encrypted<S>(SessionLayer<S>);

impl<S> Default for Encrypted<S> {
    fn default() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the system has entropy");
        let keys = SessionKeys::new(&secret).expect("long enough");
        Self(SessionLayer::new(keys, SessionConfig::default()).expect("sound"))
    }
}

impl<S> Peer for Encrypted<S>
where
    S: Session + Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Session = S;

    fn seal(&self, session: &S) -> String {
        seshcookie::__testing::encode_cookie_for_layer(&self.0, session, SystemTime::now())
    }

    fn open(&self, value: &str) -> S {
        let read = service_fn(async |request: Request<()>| {
            let mut parts = request.into_parts().0;
            let session = seshcookie::Session::<S>::from_request_parts(&mut parts, &()).await;
            let data = session.ok().expect("the layer is mounted").get().await;
            Ok::<_, Infallible>(Response::new(data))
        });
        let mut service: SessionService<_, S> = self.0.layer(read);
        let cookie = format!("{NAME}={value}");
        let request = Request::builder().header(header::COOKIE, cookie).body(());
        let response = ready(service.call(request.expect("a sound header")));
        response.expect("infallible").into_body().expect("it opens")
    }
}

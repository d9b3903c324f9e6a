//! `jsonwebtoken`: HS256 with the session as the claims, which nothing validates.

use std::marker::PhantomData;

use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};

use crate::peer::{Peer, Session};

pub struct Signed<S> {
    seal: EncodingKey,
    open: DecodingKey,
    validation: Validation,
    session: PhantomData<S>,
}

impl<S> Default for Signed<S> {
    fn default() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the system has entropy");
        let mut validation = Validation::default();
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        Self {
            seal: EncodingKey::from_secret(&secret),
            open: DecodingKey::from_secret(&secret),
            validation,
            session: PhantomData,
        }
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Signed<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        jsonwebtoken::encode(&Header::default(), session, &self.seal).expect("it is JSON")
    }

    fn open(&self, value: &str) -> S {
        jsonwebtoken::decode(value, &self.open, &self.validation).expect("it opens").claims
    }
}

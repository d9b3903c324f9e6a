//! `pasetors`: a v4.local token around JSON, without registered claims or their validation.

use std::marker::PhantomData;

use pasetors::{
    Local,
    keys::{Generate, SymmetricKey},
    token::UntrustedToken,
    version4::{LocalToken, V4},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::peer::{Peer, Session};

pub struct Encrypted<S>(SymmetricKey<V4>, PhantomData<S>);

impl<S> Default for Encrypted<S> {
    fn default() -> Self {
        Self(SymmetricKey::generate().expect("the system has entropy"), PhantomData)
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Encrypted<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        let json = serde_json::to_vec(session).expect("it is JSON");
        LocalToken::encrypt(&self.0, &json, None, None).expect("it has no limits")
    }

    fn open(&self, value: &str) -> S {
        let token = UntrustedToken::<Local, V4>::try_from(value).expect("it is a token");
        let token = LocalToken::decrypt(&self.0, &token, None, None).expect("it opens");
        serde_json::from_str(token.payload()).expect("it is what was sealed")
    }
}

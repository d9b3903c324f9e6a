//! `biscotti`: an encrypted cookie around JSON, with its default percent-encoding.

use std::marker::PhantomData;

use biscotti::{
    Key, Processor, ProcessorConfig, RequestCookie, ResponseCookie,
    config::{CryptoAlgorithm, CryptoRule},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::peer::{Peer, Session};

const NAME: &str = "session";

pub struct Encrypted<S>(Processor, PhantomData<S>);

impl<S> Default for Encrypted<S> {
    fn default() -> Self {
        let mut config = ProcessorConfig::default();
        config.crypto_rules.push(CryptoRule {
            cookie_names: vec![NAME.into()],
            algorithm: CryptoAlgorithm::Encryption,
            key: Key::generate(),
            fallbacks: Vec::new(),
        });
        Self(config.into(), PhantomData)
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Encrypted<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        let json = serde_json::to_string(session).expect("it is JSON");
        self.0.process_outgoing(ResponseCookie::new(NAME, json)).value().into()
    }

    fn open(&self, value: &str) -> S {
        let cookie = self.0.process_incoming(NAME, value).expect("it opens");
        serde_json::from_str(RequestCookie::value(&cookie)).expect("it is what was sealed")
    }
}

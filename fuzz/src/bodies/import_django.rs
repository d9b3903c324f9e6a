//! Django's tokens: nothing opens but what was signed; what was signed is read as far as it goes, and
//! what it holds can be sealed again and comes back.
//!
//! Input: a byte; even: a token; odd: `payload:time`, signed with the right key.

use cloakroom::{
    Timestamp,
    import::{
        ImportError,
        django::{Sessions, Signing, Writer},
    },
};

use super::import_json::stands;

const SALT: &str = "django.contrib.sessions.SessionStore";
const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

pub fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let signing = Signing::new(SALT, "the secret key of the site").unwrap();
    if first % 2 == 0 {
        let refused = signing.loads(rest, None, NOW).err();
        assert_eq!(refused, Some(ImportError::BadSignature));
        return;
    }
    let Ok(value) = core::str::from_utf8(rest) else { return };
    let token = signing.sign(value);
    assert_eq!(signing.unsign(token.as_bytes()), Ok(rest));
    assert_eq!(
        signing.unsign(&token.as_bytes()[..token.len() - 1]),
        Err(ImportError::BadSignature)
    );
    let read = signing.loads(token.as_bytes(), None, NOW);
    let aged = signing.loads(token.as_bytes(), Some(60.0), NOW);
    match (&read, &aged) {
        (Ok(json), Ok(aged)) => assert_eq!(json.root().to_python(), aged.root().to_python()),
        (_, Err(ImportError::Expired | ImportError::Timestamp)) => {}
        (read, aged) => assert_eq!(read.as_ref().err(), aged.as_ref().err()),
    }
    let Ok(json) = read else { return };
    stands(&json);
    let writer = Writer::new(Sessions::stored("the secret key of the site").unwrap());
    let Ok(sealed) = writer.seal_json(json.root(), NOW) else { return };
    let again = signing.loads(sealed.as_bytes(), Some(0.0), NOW).expect("it was sealed now");
    assert_eq!(again.root().to_python(), json.root().to_python());
}

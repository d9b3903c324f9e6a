//! The types of the decoders of foreign cookies, each with a secret in it.

use cloakroom::cookie::CookieConfig;
use cloakroom::import::{
    Import, ImportError, ImportFault, Json, cookie_jar, django, express, flask, iron, laravel,
    rails,
};
use cloakroom::{ConfigError, Timestamp, Values};

use crate::shown::{Look, name_of};

/// A secret of a site, and a member of a session.
const SECRET: &str = "the-secret-key-of-somebody-else's-site";
const MEMBER: &str = "a-member-of-a-foreign-session";

/// Looks at every type of every decoder.
pub(crate) fn imports(look: &mut Look) {
    look.secret(SECRET.as_bytes());
    look.secret(MEMBER.as_bytes());
    let now = Timestamp::from_unix(1_790_000_000);

    look.debug(&django::Algorithm::Sha256);
    look.debug(&django::Signing::new("salt", SECRET).unwrap());
    look.debug(&django::Sessions::stored(SECRET).unwrap());
    let writer = django::Writer::new(django::Sessions::signed_cookies(SECRET).unwrap());
    let value = writer.login(MEMBER, SECRET, now).unwrap();
    look.debug(&writer.sessions().open(value.as_bytes(), now).unwrap());
    look.debug(&writer);

    look.debug(&flask::Sessions::new(SECRET).unwrap());
    look.debug(&express::Sessions::new(SECRET).unwrap());
    look.debug(&iron::Sessions::new(SECRET).unwrap());
    look.debug(&rails::Digest::Sha1);
    look.debug(&rails::Cookies::new(SECRET, rails::Digest::Sha1).unwrap());
    look.debug(&laravel::Cipher::Cbc);
    let key = "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    look.debug(&laravel::Cookies::new(laravel::Cipher::Cbc, key).unwrap());
    look.debug(&cookie_jar::Jar::new([7; 64]).unwrap());

    let json = Json::parse(&format!(r#"{{"{MEMBER}":["{MEMBER}"]}}"#)).unwrap();
    let (name, list) = json.root().members().unwrap().next().unwrap();
    look.debug(&json);
    look.debug(&json.root());
    look.debug(&json.root().members().unwrap());
    look.debug(&list.items().unwrap());
    look.debug(name);

    look.both(&ImportError::BadSignature);
    let wrong = django::Signing::new("salt", "").unwrap_err();
    look.both(&wrong);
    let ConfigError::Import(fault) = wrong else { panic!("another error") };
    look.debug::<ImportFault>(&fault);
    look.debug(&Import::new::<Values>("django", CookieConfig::new("a"), now, |cookie| {
        // Its value stands in no output: here, one is as good as another.
        assert!(!format!("{cookie:?}").contains(MEMBER));
        Err(ImportError::BadSignature)
    }));
    // There is no value of it outside such a function; tests of the move look at it there.
    look.seen.insert(name_of::<cloakroom::import::Foreign<'_>>());
}

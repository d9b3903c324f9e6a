//! `import` of every format but Django's.

use std::time::Duration;

use cloakroom::{
    Timestamp,
    import::{
        ImportError, Json,
        cookie_jar::{self, Jar},
        express, flask, iron, laravel, rails,
    },
};

use crate::{
    import::token,
    import_args::{self as args, Algorithm, Common, Kind},
    json::quoted,
    out::Fault,
    ring,
};

type Decoded<T> = Result<Result<T, ImportError>, Fault>;

pub(crate) fn flask(args: &args::Flask) -> Decoded<Json> {
    let first = flask::Sessions::new(&args.keys.key).map_err(Fault::usage)?;
    let all = args.keys.fallback_keys.iter().try_fold(first, |all, key| all.fallback(key));
    let mut sessions = all.map_err(Fault::usage)?;
    if let Some(age) = args.max_age {
        sessions = sessions.max_age(Duration::from_secs(age));
    }
    Ok(sessions.open(&token(&args.common)?, at(&args.common)))
}

pub(crate) fn rails(args: &args::Rails) -> Decoded<Json> {
    let digest = |algorithm| match algorithm {
        Algorithm::Sha1 => rails::Digest::Sha1,
        Algorithm::Sha256 => rails::Digest::Sha256,
    };
    let generator = digest(args.generator);
    let first = rails::Cookies::new(&args.keys.key, generator).map_err(Fault::usage)?;
    let mut keys = args.keys.fallback_keys.iter();
    let all = keys.try_fold(first, |all, key| all.fallback(key, generator));
    let mut cookies = all.map_err(Fault::usage)?.signed_with(digest(args.signed_with));
    if args.without_purpose {
        cookies = cookies.without_purpose();
    }
    let (token, at) = (token(&args.common)?, at(&args.common));
    Ok(match args.kind {
        Kind::Encrypted => cookies.open_encrypted(&args.name, &token, at),
        Kind::Signed => cookies.open_signed(&args.name, &token, at),
    })
}

pub(crate) fn express(args: &args::Express) -> Decoded<Json> {
    let first = express::Sessions::new(&args.keys.key).map_err(Fault::usage)?;
    let all = args.keys.fallback_keys.iter().try_fold(first, |all, key| all.fallback(key));
    let sessions = all.map_err(Fault::usage)?;
    Ok(sessions.open(&args.name, &token(&args.common)?, args.signature.as_bytes()))
}

pub(crate) fn iron(args: &args::Iron) -> Decoded<Json> {
    let all =
        args.passwords.iter().try_fold(None, |all: Option<iron::Sessions>, (id, password)| {
            match all {
                None => iron::Sessions::with_id(id, password),
                Some(all) => all.password(id, password),
            }
            .map(Some)
        });
    let sessions = all.map_err(Fault::usage)?;
    let sessions = sessions.ok_or_else(|| Fault::usage("a password is missing"))?;
    Ok(sessions.open(&token(&args.common)?, at(&args.common)))
}

pub(crate) fn laravel(args: &args::Laravel) -> Decoded<String> {
    let cipher = if args.gcm { laravel::Cipher::Gcm } else { laravel::Cipher::Cbc };
    let first = laravel::Cookies::new(cipher, &args.keys.key).map_err(Fault::usage)?;
    let all = args.keys.fallback_keys.iter().try_fold(first, |all, key| all.fallback(key));
    Ok(all.map_err(Fault::usage)?.open(&args.name, &token(&args.common)?))
}

/// The value as JSON: a text, or the session in it.
pub(crate) fn cookie(args: &args::Jar) -> Decoded<String> {
    let jar = if args.derived { Jar::derived(&args.key_hex.0) } else { Jar::new(&args.key_hex.0) };
    let jar = jar.map_err(Fault::usage)?;
    let token = token(&args.common)?;
    let value = match args.kind {
        Kind::Encrypted => jar.open_private(&args.name, &token),
        Kind::Signed => jar.open_signed(&token),
    };
    Ok(value.and_then(|value| {
        if args.actix {
            cookie_jar::actix_session(&value).map(|json| json.root().to_python())
        } else {
            Ok(quoted(&value))
        }
    }))
}

/// The moment asked about, in whole seconds.
fn at(common: &Common) -> Timestamp {
    common.at.map_or_else(ring::now, |at| Timestamp::from_unix(whole(at)))
}

/// Rounded up, so that what is over stays over.
fn whole(at: f64) -> u64 {
    let seconds = Duration::try_from_secs_f64(at.max(0.0)).unwrap_or(Duration::MAX);
    seconds.as_secs().saturating_add(u64::from(seconds.subsec_nanos() > 0))
}

//! `import`: one foreign cookie, decoded.

use std::{
    io::{self, Read},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use cloakroom::import::{ImportError, Json, django};

use crate::{
    import_args::{Algorithm, Common, Django, Import},
    import_others as others,
    json::quoted,
    out::{Fault, REFUSED, complain, print},
};

pub(crate) fn run(format: &Import) -> Result<ExitCode, Fault> {
    match format {
        Import::Django(args) => document(&args.common, from_django(args)?),
        Import::Flask(args) => document(&args.common, others::flask(args)?),
        Import::Rails(args) => document(&args.common, others::rails(args)?),
        Import::Express(args) => document(&args.common, others::express(args)?),
        Import::Iron(args) => document(&args.common, others::iron(args)?),
        Import::Laravel(args) => {
            answer(&args.common, others::laravel(args)?.map(|text| quoted(&text)))
        }
        Import::Cookie(args) => answer(&args.common, others::cookie(args)?),
    }
}

fn from_django(args: &Django) -> Result<Result<Json, ImportError>, Fault> {
    let algorithm = match args.algorithm {
        Algorithm::Sha256 => django::Algorithm::Sha256,
        Algorithm::Sha1 => django::Algorithm::Sha1,
    };
    let salt = match &args.salt {
        Some(salt) => salt.as_encoded_bytes(),
        None => django::SIGNED_COOKIES_SALT.as_bytes(),
    };
    // Django takes an empty fallback for the key itself, so it adds nothing.
    let texts = args.key.iter().chain(&args.fallback_keys);
    let texts = texts.map(|key| key.as_encoded_bytes()).filter(|key| !key.is_empty());
    let mut keys = args.key_hex.iter().map(|key| key.0.as_slice()).chain(texts);
    let key = keys.next().unwrap_or_default();
    let signing = django::Signing::with(algorithm, salt, key).map_err(Fault::usage)?;
    let signing = keys.try_fold(signing, |signing, key| signing.fallback(key));
    let signing =
        signing.and_then(|signing| signing.separator(&*args.sep)).map_err(Fault::usage)?;
    Ok(signing.loads_at(&token(&args.common)?, args.max_age, at(&args.common)))
}

fn document(common: &Common, decoded: Result<Json, ImportError>) -> Result<ExitCode, Fault> {
    answer(common, decoded.map(|json| json.root().to_python()))
}

/// Prints what was decoded, as JSON, or the name of the refusal.
fn answer(common: &Common, decoded: Result<String, ImportError>) -> Result<ExitCode, Fault> {
    match decoded {
        Ok(data) => {
            let shown = if common.json { format!("{{\"data\": {data}}}\n") } else { data + "\n" };
            print(&shown)
        }
        Err(error) => {
            if common.json {
                print(&format!("{{\"error\": \"{}\"}}\n", error.class()))?;
                complain(&format!("refused ({}): {error}", error.as_str()));
            } else {
                print(&format!("refused ({}): {error}\n", error.as_str()))?;
            }
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// The token: the argument, or standard input without the line end behind it.
pub(crate) fn token(common: &Common) -> Result<Vec<u8>, Fault> {
    if common.token != "-" {
        return Ok(common.token.clone().into_encoded_bytes());
    }
    let mut token = Vec::new();
    // More than any token that is looked at; a longer one is too long all the same.
    let read = io::stdin().lock().take(4 << 20).read_to_end(&mut token);
    read.map_err(|error| Fault::usage(format_args!("cannot read the token: {error}")))?;
    if token.ends_with(b"\n") {
        token.pop();
    }
    if token.ends_with(b"\r") {
        token.pop();
    }
    Ok(token)
}

/// The moment asked about.
fn at(common: &Common) -> f64 {
    let now =
        || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    common.at.unwrap_or_else(now)
}

//! The command lines of `import`, one a format.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use crate::words;

#[derive(Subcommand)]
pub(crate) enum Import {
    /// A Django token: a session cookie, a row's session_data, what signing.dumps wrote
    #[command(after_help = DJANGO)]
    Django(Django),
    /// A Flask session cookie
    Flask(Flask),
    /// An encrypted or signed cookie of Rails
    Rails(Rails),
    /// A session cookie of cookie-session
    Express(Express),
    /// A session cookie of iron-session
    Iron(Iron),
    /// An encrypted cookie of Laravel
    Laravel(Laravel),
    /// A cookie of a signed or private jar: actix-session, axum-extra
    Cookie(Jar),
}

/// What every format has.
#[derive(Args)]
pub(crate) struct Common {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// As of this moment, in Unix seconds, instead of now
    #[arg(long, value_name = "UNIX", allow_hyphen_values = true, value_parser = words::seconds)]
    pub(crate) at: Option<f64>,
    /// The cookie's value, or - to read it from standard input
    #[arg(value_name = "TOKEN", allow_hyphen_values = true)]
    pub(crate) token: OsString,
}

/// The hash under a signature.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Algorithm {
    Sha256,
    Sha1,
}

#[derive(Args)]
pub(crate) struct Django {
    #[command(flatten)]
    pub(crate) common: Common,
    /// SECRET_KEY
    #[arg(long, value_name = "K", allow_hyphen_values = true, required_unless_present = "key_hex")]
    pub(crate) key: Option<OsString>,
    /// SECRET_KEY in hex, for one that is not text; it goes before --key
    #[arg(long, value_name = "H", allow_hyphen_values = true, value_parser = words::hex)]
    pub(crate) key_hex: Option<words::Bytes>,
    /// One of SECRET_KEY_FALLBACKS; may be given several times
    #[arg(long = "fallback-key", value_name = "K", allow_hyphen_values = true)]
    pub(crate) fallback_keys: Vec<OsString>,
    /// The salt [default: that of signed session cookies]
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub(crate) salt: Option<OsString>,
    /// Refuse what is older than this many seconds
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = words::seconds)]
    pub(crate) max_age: Option<f64>,
    /// The separator
    #[arg(long, value_name = "SEP", default_value = ":", allow_hyphen_values = true)]
    pub(crate) sep: String,
    /// The hash
    #[arg(long, value_enum, default_value = "sha256")]
    pub(crate) algorithm: Algorithm,
}

/// The keys of a site, and where most sites have them.
#[derive(Args)]
pub(crate) struct Keys {
    /// The secret key of the site
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    pub(crate) key: String,
    /// A former key; may be given several times
    #[arg(long = "fallback-key", value_name = "K", allow_hyphen_values = true)]
    pub(crate) fallback_keys: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Flask {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Refuse what is older than this many seconds [default: 31 days]
    #[arg(long, value_name = "N")]
    pub(crate) max_age: Option<u64>,
}

/// How Rails or a jar seals.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    Encrypted,
    Signed,
}

#[derive(Args)]
pub(crate) struct Rails {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// The cookie's name
    #[arg(long, value_name = "N")]
    pub(crate) name: String,
    /// How it is sealed
    #[arg(long, value_enum, default_value = "encrypted")]
    pub(crate) kind: Kind,
    /// The hash of the key generator: sha1 before the defaults of Rails 7.0
    #[arg(long, value_enum, default_value = "sha256")]
    pub(crate) generator: Algorithm,
    /// The hash of signatures
    #[arg(long, value_enum, default_value = "sha1")]
    pub(crate) signed_with: Algorithm,
    /// Take a cookie without a purpose
    #[arg(long)]
    pub(crate) without_purpose: bool,
}

#[derive(Args)]
pub(crate) struct Express {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// The cookie's name
    #[arg(long, value_name = "N", default_value = "session")]
    pub(crate) name: String,
    /// The value of the cookie NAME.sig
    #[arg(long, value_name = "SIG", allow_hyphen_values = true)]
    pub(crate) signature: String,
}

#[derive(Args)]
pub(crate) struct Iron {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A password with its id, like 1=secret; may be given several times
    #[arg(long = "password", value_name = "ID=P", required = true, value_parser = words::pair)]
    pub(crate) passwords: Vec<(String, String)>,
}

#[derive(Args)]
pub(crate) struct Laravel {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// The cookie's name
    #[arg(long, value_name = "N")]
    pub(crate) name: String,
    /// The cipher is AES-256-GCM instead of AES-256-CBC
    #[arg(long)]
    pub(crate) gcm: bool,
}

#[derive(Args)]
pub(crate) struct Jar {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The key in hex, 64 bytes
    #[arg(long, value_name = "H", value_parser = words::hex)]
    pub(crate) key_hex: words::Bytes,
    /// The key was made by Key::derive_from
    #[arg(long)]
    pub(crate) derived: bool,
    /// The cookie's name
    #[arg(long, value_name = "N")]
    pub(crate) name: String,
    /// How it is sealed
    #[arg(long, value_enum, default_value = "encrypted")]
    pub(crate) kind: Kind,
    /// The value is a session of actix-session
    #[arg(long)]
    pub(crate) actix: bool,
}

const DJANGO: &str = "\
Salts: django.contrib.sessions.backends.signed_cookies for session cookies,
django.contrib.sessions.SessionStore for rows of django_session and for session
files, django.core.signing for signing.dumps.

--json prints {\"data\": ...} and exits 0, or {\"error\": ...} and exits 1, where the
error is bad_signature, expired or malformed_after_valid_signature; standard
error says more. The data is written as Python's json.dumps writes it.

  cloakroom import django --key \"$SECRET_KEY\" --max-age 1209600 -- TOKEN

An argument can be seen by other users of the machine while the command runs.";

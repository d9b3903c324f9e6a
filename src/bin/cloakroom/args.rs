//! The command lines, and the help that teaches them.

use std::{ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use cloakroom::{KeyId, Timestamp};

use crate::{import_args::Import, out, words};

/// Reads this process's command line; what is wrong with it has been said when this returns.
pub(crate) fn parse() -> Result<Command, ExitCode> {
    match Cli::try_parse() {
        Ok(cli) => Ok(cli.command),
        Err(help) if !help.use_stderr() => {
            let printed = out::print(&help.render().to_string());
            Err(printed.unwrap_or_else(out::Fault::report))
        }
        Err(error) => {
            // What was typed in the wrong place may be a key.
            out::complain(error.render().to_string().trim_end());
            Err(ExitCode::from(out::USAGE))
        }
    }
}

#[derive(Parser)]
#[command(name = "cloakroom", version, about = "Keys and cookies of cloakroom sessions")]
#[command(after_help = TOUR, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const TOUR: &str = "\
A ring is a text file of up to 16 keys with dates. Every server reads the same
file, and its clock says which key seals. To begin, and from then on every
quarter:

  cloakroom ring new ring              a file with one key, mode 0600
  cloakroom ring rotate ring           a new key takes over in 24 hours
  cloakroom ring list ring             what each key does, and when

Why does this visitor have no session?

  cloakroom inspect --ring ring --app shop --name __Host-session COOKIE

Exit codes: 0 done; 1 refused, or problems were found; 2 the command line is
wrong. Times are like 2027-02-01T00:00:00Z or Unix seconds, durations like 3s,
15m, 24h, 90d.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print a new key
    Keygen(Keygen),
    /// Make, rotate, list and check a ring of keys
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true)]
    Ring(Ring),
    /// Look inside a cookie, or learn why it is refused
    #[command(after_help = INSPECT)]
    Inspect(Inspect),
    /// Remove the expired records of a store
    #[command(after_help = CLEAR_EXPIRED)]
    ClearExpired(ClearExpired),
    /// Decode one session cookie of another framework
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true)]
    Import(Import),
}

#[derive(Subcommand)]
pub(crate) enum Ring {
    /// Write a new ring file with one key
    #[command(after_help = NEW)]
    New(New),
    /// Add a key that takes over, and retire the one before it
    #[command(after_help = ROTATE)]
    Rotate(Rotate),
    /// Refuse every cookie of a key from now on
    #[command(after_help = REVOKE)]
    Revoke(Revoke),
    /// Remove the keys that are revoked or whose cookies have all died
    #[command(after_help = PRUNE)]
    Prune(File),
    /// Refuse every session that began before a moment
    #[command(after_help = NOT_BEFORE)]
    NotBefore(NotBefore),
    /// Show what each key does, and when; never a key
    #[command(after_help = LIST)]
    List(List),
    /// Find every problem of a ring
    #[command(after_help = CHECK)]
    Check(Check),
}

#[derive(Args)]
pub(crate) struct Keygen {
    /// How many, one a line
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) count: u32,
}

#[derive(Args)]
pub(crate) struct File {
    /// The ring file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct New {
    #[command(flatten)]
    pub(crate) ring: File,
    /// How long the key seals; without it, until it is rotated
    #[arg(long, value_name = "D", value_parser = words::time)]
    pub(crate) seal_for: Option<Duration>,
}

const NEW: &str = "\
The file must not exist. Its mode is 0600: let the servers' user own it, or pass
it to them as a secret. With --seal-for the ring stops sealing at a date unless
it is rotated, so that a forgotten key cannot live for ever.

  cloakroom ring new /etc/shop/ring --seal-for 90d";

#[derive(Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub(crate) ring: File,
    /// When the new key begins to seal; by then every server must have the file
    #[arg(long, value_name = "D", default_value = "24h", value_parser = words::duration)]
    pub(crate) after: Duration,
    /// How long the old key may still seal after that, for a server that is late
    #[arg(long, value_name = "D", default_value = "15m", value_parser = words::duration)]
    pub(crate) fleet_delay: Duration,
    /// How long the new key seals; without it, until it is rotated
    #[arg(long, value_name = "D", value_parser = words::time)]
    pub(crate) seal_for: Option<Duration>,
    /// How long the old key opens what it sealed, once it seals no more
    #[arg(long, value_name = "D", value_parser = words::duration)]
    pub(crate) open_for: Option<Duration>,
    /// Rotate though a staged key waits, or --after is below the fleet delay
    #[arg(long)]
    pub(crate) force: bool,
}

const ROTATE: &str = "\
Nobody is logged out: cookies of the old key open as long as they live, and are
sealed again with the new key when they are used. Push the file to every server
within --after; nothing restarts. Comments and the order of lines stay.

  cloakroom ring rotate ring                   tomorrow, at this time
  cloakroom ring rotate ring --seal-for 97d    with an end, for a cron job
  cloakroom ring rotate ring --open-for 15d    so that the old line can go soon

A key has leaked? At once, then revoke it:

  cloakroom ring rotate ring --after 0s --fleet-delay 0s --force";

#[derive(Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    pub(crate) ring: File,
    /// The key's id, 8 hex digits, as `ring list` shows it
    #[arg(value_name = "KID", value_parser = words::kid)]
    pub(crate) kid: KeyId,
}

const REVOKE: &str = "\
Whoever holds a cookie of this key is logged out as soon as the servers have
read the file. If it is the key that seals, rotate first, or nothing can be
sealed. A revoked key never comes back: leave its line until its cookies have
gone from browsers, then prune.

  cloakroom ring revoke ring 1a2b3c4d";

const PRUNE: &str = "\
Removed are revoked keys, keys past their open_until, and keys past their
seal_until by a minute and 400 days, which is how long a cookie can live. The
comments beside them stay. Cookies of a key that is not in the ring are refused
as unknown_key and stay in the browser; those of a revoked key are removed from
it, so give a revoked key a month before you prune.";

#[derive(Args)]
pub(crate) struct NotBefore {
    #[command(flatten)]
    pub(crate) ring: File,
    /// The moment, like 2027-02-01T00:00:00Z or Unix seconds
    #[arg(value_name = "TIME", value_parser = words::moment)]
    pub(crate) time: Timestamp,
}

const NOT_BEFORE: &str = "\
Everybody whose session began earlier logs in again, whatever key sealed it.

  cloakroom ring not-before ring 2027-01-10T09:05:00Z";

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) ring: File,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// As of this moment instead of now
    #[arg(long, value_name = "TIME", value_parser = words::moment)]
    pub(crate) at: Option<Timestamp>,
}

const LIST: &str = "\
States: staged (waits for its seal_from), active (seals), retired (opens what it
sealed), closed (past its open_until), revoked.

--json prints {\"at\",\"sealing\",\"next_change\",\"not_before\",\"keys\":[{\"kid\",
\"state\",\"seal_from\",\"seal_until\",\"open_until\"}]}; times are Unix seconds, and
what is missing is null.";

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) ring: File,
    /// How long a new file needs to reach every server
    #[arg(long, value_name = "D", default_value = "15m", value_parser = words::duration)]
    pub(crate) fleet_delay: Duration,
    /// The idle timeout of your sessions
    #[arg(long, value_name = "D", default_value = "14d", value_parser = words::time)]
    pub(crate) idle: Duration,
    /// The absolute timeout of your sessions
    #[arg(long, value_name = "D", default_value = "30d", value_parser = words::time)]
    pub(crate) absolute: Duration,
}

const CHECK: &str = "\
Run it before you push a ring: it finds whatever a server would refuse, moments
at which no key seals, keys that begin before the file can have arrived, and
keys that close before their cookies have expired. Problems exit with 1;
warnings do not.

  cloakroom ring check ring --fleet-delay 15m && deploy ring";

/// How a cookie is sealed.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    Encrypted,
    Signed,
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// The ring file
    #[arg(long, value_name = "FILE")]
    pub(crate) ring: PathBuf,
    /// The application's label
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    pub(crate) app: String,
    /// The cookie's name
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) name: String,
    /// How the application seals
    #[arg(long, value_enum, default_value = "encrypted")]
    pub(crate) mode: Mode,
    /// The request's context, if the application binds cookies to one
    #[arg(long, value_name = "HEX", default_value = "", hide_default_value = true, value_parser = words::hex)]
    pub(crate) bind: words::Bytes,
    /// The idle timeout in seconds [default: 14 days]
    #[arg(long, value_name = "S", value_parser = words::lifetime)]
    pub(crate) idle: Option<Duration>,
    /// The absolute timeout in seconds [default: 30 days]
    #[arg(long, value_name = "S", value_parser = words::lifetime)]
    pub(crate) absolute: Option<Duration>,
    /// As of this moment instead of now
    #[arg(long, value_name = "UNIX", value_parser = words::moment)]
    pub(crate) at: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The cookie's value, or - to read it from standard input
    #[arg(value_name = "COOKIE", allow_hyphen_values = true)]
    pub(crate) cookie: OsString,
}

const INSPECT: &str = "\
The cookie is opened as a server of this application would open it now; the
session's own data stays encoded. Exit 0 if it opens, 1 if it is refused, with
the reason; 2 if the question cannot be answered, such as without a ring.

  cloakroom inspect --ring ring --app shop --name __Host-session EbUk...
  pbpaste | cloakroom inspect --ring ring --app shop --name id --mode signed -

An argument can be seen by other users of the machine while the command runs.

--json prints, for a cookie that opens, the session id and the body in hex:
{\"ok\":true,\"mode\",\"kid\",\"key_state\",\"sid\",\"created\",\"issued\",\"idle_expires\",
\"absolute_expires\",\"life\",\"idle\",\"browser\",\"codec\",\"kind\",\"version\",\"shape_hex\",
\"claims\",\"body_hex\",\"chars\"}, and for one that does not {\"ok\":false,\"reason\"}.";

#[derive(Args)]
pub(crate) struct ClearExpired {
    /// Where the store is, or - to read that from standard input
    #[arg(value_name = "STORE-URL", allow_hyphen_values = true)]
    pub(crate) store: String,
}

const CLEAR_EXPIRED: &str = "\
An application removes expired records by itself. This is for one that stands
still, or for a table that has grown large. It works in batches of 1000 with
pauses, beside running servers, and needs no key.

  cloakroom clear-expired file:/var/lib/shop/sessions
  cloakroom clear-expired sqlite:/var/lib/shop/sessions.sqlite
  cloakroom clear-expired postgres://shop@db.example/shop
  echo mysql://shop:$PASSWORD@db.example/shop | cloakroom clear-expired -

An argument can be seen by other users of the machine while the command runs.";

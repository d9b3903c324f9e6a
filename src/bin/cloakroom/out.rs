//! What goes to the terminal: results, complaints, colours.

use std::{
    env,
    fmt::Display,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

/// Exit code: refused, or problems were found.
pub(crate) const REFUSED: u8 = 1;
/// Exit code: the command line is wrong.
pub(crate) const USAGE: u8 = 2;

/// Why a command failed.
pub(crate) struct Fault {
    code: u8,
    message: String,
}

impl Fault {
    pub(crate) fn new(message: impl Display) -> Self {
        Self { code: REFUSED, message: message.to_string() }
    }

    /// What is wrong with a file.
    pub(crate) fn of(file: &Path, problem: impl Display) -> Self {
        Self::new(format_args!("{}: {problem}", file.display()))
    }

    /// A fault of the command line.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { code: USAGE, message: message.to_string() }
    }

    /// The same fault, under another exit code.
    pub(crate) fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    pub(crate) fn report(self) -> ExitCode {
        complain(&format!("error: {}", self.message));
        ExitCode::from(self.code)
    }
}

/// Prints a result. A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> Result<ExitCode, Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Fault::new(format_args!("cannot write: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

pub(crate) fn warn(message: impl Display) {
    complain(&format!("warning: {message}"));
}

/// Prints to standard error, without what could be a key or a cookie.
pub(crate) fn complain(text: &str) {
    // Nobody is left to be told.
    let _ = writeln!(io::stderr(), "{}", without_secrets(text));
}

/// The text with `***` for every word that looks like a key or a cookie's value.
fn without_secrets(text: &str) -> String {
    let is_secret =
        |word: &str| (word.len() >= 8 && word.to_lowercase().contains("ck1_")) || word.len() >= 48;
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(if end == 0 { c.len_utf8() } else { end });
        shown.push_str(if end > 0 && is_secret(word) { "***" } else { word });
        rest = after;
    }
    shown
}

/// Colours, where somebody looks at them.
#[derive(Clone, Copy)]
pub(crate) struct Style(bool);

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Green,
    Yellow,
    Cyan,
    Red,
    Dim,
}

impl Style {
    /// Colours if standard output is a terminal that has them and nobody set `NO_COLOR`.
    pub(crate) fn of_stdout() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self(io::stdout().is_terminal() && !is_set("NO_COLOR") && !dumb)
    }

    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Green => 32,
            Colour::Yellow => 33,
            Colour::Cyan => 36,
            Colour::Red => 31,
            Colour::Dim => 2,
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_key_or_a_cookie_is_not_repeated() {
        let key = format!("ck1_{}", "Ab-_".repeat(12));
        let shown = |text: String| without_secrets(&text);
        assert_eq!(shown(format!("no '{key}' here, {key}")), "no '***' here, ***");
        assert_eq!(shown(format!("/home/{}/é{}", &key[..20], "E".repeat(48))), "/home/***/é***");
        assert_eq!(shown(key.to_uppercase()), "***");
        let harmless = "a key begins with ck1_; no key 1a2b3c4d – 2027-02-01T00:00:00Z";
        assert_eq!(shown(harmless.to_owned()), harmless);
    }

    #[test]
    fn without_colours_nothing_is_added() {
        assert_eq!(Style(false).paint(Colour::Red, "x"), "x");
        assert_eq!(Style(true).paint(Colour::Red, "x"), "\x1b[31mx\x1b[0m");
    }
}

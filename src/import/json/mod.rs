//! JSON as other languages write it: read whole or refused, held without recursion, written as
//! Python writes it.
//!
//! serde's own readers refuse what Python's `json` writes every day (`NaN`, lone surrogates,
//! integers of any length), and recurse as deep as the text is nested. This reader takes all of it,
//! and its nodes lie flat in one list, so that dropping them needs no stack either.

mod convert;
mod read;
#[cfg(feature = "import-flask")]
mod tags;
mod text;
mod view;
mod write;

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

#[cfg(feature = "import-django")]
pub(crate) use convert::encode;
pub(crate) use read::{Charset, read};
pub use text::JsonText;
pub use view::{JsonItems, JsonMembers, JsonValue};

/// A JSON document out of a foreign cookie.
///
/// It is what Python's `json.loads` would make of the text: of two members of one name the last
/// counts, at the place of the first; members keep their order; `NaN`, `Infinity`, lone surrogates
/// and integers of up to 4300 digits are values. `Debug` shows none of it.
///
/// ```
/// use cloakroom::import::Json;
///
/// let json = Json::parse(r#"{"cart": [3, 4], "name": "Zo\u00eb"}"#)?;
/// let root = json.root();
/// assert_eq!(root.get("name").and_then(|name| name.as_str()), Some("Zoë"));
/// let cart: Vec<u32> = root.get("cart").unwrap().to()?;
/// assert_eq!(cart, [3, 4]);
/// # Ok::<(), cloakroom::import::ImportError>(())
/// ```
pub struct Json {
    nodes: Vec<Node>,
    root: Place,
}

/// Where a node stands in its document.
type Place = u32;

enum Node {
    Null,
    Bool(bool),
    /// A number as it was written, or `NaN`, `Infinity`, `-Infinity`.
    Number(Box<str>),
    Text(JsonText),
    List(Vec<Place>),
    Map(Vec<(JsonText, Place)>),
}

/// What no member points to.
const ABSENT: Node = Node::Null;

impl Json {
    /// Reads a text of at most 1 MiB.
    ///
    /// # Errors
    ///
    /// `TooLarge`, `Json`, `JsonDepth` or `JsonNumber`, as [`ImportError`](super::ImportError) says.
    pub fn parse(text: &str) -> Result<Self, super::ImportError> {
        read(text.as_bytes(), Charset::Utf8)
    }

    /// The whole document.
    #[must_use]
    pub const fn root(&self) -> JsonValue<'_> {
        JsonValue::new(self, self.root)
    }

    fn node(&self, place: Place) -> &Node {
        let place = usize::try_from(place).ok();
        place.and_then(|place| self.nodes.get(place)).unwrap_or(&ABSENT)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

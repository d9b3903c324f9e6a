//! Looking into a document.

use alloc::string::String;
use core::fmt;

use super::{Json, JsonText, Node, Place, convert, write};
use crate::import::ImportError;

/// A value of a [`Json`] document: a borrow, cheap to copy. `Debug` shows its kind alone.
#[derive(Clone, Copy)]
pub struct JsonValue<'j> {
    document: &'j Json,
    place: Place,
}

impl<'j> JsonValue<'j> {
    pub(super) const fn new(document: &'j Json, place: Place) -> Self {
        Self { document, place }
    }

    pub(super) fn node(self) -> &'j Node {
        self.document.node(self.place)
    }

    pub(super) const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self.node(), Node::Null)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        if let Node::Bool(value) = self.node() { Some(*value) } else { None }
    }

    /// The number as it was written, such as `1`, `1.0`, `1e400`, `NaN` or an integer of any length.
    #[must_use]
    pub fn as_number(self) -> Option<&'j str> {
        if let Node::Number(text) = self.node() { Some(text) } else { None }
    }

    /// The integer, if it is written as one and fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        self.as_number()?.parse().ok()
    }

    /// The number rounded to the nearest `f64`, as Python rounds it.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        // `NaN` and the infinities are spelt the same in Rust.
        self.as_number()?.parse().ok()
    }

    /// The text; `None` also where a lone surrogate stands in it.
    #[must_use]
    pub fn as_str(self) -> Option<&'j str> {
        self.as_text()?.as_str()
    }

    /// The string, whatever it holds.
    #[must_use]
    pub fn as_text(self) -> Option<&'j JsonText> {
        if let Node::Text(text) = self.node() { Some(text) } else { None }
    }

    /// The member of this name, if it is a map with one.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        self.members()?.find(|(known, _)| known.as_str() == Some(name)).map(|(_, value)| value)
    }

    /// The items in their order, if it is a list.
    #[must_use]
    pub fn items(self) -> Option<JsonItems<'j>> {
        let Node::List(items) = self.node() else { return None };
        Some(JsonItems { value: self, places: items.iter() })
    }

    /// The members in their order, if it is a map.
    #[must_use]
    pub fn members(self) -> Option<JsonMembers<'j>> {
        let Node::Map(members) = self.node() else { return None };
        Some(JsonMembers { value: self, members: members.iter() })
    }

    /// The text that Python's `json.dumps` writes with `separators=(",", ":")`: plain ASCII, floats
    /// in their shortest form.
    #[must_use]
    pub fn to_python(self) -> String {
        write::python(self)
    }

    /// The value as a type of yours.
    ///
    /// # Errors
    ///
    /// [`Shape`](ImportError::Shape) if it is not one: also where it holds `NaN`, an infinity, a lone
    /// surrogate or more than 127 levels, which serde's data model does not have.
    pub fn to<T: serde::de::DeserializeOwned>(self) -> Result<T, ImportError> {
        convert::decode(&self.to_python())
    }
}

impl fmt::Debug for JsonValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.node() {
            Node::Null => "JsonValue(null)",
            Node::Bool(_) => "JsonValue(boolean)",
            Node::Number(_) => "JsonValue(number)",
            Node::Text(_) => "JsonValue(string)",
            Node::List(_) => "JsonValue(list)",
            Node::Map(_) => "JsonValue(map)",
        })
    }
}

/// The items of a list, see [`JsonValue::items`].
#[derive(Clone, Debug)]
pub struct JsonItems<'j> {
    value: JsonValue<'j>,
    places: core::slice::Iter<'j, Place>,
}

impl<'j> Iterator for JsonItems<'j> {
    type Item = JsonValue<'j>;

    fn next(&mut self) -> Option<Self::Item> {
        self.places.next().map(|place| self.value.at(*place))
    }
}

/// The members of a map, see [`JsonValue::members`].
#[derive(Clone, Debug)]
pub struct JsonMembers<'j> {
    value: JsonValue<'j>,
    members: core::slice::Iter<'j, (JsonText, Place)>,
}

impl<'j> Iterator for JsonMembers<'j> {
    type Item = (&'j JsonText, JsonValue<'j>);

    fn next(&mut self) -> Option<Self::Item> {
        self.members.next().map(|(name, place)| (name, self.value.at(*place)))
    }
}

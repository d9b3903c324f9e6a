//! The tags with which Flask writes what JSON lacks: a map of one member whose name says the type.

use core::mem;

use super::{Json, JsonText, Node};
use crate::import::ImportError;

impl Json {
    /// The document without Flask's tags: what a tag holds stands in its place.
    ///
    /// # Errors
    ///
    /// [`Json`](ImportError::Json) where a tag holds another type than Flask puts there.
    pub(crate) fn without_tags(mut self) -> Result<Self, ImportError> {
        // What a node holds stands before it, so tags resolve from the inside out.
        for nth in 0..self.nodes.len() {
            let Some(Node::Map(members)) = self.nodes.get_mut(nth) else { continue };
            let [(name, place)] = members.as_mut_slice() else { continue };
            let Some(tag) = name.as_str() else { continue };
            let place = usize::try_from(*place).map_err(|_| ImportError::TooLarge)?;
            let wanted: fn(&Node) -> bool = match tag {
                " t" => |held| matches!(held, Node::List(_)),
                " b" | " m" | " u" | " d" => |held| matches!(held, Node::Text(_)),
                " di" => |held| matches!(held, Node::Map(members) if members.len() == 1),
                _ => continue,
            };
            let is_map = tag == " di";
            let mut held = match self.nodes.get_mut(place) {
                Some(held) if wanted(held) => mem::replace(held, Node::Null),
                _ => return Err(ImportError::Json),
            };
            if is_map && let Node::Map(members) = &mut held {
                // The one name that would have been a tag has two underscores behind it.
                for (name, _) in members.iter_mut() {
                    let plain = name.as_str().and_then(|name| name.strip_suffix("__"));
                    *name = JsonText::from(plain.ok_or(ImportError::Json)?);
                }
            }
            if let Some(node) = self.nodes.get_mut(nth) {
                *node = held;
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn resolves(text: &str, expected: Result<&str, ImportError>) {
        let found = Json::parse(text).unwrap().without_tags();
        let found = found.map(|json| json.root().to_python());
        assert_eq!(found.as_deref().map_err(|error| *error), expected, "{text}");
    }

    #[test]
    fn every_tag_gives_what_it_holds() {
        resolves(r#"{"a":{" t":[1,{" b":"eA=="}]}}"#, Ok(r#"{"a":[1,"eA=="]}"#));
        resolves(
            r#"{" u":"00","b":{" d":"x"},"c":{" m":"<b>"}}"#,
            Ok(r#"{" u":"00","b":"x","c":"<b>"}"#),
        );
        resolves(r#"{"a":{" di":{" t__":[1]}}}"#, Ok(r#"{"a":{" t":[1]}}"#));
        resolves(r#"{"a":{" x":1}}"#, Ok(r#"{"a":{" x":1}}"#));
    }

    #[test]
    fn a_tag_around_another_type_is_refused() {
        for text in [r#"{" t":1}"#, r#"{" b":[]}"#, r#"{" di":{}}"#, r#"{" di":{"a":1}}"#] {
            resolves(text, Err(ImportError::Json));
        }
    }
}

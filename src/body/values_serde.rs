//! A map as a serde value: out to any format, and in from any that describes itself.

use alloc::string::String;
use core::{cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::{self, SerializeMap, SerializeSeq},
};

use super::{
    depth::Depth,
    forms,
    values::Values,
    values_names::{Cited, Names},
    values_ser::{Container, Encoder},
    values_wire::{Cursor, Head},
};
use crate::error::EncodeReason;

/// As a map, with its values as they would be in JSON.
impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for slot in &self.slots {
            let cursor = Cell::new(Cursor::new(slot.value.of(self.bytes.as_slice())));
            let value = Stored { cursor: &cursor, names: &self.names, depth: Depth::FULL };
            map.serialize_entry(self.key(slot), &value)?;
            if !cursor.get().is_empty() {
                return Err(malformed());
            }
        }
        map.end()
    }
}

/// The next value of an encoding. Serialising it once moves the cursor behind it.
struct Stored<'a> {
    cursor: &'a Cell<Cursor<'a>>,
    names: &'a Names,
    depth: Depth,
}

impl<'a> Stored<'a> {
    fn read<T, E: ser::Error>(
        &self,
        read: impl FnOnce(&mut Cursor<'a>) -> Option<T>,
    ) -> Result<T, E> {
        let mut cursor = self.cursor.get();
        let result = read(&mut cursor).ok_or_else(malformed);
        self.cursor.set(cursor);
        result
    }

    fn inside<E: ser::Error>(&self) -> Result<Self, E> {
        let depth = self.depth.container().ok_or_else(malformed)?;
        Ok(Stored { depth, ..*self })
    }
}

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.read(Cursor::head)? {
            Head::Null => serializer.serialize_unit(),
            Head::Bool(value) => serializer.serialize_bool(value),
            Head::Unsigned(n) => serializer.serialize_u64(n),
            Head::Negative(n) => serializer.serialize_i64(n),
            Head::Float(value) => serializer.serialize_f64(value),
            Head::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Head::String(form, payload) => {
                serializer.serialize_str(&forms::unpack(form, payload).ok_or_else(malformed)?)
            }
            Head::List(count) => {
                let inside = self.inside()?;
                let mut list = serializer.serialize_seq(Some(count))?;
                for _ in 0..count {
                    list.serialize_element(&inside)?;
                }
                list.end()
            }
            Head::Map(count) => {
                let inside = self.inside()?;
                let mut map = serializer.serialize_map(Some(count))?;
                let mut cited = Cited::default();
                for _ in 0..count {
                    let place = self.read(Cursor::length)?;
                    let name = self.names.get(place).ok_or_else(malformed)?;
                    if !cited.add(place) {
                        return Err(malformed());
                    }
                    map.serialize_entry(name, &inside)?;
                }
                map.end()
            }
        }
    }
}

fn malformed<E: ser::Error>() -> E {
    E::custom("the bytes of a value break the format")
}

/// From a map whose format says what its values are.
impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map with strings for keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Values::new();
        while let Some(key) = map.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(de::Error::custom("a key stands twice"));
            }
            let before = values.mark();
            map.next_value_seed(Recorder(values.encoder()))?;
            values.put(&key, before).map_err(de::Error::custom)?;
        }
        Ok(values)
    }
}

/// Writes whatever value comes.
struct Recorder<'a>(Encoder<'a>);

impl<'de> DeserializeSeed<'de> for Recorder<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Visitor methods for what the encoder writes as it is.
macro_rules! record {
    ($($visit:ident($type:ty) = $serialize:ident;)*) => {
        $(fn $visit<E: de::Error>(self, v: $type) -> Result<(), E> {
            recorded(self.0.$serialize(v))
        })*
    };
}

impl<'de> Visitor<'de> for Recorder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    record! {
        visit_bool(bool) = serialize_bool;
        visit_i64(i64) = serialize_i64;
        visit_i128(i128) = serialize_i128;
        visit_u64(u64) = serialize_u64;
        visit_u128(u128) = serialize_u128;
        visit_f64(f64) = serialize_f64;
        visit_str(&str) = serialize_str;
        visit_bytes(&[u8]) = serialize_bytes;
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        recorded(self.0.serialize_none())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        recorded(self.0.serialize_unit())
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut list = recorded(self.0.serialize_seq(seq.size_hint()))?;
        while let Some(()) = seq.next_element_seed(Element(&mut list))? {}
        recorded(list.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut map = recorded(self.0.serialize_map(entries.size_hint()))?;
        while let Some(key) = entries.next_key::<String>()? {
            recorded(map.name(&key))?;
            entries.next_value_seed(Element(&mut map))?;
        }
        recorded(map.finish())
    }
}

/// The next value of a list or map.
struct Element<'c, 'a>(&'c mut Container<'a>);

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Recorder(recorded(self.0.next())?))
    }
}

fn recorded<T, E: de::Error>(result: Result<T, EncodeReason>) -> Result<T, E> {
    result.map_err(E::custom)
}

//! A value of any shape, to read out of a map whatever is in it and to write whatever can be.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Debug)]
pub enum Any {
    Null,
    Bool(bool),
    Unsigned(u64),
    /// Below zero.
    Signed(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Any>),
    Map(Vec<(String, Any)>),
}

/// Equal to the bit, NaN and the two zeros included.
impl PartialEq for Any {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Signed(a), Self::Signed(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Any {
    /// Grows a value from `seed`, at most `depth` deep.
    pub fn grow(seed: &mut &[u8], depth: u8) -> Self {
        let Some((kind, rest)) = seed.split_first() else { return Self::Null };
        *seed = rest;
        match kind % 12 {
            0 => Self::Bool(kind & 0x80 != 0),
            1 => Self::Unsigned(u64::from(kind >> 4)),
            2 => Self::Unsigned(wide(seed)),
            3 => Self::Signed(-1 - i64::from(kind >> 4)),
            4 => Self::Signed(!i64::try_from(wide(seed) >> 1).unwrap()),
            5 => Self::Float(f64::from_bits(wide(seed))),
            6 | 7 => Self::Text(String::from_utf8_lossy(&bytes(seed)).into_owned()),
            8 => Self::Text(bytes(seed).iter().map(|byte| format!("{byte:02x}")).collect()),
            9 => Self::Bytes(bytes(seed)),
            10 if depth > 0 => {
                Self::List((0..kind >> 4).map(|_| Self::grow(seed, depth - 1)).collect())
            }
            11 if depth > 0 => {
                let entry = |nth: u8| (format!("k{nth}"), Self::grow(seed, depth - 1));
                Self::Map((0..kind >> 4).map(entry).collect())
            }
            _ => Self::Null,
        }
    }
}

fn bytes(seed: &mut &[u8]) -> Vec<u8> {
    let Some((len, rest)) = seed.split_first() else { return Vec::new() };
    let (bytes, rest) = rest.split_at(usize::from(*len).min(rest.len()));
    *seed = rest;
    bytes.to_vec()
}

fn wide(seed: &mut &[u8]) -> u64 {
    bytes(seed).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_none<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Any, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(u64::try_from(value).map_or(Any::Signed(value), Any::Unsigned))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Any, E> {
        Ok(Any::Text(value.to_owned()))
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Any, E> {
        Ok(Any::Bytes(value.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Any, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Any::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Any, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Any::Map(entries))
    }
}

//! Two changes of one map, put together key by key.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};

use super::{value_error::ValueError, values::Values};

impl Values {
    /// `theirs` with the keys that `mine` changed, added or removed since `base`. Where both changed a
    /// key, `mine` is later.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if what both wrote breaks a limit together.
    pub(super) fn merge(base: &Self, mine: &Self, theirs: Self) -> Result<Self, ValueError> {
        let mut merged = theirs;
        let changed = |key: &str| -> Result<bool, ValueError> {
            Ok(mine.get::<Plain>(key)? != base.get::<Plain>(key)?)
        };
        for key in base.keys().filter(|key| !mine.contains_key(key)) {
            merged.remove(key);
        }
        for key in mine.keys() {
            if let (true, Some(value)) = (changed(key)?, mine.get::<Plain>(key)?) {
                merged.insert(key, &value)?;
            }
        }
        Ok(merged)
    }
}

/// Any value of a map.
enum Plain {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Plain>),
    Map(Vec<(Plain, Plain)>),
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Signed(a), Self::Signed(b)) => a == b,
            // By their bits: what is no number equals itself.
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Serialize for Plain {
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

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsItIs)
    }
}

struct AsItIs;

impl<'de> Visitor<'de> for AsItIs {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain::Null)
    }

    fn visit_none<E>(self) -> Result<Plain, E> {
        Ok(Plain::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Plain, D::Error> {
        Plain::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Plain, E> {
        Ok(Plain::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Plain, E> {
        Ok(Plain::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Plain, E> {
        Ok(Plain::Text(value.into()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Plain, E> {
        Ok(Plain::Bytes(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Plain, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Plain::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Plain::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec};

    use super::*;

    fn map(entries: &[(&str, u32)]) -> Values {
        let mut map = Values::new();
        map.update(entries.iter().copied()).unwrap();
        map
    }

    #[test]
    fn each_side_keeps_what_it_alone_changed() {
        let base = map(&[("both", 1), ("mine", 1), ("theirs", 1), ("gone", 1), ("went", 1)]);
        let mine = map(&[("both", 2), ("mine", 2), ("theirs", 1), ("went", 1), ("new", 2)]);
        let theirs = map(&[("both", 3), ("mine", 1), ("theirs", 3), ("gone", 1), ("other", 3)]);
        let merged = Values::merge(&base, &mine, theirs).unwrap();
        let wanted = [("both", 2), ("mine", 2), ("theirs", 3), ("new", 2), ("other", 3)];
        assert!(merged == map(&wanted), "{:?}", merged.keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_kind_of_value_crosses_as_it_is() {
        let mut mine = Values::new();
        mine.insert("null", &()).unwrap();
        mine.insert("bool", &true).unwrap();
        mine.insert("ends", &(u64::MAX, i64::MIN, -1i8)).unwrap();
        mine.insert("floats", &[0.5, -0.0, f64::INFINITY]).unwrap();
        mine.insert("nan", &f64::NAN).unwrap();
        mine.insert("text", "a text").unwrap();
        mine.insert("uuid", "0b8f4a52-4f0f-4a6e-a8a4-7f4a2a4a0b8f").unwrap();
        mine.insert("some", &Some(Some(7))).unwrap();
        mine.insert("nested", &vec![BTreeMap::from([("name", vec![Some(1), None])])]).unwrap();
        mine.insert("numbers", &BTreeMap::from([(-3i64, 'x')])).unwrap();
        mine.insert("enum", &Result::<u8, u8>::Err(4)).unwrap();
        let merged = Values::merge(&Values::new(), &mine, Values::new()).unwrap();
        assert!(*merged.to_body().unwrap() == *mine.to_body().unwrap());
    }

    #[test]
    fn of_every_kind_what_was_left_alone_is_theirs_and_what_was_changed_is_mine() {
        struct Bytes(&'static [u8]);
        impl Serialize for Bytes {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(self.0)
            }
        }
        fn check<V: Serialize>(one: V, other: V) {
            let of = |value: &V| {
                let mut map = Values::new();
                map.insert("key", value).unwrap();
                map
            };
            let merged = |base, mine, theirs| {
                Values::merge(&of(base), &of(mine), of(theirs)).unwrap().to_body().unwrap()
            };
            for (one, other) in [(&one, &other), (&other, &one)] {
                assert!(*merged(one, one, other) == *of(other).to_body().unwrap());
                assert!(*merged(one, other, one) == *of(other).to_body().unwrap());
            }
        }
        check(None, Some(1_u8));
        check(true, false);
        check(7, 8);
        check(-7, -8);
        check(f64::NAN, 0.5);
        check("a", "b");
        check(Bytes(&[1]), Bytes(&[2]));
        check(vec![1], vec![1, 2]);
        check(BTreeMap::from([("a", 1)]), BTreeMap::from([("a", 2)]));
    }

    #[test]
    fn maps_are_merged_as_sessions() {
        let (base, mine, theirs) = (map(&[("a", 1)]), map(&[("a", 2)]), map(&[("b", 3)]));
        let merged = crate::body::merged(&base, &mine, theirs).unwrap();
        assert!(merged == map(&[("a", 2), ("b", 3)]));
    }

    #[test]
    fn what_is_too_much_together_is_an_error() {
        let half = |key: &str| {
            let mut half = Values::new();
            half.insert(key, &"\u{1}".repeat(9000)).unwrap();
            half
        };
        assert!(Values::merge(&Values::new(), &half("a"), half("b")).is_err());
    }
}

//! The traits with which serde hands over lists, and maps whose names are known beforehand.

/// Implements all of them for a type with the methods `value`, `field` and `finish`.
macro_rules! containers {
    ($type:ident) => {
        containers! { $type
            SerializeSeq: serialize_element() = value;
            SerializeTuple: serialize_element() = value;
            SerializeTupleStruct: serialize_field() = value;
            SerializeTupleVariant: serialize_field() = value;
            SerializeStruct: serialize_field(key) = field;
            SerializeStructVariant: serialize_field(key) = field;
        }
    };
    ($type:ident $($name:ident: $method:ident($($key:ident)?) = $inner:ident;)*) => {
        $(impl serde::ser::$name for $type<'_> {
            type Ok = ();
            type Error = EncodeReason;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), EncodeReason> {
                self.$inner($($key,)? value)
            }

            fn end(self) -> Result<(), EncodeReason> {
                self.finish()
            }
        })*
    };
}

pub(super) use containers;

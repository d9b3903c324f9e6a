//! What a type must say to be a session.

use serde::{Serialize, de::DeserializeOwned};

use super::chain::Chain;

/// A type that can live in a session: serde, a default and a version.
///
/// The version is written before the data. Raise it whenever the type changes, and say in
/// [`Previous`](Self::Previous) which type the former version was: a cookie written by an older
/// deployment is then read as that type and converted upwards by [`Upgrade`]. A change that somebody
/// forgot to number is refused, never misread: a hash of the data's shape is written too.
///
/// ```
/// use cloakroom::{First, SessionData, Upgrade};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Default)]
/// struct CartV1 {
///     items: Vec<u32>,
/// }
///
/// impl SessionData for CartV1 {
///     const VERSION: u8 = 1;
///     type Previous = First;
/// }
///
/// #[derive(Serialize, Deserialize, Default)]
/// struct Cart {
///     items: Vec<u32>,
///     coupon: Option<String>,
/// }
///
/// impl SessionData for Cart {
///     const VERSION: u8 = 2;
///     type Previous = CartV1;
/// }
///
/// impl Upgrade<Cart> for CartV1 {
///     fn upgrade(self) -> Cart {
///         Cart { items: self.items, coupon: None }
///     }
/// }
///
/// let cart = CartV1 { items: vec![7] }.upgrade();
/// assert_eq!((cart.items, cart.coupon), (vec![7], None));
/// ```
///
/// # What the format cannot carry
///
/// A typed session is not self-describing, so `#[serde(flatten)]`, `untagged`, `tag = ".."` and
/// `skip_serializing_if` cannot be read back. Debug builds try every encoding and report
/// [`EncodeReason::NotReadable`](crate::EncodeReason::NotReadable) at the first test run.
///
/// # Security
///
/// The shape sees names, types and order, not meaning. If a field keeps its name and type and
/// changes its meaning (seconds become milliseconds), only a new version tells the two apart.
pub trait SessionData: Serialize + DeserializeOwned + Default + Send + 'static {
    /// The version of this type, above that of [`Previous`](Self::Previous): a chain of types whose
    /// versions do not descend does not compile.
    const VERSION: u8;

    /// The type of the version before, or [`First`] if there is none to be read any more.
    type Previous: Upgrade<Self>;

    /// This session as the version before, if it can be expressed so.
    ///
    /// Needed only to hold the old version while a fleet is rolled over, so that nodes of the former
    /// release can read what nodes of the new one write. The default is `None`.
    fn downgrade(&self) -> Option<Self::Previous> {
        None
    }
}

/// The way up from one version of a session type to the next.
///
/// Converting alone does not count as a change: a session that is only read keeps its cookie.
pub trait Upgrade<T>: Chain {
    /// The same session as the newer type.
    fn upgrade(self) -> T;
}

/// The end of every chain of versions: there is no value of it.
#[derive(Clone, Copy, Debug)]
pub enum First {}

impl<T> Upgrade<T> for First {
    fn upgrade(self) -> T {
        match self {}
    }
}

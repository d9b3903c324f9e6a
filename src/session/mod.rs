//! What handlers touch: the session handle, and the configuration behind it.

#[cfg(feature = "std")]
pub(crate) mod config;
#[cfg(feature = "std")]
pub(crate) mod engine;
#[cfg(feature = "std")]
pub(crate) mod events;
#[cfg(feature = "auth")]
pub(crate) mod flash;
#[cfg(feature = "import")]
pub(crate) mod foreign;
#[cfg(feature = "std")]
pub(crate) mod frame;
#[cfg(feature = "std")]
pub(crate) mod handle;
pub(crate) mod id;
#[cfg(feature = "std")]
pub(crate) mod request;
#[cfg(feature = "std")]
pub(crate) mod response;
#[cfg(feature = "std")]
pub(crate) mod state;
pub(crate) mod status;
#[cfg(feature = "auth")]
pub(crate) mod subject;

#[cfg(feature = "std")]
pub use config::{Failure, ReSeal, SaveOn, SessionConfig};
#[cfg(feature = "std")]
pub use events::{Counters, Event};
#[cfg(feature = "std")]
pub use handle::{ReadSession, Session};
pub use id::SessionId;
#[cfg(feature = "std")]
pub use request::{RequestHeaders, RequestParts};
#[cfg(feature = "std")]
pub use response::ResponseHeaders;
#[cfg(feature = "std")]
pub use state::Headers;
pub use status::SessionStatus;
#[cfg(feature = "auth")]
pub use subject::Subject;

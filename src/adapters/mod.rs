//! The doors: one thin file a framework, no policy.

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "tower")]
mod http;
#[cfg(feature = "tower")]
pub mod tower;

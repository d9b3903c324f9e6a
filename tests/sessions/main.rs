//! What sessions promise, as stories: a browser, a site, a clock that moves when it is told to.
//!
//! Everything goes through the public interface. Where a story has to look into a cookie, it opens
//! it with a [`Codec`](cloakroom::Codec); where it needs a cookie that no site would write, it makes
//! one by hand (`forge`).

// A test may panic: that is how it speaks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]
#![allow(clippy::expect_used, clippy::panic, clippy::cast_possible_truncation)]

mod forge;
mod support;

#[cfg(feature = "auth")]
mod auth;
mod changes;
mod codecs;
mod commits;
mod defaults;
mod events;
mod handles;
mod intrusions;
mod knobs;
mod late;
mod leaving;
mod lifetimes;
mod moving;
mod pairs;
mod past_bugs;
mod quiet;
mod refusals;
mod reseals;
mod responses;
mod rotation;
mod several;
mod sizes;
#[cfg(feature = "memory-store")]
mod stored;
#[cfg(feature = "tower")]
mod tower;
mod values;
mod written_over;

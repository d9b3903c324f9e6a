//! Smoke tests over real HTTP.

//! The routes over HTTP.

//! The tower layer around a service written by hand: no server, no runtime.

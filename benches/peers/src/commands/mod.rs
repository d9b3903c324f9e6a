//! What the program does, one file a command.

pub mod corpus;
pub mod records;
pub mod requests;
pub mod sizes;
pub mod times;

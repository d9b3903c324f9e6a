//! Sessions in a store: what a manager with one does beyond sealing a cookie.
//!
//! The cookie says who and since when; the record says everything else. A load reads the record once;
//! a commit writes it before the headers leave: create, update, move or delete, whatever leads from
//! the record as it was read to the session as it is now.

mod backing;
mod commit;
mod housekeeping;
mod keeper;
mod load;
mod merge;
mod rows;
mod sealing;

pub use self::backing::Backing;
pub(super) use self::{
    keeper::{Keeper, State},
    load::Records,
};

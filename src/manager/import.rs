//! A foreign cookie on its way into a session of ours.

use core::ops::Range;

use crate::{
    body::SessionData,
    clock::Timestamp,
    codec::Codec,
    cookie::{Candidates, candidates},
    import::Foreign,
    session::{Event, engine::Engine, foreign::Import},
};

/// The cookies of the foreign name that a request carried.
pub(super) struct Arrived<'a> {
    /// Where it and its companions stand among the other names.
    pub(super) names: Range<usize>,
    import: &'a Import,
    name: &'a str,
    cookies: Candidates<'a>,
    headers: &'a [&'a [u8]],
    now: Timestamp,
}

impl<'a> Arrived<'a> {
    pub(super) fn find(
        engine: &'a Engine,
        headers: &'a [&'a [u8]],
        now: Timestamp,
    ) -> Option<Self> {
        let import = engine.import.as_ref()?;
        let names = engine.import_at..engine.other_names.len();
        let name = engine.other_names.get(names.start)?.name();
        let cookies = candidates(headers.iter().copied(), name);
        cookies.carried().then_some(Self { names, import, name, cookies, headers, now })
    }

    /// Whether the cookie is removed once it is taken over.
    pub(super) const fn goes(&self) -> bool {
        !self.import.is_shared()
    }

    /// The first that is taken over; each of the others is told and stays.
    pub(super) fn take_over<T: SessionData>(&self, engine: &Engine, codec: &Codec) -> Option<T> {
        let format = self.import.format();
        for &value in self.cookies.values() {
            let Self { name, headers, now, .. } = *self;
            match self.import.take_over(&Foreign { name, value, headers, now }) {
                Ok(made) => {
                    engine.emit(codec, &Event::Imported { format });
                    return Some(made);
                }
                Err(error) => engine.emit(codec, &Event::ImportRefused { format, error }),
            }
        }
        None
    }
}

//! What has happened to a session in this request: one enum, one table.

/// The situation of a session between its request and its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// There is no session: no cookie came, or none that opened, and nothing was written.
    Anonymous,
    /// There was none and data was written; it is saved if it differs from the default.
    Begun,
    /// There was none, or it was ended, and one was asked for; it is saved whatever its data.
    Started,
    /// It was opened, and at most read.
    Loaded,
    /// It was opened, and its data or its lifetimes were written.
    Changed,
    /// It was opened, and gets a new id.
    Renewed,
    /// It was there, and gets a new id and a new beginning.
    Restarted,
    /// It was ended.
    Destroyed,
    /// It was ended, and data was written after that: another session takes its place.
    Reborn,
}

/// What can be done to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `update`, `replace`, `clear`.
    Write,
    /// `set_idle`, `set_absolute`, `set_persistent`.
    SetLifetimes,
    /// `renew`.
    Renew,
    /// `restart`.
    Restart,
    /// `destroy`.
    Destroy,
}

impl SessionStatus {
    /// The situation after `operation`.
    #[must_use]
    pub(crate) const fn after(self, operation: Operation) -> Self {
        use Operation::{Destroy, Renew, Restart, SetLifetimes, Write};
        use SessionStatus::*;
        match (self, operation) {
            (_, Destroy) => Destroyed,

            (Anonymous, Write) => Begun,
            (Destroyed, Write) => Reborn,
            (Loaded, Write | SetLifetimes) => Changed,

            // Lifetimes alone make no session, they wait for one.
            (Anonymous, SetLifetimes | Renew) => Anonymous,
            (Destroyed, SetLifetimes | Renew) => Destroyed,

            // What is new has a new id already.
            (Begun, Write | SetLifetimes | Renew) => Begun,
            (Reborn, Write | SetLifetimes | Renew) => Reborn,
            (Started, Write | SetLifetimes | Renew) => Started,

            (Loaded | Changed, Renew) => Renewed,
            (Changed, Write | SetLifetimes) => Changed,
            (Renewed, Write | SetLifetimes | Renew) => Renewed,

            (Anonymous | Begun | Started | Destroyed | Reborn, Restart) => Started,
            (Loaded | Changed | Renewed | Restarted, Restart) => Restarted,
            (Restarted, Write | SetLifetimes | Renew) => Restarted,
        }
    }

    /// Whether no session of an earlier request is behind it.
    pub const fn is_new(self) -> bool {
        matches!(
            self,
            Self::Anonymous | Self::Begun | Self::Started | Self::Destroyed | Self::Reborn
        )
    }

    /// Whether it will be sealed under another id than it was opened with.
    pub(crate) const fn takes_new_id(self) -> bool {
        !matches!(self, Self::Anonymous | Self::Loaded | Self::Changed | Self::Destroyed)
    }

    /// Whether it will be sealed with another beginning than it was opened with.
    pub(crate) const fn begins_anew(self) -> bool {
        self.takes_new_id() && !matches!(self, Self::Renewed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Operation::*, SessionStatus::*, *};

    const STATUSES: [SessionStatus; 9] =
        [Anonymous, Begun, Started, Loaded, Changed, Renewed, Restarted, Destroyed, Reborn];
    const OPERATIONS: [Operation; 5] = [Write, SetLifetimes, Renew, Restart, Destroy];

    /// Every pair of a status and an operation, one row a status, columns as in `OPERATIONS`.
    const TABLE: [[SessionStatus; 5]; 9] = [
        [Begun, Anonymous, Anonymous, Started, Destroyed],
        [Begun, Begun, Begun, Started, Destroyed],
        [Started, Started, Started, Started, Destroyed],
        [Changed, Changed, Renewed, Restarted, Destroyed],
        [Changed, Changed, Renewed, Restarted, Destroyed],
        [Renewed, Renewed, Renewed, Restarted, Destroyed],
        [Restarted, Restarted, Restarted, Restarted, Destroyed],
        [Reborn, Destroyed, Destroyed, Started, Destroyed],
        [Reborn, Reborn, Reborn, Started, Destroyed],
    ];

    #[test]
    fn every_operation_in_every_situation_leads_where_the_table_says() {
        for (status, row) in STATUSES.into_iter().zip(TABLE) {
            for (operation, expected) in OPERATIONS.into_iter().zip(row) {
                assert_eq!(status.after(operation), expected, "{status:?} {operation:?}");
            }
        }
    }

    fn pairs() -> impl Iterator<Item = (SessionStatus, Operation, Operation, SessionStatus)> {
        [Anonymous, Loaded].into_iter().flat_map(|start| {
            OPERATIONS.into_iter().flat_map(move |first| {
                OPERATIONS
                    .into_iter()
                    .map(move |second| (start, first, second, start.after(first).after(second)))
            })
        })
    }

    #[test]
    fn no_write_forgets_a_renewal_and_no_renewal_forgets_a_write() {
        for (start, first, second, end) in pairs() {
            if start == Loaded
                && [first, second].contains(&Renew)
                && ![first, second].contains(&Destroy)
            {
                assert!(end.takes_new_id(), "{first:?} {second:?}");
            }
        }
        assert_eq!(Loaded.after(Write).after(Renew), Loaded.after(Renew).after(Write));
    }

    #[test]
    fn destroying_last_always_ends_the_session() {
        for (start, first, second, end) in pairs() {
            assert_eq!(
                end == Destroyed,
                second == Destroy || (first == Destroy && matches!(second, SetLifetimes | Renew)),
                "{start:?} {first:?} {second:?}"
            );
        }
    }

    #[test]
    fn nothing_but_a_write_or_a_restart_makes_a_session_out_of_none() {
        for (start, first, second, end) in pairs() {
            if start == Anonymous && end != Anonymous && end != Destroyed {
                let makes = |operation| matches!(operation, Write | Restart);
                assert!(makes(first) || makes(second), "{first:?} {second:?}");
            }
        }
    }

    #[test]
    fn what_follows_a_destroyed_session_never_keeps_its_id_or_its_beginning() {
        for (_, first, second, end) in pairs() {
            if first == Destroy && second != Destroy && end != Destroyed {
                assert!(end.takes_new_id() && end.begins_anew(), "{second:?}");
            }
        }
    }

    #[test]
    fn no_pair_of_operations_leads_back_to_an_untouched_session() {
        for (start, first, second, end) in pairs() {
            assert!(end != Loaded, "{first:?} {second:?}");
            if start == Loaded {
                assert!(end != Anonymous && end != Begun, "{first:?} {second:?}");
                assert!(end != Started || first == Destroy, "{first:?} {second:?}");
            }
        }
    }
}

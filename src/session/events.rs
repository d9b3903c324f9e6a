//! What happens to sessions, told to a hook, to counters and, by feature, to `tracing`.
//!
//! No event carries a key, a cookie value, a session id or a payload.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc};
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "auth")]
use super::subject::Subject;
use crate::{
    error::{CommitError, Rejection, SealError, StoreError},
    keys::{KeyRing, RingNote},
    kid::KeyId,
};

/// Something that happened to a session or to the key ring.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A cookie opened.
    Opened {
        /// The key it was sealed with.
        kid: KeyId,
    },
    /// A session was sealed because somebody changed it.
    Sealed {
        /// The key.
        kid: KeyId,
        /// Bytes of the whole `Set-Cookie` line.
        bytes: usize,
    },
    /// A session was sealed again though nobody changed it.
    Resealed {
        /// The key.
        kid: KeyId,
        /// Bytes of the whole `Set-Cookie` line.
        bytes: usize,
    },
    /// A cookie did not open.
    Rejected {
        /// Why not.
        reason: Rejection,
        /// The key id it names, where it got that far.
        kid: Option<KeyId>,
    },
    /// Several cookies of the name opened as different sessions, so none was used.
    Ambiguous,
    /// The cookie was removed.
    Removed,
    /// The session did not fit and was not saved.
    Oversize {
        /// Bytes the line would have had.
        needed: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// The line has 2048 bytes or more; some proxies refuse response headers of that size.
    NearLimit {
        /// Bytes of the whole `Set-Cookie` line.
        bytes: usize,
    },
    /// A re-seal that nobody asked for could not be made; the old cookie stays.
    ResealSkipped {
        /// Why not.
        error: &'e SealError,
    },
    /// The session could not be saved with the response.
    Failed {
        /// Why not; for one that did not fit, with the numbers.
        error: &'e CommitError,
    },
    /// A session was taken over from a foreign cookie.
    #[cfg(feature = "import")]
    Imported {
        /// The format, as the configuration calls it.
        format: &'static str,
    },
    /// A foreign cookie came and was not taken over; it stays where it is.
    #[cfg(feature = "import")]
    ImportRefused {
        /// The format, as the configuration calls it.
        format: &'static str,
        /// Why not.
        error: crate::error::ImportError,
    },
    /// A store did not answer, so that a session could not be opened, or a record was not kept alive
    /// though nobody changed it.
    StoreFailed {
        /// What it said.
        error: &'e StoreError,
    },
    /// Another request had ended the stored session, so what this one changed is lost.
    Ended,
    /// Somebody logged in.
    #[cfg(feature = "auth")]
    LoggedIn {
        /// Who.
        subject: Subject<'e>,
    },
    /// An attempt to log in was turned down.
    #[cfg(feature = "auth")]
    LoginFailed,
    /// Somebody logged out.
    #[cfg(feature = "auth")]
    LoggedOut {
        /// Who.
        subject: Subject<'e>,
    },
    /// Sessions of somebody were ended by another session or by the application. What becomes of their
    /// cookies is told as [`Rejected`](Self::Rejected), for `session_revoked` or `record_gone`.
    #[cfg(feature = "auth")]
    Revoked {
        /// Whose.
        subject: Subject<'e>,
    },
    /// Something about the key ring.
    Ring(&'e RingNote),
}

impl<'e> Event<'e> {
    /// The one event of a session that was not saved.
    pub(crate) const fn of_failure(error: &'e CommitError) -> Self {
        match error {
            CommitError::Seal(SealError::TooLarge(sizes)) => {
                Self::Oversize { needed: sizes.needed, limit: sizes.limit }
            }
            error => Self::Failed { error },
        }
    }
}

/// Receives events. See [`SessionConfig::on_event`](crate::SessionConfig::on_event).
pub(crate) type Hook = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// How many cookies were opened, sealed and refused since the process started.
///
/// Refusals are counted per reason, and per reason and key id for the keys of the ring; key ids that
/// are in no ring are counted together, since whoever sends a cookie chooses them.
#[derive(Default)]
pub struct Counters {
    opened: AtomicU64,
    sealed: AtomicU64,
    resealed: AtomicU64,
    removed: AtomicU64,
    failed: AtomicU64,
    #[cfg(feature = "import")]
    imported: AtomicU64,
    #[cfg(feature = "import")]
    import_refused: AtomicU64,
    store_failed: AtomicU64,
    ended: AtomicU64,
    rejected: [AtomicU64; Rejection::ALL.len()],
    by_key: Mutex<BTreeMap<(Rejection, KeyId), u64>>,
}

impl Counters {
    /// Cookies that opened.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Sessions sealed because they changed.
    pub fn sealed(&self) -> u64 {
        self.sealed.load(Ordering::Relaxed)
    }

    /// Sessions sealed again without a change.
    pub fn resealed(&self) -> u64 {
        self.resealed.load(Ordering::Relaxed)
    }

    /// Cookies removed.
    pub fn removed(&self) -> u64 {
        self.removed.load(Ordering::Relaxed)
    }

    /// Sessions that could not be saved.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Sessions taken over from foreign cookies.
    #[cfg(feature = "import")]
    pub fn imported(&self) -> u64 {
        self.imported.load(Ordering::Relaxed)
    }

    /// Foreign cookies that were not taken over. When both numbers stand still, the move is over.
    #[cfg(feature = "import")]
    pub fn import_refused(&self) -> u64 {
        self.import_refused.load(Ordering::Relaxed)
    }

    /// Calls to a store that failed and that no commit answers for.
    pub fn store_failed(&self) -> u64 {
        self.store_failed.load(Ordering::Relaxed)
    }

    /// Stored sessions that another request had ended before a change was saved.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// Cookies refused for `reason`.
    pub fn rejected(&self, reason: Rejection) -> u64 {
        self.rejected.get(index(reason)).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Cookies refused for `reason` that named the key `kid`, a key of the ring.
    pub fn rejected_under(&self, reason: Rejection, kid: KeyId) -> u64 {
        self.by_key().get(&(reason, kid)).copied().unwrap_or(0)
    }

    fn count(&self, event: &Event<'_>, ring: &KeyRing) {
        let add = |count: &AtomicU64| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        match event {
            Event::Opened { .. } => add(&self.opened),
            Event::Sealed { .. } => add(&self.sealed),
            Event::Resealed { .. } => add(&self.resealed),
            Event::Removed => add(&self.removed),
            #[cfg(feature = "import")]
            Event::Imported { .. } => add(&self.imported),
            #[cfg(feature = "import")]
            Event::ImportRefused { .. } => add(&self.import_refused),
            Event::Oversize { .. } | Event::Failed { .. } => add(&self.failed),
            Event::StoreFailed { .. } => add(&self.store_failed),
            Event::Ended => add(&self.ended),
            Event::Rejected { reason, kid } => {
                self.rejected.get(index(*reason)).into_iter().for_each(add);
                if let Some(kid) = kid.filter(|&kid| ring.find(kid).is_some()) {
                    let mut by_key = self.by_key();
                    let count = by_key.entry((*reason, kid)).or_insert(0);
                    *count = count.saturating_add(1);
                }
            }
            _ => {}
        }
    }

    fn by_key(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Rejection, KeyId), u64>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Counters");
        all.field("opened", &self.opened()).field("sealed", &self.sealed());
        all.field("resealed", &self.resealed()).field("removed", &self.removed());
        all.field("failed", &self.failed());
        all.field("store_failed", &self.store_failed()).field("ended", &self.ended());
        for reason in Rejection::ALL {
            all.field(reason.as_str(), &self.rejected(reason));
        }
        all.finish()
    }
}

/// The hook and the counters of one manager.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) hook: Option<Box<Hook>>,
    pub(crate) counters: Counters,
}

impl Events {
    pub(crate) fn emit(&self, ring: &KeyRing, event: &Event<'_>) {
        self.counters.count(event, ring);
        trace(event);
        if let Some(hook) = &self.hook {
            hook(event);
        }
    }
}

fn index(reason: Rejection) -> usize {
    Rejection::ALL.iter().position(|&other| other == reason).unwrap_or(usize::MAX)
}

#[cfg(feature = "tracing")]
fn trace(event: &Event<'_>) {
    use tracing::{debug, error, info, warn};
    match event {
        Event::Opened { kid } => debug!(%kid, "session opened"),
        Event::Sealed { kid, bytes } => debug!(%kid, bytes, "session sealed"),
        Event::Resealed { kid, bytes } => debug!(%kid, bytes, "session sealed again"),
        Event::Rejected { reason, kid } => {
            let kid = kid.map(tracing::field::display);
            info!(reason = reason.as_str(), kid, "session cookie refused");
        }
        Event::Ambiguous => warn!("several cookies of one name hold different sessions"),
        Event::Removed => debug!("session cookie removed"),
        Event::Oversize { needed, limit } => warn!(needed, limit, "session too large"),
        Event::NearLimit { bytes } => warn!(bytes, "session cookie large for some proxies"),
        Event::ResealSkipped { error } => warn!(%error, "session not sealed again"),
        Event::Failed { error } => error!(%error, "session not saved"),
        #[cfg(feature = "import")]
        Event::Imported { format } => debug!(format, "session taken over"),
        #[cfg(feature = "import")]
        Event::ImportRefused { format, error } => {
            info!(format, error = error.as_str(), "foreign cookie refused");
        }
        Event::StoreFailed { error } => error!(%error, "session store failed"),
        Event::Ended => info!("a change of a session that had ended is lost"),
        #[cfg(feature = "auth")]
        Event::LoggedIn { .. } => info!("logged in"),
        #[cfg(feature = "auth")]
        Event::LoginFailed => info!("a login was turned down"),
        #[cfg(feature = "auth")]
        Event::LoggedOut { .. } => info!("logged out"),
        #[cfg(feature = "auth")]
        Event::Revoked { .. } => info!("sessions ended from elsewhere"),
        Event::Ring(note) => warn!("{note}"),
    }
}

#[cfg(not(feature = "tracing"))]
fn trace(_: &Event<'_>) {}

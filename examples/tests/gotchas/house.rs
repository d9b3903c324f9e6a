//! The odd application without the framework: its two sessions, and what its routes do.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use cloakroom::cookie::CookieConfig;
use cloakroom::{Key, KeyRing, RequestParts, Session, SessionConfig, SessionError, SessionManager};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes;

/// A framework that serves the application.
#[derive(Clone, Copy)]
pub struct Door {
    /// The feature's name.
    pub name: &'static str,
    /// Serves until the process ends.
    pub serve: fn(House) -> SocketAddr,
    /// Serves `/visit` and `/optional` without sessions.
    pub serve_bare: fn(House) -> SocketAddr,
    /// Whether it can make a response of a panic, and serves `/caught` and `/update` so.
    pub catches: bool,
    /// Whether a handler runs on when the visitor has left.
    pub runs_on: bool,
}

/// Tells the administrators' session from the shop's.
pub struct Admin;

/// What the application is made of; every clone is the same.
#[derive(Clone)]
pub struct House {
    pub shop: SessionManager<Shop>,
    pub admin: SessionManager<Shop, Admin>,
    begun: Arc<AtomicUsize>,
    told: Arc<Mutex<Option<String>>>,
}

impl House {
    pub fn new() -> Self {
        Self::of(|config| config)
    }

    /// One whose shop is tied to what `bind` makes of a request.
    pub fn bound(bind: impl Fn(&RequestParts<'_>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::of(|config| config.bind(bind))
    }

    fn of(configure: impl FnOnce(SessionConfig) -> SessionConfig) -> Self {
        let ring = KeyRing::new(Key::generate().expect("a key"));
        let shop = SessionConfig::new(ring.clone(), "shop");
        let shop = configure(shop).skip(|parts| parts.path() == "/skipped");
        let admin = SessionConfig::new(ring, "shop").cookie(CookieConfig::new("__Host-admin"));
        Self {
            shop: SessionManager::new(shop).expect("a manager"),
            admin: SessionManager::new(admin).expect("a manager"),
            begun: Arc::default(),
            told: Arc::default(),
        }
    }

    /// `/visit`, and wherever else somebody counts.
    pub fn count(&self, session: &Session<Shop>) -> Result<String, SessionError> {
        routes::count(session).map(|views| views.to_string())
    }

    /// `/both`: one of two sessions is changed, the other begun.
    pub fn both(
        &self,
        shop: &Session<Shop>,
        admin: &Session<Shop, Admin>,
    ) -> Result<String, SessionError> {
        admin.restart()?;
        self.count(shop)
    }

    /// `/stuff`: more than a cookie holds.
    pub fn stuff(&self, session: &Session<Shop>) -> Result<String, SessionError> {
        session.update(|shop| shop.note = vec![1; 5000])?;
        Ok("never seen".to_owned())
    }

    /// `/fall`, and `/caught` where somebody catches it.
    pub fn fall(&self, session: &Session<Shop>) -> Result<String, SessionError> {
        self.count(session)?;
        panic!("as a handler may");
    }

    /// `/update`: the panic is the change's own.
    pub fn fall_inside(&self, session: &Session<Shop>) -> Result<String, SessionError> {
        session.update(|shop| {
            shop.views = 9;
            panic!("as a closure may")
        })
    }

    /// `/later`: what comes of a change when the head has left, told by [`told`](Self::told).
    pub fn later(&self, session: Session<Shop>) -> Result<String, SessionError> {
        let views = self.count(&session)?;
        let told = Arc::clone(&self.told);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            *told.lock().expect("nobody panics") = Some(routes::too_late(&session));
        });
        Ok(views)
    }

    /// What a change after the head came to.
    pub fn told(&self) -> String {
        wait_for("a change after the head", || self.told.lock().expect("nobody panics").take())
    }

    /// `/slow`: the visitor can leave meanwhile.
    pub async fn slow(&self, session: &Session<Shop>) -> Result<String, SessionError> {
        self.count(session)?;
        self.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok("done".to_owned())
    }

    /// Waits until `/slow` was asked for.
    pub fn wait_until_begun(&self) {
        wait_for("the handler", || (self.begun.load(Ordering::SeqCst) > 0).then_some(()));
    }
}

/// What the panic catchers of frameworks do, some of which are packages of their own.
pub async fn catching<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Gives a listener of this machine to `serve`, in a thread of its own.
pub fn run<F: Future>(
    serve: impl FnOnce(tokio::net::TcpListener) -> F + Send + 'static,
) -> SocketAddr {
    let (tell, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody listens");
            serve(listener).await;
        })
    });
    address.recv().expect("an address")
}

fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(done) = done() {
            return done;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

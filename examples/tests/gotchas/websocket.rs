//! WebSockets, each over its framework's own: the session is saved with the 101, and then only read.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cloakroom::{Session, SessionError};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::too_late;

use super::house::House;

/// A framework that brings WebSockets, and how it serves a house whose only route is one.
pub type Chat = (&'static str, fn(House) -> SocketAddr);

pub const CHATS: &[Chat] = &[
    #[cfg(feature = "axum")]
    ("axum", over_axum::serve),
    #[cfg(feature = "poem")]
    ("poem", over_poem::serve),
    #[cfg(feature = "salvo")]
    ("salvo", over_salvo::serve),
    #[cfg(feature = "warp")]
    ("warp", over_warp::serve),
];

/// RFC 6455, section 1.3: a key, and what accepts it.
const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const ACCEPTED: &str = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub fn a_websocket_has_the_session_of_its_handshake(serve: fn(House) -> SocketAddr) {
    let house = House::new();
    let mut socket = TcpStream::connect(serve(house.clone())).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    socket.write_all(HANDSHAKE.as_bytes()).expect("a handshake");
    let head = head(&mut socket);
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains(ACCEPTED), "{head}");
    assert_eq!(head.matches("set-cookie: __Host-session=E").count(), 1, "{head}");
    for word in ["one", "two"] {
        say(&mut socket, word);
        let late = SessionError::ResponseSent;
        assert_eq!(heard(&mut socket), format!("{word}: 1 view, {late}"));
    }
    assert_eq!((house.shop.counters().sealed(), house.shop.counters().failed()), (1, 0));
}

/// What each of them answers to a word.
fn answer(session: &Session<Shop>, word: &str) -> String {
    let views = session.read(|shop| shop.views).expect("reading goes on");
    format!("{word}: {views} view, {}", too_late(session))
}

fn head(socket: &mut TcpStream) -> String {
    let (mut head, mut byte) = (String::new(), [0]);
    while !head.ends_with("\r\n\r\n") {
        socket.read_exact(&mut byte).expect("a head");
        head.push(char::from(byte[0]));
    }
    head
}

/// Sends a text frame, which a client masks; with zeros it stays as it is.
fn say(socket: &mut TcpStream, word: &str) {
    let length = u8::try_from(word.len()).expect("a short word");
    let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], word.as_bytes()].concat();
    socket.write_all(&frame).expect("a frame");
}

/// Reads a text frame of less than 126 bytes.
fn heard(socket: &mut TcpStream) -> String {
    let mut start = [0; 2];
    socket.read_exact(&mut start).expect("a frame");
    assert!(start[0] == 0x81 && start[1] < 126, "{start:?}");
    let mut text = vec![0; start[1].into()];
    socket.read_exact(&mut text).expect("a text");
    String::from_utf8(text).expect("UTF-8")
}

#[cfg(feature = "axum")]
mod over_axum {
    use axum::Router;
    use axum::extract::State;
    use axum::extract::ws::{Message, WebSocketUpgrade};
    use axum::response::Response;
    use axum::routing::get;
    use cloakroom::axum::SessionLayer;

    use super::{House, Session, SessionError, Shop, SocketAddr, answer};
    use crate::house::run;

    pub fn serve(house: House) -> SocketAddr {
        let sessions = SessionLayer::new(house.shop.clone());
        let app = Router::new().route("/", get(chat)).layer(sessions).with_state(house);
        run(|listener| async { axum::serve(listener, app).await })
    }

    async fn chat(
        State(house): State<House>,
        session: Session<Shop>,
        upgrade: WebSocketUpgrade,
    ) -> Result<Response, SessionError> {
        house.count(&session)?;
        Ok(upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(Message::Text(word))) = socket.recv().await {
                let said = socket.send(Message::text(answer(&session, &word))).await;
                said.expect("somebody listens");
            }
        }))
    }
}

#[cfg(feature = "poem")]
mod over_poem {
    use cloakroom::poem::SessionMiddleware;
    use futures_util::{SinkExt as _, StreamExt as _};
    use poem::listener::TcpAcceptor;
    use poem::web::Data;
    use poem::web::websocket::{Message, WebSocket};
    use poem::{EndpointExt as _, IntoResponse, Response, Route, Server, get, handler};

    use super::{House, Session, SessionError, Shop, SocketAddr, answer};
    use crate::house::run;

    pub fn serve(house: House) -> SocketAddr {
        let sessions = SessionMiddleware::new(house.shop.clone());
        let app = Route::new().at("/", get(chat)).with(sessions).data(house);
        run(|listener| async {
            let listener = listener.into_std().expect("a listener");
            let acceptor = TcpAcceptor::from_std(listener).expect("an acceptor");
            Server::new_with_acceptor(acceptor).run(app).await
        })
    }

    #[handler]
    async fn chat(
        house: Data<&House>,
        session: Session<Shop>,
        upgrade: WebSocket,
    ) -> Result<Response, SessionError> {
        house.count(&session)?;
        let upgraded = upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(Message::Text(word))) = socket.next().await {
                let said = socket.send(Message::text(answer(&session, &word))).await;
                said.expect("somebody listens");
            }
        });
        Ok(upgraded.into_response())
    }
}

#[cfg(feature = "salvo")]
mod over_salvo {
    use cloakroom::salvo::SessionHoop;
    use salvo::conn::tcp::TcpAcceptor;
    use salvo::websocket::{Message, WebSocketUpgrade};
    use salvo::{Request, Response, Router, Server, Writer as _, handler};

    use super::{House, Session, Shop, SocketAddr, answer};
    use crate::house::run;

    pub fn serve(house: House) -> SocketAddr {
        let sessions = SessionHoop::new(house.shop.clone());
        let app = Router::with_hoop(sessions).get(Chat(house));
        run(|listener| async {
            let acceptor = TcpAcceptor::try_from(listener).expect("an acceptor");
            Server::new(acceptor).try_serve(app).await
        })
    }

    struct Chat(House);

    #[handler]
    impl Chat {
        async fn handle(&self, session: Session<Shop>, req: &mut Request, res: &mut Response) {
            self.0.count(&session).expect("a count");
            let upgrade = WebSocketUpgrade::new();
            let upgraded = upgrade.upgrade(req, res, |mut socket| async move {
                while let Some(Ok(word)) = socket.recv().await {
                    let Ok(word) = word.as_str() else { break };
                    let said = socket.send(Message::text(answer(&session, word))).await;
                    said.expect("somebody listens");
                }
            });
            upgraded.await.expect("an upgrade");
        }
    }
}

#[cfg(feature = "warp")]
mod over_warp {
    use cloakroom::warp::{SessionLayer, session};
    use cloakroom_examples::serve::serve_connections;
    use futures_util::{SinkExt as _, StreamExt as _};
    use tower::Layer as _;
    use warp::Filter as _;
    use warp::ws::Message;

    use super::{House, Session, Shop, SocketAddr, answer};
    use crate::house::run;

    pub fn serve(house: House) -> SocketAddr {
        let sessions = SessionLayer::new(house.shop.clone());
        let chat =
            warp::ws().and(session()).map(move |upgrade: warp::ws::Ws, session: Session<Shop>| {
                house.count(&session).expect("a count");
                upgrade.on_upgrade(|mut socket| async move {
                    while let Some(Ok(word)) = socket.next().await {
                        let Ok(word) = word.to_str() else { break };
                        let said = socket.send(Message::text(answer(&session, word))).await;
                        said.expect("somebody listens");
                    }
                })
            });
        let app = sessions.layer(warp::service(chat));
        run(|listener| serve_connections(listener, app))
    }
}

//! A visitor without a browser: sends back the cookies it was given.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::http::{self, Answer, Connection};
use super::server::Server;

/// A visitor.
#[derive(Debug)]
pub struct Client {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// The open connection of a visitor that keeps one.
    connection: Option<Connection>,
}

impl Client {
    /// A visitor without cookies, who opens a connection for each request.
    pub fn new(server: &Server) -> Self {
        Self::at(server.addr)
    }

    /// A visitor of this address, without cookies.
    pub fn at(server: SocketAddr) -> Self {
        Self { server, cookies: BTreeMap::new(), connection: None }
    }

    /// The same visitor on one connection that is kept alive.
    #[must_use]
    pub fn kept_alive(mut self) -> Self {
        self.connection = Some(Connection::open(self.server));
        self
    }

    /// The same visitor, with the cookies, at another server.
    #[must_use]
    pub fn walk_to(self, server: &Server) -> Self {
        Self { server: server.addr, connection: None, ..self }
    }

    /// Sends a GET.
    pub fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, &[], "")
    }

    /// Sends a POST with a form, which may be empty.
    pub fn post(&mut self, target: &str, form: &str) -> Answer {
        let form_type = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", target, &form_type, form)
    }

    /// Sends a request and keeps the cookies of the answer, as a browser does.
    pub fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let cookie = self.cookies();
        let mut headers = headers.to_vec();
        if !cookie.is_empty() {
            headers.push(("Cookie", &cookie));
        }
        let answer = match &mut self.connection {
            None => http::request(self.server, method, target, &headers, body),
            Some(connection) => connection
                .send(method, target, &headers, body)
                .or_else(|_| {
                    // It was closed in the meantime, as servers may do with an idle one.
                    *connection = Connection::open(self.server);
                    connection.send(method, target, &headers, body)
                })
                .expect("the answer arrives"),
        };
        self.keep(&answer);
        answer
    }

    /// Sends a POST but for its form, and comes back when the server asks for that: the session was
    /// looked at by then.
    pub fn begin(&mut self, target: &str, form: &str) -> Connection {
        let cookie = self.cookies();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let mut connection = Connection::open(self.server);
        connection.begin(target, &[kind, ("Cookie", &cookie)], form.len()).expect("it goes on");
        connection
    }

    /// Sends the form of such a POST, and keeps the cookies of the answer.
    pub fn end(&mut self, mut begun: Connection, form: &str) -> Answer {
        let answer = begun.end(form).expect("the answer arrives");
        self.keep(&answer);
        answer
    }

    /// Takes the cookies of an answer, as a browser does.
    pub fn keep(&mut self, answer: &Answer) {
        for line in answer.all("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            if line.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// What the visitor sends in the header `Cookie`.
    pub fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The longest note that the page names.
    pub fn longest_note(&mut self) -> u64 {
        let page = self.get("/").body();
        let button = page.split(r#"<button name="bytes" value=""#).nth(1).expect("a button");
        button.split('"').next().and_then(|number| number.parse().ok()).expect("a number")
    }
}

/// The same cookies in another hand; a connection is nobody else's.
impl Clone for Client {
    fn clone(&self) -> Self {
        Self { server: self.server, cookies: self.cookies.clone(), connection: None }
    }
}

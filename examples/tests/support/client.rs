//! A visitor without a browser: sends back the cookies it was given.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::http::{self, Answer};
use super::server::Server;

/// A visitor.
#[derive(Clone, Debug)]
pub struct Client {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// A visitor without cookies.
    pub fn new(server: &Server) -> Self {
        Self::at(server.addr)
    }

    /// A visitor of this address, without cookies.
    pub fn at(server: SocketAddr) -> Self {
        Self { server, cookies: BTreeMap::new() }
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
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = pairs.join("; ");
        let mut headers = headers.to_vec();
        if !cookie.is_empty() {
            headers.push(("Cookie", &cookie));
        }
        let answer = http::request(self.server, method, target, &headers, body);
        for line in answer.all("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            if line.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

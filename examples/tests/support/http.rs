//! An HTTP/1.1 client that shows the answer as it came.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers in their order, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as the chunks in which it came; one of them where it was not chunked.
    pub chunks: Vec<String>,
}

impl Answer {
    /// The values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = self.headers.iter().filter(|(key, _)| key == name);
        same.map(|(_, value)| value.as_str()).collect()
    }

    /// The body.
    pub fn body(&self) -> String {
        self.chunks.concat()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body()).expect("the body is JSON")
    }

    fn of_head(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let headers = headers.collect::<Option<Vec<_>>>()?;
        Some(Self { status, headers, chunks: Vec::new() })
    }
}

/// Sends a request on a connection of its own and reads the whole answer.
pub fn request(
    server: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("Connection", "close"));
    let mut connection = Connection::open(server);
    connection.send(method, target, &headers, body).expect("the answer arrives")
}

/// A connection that stays open from one request to the next.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// What was read and belongs to no answer yet.
    ahead: Vec<u8>,
}

impl Connection {
    /// Connects to a server.
    pub fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, ahead: Vec::new() }
    }

    /// Sends a request and reads its whole answer, and no byte of the next one.
    pub fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        self.ask(method, target, headers, body)?;
        self.answer(method)
    }

    /// Sends a request alone.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<()> {
        let host = self.stream.peer_addr()?;
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !matches!(method, "GET" | "HEAD") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.stream.write_all(format!("{head}\r\n{body}").as_bytes())
    }

    /// Waits until the answer has begun to come, and reads none of it.
    pub fn wait(&self) -> io::Result<()> {
        self.stream.peek(&mut [0]).map(drop)
    }

    /// Sends a request but for its body, and comes back when the server asks for that.
    pub fn begin(
        &mut self,
        target: &str,
        headers: &[(&str, &str)],
        length: usize,
    ) -> io::Result<()> {
        let host = self.stream.peer_addr()?;
        let mut head = format!("POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"));
        self.stream.write_all(head.as_bytes())?;
        assert_eq!(self.line(b"\r\n\r\n")?, "HTTP/1.1 100 Continue");
        Ok(())
    }

    /// Sends the body of a request that was begun, and reads the answer.
    pub fn end(&mut self, body: &str) -> io::Result<Answer> {
        self.stream.write_all(body.as_bytes())?;
        self.answer("POST")
    }

    /// Reads the whole answer to a request with this method.
    pub fn answer(&mut self, method: &str) -> io::Result<Answer> {
        let head = self.line(b"\r\n\r\n")?;
        let mut answer = Answer::of_head(&head).expect("the answer is HTTP");
        let bodiless = method == "HEAD" || matches!(answer.status, 101 | 204 | 304);
        let length = answer.all("content-length").first().map(|length| length.parse());
        let chunked = answer.all("transfer-encoding") == ["chunked"];
        answer.chunks = match length {
            _ if bodiless => Vec::new(),
            _ if chunked => self.chunks()?,
            Some(length) => vec![text(self.take(length.expect("a length"))?)],
            None => {
                self.stream.read_to_end(&mut self.ahead)?;
                vec![text(std::mem::take(&mut self.ahead))]
            }
        };
        Ok(answer)
    }

    fn chunks(&mut self) -> io::Result<Vec<String>> {
        let mut chunks = Vec::new();
        loop {
            let size = self.line(b"\r\n")?;
            let len = usize::from_str_radix(&size, 16).expect("the size of a chunk");
            let mut chunk = self.take(len + 2)?;
            chunk.truncate(len);
            if len == 0 {
                return Ok(chunks);
            }
            chunks.push(text(chunk));
        }
    }

    /// Takes what stands before `end`, and `end` with it.
    fn line(&mut self, end: &[u8]) -> io::Result<String> {
        loop {
            if let Some(at) = self.ahead.windows(end.len()).position(|window| window == end) {
                let mut line = self.take(at + end.len())?;
                line.truncate(at);
                return Ok(text(line));
            }
            self.read()?;
        }
    }

    fn take(&mut self, len: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() < len {
            self.read()?;
        }
        let rest = self.ahead.split_off(len);
        Ok(std::mem::replace(&mut self.ahead, rest))
    }

    fn read(&mut self) -> io::Result<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                self.ahead.extend_from_slice(&piece[..len]);
                Ok(())
            }
            // A signal, and nothing to do with the server.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the answer is text")
}

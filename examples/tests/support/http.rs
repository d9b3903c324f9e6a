//! An HTTP/1.1 client of one request a connection, which shows the answer as it came.

use std::io::{Read, Write};
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

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let headers = headers.collect::<Option<Vec<_>>>()?;
        let body = &bytes[end + 4..];
        let chunked = headers.iter().any(|(name, value)| {
            name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked")
        });
        let chunks = if chunked { chunks(body)? } else { vec![text(body)] };
        Some(Self { status, headers, chunks })
    }
}

/// Sends a request and reads the whole answer.
pub fn request(
    server: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut stream = TcpStream::connect(server).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).expect("the request leaves");
    // Not every server closes the connection when it is asked to, so that the length counts.
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let len = stream.read(&mut piece).expect("the answer arrives");
        bytes.extend_from_slice(&piece[..len]);
        if len == 0 || is_complete(&bytes) {
            return Answer::parse(&bytes).expect("the answer is HTTP");
        }
    }
}

/// Whether a body of stated length is there.
fn is_complete(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let len = head.split("\r\ncontent-length:").nth(1).and_then(|rest| rest.lines().next());
    let len = len.and_then(|len| len.trim().parse::<usize>().ok());
    len.is_some_and(|len| bytes.len() >= end + 4 + len)
}

fn chunks(mut body: &[u8]) -> Option<Vec<String>> {
    let mut chunks = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let len = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        if len == 0 {
            return Some(chunks);
        }
        chunks.push(text(body.get(end + 2..end + 2 + len)?));
        body = body.get(end + 2 + len + 2..)?;
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the body is text")
}

//! As much of HTTP/2 as one request needs, over a connection that begins with it.
//!
//! Field names and values are sent as literals, which every decoder has to take; of the answer's
//! header block only a first byte of 0x88, which is status 200, is understood.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Sends a GET whose fields keep their order; the body of an answer of status 200.
///
/// `None` if the server does not speak HTTP/2 without TLS, or answers otherwise.
pub fn get(server: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Option<String> {
    let mut stream = TcpStream::connect(server).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let authority = server.to_string();
    let pseudo = [(":method", "GET"), (":scheme", "http"), (":path", path)];
    let mut block = Vec::new();
    for (name, value) in pseudo.iter().chain(&[(":authority", &*authority)]).chain(fields) {
        block.push(0);
        literal(&mut block, name);
        literal(&mut block, value);
    }
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").ok()?;
    send(&mut stream, SETTINGS, 0, 0, &[])?;
    send(&mut stream, HEADERS, END_STREAM | END_HEADERS, 1, &block)?;

    let (mut ok, mut body) = (false, Vec::new());
    loop {
        let (kind, flags, payload) = receive(&mut stream)?;
        match kind {
            SETTINGS if flags & ACK == 0 => send(&mut stream, SETTINGS, ACK, 0, &[])?,
            HEADERS => ok = payload.first() == Some(&0x88),
            DATA => body.extend(payload),
            _ => {}
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            return if ok { String::from_utf8(body).ok() } else { None };
        }
    }
}

/// A string without Huffman coding, its length in front.
fn literal(block: &mut Vec<u8>, text: &str) {
    match text.len().checked_sub(127) {
        None => block.push(u8::try_from(text.len()).expect("a short text")),
        Some(mut rest) => {
            block.push(127);
            while rest >= 128 {
                block.push(0x80 | u8::try_from(rest % 128).expect("seven bits"));
                rest /= 128;
            }
            block.push(u8::try_from(rest).expect("seven bits"));
        }
    }
    block.extend(text.as_bytes());
}

fn send(stream: &mut TcpStream, kind: u8, flags: u8, id: u8, payload: &[u8]) -> Option<()> {
    let len = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut frame = vec![len[1], len[2], len[3], kind, flags, 0, 0, 0, id];
    frame.extend(payload);
    stream.write_all(&frame).ok()
}

fn receive(stream: &mut TcpStream) -> Option<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    if head.starts_with(b"HTTP/1.1") {
        return None;
    }
    let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(len).expect("a length")];
    stream.read_exact(&mut payload).ok()?;
    Some((head[3], head[4], payload))
}

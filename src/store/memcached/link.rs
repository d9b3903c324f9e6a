//! Connections to a Memcached server.
//!
//! The client crates were looked at and left: the one with these commands brings a thread pool, a
//! generator of random numbers and two versions of a lock, for four commands. A connection is lent to one
//! call at a time and comes back only when its answer was read whole, so that a call that is given up
//! takes its connection with it, and nobody reads an answer that was another's.

use alloc::{string::String, vec::Vec};
use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::Semaphore,
};

use super::{
    ENGINE,
    protocol::{Answer, LINE_MAX, Line},
};
use crate::error::StoreError;

pub(super) struct Link {
    /// Host and port.
    address: String,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
    /// One for each connection that may be open.
    permits: Semaphore,
}

/// Connections at a time; further calls wait.
const CONNECTIONS: usize = 64;
/// Connections that are kept for later.
const IDLE: usize = 16;

/// Whether a request whose answer is lost may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
}

impl Link {
    pub(super) fn new(address: String) -> Self {
        Self { address, idle: Mutex::default(), permits: Semaphore::new(CONNECTIONS) }
    }

    /// What the server answers.
    pub(super) async fn ask(&self, request: &[u8], again: Again) -> Result<Answer, StoreError> {
        let permit = self.permits.acquire().await;
        let _permit = permit.map_err(|_| StoreError::unavailable(ENGINE, "the pool is closed"))?;
        // A connection that was kept may have been lost since; a new one is not tried twice.
        if let Some(mut kept) = self.kept() {
            match self.exchange(&mut kept, request).await {
                Ok(answer) => return self.done(kept, answer),
                Err(_) if again == Again::Yes => self.idle().clear(),
                Err(error) => return Err(failed(&error)),
            }
        }
        let fresh = async {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            let mut fresh = BufReader::new(stream);
            let answer = self.exchange(&mut fresh, request).await?;
            Ok((fresh, answer))
        };
        let (fresh, answer) = fresh.await.map_err(|error: io::Error| failed(&error))?;
        self.done(fresh, answer)
    }

    /// One that was kept and that the server has not closed, as far as this machine knows.
    fn kept(&self) -> Option<BufReader<TcpStream>> {
        let mut idle = self.idle();
        while let Some(kept) = idle.pop() {
            // Nothing is to be read: neither an end nor an answer to nobody.
            let read = kept.get_ref().try_read(&mut [0]);
            if read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                return Some(kept);
            }
        }
        None
    }

    async fn exchange(
        &self,
        connection: &mut BufReader<TcpStream>,
        request: &[u8],
    ) -> io::Result<Result<Answer, StoreError>> {
        connection.get_mut().write_all(request).await?;
        let mut line = Vec::new();
        (&mut *connection).take(LINE_MAX).read_until(b'\n', &mut line).await?;
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        match Line::parse(line) {
            Some(Line::Whole(answer)) => Ok(Ok(answer)),
            Some(Line::Value { len, number }) => {
                let mut data = alloc::vec![0; len.saturating_add(2)];
                connection.read_exact(&mut data).await?;
                if data.split_off(len) != b"\r\n" {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                Ok(Ok(Answer::Value { data, number }))
            }
            None => Ok(Err(StoreError::unavailable(ENGINE, refusal(line)))),
        }
    }

    /// Keeps a connection whose answer was read whole.
    fn done(
        &self,
        connection: BufReader<TcpStream>,
        answer: Result<Answer, StoreError>,
    ) -> Result<Answer, StoreError> {
        let mut idle = self.idle();
        // After an error nobody knows what the server takes the next bytes for.
        if answer.is_ok() && connection.buffer().is_empty() && idle.len() < IDLE {
            idle.push(connection);
        }
        answer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<BufReader<TcpStream>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kind of an error line; what follows may quote the request.
fn refusal(line: &[u8]) -> String {
    let kinds: [&[u8]; 3] = [b"SERVER_ERROR", b"CLIENT_ERROR", b"ERROR"];
    let kind = kinds.into_iter().find(|kind| line.starts_with(kind));
    let kind = kind.unwrap_or(b"what is no answer");
    alloc::format!("the server answered {}", String::from_utf8_lossy(kind))
}

fn failed(error: &io::Error) -> StoreError {
    use alloc::string::ToString;

    StoreError::unavailable(ENGINE, error.to_string())
}

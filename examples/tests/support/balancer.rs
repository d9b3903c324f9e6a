//! One address before several servers: connections go to each in turn.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// A forwarder of connections, which lives as long as the process.
#[derive(Debug)]
pub struct Balancer {
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Balancer {
    /// Forwards to `servers` in turn.
    pub fn start<const N: usize>(servers: [SocketAddr; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("its address");
        thread::spawn(move || {
            for (client, server) in listener.incoming().zip(servers.into_iter().cycle()) {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else { return };
                thread::spawn(move || forward(&client, &server));
            }
        });
        Self { addr }
    }
}

fn forward(client: &TcpStream, server: &TcpStream) -> io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| io::copy(&mut &*client, &mut &*server));
        io::copy(&mut &*server, &mut &*client)?;
        client.shutdown(std::net::Shutdown::Both)
    })
}

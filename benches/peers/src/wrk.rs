//! Requests over sockets: one server thread with all applications, and `wrk` on the other core.

use std::{
    error::Error,
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::mpsc::{Sender, channel},
    thread,
};

use axum::Router;
use http::HeaderValue;

/// Nanoseconds of the server's CPU a request, by application and round.
///
/// # Errors
///
/// If `wrk` is not installed, or says something else than it used to.
pub fn measure(
    apps: Vec<(Router, &'static str, HeaderValue)>,
    rounds: usize,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut site = Router::new();
    let mut asked = Vec::new();
    for (nth, (app, path, cookie)) in apps.into_iter().enumerate() {
        site = site.nest(&format!("/{nth}"), app);
        asked.push((format!("/{nth}{path}"), cookie));
    }
    let (started, start) = channel();
    thread::spawn(move || serve(site, started));
    let server = start.recv()?;

    let mut samples = vec![Vec::new(); asked.len()];
    for round in 0..rounds {
        for turn in 0..asked.len() {
            let nth = (turn + round) % asked.len();
            let (path, cookie) = &asked[nth];
            let before = server.cpu_ns()?;
            let requests = ask(server.address, path, cookie)?;
            samples[nth].push((server.cpu_ns()? - before) / requests);
        }
    }
    Ok(samples)
}

struct Server {
    address: SocketAddr,
    /// Of the thread in `/proc`: nanoseconds on a CPU come first.
    statistics: PathBuf,
}

impl Server {
    fn cpu_ns(&self) -> Result<f64, Box<dyn Error>> {
        let text = fs::read_to_string(&self.statistics)?;
        Ok(text.split(' ').next().unwrap_or_default().parse()?)
    }
}

fn serve(site: Router, started: Sender<Server>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let served: io::Result<()> = runtime.expect("the system has epoll").block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let thread = fs::read_link("/proc/thread-self")?;
        let statistics = PathBuf::from("/proc").join(thread).join("schedstat");
        let server = Server { address: listener.local_addr()?, statistics };
        started.send(server).expect("the other side waits");
        axum::serve(listener, site).await
    });
    served.expect("it serves");
}

/// How many requests were answered in a second.
fn ask(address: SocketAddr, path: &str, cookie: &HeaderValue) -> Result<f64, Box<dyn Error>> {
    let cookie = format!("Cookie: {}", cookie.to_str()?);
    let url = format!("http://{address}{path}");
    let out = Command::new("wrk").args(["-t1", "-c16", "-d1s", "-H", &cookie, &url]).output()?;
    let text = String::from_utf8(out.stdout)?;
    if text.contains("Non-2xx") {
        return Err(format!("{path} fails").into());
    }
    let line = text.lines().find(|line| line.contains(" requests in "));
    let count = line.and_then(|line| line.split_whitespace().next());
    Ok(count.ok_or("wrk counts no requests")?.parse()?)
}

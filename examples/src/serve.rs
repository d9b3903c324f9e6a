//! Connections of hyper, for the frameworks that leave them to the application.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Service;

/// Serves a service of tower until the first interrupt; requests under way are answered.
pub async fn serve_connections<S, B>(listener: TcpListener, app: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let app = TowerToHyperService::new(app);
    let mut server = Builder::new(TokioExecutor::new());
    // Heads that never end are given up after a while, for which hyper needs a clock.
    server.http1().timer(TokioTimer::new());
    let (connections, mut interrupted) = (GracefulShutdown::new(), pin!(tokio::signal::ctrl_c()));
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), app.clone());
                    let connection = connections.watch(connection.into_owned());
                    tokio::spawn(async move {
                        // A visitor who leaves in the middle is no error of ours.
                        let _ = connection.await;
                    });
                }
                // No more files may be open just now.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            _ = &mut interrupted => break,
        }
    }
    connections.shutdown().await;
}

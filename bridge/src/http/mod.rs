//! The HTTP side: the web app, its WebSocket, the API, metrics and health. `docs/http.md` describes
//! every address.

mod api;
mod columns;
mod connack;
mod csv;
mod encoding;
mod export;
mod failures;
mod from_prometheus;
mod grid;
mod headers;
mod history;
mod log;
mod login;
mod nodes;
mod openapi;
mod origin;
mod parameters;
mod point;
mod questions;
mod recent;
mod refusal;
mod ui_files;
mod websocket;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use releve_access::Access;
use releve_protocol::{NodeId, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::error;

pub use failures::Failures;
pub use from_prometheus::HistoryServer;
pub use login::Logins;
pub use origin::is_loopback_name;
pub use questions::Questions;

use crate::ingest::Memory;
use crate::mail::Post;
use crate::mqtt::Link;
use crate::parts::Parts;
use crate::remote_write;
use crate::store::Reader;

/// What the handlers read.
#[derive(Clone)]
pub struct Served {
    /// The bridge's name.
    pub id: NodeId,
    /// When it was started.
    pub started: Timestamp,
    /// What came from the nodes.
    pub memory: Arc<Memory>,
    /// What was stored of it.
    pub history: Arc<Reader>,
    /// Who is asked for the history of a chart instead.
    pub history_from: Option<Arc<HistoryServer>>,
    /// The places of those who ask for either.
    pub questions: Arc<Questions>,
    /// How the connection to the broker stands.
    pub link: Link,
    /// Where WebSockets are carried to, and logins asked for: each browser says there who it is.
    pub broker: Access,
    /// Whether a proxy in front says from where a visitor comes.
    pub behind_proxy: bool,
    /// The logins at the API; `None`: the broker has no users, as far as the bridge can tell.
    pub logins: Option<Arc<Logins>>,
    /// Logins that failed.
    pub failures: Arc<Failures>,
    /// Names under which browsers may reach the bridge besides loopback ones.
    pub public_hosts: Arc<[String]>,
    /// How far readings are sent, where they are.
    pub remote_write: Option<Arc<remote_write::Progress>>,
    /// The mails, where mail is configured.
    pub mails: Option<Arc<Post>>,
    /// Places for WebSockets.
    pub websockets: Arc<Semaphore>,
    /// Whether all parts of the bridge run.
    pub parts: Parts,
    /// Ends the WebSockets.
    pub stop: CancellationToken,
}

/// Places for WebSockets, all free.
#[must_use]
pub fn websocket_places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(websocket::MAX_CONNECTIONS))
}

/// The addresses of the API below `/api`; `openapi.json` describes them.
fn api_routes() -> [(&'static str, MethodRouter<Served>); 10] {
    [
        ("/v1/about", get(api::about)),
        ("/v1/openapi.json", get(openapi::serve)),
        ("/v1/nodes", get(nodes::nodes)),
        ("/v1/nodes/{node}/recent", get(api::recent_readings)),
        ("/v1/nodes/{node}/history", get(history::history)),
        ("/v1/nodes/{node}/events", get(log::events)),
        ("/v1/nodes/{node}/cycles", get(log::cycles)),
        ("/v1/nodes/{node}/readings.csv", get(export::readings)),
        ("/v1/nodes/{node}/events.csv", get(export::events)),
        ("/v1/unreadable", get(log::unreadable)),
    ]
}

/// Every address that the bridge serves.
fn router(served: Served) -> Router {
    let api = api_routes()
        .into_iter()
        .fold(Router::new(), |api, (path, answer)| api.route(path, answer));
    let api = api
        .fallback(api::unknown)
        .layer(middleware::from_fn_with_state(
            served.clone(),
            login::require,
        ));
    let for_browsers = Router::new()
        .nest("/api", api)
        .route("/api/", any(api::unknown))
        .route("/mqtt", any(websocket::serve))
        .fallback(ui_files::serve)
        .layer(middleware::from_fn_with_state(served.clone(), check_host));
    // Monitoring reaches these by whatever name or address it knows.
    let for_monitoring = Router::new()
        .route("/healthz", get(api::health))
        .route("/metrics", get(api::metrics));
    for_monitoring
        .merge(for_browsers)
        .layer(middleware::from_fn(headers::add))
        .with_state(served)
}

async fn check_host(State(served): State<Served>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    match origin::check_host(host, &served.public_hosts) {
        Ok(()) => next.run(request).await,
        Err(sentence) => (StatusCode::FORBIDDEN, format!("{sentence}\n")).into_response(),
    }
}

/// Serves until it is stopped.
pub async fn serve(listener: TcpListener, served: Served) {
    let stop = served.stop.clone();
    let serving = axum::serve(listener, router(served))
        .with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = serving.await {
        error!(%error, "the HTTP server ended");
    }
}

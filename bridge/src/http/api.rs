//! `/api/v1/…`, `/healthz` and `/metrics`: what `docs/http.md` describes.

use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use prometheus::TEXT_FORMAT;
use releve_protocol::NodeId;
use serde_json::{Value, json};
use tracing::error;

use super::Served;
use crate::metrics::{self, OwnFigures};
use crate::moment::Moment;

/// Values change with every reading: nobody keeps an answer.
fn live(status: StatusCode, body: Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// What went wrong, in a sentence.
pub(super) fn problem(status: StatusCode, sentence: String) -> Response {
    live(status, json!({ "error": sentence }))
}

/// `GET /api/v1/about`
pub async fn about(State(served): State<Served>) -> Response {
    let mail = if served.mails.is_some() {
        "configured"
    } else {
        "not_configured"
    };
    let body = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "bridge": served.id,
        "mail": mail,
    });
    live(StatusCode::OK, body)
}

/// `GET /api/v1/nodes/<node>/recent`
///
/// Any name may be that of a node which is about to come, so nothing to tell is no error.
pub async fn recent(State(served): State<Served>, Path(node): Path<String>) -> Response {
    let id: NodeId = match node.parse() {
        Ok(id) => id,
        Err(error) => return problem(StatusCode::BAD_REQUEST, format!("{error}.")),
    };
    let columns = served.memory.recent().columns(&id);
    columns.map_or_else(
        || (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response(),
        |columns| live(StatusCode::OK, columns),
    )
}

/// Any other path below `/api/`.
pub async fn unknown() -> Response {
    let sentence = "There is no such address; docs/http.md lists them.";
    problem(StatusCode::NOT_FOUND, sentence.to_owned())
}

/// `GET /healthz`
pub async fn health(State(served): State<Served>) -> Response {
    let now = Instant::now();
    match served
        .link
        .check(now)
        .and_then(|()| served.memory.check(now))
    {
        Ok(()) => live(StatusCode::OK, json!({ "status": "ok" })),
        Err(reason) => live(
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "unavailable", "reason": reason }),
        ),
    }
}

/// `GET /metrics`
pub async fn metrics(State(served): State<Served>) -> Response {
    let now = Moment::now();
    let own = OwnFigures {
        connected: served.link.check(now.instant).is_ok(),
        mails: served.mails.as_ref().map(crate::mail::MailCounts::read),
    };
    let text = metrics::render(&served.memory.fleet(), own, now);
    match text {
        Ok(text) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            error!(%error, "the metrics cannot be written");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response()
        }
    }
}

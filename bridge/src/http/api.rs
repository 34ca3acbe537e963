//! `/api/v1/…`, `/healthz` and `/metrics`: what `docs/http.md` describes.

use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use releve_protocol::{Epoch, NodeId, Timestamp};
use serde_json::{Value, json};
use tracing::error;

use super::{Served, recent};
use crate::metrics::{self, MailFigures, OwnFigures, RemoteWriteFigures, StoreFigures};
use crate::moment::Moment;
use crate::store::{StoreError, readings};

/// Values change with every reading: nobody keeps an answer.
pub(super) fn live(status: StatusCode, body: Value) -> Response {
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
pub async fn recent_readings(State(served): State<Served>, Path(node): Path<String>) -> Response {
    let id: NodeId = match node.parse() {
        Ok(id) => id,
        Err(error) => return problem(StatusCode::BAD_REQUEST, format!("{error}.")),
    };
    let nothing = || (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response();
    let Some((epoch, until)) = present_journal(&served, &id) else {
        return nothing();
    };
    let node = id.clone();
    let asked = served
        .history
        .ask(move |connection| readings::last(connection, &node, until, recent::ASKED_FOR));
    match asked.await {
        Ok(readings) => match recent::columns(&id, &epoch, &readings) {
            Some(columns) => live(StatusCode::OK, columns),
            None => nothing(),
        },
        Err(error) => store_problem(&error),
    }
}

/// The journal that the node writes, and the moment of its newest reading.
fn present_journal(served: &Served, id: &NodeId) -> Option<(Epoch, Timestamp)> {
    let fleet = served.memory.fleet();
    let node = fleet.node(id)?;
    match &node.last_reading {
        Some(last) => Some((last.reading.epoch.clone(), last.reading.at)),
        // It is silent since the bridge started.
        None => Some((
            node.newest_journal()?.clone(),
            Timestamp::from_unix_millis(i64::MAX),
        )),
    }
}

fn store_problem(error: &StoreError) -> Response {
    error!(%error, "the store does not answer");
    let sentence = format!("The bridge's store does not answer: {error}.");
    problem(StatusCode::SERVICE_UNAVAILABLE, sentence)
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

/// Prometheus' text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4";

/// `GET /metrics`
pub async fn metrics(State(served): State<Served>) -> Response {
    let now = Moment::now();
    let own = own_figures(&served, now).await;
    let text = metrics::render(&served.memory.fleet(), &own, now);
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response()
}

async fn own_figures(served: &Served, now: Moment) -> OwnFigures {
    let usage = served.memory.usage();
    let remote_write = remote_write_figures(served);
    let alerts = served.memory.alerts().active().cloned().collect();
    OwnFigures {
        id: served.id.clone(),
        started: served.started,
        connected: served.link.check(now.instant).is_ok(),
        mails: served.mails.as_ref().map(|mails| {
            let (counts, waiting) = mails.figures();
            MailFigures {
                sent: counts.sent,
                failed: counts.failed,
                waiting,
            }
        }),
        alerts,
        store: StoreFigures {
            bytes: usage.map(|usage| usage.bytes),
            free_bytes: usage.map(|usage| usage.free_bytes),
            errors: served.memory.storing().errors(),
            cut: served.history.readings_cut_for_room(),
        },
        remote_write,
    }
}

fn remote_write_figures(served: &Served) -> Option<RemoteWriteFigures> {
    let standing = served.remote_write.as_ref()?.now();
    let sending = served.memory.sending();
    Some(RemoteWriteFigures {
        standing,
        pending: sending.map(|sending| (sending.waiting, sending.oldest)),
    })
}

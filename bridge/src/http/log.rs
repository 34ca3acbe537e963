//! `GET /api/v1/nodes/<node>/events`, `…/cycles` and `GET /api/v1/unreadable`: what happened.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Served;
use super::api::live;
use super::parameters::Parameters;
use super::questions::{OfNode, ask};
use super::refusal::Refusal;
use crate::spans::DAY_MS;
use crate::store::events::{self, Cursor, Page, Unreadable, Wanted};

/// The kinds of events.
pub const KINDS: [&str; 16] = [
    "restart",
    "relay_switched",
    "relay_verified",
    "mode_changed",
    "authority_changed",
    "limit_changed",
    "alarm_raised",
    "alarm_cleared",
    "alarm_acknowledged",
    "schedule_changed",
    "cycle_started",
    "cycle_phase",
    "cycle_ended",
    "battery_full",
    "clock_jumped",
    "transient",
];
/// The kind that tells how a consumption cycle went.
const CYCLE_ENDED: &str = "cycle_ended";

/// Events of an answer, and bounds for what is asked for.
const LIMIT: usize = 100;
const LIMITS: (usize, usize) = (1, 1_000);
/// Without a beginning everything that is kept is meant, ms.
const EVERYTHING: i64 = 50 * 365 * DAY_MS;

/// `GET /api/v1/nodes/<node>/events`
pub async fn events(
    State(served): State<Served>,
    Path(node): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["from", "to", "kind", "limit", "before"])?;
    let kinds = parameters.words("kind", &KINDS.map(|kind| (kind, kind)))?;
    let (of, page) = page(&served, &node, &parameters, kinds.unwrap_or_default()).await?;
    let body = json!({
        "node": of.node,
        "events": page.events,
        "next": page.next.map(written),
    });
    Ok(live(StatusCode::OK, body))
}

/// `GET /api/v1/nodes/<node>/cycles`
pub async fn cycles(
    State(served): State<Served>,
    Path(node): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["from", "to", "limit", "before"])?;
    let (of, page) = page(&served, &node, &parameters, vec![CYCLE_ENDED]).await?;
    let reports = page
        .events
        .into_iter()
        .map(|mut event| event.remove("report"));
    let body = json!({
        "node": of.node,
        "cycles": reports.flatten().collect::<Vec<_>>(),
        "next": page.next.map(written),
    });
    Ok(live(StatusCode::OK, body))
}

async fn page(
    served: &Served,
    node: &str,
    parameters: &Parameters,
    kinds: Vec<&'static str>,
) -> Result<(OfNode, Page), Refusal> {
    let of = OfNode::find(served, node).await?;
    let stretch = of.stretch_of_events(served, parameters, EVERYTHING).await?;
    let wanted = Wanted {
        from: stretch.from,
        to: stretch.to,
        kinds,
        before: parameters.text("before").map(cursor).transpose()?,
        most: parameters.number("limit", LIMITS, LIMIT)?,
    };
    let asked = of.node.clone();
    let question = move |connection: &_| events::newest(connection, &asked, &wanted);
    let page = ask(served, question).await?;
    Ok((of, page))
}

/// A place among events as it stands in answers.
fn written(cursor: Cursor) -> String {
    format!("{}.{}", cursor.at, cursor.number)
}

fn cursor(text: &str) -> Result<Cursor, Refusal> {
    let numbers = text.split_once('.');
    let cursor = numbers.and_then(|(at, number)| {
        Some(Cursor {
            at: at.parse().ok()?,
            number: number.parse().ok()?,
        })
    });
    cursor.ok_or_else(|| {
        let sentence = format!("before is {text:?}: give the \"next\" of an answer.");
        Refusal::senseless(sentence)
    })
}

/// `GET /api/v1/unreadable`
pub async fn unreadable(State(served): State<Served>, uri: Uri) -> Result<Response, Refusal> {
    let parameters = Parameters::of(&uri, &["limit"])?;
    let most = parameters.number("limit", LIMITS, LIMIT)?;
    let asked = ask(&served, move |connection| {
        events::unreadable(connection, most)
    });
    let messages: Vec<_> = asked.await?.iter().map(message).collect();
    Ok(live(StatusCode::OK, json!({ "messages": messages })))
}

fn message(message: &Unreadable) -> Value {
    let (encoding, payload) = match std::str::from_utf8(&message.payload) {
        Ok(text) => ("text", text.to_owned()),
        Err(_) => ("base64", STANDARD.encode(&message.payload)),
    };
    json!({
        "received": message.received,
        "topic": message.topic,
        "problem": message.problem,
        "encoding": encoding,
        "payload": payload,
        "is_cut": message.is_cut(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_contract_can_be_asked_for() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/golden/event");
        let files = std::fs::read_dir(folder).expect("the golden events");
        let name = |entry: std::fs::DirEntry| {
            let path = entry.path();
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let mut of_contract: Vec<_> = files.flatten().filter_map(name).collect();
        of_contract.sort();
        let mut known = KINDS.to_vec();
        known.sort_unstable();
        assert_eq!(of_contract, known);
    }

    #[test]
    fn a_place_among_events_comes_back() {
        let place = Cursor { at: -5, number: 7 };
        assert_eq!(cursor(&written(place)), Ok(place));
        for text in ["", "1", "1.x", "1.2.3"] {
            let refusal = cursor(text).expect_err(text).to_string();
            assert!(refusal.contains("next"), "{refusal}");
        }
    }
}

//! `GET /api/v1/nodes`: which nodes the bridge knows.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::Served;
use super::api::live;
use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::fleet::Node;

/// `GET /api/v1/nodes`
pub async fn nodes(State(served): State<Served>, uri: Uri) -> Result<Response, Refusal> {
    Parameters::of(&uri, &[])?;
    let nodes: Vec<Value> = {
        let fleet = served.memory.fleet();
        let one = |(id, node): (_, &Node)| {
            let about = node.about.as_ref();
            json!({
                "id": id,
                "name": about.map(|about| &about.name),
                "simulated": about.map(|about| about.simulated),
                "up": node.is_online(),
                "last_reading_at": node.last_reading_at(),
                "missing_readings": node.missing_readings(),
                "lost_readings": node.lost_readings(),
            })
        };
        fleet.nodes().map(one).collect()
    };
    Ok(live(StatusCode::OK, json!({ "nodes": nodes })))
}

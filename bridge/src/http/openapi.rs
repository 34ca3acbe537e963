//! `GET /api/v1/openapi.json`: the API for programs, by OpenAPI 3.1.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Written by hand; a test holds it against the server.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// `GET /api/v1/openapi.json`
pub async fn serve() -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::OK, headers, DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::http::{api_routes, log};

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).expect("JSON")
    }

    #[test]
    fn it_describes_every_address_and_no_other() {
        let document = document();
        let paths = document["paths"].as_object().expect("paths").keys();
        let described: BTreeSet<String> = paths.cloned().collect();
        let routes = api_routes().map(|(path, _)| format!("/api{path}"));
        assert_eq!(described, BTreeSet::from(routes));
    }

    #[test]
    fn it_names_every_kind_of_event_and_quantity() {
        let document = document();
        let words = |name: &str| -> Vec<String> {
            let schema = &document["components"]["schemas"][name]["enum"];
            serde_json::from_value(schema.clone()).expect("words")
        };
        assert_eq!(words("EventKind"), log::KINDS);
        let quantities = releve_protocol::catalog::QUANTITIES.iter();
        let keys: Vec<_> = quantities.map(|quantity| quantity.key).collect();
        assert_eq!(words("Quantity"), keys);
    }
}

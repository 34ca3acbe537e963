//! A history that another server should tell, and does not: the test plays that server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use releve_bridge::metrics_server::{ServerConfig, ServerLogin};
use releve_protocol::Topic;
use tokio::net::TcpListener;

use crate::harness::{Peer, config, node, reading, start_bridge_as, start_broker, until};
use crate::openapi::OpenApi;

const PATHS: [&str; 2] = ["history", "readings.csv"];

/// What the server answers.
type Answers = Arc<Mutex<Answer>>;
type Answer = fn() -> Response;

/// Plays a server; gives its address.
async fn play(answers: &Answers) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answers = Arc::clone(answers);
    let answer = move || {
        let answer = *answers.lock().expect("no panic");
        async move { answer() }
    };
    let served = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, served).await });
    address
}

fn says(status: u16, body: &'static str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, body).into_response()
}

const TOO_MANY: &str = r#"{"error":"query processing would load too many samples into memory"}"#;
const NOTHING: &str = r#"{"status":"success","data":{"result":[]}}"#;

#[tokio::test]
async fn a_server_that_does_not_tell_is_reported_in_words() {
    let broker = start_broker().await;
    let answers: Answers = Arc::new(Mutex::new(|| says(500, "")));
    let mut config = config(broker.tcp_addr());
    config.history_from = Some(ServerConfig {
        url: format!("http://{}/prometheus", play(&answers).await),
        login: None,
        ca: None,
    });
    let bridge = start_bridge_as(config).await;
    let peer = Peer::connect(&broker, "node").await;
    let origin = format!("http://{}", bridge.http_addr());
    let api = OpenApi::committed();
    let ask = async |path: &str, of: &str| {
        let described = format!("/api/v1/nodes/{{node}}/{path}");
        let actual = format!("/api/v1/nodes/{of}/{path}");
        api.ask(&origin, &described, &actual).await
    };
    // Of a node that nobody knows the server is not asked.
    for path in PATHS {
        assert_eq!(ask(path, "elsewhere").await.0, 404);
    }
    peer.publish_json(Topic::Reading(node()), &reading(1)).await;
    until("a node that is known", async || {
        (ask("history", node().as_str()).await.0 != 404).then_some(())
    })
    .await;

    let cases: [(Answer, u16, &str); 9] = [
        (|| says(500, "oops"), 502, "oops"),
        (|| says(401, ""), 502, "--history-from-user"),
        (|| says(404, "no such page"), 502, "/api/v1/query"),
        (|| Redirect::to("/x").into_response(), 502, "not followed"),
        (|| says(422, TOO_MANY), 502, "--query.max-samples"),
        (|| says(503, "query timed out"), 503, "timed out"),
        (|| says(200, "<html>"), 502, "no answer of a Prometheus"),
        (|| says(200, NOTHING), 502, "no answer of a Prometheus"),
        (
            || "[".repeat(17 << 20).into_response(),
            502,
            "longer than 16 MB",
        ),
    ];
    for (answer, status, part) in cases {
        *answers.lock().expect("no panic") = answer;
        for path in PATHS {
            let (found, body) = ask(path, node().as_str()).await;
            assert_eq!(found, status, "{part}: {body}");
            let names_it = body.contains(part) && body.contains("--history-from");
            assert!(names_it, "{body}");
        }
    }
    // What the store knows is told all the same.
    assert_eq!(ask("events", node().as_str()).await.0, 200);
}

#[tokio::test]
async fn a_server_that_is_away_and_a_token_that_is_not_there_are_reported_in_words() {
    let broker = start_broker().await;
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let away = free.local_addr().expect("an address");
    drop(free);
    for (login, part) in [
        (None, "cannot connect"),
        (Some("/nowhere/token"), "/nowhere/token cannot be read"),
    ] {
        let mut config = config(broker.tcp_addr());
        config.history_from = Some(ServerConfig {
            url: format!("http://{away}"),
            login: login.map(|file| ServerLogin::Token { file: file.into() }),
            ca: None,
        });
        let bridge = start_bridge_as(config).await;
        let peer = Peer::connect(&broker, "node").await;
        peer.publish_json(Topic::Reading(node()), &reading(1)).await;
        let origin = format!("http://{}", bridge.http_addr());
        let described = "/api/v1/nodes/{node}/history";
        let actual = described.replace("{node}", node().as_str());
        let body = until("a node that is known", async || {
            let (status, body) = OpenApi::committed().ask(&origin, described, &actual).await;
            (status == 502).then_some(body)
        })
        .await;
        assert!(body.contains(part), "{body}");
    }
}

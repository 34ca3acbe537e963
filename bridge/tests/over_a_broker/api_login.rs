//! Who may read the API of a bridge that logs in at its broker.

use std::time::Duration;

use releve_bridge::Bridge;
use releve_broker::users::UserFile;
use reqwest::{Client, Response};

use crate::guarded::{Guarded, PASSWORD, connected};
use crate::harness::{get, until};

const RECENT: &str = "/api/v1/nodes/col-de-porte/recent";

async fn ask(bridge: &Bridge, path: &str, login: Option<(&str, &str)>) -> Response {
    let url = format!("http://{}{path}", bridge.http_addr());
    let mut request = Client::new().get(url);
    if let Some((user, password)) = login {
        request = request.basic_auth(user, Some(password));
    }
    request.send().await.expect("an answer")
}

async fn status(bridge: &Bridge, login: Option<(&str, &str)>) -> u16 {
    ask(bridge, RECENT, login).await.status().as_u16()
}

async fn start() -> (Guarded, Bridge) {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access_over_tls("ca.pem")).await;
    connected(&bridge).await;
    guarded.node_publishes().await;
    until("the reading in /metrics", async || {
        let (_, text) = get(&bridge, "/metrics").await;
        text.contains("releve_battery_voltage_volts{").then_some(())
    })
    .await;
    (guarded, bridge)
}

#[tokio::test]
async fn only_users_of_the_broker_read_the_api() {
    let (_guarded, bridge) = start().await;
    for path in [RECENT, "/api/v1/about", "/api/v2"] {
        for login in [None, Some(("nobody", PASSWORD))] {
            let answer = ask(&bridge, path, login).await;
            assert_eq!(answer.status(), 401, "{path} {login:?}");
            let challenge = answer.headers()["www-authenticate"].to_str();
            let challenge = challenge.expect("text").to_ascii_lowercase();
            // With that, browsers would ask in a window of their own.
            assert!(!challenge.starts_with("basic"), "{challenge}");
            let body = answer.text().await.expect("a body");
            assert!(body.contains("\"error\""), "{body}");
            assert!(!body.contains("13.62"), "{body}");
        }
    }
    let answer = ask(&bridge, RECENT, Some(("anna", PASSWORD))).await;
    assert_eq!(answer.status(), 200);
    let body = answer.text().await.expect("a body");
    assert!(body.contains("13.62"), "{body}");
    // Monitoring has no user.
    for path in ["/metrics", "/healthz"] {
        assert_eq!(get(&bridge, path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn a_login_that_was_right_is_not_asked_for_again_at_once() {
    let (guarded, bridge) = start().await;
    let anna = Some(("anna", PASSWORD));
    assert_eq!(status(&bridge, anna).await, 200);
    let Guarded { broker, .. } = guarded;
    broker.stop().await;
    assert_eq!(status(&bridge, anna).await, 200);
    assert_eq!(status(&bridge, Some(("anna", "guessed"))).await, 502);
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    let (_guarded, bridge) = start().await;
    // The broker slows each user down after three failures.
    for _ in 0..3 {
        assert_eq!(status(&bridge, Some(("anna", "guessed"))).await, 401);
    }
    let answer = ask(&bridge, RECENT, Some(("anna", "guessed"))).await;
    assert_eq!(answer.status(), 429);
    let seconds = answer.headers()["retry-after"].to_str().expect("text");
    let seconds: u64 = seconds.parse().expect("a number");
    assert!(Duration::from_secs(seconds) <= Duration::from_secs(30));
    assert_eq!(status(&bridge, Some(("otto", PASSWORD))).await, 200);
}

#[tokio::test]
async fn the_bridges_own_user_is_nobody_at_the_api() {
    let (guarded, bridge) = start().await;
    assert_eq!(status(&bridge, Some(("main", PASSWORD))).await, 401);
    // More than the broker lets fail of one user.
    for _ in 0..5 {
        assert_eq!(status(&bridge, Some(("main", "guessed"))).await, 401);
    }
    assert!(guarded.is_let_in("main").await, "the broker was not asked");
}

#[tokio::test]
async fn behind_a_proxy_an_address_has_to_wait_whatever_users_it_guesses() {
    let guarded = Guarded::start().await;
    let bridge = guarded
        .bridge_with(guarded.access(PASSWORD), |config| {
            config.behind_proxy = true;
            config.public_hosts = vec!["releve.example".to_owned()];
        })
        .await;
    let from = async |address: &str, user: String, password: &str| {
        let url = format!("http://{}{RECENT}", bridge.http_addr());
        let request = Client::new().get(url).header("x-forwarded-for", address);
        let request = request.basic_auth(user, Some(password));
        request.send().await.expect("an answer").status().as_u16()
    };
    // Nothing has come from that node yet, which is no error. Her password is remembered from now on.
    assert_eq!(from("192.0.2.2", "anna".to_owned(), PASSWORD).await, 204);
    for number in 0..10 {
        let status = from("192.0.2.1", format!("guess-{number}"), "x").await;
        assert_eq!(status, 401);
    }
    assert_eq!(from("192.0.2.1", "anna".to_owned(), PASSWORD).await, 429);
    assert_eq!(from("192.0.2.2", "anna".to_owned(), PASSWORD).await, 204);
}

#[tokio::test]
async fn a_user_who_was_removed_is_let_in_no_more_once_asked_for() {
    let (guarded, bridge) = start().await;
    let users = guarded.file("users.toml");
    let mut file = UserFile::open(&users).expect("the file");
    assert!(file.remove("anna"));
    file.save().expect("saved");
    // The broker looks at its file now and then. Each answer before would be remembered.
    until("the broker to know", async || {
        let told = guarded.is_let_in("anna").await;
        (!told).then_some(())
    })
    .await;
    assert_eq!(status(&bridge, Some(("anna", PASSWORD))).await, 401);
}

//! The bridge at a broker that does not let everybody in.

use std::fs;

use releve_access::Access;
use releve_bridge::Bridge;

use crate::guarded::{Guarded, PASSWORD, connected};
use crate::harness::{get, until};

/// Waits until the bridge's health names that reason, and gives the whole of it.
async fn unhealthy(bridge: &Bridge, reason: &str) -> String {
    until(reason, async || {
        let (status, body) = get(bridge, "/healthz").await;
        (status == 503 && body.contains(reason)).then_some(body)
    })
    .await
}

async fn served(bridge: &Bridge, line: &str) {
    until(line, async || {
        let (_, text) = get(bridge, "/metrics").await;
        text.contains(line).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_logs_in_over_tls_and_serves_what_the_nodes_say() {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access_over_tls("ca.pem")).await;
    connected(&bridge).await;
    guarded.node_publishes().await;
    let line = "releve_battery_voltage_volts{node=\"col-de-porte\"} 13.62\n";
    served(&bridge, line).await;
}

#[tokio::test]
async fn a_password_that_is_put_right_is_used_without_a_restart() {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access("guessed")).await;
    let reason = unhealthy(&bridge, "refuses this bridge").await;
    assert!(reason.contains("BadUserNamePassword"), "{reason}");
    assert!(!reason.contains("guessed"), "{reason}");
    fs::write(guarded.file("main.password"), PASSWORD).expect("written");
    connected(&bridge).await;
}

#[tokio::test]
async fn a_file_that_is_missing_is_named_and_used_once_it_is_there() {
    let guarded = Guarded::start().await;
    let bridge = guarded.bridge(guarded.access_over_tls("new-ca.pem")).await;
    unhealthy(&bridge, "new-ca.pem cannot be read").await;
    fs::copy(guarded.file("another-ca.pem"), guarded.file("new-ca.pem")).expect("copied");
    unhealthy(&bridge, "the encrypted connection fails").await;
    fs::copy(guarded.file("ca.pem"), guarded.file("new-ca.pem")).expect("copied");
    connected(&bridge).await;
}

#[tokio::test]
async fn who_says_nothing_is_told_that_the_broker_has_users() {
    let guarded = Guarded::start().await;
    let nobody = Access::from(guarded.broker.tcp_addr());
    let bridge = guarded.bridge(nobody).await;
    let reason = unhealthy(&bridge, "refuses this bridge").await;
    assert!(reason.contains("NotAuthorized"), "{reason}");
}

//! The bridge at the embedded broker with users and TLS, beside a node that logs in there.

use std::fs;
use std::net::SocketAddr;

use releve_node::mqtt::access::User;
use tokio_util::sync::CancellationToken;

use crate::access::{PASSWORD, access, embedded, start};
use crate::harness::mqtt::Listener;
use crate::harness::process::folder;
use crate::harness::until::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_is_let_in_once_its_password_is_right_and_lets_in_whom_the_broker_knows() {
    let folder = folder();
    let broker = embedded(folder.path()).await;
    let mut of_node = access(broker.tls_addr().expect("it speaks TLS"), folder.path());
    if let Some(tls) = &mut of_node.tls {
        tls.client = None;
    }
    let password_file = folder.path().join("watch.password");
    fs::write(&password_file, "guessed").expect("written");
    let mut of_bridge = of_node.clone();
    of_bridge.user = Some(User {
        name: "watch".to_owned(),
        password_file: Some(password_file.clone()),
    });
    let shutdown = CancellationToken::new();
    releve_access::encrypt_with_ring();
    let _node = start("welcome", of_node, &shutdown);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = releve_bridge::Config::new("main".parse().expect("an id"), of_bridge, any);
    let bridge = releve_bridge::start(config).await.expect("it starts");
    let url = |path: &str| format!("http://{}{path}", bridge.http_addr());
    let text = async |path: &str| {
        let answer = reqwest::get(url(path)).await.expect("an answer");
        answer.text().await.expect("a text")
    };

    until("the bridge to say that it is refused", async || {
        let health = text("/healthz").await;
        health.contains("refuses this bridge").then_some(())
    })
    .await;
    fs::write(&password_file, PASSWORD).expect("written");
    until("the node's figures in the metrics", async || {
        let metrics = text("/metrics").await;
        let is_up = metrics.contains("releve_node_up{node=\"welcome\"} 1\n");
        let is_measured = metrics.contains("releve_battery_voltage_volts{node=\"welcome\"} ");
        (is_up && is_measured).then_some(())
    })
    .await;

    let recent = url("/api/v1/nodes/welcome/recent");
    let stranger = reqwest::get(&recent).await.expect("an answer");
    assert_eq!(stranger.status(), 401);
    let request = reqwest::Client::new().get(&recent);
    let request = request.basic_auth("anna", Some(PASSWORD));
    let anna = request.send().await.expect("an answer");
    assert_eq!(anna.status(), 200);

    let login = Some(("anna", PASSWORD));
    let viewer = Listener::connect_as(login, broker.tcp_addr(), "anna", &["releve-bridge/#"]).await;
    bridge.stop().await;
    viewer
        .wait_after(0, "releve-bridge/main/availability", |heard| {
            heard.payload == b"offline"
        })
        .await;
    shutdown.cancel();
    broker.stop().await;
}

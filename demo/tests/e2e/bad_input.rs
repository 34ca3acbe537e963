//! Whatever is wrong with a command: it is answered, nothing crashes, nothing switches.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::mqtt::Listener;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};

on_both_brokers! {
    each_bad_command_is_answered_and_nothing_switches,
    an_expired_command_is_refused,
    a_repeated_command_is_answered_again_and_carried_out_once,
    a_retained_command_is_never_obeyed,
    garbage_on_the_nodes_own_topics_disturbs_nobody,
}

fn topic(kind: &str) -> String {
    format!("releve/{HEALTHY}/{kind}")
}

/// The golden list of bad commands, as the protocol's own tests read it.
fn bad_commands() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/golden/set/rejected.json");
    let bytes = fs::read(file).expect("the golden list");
    serde_json::from_slice(&bytes).expect("the golden list")
}

/// Everything a bad command must leave as it was.
fn standing(state: &Value) -> Value {
    let wanted = |relay: &str| state["relays"][relay]["wanted"].clone();
    json!([
        state["authority"],
        state["mode"],
        state["limits"],
        wanted("mains"),
        wanted("charger"),
        wanted("aux1"),
        wanted("aux2"),
    ])
}

async fn latest_state(listener: &Listener) -> Value {
    let mark = listener.mark();
    listener.publish(&topic("set/refresh"), false, "now").await;
    listener
        .wait_after(mark, &topic("state"), |_| true)
        .await
        .json()
}

async fn each_bad_command_is_answered_and_nothing_switches(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let before = standing(&latest_state(&listener).await);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut commands: Vec<(String, Vec<u8>, String)> = bad_commands()
        .iter()
        .map(|bad| {
            (
                text(&bad["set"]),
                text(&bad["payload"]).into_bytes(),
                text(&bad["code"]),
            )
        })
        .collect();
    commands.push(("mode".into(), vec![0xff, 0xfe, 0x00], "malformed".into()));
    commands.push(("mode".into(), vec![b'x'; 20_000], "malformed".into()));
    commands.push(("cycle".into(), b"start".to_vec(), "cycle_blocked".into()));
    commands.push((
        "limit/overcharge_cut".into(),
        b"15.6".to_vec(),
        "wrong_value".into(),
    ));
    commands.push((
        "limit/overcharge_cut".into(),
        b"13.1".to_vec(),
        "contradiction".into(),
    ));
    commands.push((
        "relay/mains".into(),
        b"open".to_vec(),
        "authority_automatic".into(),
    ));
    commands.push((
        "alarm/mains_lost".into(),
        b"acknowledge".to_vec(),
        "not_active".into(),
    ));
    commands.push((
        "resend".into(),
        br#"{"epoch":"0none0","stream":"event","from":1,"to":2}"#.to_vec(),
        "unknown_epoch".into(),
    ));
    for (set, payload, code) in commands {
        let mark = listener.mark();
        listener
            .publish(&topic(&format!("set/{set}")), false, payload.clone())
            .await;
        let result = listener
            .wait_after(mark, &topic("result"), |heard| {
                heard.json()["set"] == set.as_str()
            })
            .await
            .json();
        let shown = String::from_utf8_lossy(&payload[..payload.len().min(60)]).into_owned();
        assert_eq!(result["status"], "rejected", "{set} {shown}");
        assert_eq!(
            result["code"],
            code.as_str(),
            "{set} {shown}: {}",
            result["reason"]
        );
        assert!(
            text(&result["reason"]).len() > 10,
            "{set} {shown}: a sentence"
        );
    }
    assert_eq!(standing(&latest_state(&listener).await), before);
}

async fn an_expired_command_is_refused(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let mark = listener.mark();
    let late =
        json!({"value": "overcharge_protection", "id": "late", "expires": "2020-01-01T00:00:00Z"});
    listener
        .publish(&topic("set/mode"), false, late.to_string())
        .await;
    let result = listener
        .wait_after(mark, &topic("result"), |heard| heard.json()["id"] == "late")
        .await
        .json();
    assert_eq!(
        (&result["status"], &result["code"]),
        (&json!("rejected"), &json!("expired"))
    );
    assert_eq!(latest_state(&listener).await["mode"], "observer");
}

async fn a_repeated_command_is_answered_again_and_carried_out_once(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let start = listener.mark();
    let command = json!({"value": "overcharge_protection", "id": "once"}).to_string();
    for _ in 0..2 {
        let mark = listener.mark();
        listener
            .publish(&topic("set/mode"), false, command.clone())
            .await;
        let result = listener
            .wait_after(mark, &topic("result"), |heard| heard.json()["id"] == "once")
            .await;
        assert_eq!(result.json()["status"], "accepted");
        if mark == start {
            // In between somebody else changes the mode: the repetition must not change it back.
            listener
                .command(HEALTHY, "mode", json!("observer"), "accepted")
                .await;
        }
    }
    assert_eq!(latest_state(&listener).await["mode"], "observer");
}

async fn a_retained_command_is_never_obeyed(kind: BrokerKind) {
    let mut stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let mark = listener.mark();
    stack
        .restart_site(HEALTHY, async || {
            // Nobody is there to see it live: what the node meets when it comes back is retained.
            listener
                .wait_after(mark, &topic("availability"), |heard| {
                    heard.payload == b"offline"
                })
                .await;
            listener
                .publish(&topic("set/mode"), true, "overcharge_protection")
                .await;
            // The next message of the same client comes after it.
            listener
                .publish("releve-bridge/e2e/availability", false, "online")
                .await;
            listener
                .wait_after(mark, "releve-bridge/e2e/availability", |_| true)
                .await;
        })
        .await;
    listener
        .wait_after(mark, &topic("availability"), |heard| {
            heard.payload == b"online"
        })
        .await;
    if kind == BrokerKind::Mosquitto {
        let result = listener
            .wait_after(mark, &topic("result"), |heard| {
                heard.json()["code"] == "retained"
            })
            .await;
        assert_eq!(result.json()["status"], "rejected");
    }
    listener.wait_after(mark, &topic("reading"), |_| true).await;
    assert_eq!(latest_state(&listener).await["mode"], "observer");
    // It is gone: refused by the embedded broker, cleared by the node on Mosquitto.
    let probe = Listener::connect(
        stack.mqtt(),
        "probe",
        &[&topic("set/#"), &topic("availability")],
    )
    .await;
    probe
        .wait_after(0, &topic("availability"), |heard| heard.retained)
        .await;
    assert!(
        !probe
            .since(0)
            .iter()
            .any(|heard| heard.retained && heard.topic == topic("set/mode"))
    );
}

async fn garbage_on_the_nodes_own_topics_disturbs_nobody(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    for (topic, payload) in [
        ("releve/stranger/state", &b"{\"v\":1}"[..]),
        ("releve/stranger/reading", b"\xff\xff"),
        ("releve/stranger/reading", b"{\"v\":99}"),
        ("releve/stranger/backlog", b"[]"),
        ("releve/stranger/set/mode", b"observer"),
        ("releve/nosuch/set/relay/mains", b"open"),
    ] {
        listener.publish(topic, false, payload).await;
    }
    let mark = listener.mark();
    listener.wait_after(mark, &topic("reading"), |_| true).await;
    crate::harness::until::until("the bridge to count them", async || {
        let metrics = stack.get("/metrics").await;
        metrics
            .lines()
            .filter(|line| line.starts_with("releve_bridge_malformed_total{"))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum::<f64>()
            .ge(&4.0)
            .then_some(())
    })
    .await;
    assert_eq!(stack.health().await.0, 200);
}

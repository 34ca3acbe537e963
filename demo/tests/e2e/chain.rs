//! A site is measured, shown, commanded.

use releve_protocol::{EventRecord, Info, Reading, State, decode};
use serde_json::json;

use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! {
    a_site_says_all_that_the_contract_promises,
    a_mode_changes,
    a_charger_is_opened_and_closed_by_hand_and_the_battery_answers,
    an_interlock_stands_above_manual_authority,
    home_assistants_birth_brings_everything_again,
    a_dead_site_is_offline_and_its_values_are_gone,
}

fn topic(kind: &str) -> String {
    format!("releve/{HEALTHY}/{kind}")
}

async fn a_site_says_all_that_the_contract_promises(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let first = stack.listen().await;
    let reading = first.wait_after(0, &topic("reading"), |_| true).await;
    let reading: Reading = decode(&reading.payload).expect("a reading");
    assert!(
        !first
            .since(0)
            .iter()
            .any(|heard| heard.retained && heard.topic == topic("reading"))
    );
    let volts = reading.battery.voltage.mean.expect("a voltage");
    assert!(
        (11.0..15.0).contains(&volts),
        "{volts} V is no resting 12 V battery"
    );
    assert!((1..=10).contains(&reading.n));
    // The retained ones are there for whoever comes later.
    let second = crate::harness::mqtt::Listener::connect(
        stack.mqtt(),
        "late",
        &["releve/#", "homeassistant/#"],
    )
    .await;
    let heard = second
        .wait_after(0, &topic("availability"), |heard| heard.retained)
        .await;
    assert_eq!(heard.payload, b"online");
    let info = second
        .wait_after(0, &topic("info"), |heard| heard.retained)
        .await;
    let info: Info = decode(&info.payload).expect("an info");
    assert!(info.hardware.simulated);
    assert_eq!(info.clock.speed, 100.0);
    let state = second
        .wait_after(0, &topic("state"), |heard| heard.retained)
        .await;
    let state: State = decode(&state.payload).expect("a state");
    assert!(state.last_reading.is_some());
    let config = format!("homeassistant/device/releve_{HEALTHY}/config");
    let config = second.wait_after(0, &config, |heard| heard.retained).await;
    assert_eq!(config.json()["o"]["name"], "Releve");
}

async fn a_mode_changes(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("state"), |_| true).await;
    let mark = listener.mark();
    listener
        .command(HEALTHY, "mode", json!("overcharge_protection"), "accepted")
        .await;
    let event = listener
        .wait_after(mark, &topic("event"), |heard| {
            heard.json()["event"] == "mode_changed"
        })
        .await;
    let event: EventRecord = decode(&event.payload).expect("an event");
    assert!(event.seq >= 1);
    listener
        .wait_after(mark, &topic("state"), |heard| {
            heard.json()["mode"] == "overcharge_protection"
        })
        .await;
    until("the metric of the mode", async || {
        let series = format!("releve_mode{{node=\"{HEALTHY}\",mode=\"overcharge_protection\"}}");
        stack.metric(&series).await.filter(|value| *value == 1.0)
    })
    .await;
}

async fn a_charger_is_opened_and_closed_by_hand_and_the_battery_answers(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let refused = listener
        .command(HEALTHY, "relay/charger", json!("open"), "rejected")
        .await;
    assert_eq!(refused["code"], "authority_automatic");

    listener
        .command(HEALTHY, "authority", json!("manual"), "accepted")
        .await;
    let before = listener
        .wait_after(listener.mark(), &topic("reading"), |_| true)
        .await
        .json();
    let mark = listener.mark();
    listener
        .command(HEALTHY, "relay/charger", json!("open"), "accepted")
        .await;
    let after = listener
        .wait_after(mark, &topic("reading"), |heard| {
            let json = heard.json();
            json["relays"]["charger"] == "open"
                && json["charger"]["current"]["max"].as_f64() < Some(0.05)
        })
        .await
        .json();
    let volts = |reading: &serde_json::Value| reading["battery"]["voltage"]["mean"].as_f64();
    assert!(
        volts(&after) < volts(&before),
        "the battery rests: {before} then {after}"
    );

    let mark = listener.mark();
    listener
        .command(HEALTHY, "relay/charger", json!("closed"), "accepted")
        .await;
    listener
        .wait_after(mark, &topic("reading"), |heard| {
            let json = heard.json();
            json["relays"]["charger"] == "closed" && volts(&json) > volts(&after)
        })
        .await;
    let mark = listener.mark();
    listener
        .command(HEALTHY, "authority", json!("automatic"), "accepted")
        .await;
    listener
        .wait_after(mark, &topic("state"), |heard| {
            heard.json()["relays"]["charger"]["reason"]["rule"] == "observer"
        })
        .await;
}

async fn an_interlock_stands_above_manual_authority(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    listener
        .command(HEALTHY, "authority", json!("manual"), "accepted")
        .await;
    listener
        .command(HEALTHY, "relay/mains", json!("open"), "accepted")
        .await;
    let mark = listener.mark();
    stack.lose_thermometer(HEALTHY);
    let state = listener
        .wait_after(mark, &topic("state"), |heard| {
            heard.json()["relays"]["mains"]["reason"]["rule"] == "data_lost"
        })
        .await
        .json();
    assert_eq!(
        state["relays"]["mains"]["actual"], "closed",
        "mains closes when data is lost"
    );
    let refused = listener
        .command(HEALTHY, "relay/mains", json!("open"), "rejected")
        .await;
    assert_eq!(refused["code"], "interlock");
    let mark = listener.mark();
    stack.mend_thermometer(HEALTHY);
    listener
        .wait_after(mark, &topic("event"), |heard| {
            let json = heard.json();
            json["event"] == "alarm_cleared" && json["alarm"] == "data_lost"
        })
        .await;
}

async fn home_assistants_birth_brings_everything_again(kind: BrokerKind) {
    let stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let config = format!("homeassistant/device/releve_{HEALTHY}/config");
    for (topic, payload) in [
        ("homeassistant/status".to_owned(), "online"),
        (topic("set/refresh"), "now"),
    ] {
        let mark = listener.mark();
        listener.publish(&topic, false, payload).await;
        listener.wait_after(mark, &config, |_| true).await;
        for kind in ["availability", "info", "state"] {
            listener
                .wait_after(mark, &format!("releve/{HEALTHY}/{kind}"), |_| true)
                .await;
        }
    }
}

async fn a_dead_site_is_offline_and_its_values_are_gone(kind: BrokerKind) {
    let mut stack = Stack::start(kind).await;
    let listener = stack.listen().await;
    listener.wait_after(0, &topic("reading"), |_| true).await;
    let voltage = format!("releve_battery_voltage_volts{{node=\"{HEALTHY}\"}}");
    until("a voltage", async || stack.metric(&voltage).await).await;
    let mark = listener.mark();
    stack.crash_site(HEALTHY);
    listener
        .wait_after(mark, &topic("availability"), |heard| {
            heard.payload == b"offline"
        })
        .await;
    until("the voltage to be dropped", async || {
        stack.metric(&voltage).await.is_none().then_some(())
    })
    .await;
    let up = format!("releve_node_up{{node=\"{HEALTHY}\"}}");
    assert_eq!(stack.metric(&up).await, Some(0.0));
}

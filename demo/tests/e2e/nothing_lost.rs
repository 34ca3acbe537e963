//! The broker goes and comes back: every reading arrives, once.

use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! {
    after_an_outage_the_bridge_holds_every_reading_once,
}

async fn after_an_outage_the_bridge_holds_every_reading_once(kind: BrokerKind) {
    let mut stack = Stack::start(kind).await;
    let topic = format!("releve/{HEALTHY}/reading");
    let listener = stack.listen().await;
    let before = listener.wait_after(0, &topic, |_| true).await.json();
    let epoch = before["epoch"].clone();
    drop(listener);
    until("the bridge to hold a reading", async || {
        held(&stack).await.filter(|held| *held > 0.0)
    })
    .await;

    stack.kill_broker().await;
    until("the bridge to miss the broker", async || {
        (stack.health().await.0 == 503).then_some(())
    })
    .await;
    // Ten windows pass in the dark.
    let dark = stack.windows() + 10.0;
    until("ten windows without a broker", async || {
        (stack.windows() >= dark).then_some(())
    })
    .await;
    stack.revive_broker().await;

    let listener = stack.listen().await;
    let after = listener.wait_after(0, &topic, |_| true).await.json();
    assert_eq!(after["epoch"], epoch, "the journal outlives the broker");
    let seq = after["seq"].as_f64().expect("a number");
    assert!(seq >= 10.0);
    until("the bridge to hold every reading", async || {
        let held = held(&stack).await?;
        let missing = stack
            .metric(&format!(
                "releve_bridge_missing_readings{{node=\"{HEALTHY}\"}}"
            ))
            .await?;
        (held >= seq && missing == 0.0).then_some(())
    })
    .await;
    // Counted first, so that what the journal holds now is at least as much.
    let held = held(&stack).await.expect("a count");
    let mark = listener.mark();
    let state = listener
        .wait_after(mark, &format!("releve/{HEALTHY}/state"), |_| true)
        .await
        .json();
    let next = state["journal"]["reading"]["next"]
        .as_f64()
        .expect("a number");
    assert!(
        held < next,
        "{held} held, {next} is next: none is counted twice"
    );
}

async fn held(stack: &Stack) -> Option<f64> {
    stack
        .metric(&format!(
            "releve_bridge_readings_total{{node=\"{HEALTHY}\"}}"
        ))
        .await
}

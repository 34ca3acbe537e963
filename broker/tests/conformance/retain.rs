//! Retained messages.

use super::case::{Case, Stage, V5, V311, same};

/// More than one page of any broker's own.
const MANY: usize = 400;

/// The cases.
pub fn cases() -> Vec<Case> {
    const STEPS: &str = "set: t 1 q1 retained; again: t 1 q1 retained; replaced: t 2 q1 retained; \
                         empty, not retained: t 2 q1 retained; deleted: nothing";
    vec![
        same("set, replaced, deleted", V311, steps, STEPS),
        same("set, replaced, deleted", V5, steps, STEPS),
        same("retained at QoS 0", V311, |s| kept(s, 0), "t x q0 retained"),
        same("retained at QoS 0", V5, |s| kept(s, 0), "t x q0 retained"),
        same("retained at QoS 2", V311, |s| kept(s, 2), "t x q1 retained"),
        same(
            "each SUBSCRIBE brings it",
            V311,
            |s| subscribed_twice(s, 1),
            "t x q1 retained, t x q1 retained",
        ),
        same(
            "retain handling 0",
            V5,
            |s| subscribed_twice(s, 1),
            "t x q1 retained, t x q1 retained",
        ),
        same(
            "retain handling 1",
            V5,
            |s| subscribed_twice(s, 0x11),
            "t x q1 retained",
        ),
        same(
            "retain handling 2",
            V5,
            |s| subscribed_twice(s, 0x21),
            "nothing",
        ),
        same(
            "live, it comes without the flag",
            V311,
            |s| live(s, 1),
            "t x q1",
        ),
        same(
            "live, it comes without the flag",
            V5,
            |s| live(s, 1),
            "t x q1",
        ),
        same("retain as published", V5, |s| live(s, 9), "t x q1 retained"),
        same("many under one wildcard", V311, many, "all"),
        same("many under one wildcard", V5, many, "all"),
    ]
}

fn found(stage: &Stage, options: u8) -> String {
    let mut reader = stage.client("reader");
    reader.subscribe(&stage.topic("t"), options);
    stage.waiting(&mut reader)
}

fn steps(stage: &Stage) -> String {
    let mut publisher = stage.client("publisher");
    let topic = stage.topic("t");
    publisher.publish(&topic, "1", 1, true);
    let mut said = vec![
        format!("set: {}", found(stage, 1)),
        format!("again: {}", found(stage, 1)),
    ];
    for (step, payload, retain) in [
        ("replaced", "2", true),
        ("empty, not retained", "", false),
        ("deleted", "", true),
    ] {
        publisher.publish(&topic, payload, 1, retain);
        said.push(format!("{step}: {}", found(stage, 1)));
    }
    said.join("; ")
}

fn kept(stage: &Stage, qos: u8) -> String {
    let mut publisher = stage.client("publisher");
    let publish = publisher.publish_packet(stage.topic("t").as_bytes(), b"x", qos, true, 7, &[]);
    stage.exchange(&mut publisher, &publish);
    if qos == 2 {
        stage.exchange(&mut publisher, &[0x62, 2, 0, 7]);
    }
    found(stage, 1)
}

fn subscribed_twice(stage: &Stage, options: u8) -> String {
    stage
        .client("publisher")
        .publish(&stage.topic("t"), "x", 1, true);
    let mut reader = stage.client("reader");
    let topic = stage.topic("t");
    // A retained message may come before or after the SUBACK.
    let subscribe = |id| stage.socket().subscribe_packet(id, &topic, options, &[]);
    reader.send(&subscribe(101));
    reader.send(&subscribe(102));
    let mut messages = Vec::new();
    let mut confirmed = 0;
    while confirmed < 2 {
        let packet = reader.packet();
        match packet.kind() {
            9 => confirmed += 1,
            _ => {
                let message = reader.parse_message(&packet);
                reader.acknowledge(&message);
                messages.push(super::words::of_message(&message, &stage.prefix));
            }
        }
    }
    let rest = stage.waiting(&mut reader);
    if messages.is_empty() || rest != "nothing" {
        messages.push(rest);
    }
    messages.join(", ")
}

fn live(stage: &Stage, options: u8) -> String {
    let mut reader = stage.client("reader");
    reader.subscribe(&stage.topic("t"), options);
    stage
        .client("publisher")
        .publish(&stage.topic("t"), "x", 1, true);
    stage.message(&mut reader)
}

fn many(stage: &Stage) -> String {
    let mut publisher = stage.client("publisher");
    for number in 0..MANY {
        publisher.publish(&stage.topic(&format!("many/{number}")), "x", 1, true);
    }
    let mut reader = stage.client("reader");
    reader.subscribe(&stage.topic("many/+"), 1);
    let mut topics: Vec<_> = (0..MANY).map(|_| reader.message().topic).collect();
    topics.sort();
    topics.dedup();
    if topics.len() == MANY {
        "all".into()
    } else {
        format!("{} of {MANY}", topics.len())
    }
}

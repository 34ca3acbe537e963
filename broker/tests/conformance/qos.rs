//! Quality of service.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::packet;

/// The cases.
pub fn cases() -> Vec<Case> {
    const LOWER: &str = "00:q0 01:q0 10:q0 11:q1";
    vec![
        same("the lower of published and granted", V311, lower, LOWER),
        same("the lower of published and granted", V5, lower, LOWER),
        differs(
            "a subscription of QoS 2",
            V311,
            |s| s.exchange(&mut s.client("a"), &subscribe_2(s)),
            &d::QOS_2_GRANTED,
            "SUBACK 0x01",
            "SUBACK 0x02",
        ),
        differs(
            "a subscription of QoS 2",
            V5,
            |s| s.exchange(&mut s.client("a"), &subscribe_2(s)),
            &d::QOS_2_GRANTED,
            "SUBACK 0x01",
            "SUBACK 0x02",
        ),
        same(
            "a publish of QoS 2, sent twice and released twice",
            V311,
            twice,
            "PUBREC 0x00, PUBREC 0x00, PUBCOMP 0x00, PUBCOMP 0x00; t x q1",
        ),
        differs(
            "a publish of QoS 2",
            V5,
            publish_2,
            &d::QOS_2_V5,
            "DISCONNECT 0x9b, closed",
            "PUBREC 0x00",
        ),
        same(
            "a message of QoS 1 for a subscriber",
            V5,
            taken,
            "PUBACK 0x00",
        ),
        differs(
            "a message of QoS 1 for nobody",
            V5,
            for_nobody,
            &d::NO_SUBSCRIBER,
            "PUBACK 0x00",
            "PUBACK 0x10",
        ),
        same("many messages keep their order", V311, order, "in order"),
        same("many messages keep their order", V5, order, "in order"),
    ]
}

fn lower(stage: &Stage) -> String {
    let mut publisher = stage.client("publisher");
    let mut said = Vec::new();
    for published in [0, 1] {
        for asked in [0, 1] {
            let mut subscriber = stage.client("subscriber");
            let topic = format!("{published}{asked}");
            subscriber.subscribe(&stage.topic(&topic), asked);
            publisher.publish(&stage.topic(&topic), "x", published, false);
            said.push(format!("{topic}:q{}", subscriber.message().qos));
        }
    }
    said.join(" ")
}

fn subscribe_2(stage: &Stage) -> Vec<u8> {
    stage
        .socket()
        .subscribe_packet(1, &stage.topic("t"), 2, &[])
}

fn publish_2(stage: &Stage) -> String {
    let mut client = stage.client("a");
    let publish = client.publish_packet(stage.topic("t").as_bytes(), b"x", 2, false, 7, &[]);
    stage.exchange(&mut client, &publish)
}

fn twice(stage: &Stage) -> String {
    let mut subscriber = stage.client("subscriber");
    subscriber.subscribe(&stage.topic("t"), 1);
    let mut client = stage.client("a");
    let publish = client.publish_packet(stage.topic("t").as_bytes(), b"x", 2, false, 7, &[]);
    let release = packet(0x62, &[0, 7]);
    let all = [publish.clone(), publish, release.clone(), release].concat();
    let said = stage.exchange(&mut client, &all);
    format!("{said}; {}", stage.waiting(&mut subscriber))
}

fn taken(stage: &Stage) -> String {
    let mut subscriber = stage.client("subscriber");
    subscriber.subscribe(&stage.topic("t"), 1);
    for_nobody(stage)
}

fn for_nobody(stage: &Stage) -> String {
    let mut client = stage.client("a");
    let publish = client.publish_packet(stage.topic("t").as_bytes(), b"x", 1, false, 7, &[]);
    stage.exchange(&mut client, &publish)
}

fn order(stage: &Stage) -> String {
    let mut subscriber = stage.client("subscriber");
    subscriber.subscribe(&stage.topic("+"), 1);
    let mut publisher = stage.client("publisher");
    for number in 0..300 {
        publisher.publish(
            &stage.topic(&(number % 7).to_string()),
            number.to_string(),
            1,
            false,
        );
    }
    for number in 0..300 {
        let message = subscriber.message();
        if message.payload != number.to_string().as_bytes() {
            return format!("{} instead of {number}", message.text());
        }
    }
    "in order".to_owned()
}

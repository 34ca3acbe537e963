//! SUBSCRIBE and UNSUBSCRIBE: filters, codes, options.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::{Client, packet, string};

/// The cases.
pub fn cases() -> Vec<Case> {
    const FILTERS: &str = "#: t t/a t/a/b; +: t; t/+: t/a; t/#: t t/a t/a/b; +/a/+: t/a/b";
    vec![
        same("what filters match", V311, filters, FILTERS),
        same("what filters match", V5, filters, FILTERS),
        same(
            "wildcards do not reach $-topics",
            V311,
            dollar_hidden,
            "nothing",
        ),
        differs(
            "a publish to a $-topic",
            V311,
            dollar_publish,
            &d::DOLLAR,
            "PUBACK 0x00; nothing",
            "PUBACK 0x00; it x q1",
        ),
        differs(
            "a publish to a $-topic",
            V5,
            dollar_publish,
            &d::DOLLAR,
            "PUBACK 0x87; nothing",
            "PUBACK 0x00; it x q1",
        ),
        differs(
            "a shared subscription",
            V311,
            |s| subscribe(s, "$share/g/t", 1),
            &d::SHARED,
            "SUBACK 0x80",
            "SUBACK 0x01",
        ),
        differs(
            "a shared subscription",
            V5,
            |s| subscribe(s, "$share/g/t", 1),
            &d::SHARED,
            "SUBACK 0x9e",
            "SUBACK 0x01",
        ),
        differs(
            "a filter that is not valid",
            V311,
            |s| subscribe(s, "a/#/b", 1),
            &d::INVALID_FILTER,
            "SUBACK 0x80",
            "closed",
        ),
        differs(
            "a filter that is not valid",
            V5,
            |s| subscribe(s, "a/#/b", 1),
            &d::INVALID_FILTER,
            "SUBACK 0x8f",
            "DISCONNECT 0x81, closed",
        ),
        same("options of QoS 3", V311, |s| subscribe(s, "a", 3), "closed"),
        same(
            "options of QoS 3",
            V5,
            |s| subscribe(s, "a", 3),
            "DISCONNECT 0x81, closed",
        ),
        same(
            "reserved options",
            V311,
            |s| subscribe(s, "a", 0x41),
            "closed",
        ),
        same(
            "reserved options",
            V5,
            |s| subscribe(s, "a", 0x41),
            "DISCONNECT 0x81, closed",
        ),
        same(
            "retain handling 3",
            V5,
            |s| subscribe(s, "a", 0x31),
            "DISCONNECT 0x81, closed",
        ),
        same(
            "several filters in one packet",
            V311,
            several,
            "SUBACK 0x00 0x01",
        ),
        same(
            "several filters in one packet",
            V5,
            several,
            "SUBACK 0x00 0x01",
        ),
        differs(
            "overlapping filters",
            V311,
            overlapping,
            &d::OVERLAPPING,
            "t x q0, t x q1",
            "t x q0",
        ),
        same("overlapping filters", V5, overlapping, "t x q0, t x q1"),
        same(
            "a second SUBSCRIBE changes the QoS",
            V311,
            changed,
            "t x q0",
        ),
        same("a second SUBSCRIBE changes the QoS", V5, changed, "t x q0"),
        same("one's own messages", V311, |s| own(s, 1), "t x q1"),
        same("no local", V5, |s| own(s, 5), "nothing"),
        same("a subscription identifier", V5, identifier, "t x q1 0b=300"),
        differs(
            "a subscription identifier of 0",
            V5,
            |s| with_properties(s, &[0x0b, 0]),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "DISCONNECT 0x81, closed",
        ),
        same(
            "SUBSCRIBE: user properties",
            V5,
            |s| with_properties(s, b"\x26\0\x01a\0\x01b"),
            "SUBACK 0x01",
        ),
        same(
            "UNSUBSCRIBE ends the messages",
            V311,
            unsubscribed,
            "UNSUBACK; nothing",
        ),
        same(
            "UNSUBSCRIBE ends the messages",
            V5,
            unsubscribed,
            "UNSUBACK 0x00 0x11; nothing",
        ),
    ]
}

fn filters(stage: &Stage) -> String {
    let mut said = Vec::new();
    for filter in ["#", "+", "t/+", "t/#", "+/a/+"] {
        let mut client = stage.client("a");
        client.subscribe(&stage.topic(filter), 1);
        for topic in ["t", "t/a", "t/a/b"] {
            stage
                .client("publisher")
                .publish(&stage.topic(topic), "", 1, false);
        }
        let came = stage.waiting(&mut client);
        let came = came
            .replace("marker  q0, ", "")
            .replace("  q1", "")
            .replace(',', "");
        said.push(format!("{filter}: {came}"));
    }
    said.join("; ")
}

fn dollar_hidden(stage: &Stage) -> String {
    let mut client = stage.client("a");
    let hidden = format!("+/{}", stage.prefix);
    client.subscribe(&hidden, 1);
    let mut publisher = stage.client("publisher");
    publisher.publish(&format!("$x/{}", stage.prefix), "x", 1, false);
    stage.waiting(&mut client)
}

fn dollar_publish(stage: &Stage) -> String {
    let mut subscriber = stage.client("subscriber");
    let topic = format!("$x/{}", stage.prefix);
    subscriber.subscribe(&topic, 1);
    let mut client = stage.client("a");
    let publish = client.publish_packet(topic.as_bytes(), b"x", 1, false, 7, &[]);
    let said = stage.exchange(&mut client, &publish);
    format!(
        "{said}; {}",
        stage.waiting(&mut subscriber).replace(&topic, "it")
    )
}

fn subscribe(stage: &Stage, filter: &str, options: u8) -> String {
    let mut client = stage.client("a");
    let bytes = client.subscribe_packet(9, filter, options, &[]);
    stage.exchange(&mut client, &bytes)
}

fn with_properties(stage: &Stage, properties: &[u8]) -> String {
    let mut client = stage.client("a");
    let bytes = client.subscribe_packet(9, &stage.topic("t"), 1, properties);
    stage.exchange(&mut client, &bytes)
}

fn several(stage: &Stage) -> String {
    let mut client = stage.client("a");
    let mut body = vec![0, 9];
    if client.v5 {
        body.push(0);
    }
    for (filter, qos) in [("one", 0), ("two", 1)] {
        body.extend(string(stage.topic(filter).as_bytes()));
        body.push(qos);
    }
    stage.exchange(&mut client, &packet(0x82, &body))
}

fn publish(stage: &Stage) {
    stage
        .client("publisher")
        .publish(&stage.topic("t"), "x", 1, false);
}

fn overlapping(stage: &Stage) -> String {
    let mut client = stage.client("a");
    client.subscribe(&stage.topic("t"), 0);
    client.subscribe(&stage.topic("+"), 1);
    publish(stage);
    let came = stage.waiting(&mut client);
    // Which of them comes first is open.
    let mut came: Vec<_> = came.split(", ").collect();
    came.sort();
    came.join(", ")
}

fn changed(stage: &Stage) -> String {
    let mut client = stage.client("a");
    client.subscribe(&stage.topic("t"), 1);
    client.subscribe(&stage.topic("t"), 0);
    publish(stage);
    stage.waiting(&mut client)
}

fn own(stage: &Stage, options: u8) -> String {
    let mut client = stage.client("a");
    client.subscribe(&stage.topic("t"), options);
    client.send(&publish_packet(stage, &client));
    let mut said = Vec::new();
    // Its acknowledgement and the message come in any order.
    let mut acknowledged = false;
    while !acknowledged || (options == 1 && said.is_empty()) {
        let packet = client.packet();
        match packet.kind() {
            4 => acknowledged = true,
            _ => said.push(super::words::of_packet(&client, &packet, &stage.prefix)),
        }
    }
    if said.is_empty() {
        stage.waiting(&mut client)
    } else {
        said.join(", ")
    }
}

fn publish_packet(stage: &Stage, client: &Client) -> Vec<u8> {
    client.publish_packet(stage.topic("t").as_bytes(), b"x", 1, false, 77, &[])
}

fn identifier(stage: &Stage) -> String {
    let mut client = stage.client("a");
    let bytes = client.subscribe_packet(9, &stage.topic("t"), 1, &[0x0b, 0xac, 0x02]);
    stage.exchange(&mut client, &bytes);
    publish(stage);
    stage.message(&mut client)
}

fn unsubscribed(stage: &Stage) -> String {
    let mut client = stage.client("a");
    client.subscribe(&stage.topic("t"), 1);
    let mut body = vec![0, 9];
    if client.v5 {
        body.push(0);
    }
    for filter in ["t", "never"] {
        body.extend(string(stage.topic(filter).as_bytes()));
    }
    let said = stage.exchange(&mut client, &packet(0xa2, &body));
    publish(stage);
    format!("{said}; {}", stage.waiting(&mut client))
}

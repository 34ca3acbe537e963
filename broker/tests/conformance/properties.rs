//! Properties of MQTT 5 on their way through.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;

/// The cases.
pub fn cases() -> Vec<Case> {
    vec![
        same(
            "passed on in order",
            V5,
            passed_on,
            "01=1 03=text 08=r 09=id 26=b:1 26=a:2",
        ),
        same(
            "an older subscriber gets none",
            V5,
            to_an_older_one,
            "t x q1",
        ),
        same("a message that expired", V5, expired, "nothing"),
        same("the time left is told", V5, time_left, "less"),
        differs(
            "a topic alias",
            V5,
            |s| publish(s, &[0x23, 0, 1]),
            &d::ALIAS,
            "DISCONNECT 0x94, closed",
            "PUBACK 0x10",
        ),
        differs(
            "a topic alias of 0",
            V5,
            |s| publish(s, &[0x23, 0, 0]),
            &d::FAULTS,
            "DISCONNECT 0x94, closed",
            "DISCONNECT 0x81, closed",
        ),
        differs(
            "a response topic with a wildcard",
            V5,
            |s| publish(s, b"\x08\0\x01#"),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "PUBACK 0x10",
        ),
        differs(
            "a subscription identifier in a publish",
            V5,
            |s| publish(s, &[0x0b, 1]),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "PUBACK 0x10",
        ),
        same(
            "a property of another packet",
            V5,
            |s| publish(s, &[0x21, 0, 1]),
            "DISCONNECT 0x81, closed",
        ),
        differs(
            "a property twice",
            V5,
            |s| publish(s, &[0x01, 0, 0x01, 0]),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "closed",
        ),
        differs(
            "a payload format of 2",
            V5,
            |s| publish(s, &[0x01, 2]),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "PUBACK 0x10",
        ),
    ]
}

/// Payload format, content type, response topic, correlation data, two user properties.
const ALL: &[u8] =
    b"\x01\x01\x03\0\x04text\x08\0\x01r\x09\0\x02id\x26\0\x01b\0\x011\x26\0\x01a\0\x012";

fn publish(stage: &Stage, properties: &[u8]) -> String {
    let mut client = stage.client("a");
    let bytes = client.publish_packet(stage.topic("t").as_bytes(), b"x", 1, false, 7, properties);
    stage.exchange(&mut client, &bytes)
}

fn passed_on(stage: &Stage) -> String {
    let mut subscriber = stage.client("subscriber");
    subscriber.subscribe(&stage.topic("t"), 1);
    publish(stage, ALL);
    let message = subscriber.message();
    let said = super::words::of_message(&message, &stage.prefix);
    // The order of user properties among each other counts, that of the others does not.
    let mut others: Vec<_> = said
        .split(' ')
        .skip(3)
        .filter(|text| !text.starts_with("26="))
        .collect();
    others.sort();
    let user: Vec<_> = said
        .split(' ')
        .filter(|text| text.starts_with("26="))
        .collect();
    format!("{} {}", others.join(" "), user.join(" "))
}

fn to_an_older_one(stage: &Stage) -> String {
    let mut subscriber = stage.connected(&stage.hello_in(V311, "subscriber"));
    subscriber.subscribe(&stage.topic("t"), 1);
    publish(stage, ALL);
    stage.message(&mut subscriber)
}

fn expired(stage: &Stage) -> String {
    let mut subscriber = stage.connected(&stage.staying("subscriber"));
    subscriber.subscribe(&stage.topic("t"), 1);
    subscriber.reset();
    publish(stage, &[0x02, 0, 0, 0, 1]);
    // What the client would have to wait for is nothing: only time shows it.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let mut subscriber = stage.connected(&stage.staying("subscriber"));
    stage.waiting(&mut subscriber)
}

fn time_left(stage: &Stage) -> String {
    let mut publisher = stage.client("publisher");
    publisher.publish_with(&stage.topic("t"), b"x", 1, true, &[0x02, 0, 0, 0, 200]);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let mut subscriber = stage.client("subscriber");
    subscriber.subscribe(&stage.topic("t"), 1);
    let message = subscriber.message();
    match message.properties[..] {
        [0x02, 0, 0, 0, 150..200] => "less".to_owned(),
        ref other => format!("{other:?}"),
    }
}

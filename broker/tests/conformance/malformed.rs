//! Packets that break the protocol, at each state of a connection: the answer must be the same in all.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::{Client, packet};

/// The cases.
pub fn cases() -> Vec<Case> {
    const C: &str = "closed";
    const MALFORMED: &str = "DISCONNECT 0x81, closed";
    vec![
        same(
            "a remaining length of five bytes",
            V311,
            |s| all(s, &[0x30, 0xff, 0xff, 0xff, 0xff, 1]),
            C,
        ),
        differs(
            "a remaining length of five bytes",
            V5,
            |s| all(s, &[0x30, 0xff, 0xff, 0xff, 0xff, 1]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "closed",
        ),
        same("packet type 0", V311, |s| all(s, &[0, 0]), C),
        differs(
            "packet type 0",
            V5,
            |s| all(s, &[0, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "DISCONNECT 0x82, closed",
        ),
        same("AUTH", V311, |s| all(s, &[0xf0, 0]), C),
        differs(
            "AUTH",
            V5,
            |s| all(s, &[0xf0, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "closed",
        ),
        same("a CONNACK", V311, |s| all(s, &[0x20, 2, 0, 0]), C),
        differs(
            "a CONNACK",
            V5,
            |s| all(s, &[0x20, 3, 0, 0, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "closed",
        ),
        differs(
            "a SUBACK",
            V311,
            |s| all(s, &[0x90, 3, 0, 1, 0]),
            &d::FAULTS,
            "closed",
            "nothing",
        ),
        differs(
            "a PINGRESP",
            V5,
            |s| all(s, &[0xd0, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "nothing",
        ),
        same(
            "a publish of QoS 3",
            V311,
            |s| all(s, &packet(0x36, b"\0\x01a\0\x01x")),
            C,
        ),
        same(
            "a publish of QoS 3",
            V5,
            |s| all(s, &packet(0x36, b"\0\x01a\0\x01\0x")),
            MALFORMED,
        ),
        same(
            "a publish with packet id 0",
            V311,
            |s| all(s, &packet(0x32, b"\0\x01a\0\0x")),
            C,
        ),
        differs(
            "a publish with packet id 0",
            V5,
            |s| all(s, &packet(0x32, b"\0\x01a\0\0\0x")),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "DISCONNECT 0x82, closed",
        ),
        same(
            "a publish without a topic",
            V311,
            |s| all(s, &packet(0x30, b"\0\0x")),
            C,
        ),
        differs(
            "a publish without a topic",
            V5,
            |s| all(s, &packet(0x30, b"\0\0\0x")),
            &d::FAULTS,
            "DISCONNECT 0x90, closed",
            "DISCONNECT 0x82, closed",
        ),
        same(
            "a publish to a wildcard",
            V311,
            |s| all(s, &packet(0x30, b"\0\x01#x")),
            C,
        ),
        differs(
            "a publish to a wildcard",
            V5,
            |s| all(s, &packet(0x30, b"\0\x01#\0x")),
            &d::FAULTS,
            "DISCONNECT 0x90, closed",
            "DISCONNECT 0x82, closed",
        ),
        same(
            "a topic that is not UTF-8",
            V311,
            |s| all(s, &packet(0x30, b"\0\x02\xff\xfex")),
            C,
        ),
        differs(
            "a topic that is not UTF-8",
            V5,
            |s| all(s, &packet(0x30, b"\0\x02\xff\xfe\0x")),
            &d::FAULTS,
            "DISCONNECT 0x90, closed",
            "DISCONNECT 0x81, closed",
        ),
        same(
            "a topic with U+0000",
            V311,
            |s| all(s, &packet(0x30, b"\0\x02a\0x")),
            C,
        ),
        same(
            "a topic longer than its packet",
            V311,
            |s| all(s, &packet(0x30, b"\0\x09ab")),
            C,
        ),
        same(
            "a topic longer than its packet",
            V5,
            |s| all(s, &packet(0x30, b"\0\x09ab")),
            MALFORMED,
        ),
        same(
            "a SUBSCRIBE with wrong flags",
            V311,
            |s| all(s, &packet(0x80, b"\0\x01\0\x01a\0")),
            C,
        ),
        same(
            "a SUBSCRIBE with wrong flags",
            V5,
            |s| all(s, &packet(0x80, b"\0\x01\0\0\x01a\0")),
            MALFORMED,
        ),
        same(
            "a SUBSCRIBE with packet id 0",
            V311,
            |s| all(s, &packet(0x82, b"\0\0\0\x01a\0")),
            C,
        ),
        differs(
            "a SUBSCRIBE with packet id 0",
            V5,
            |s| all(s, &packet(0x82, b"\0\0\0\0\x01a\0")),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "DISCONNECT 0x81, closed",
        ),
        same(
            "a SUBSCRIBE without filters",
            V311,
            |s| all(s, &packet(0x82, b"\0\x01")),
            C,
        ),
        same(
            "a SUBSCRIBE without filters",
            V5,
            |s| all(s, &packet(0x82, b"\0\x01\0")),
            "DISCONNECT 0x81, closed",
        ),
        same(
            "an UNSUBSCRIBE without filters",
            V311,
            |s| all(s, &packet(0xa2, b"\0\x01")),
            C,
        ),
        differs(
            "an UNSUBSCRIBE without filters",
            V5,
            |s| all(s, &packet(0xa2, b"\0\x01\0")),
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "DISCONNECT 0x81, closed",
        ),
        same("a PUBACK of one byte", V311, |s| all(s, &[0x40, 1, 0]), C),
        differs(
            "a PUBACK of one byte",
            V5,
            |s| all(s, &[0x40, 1, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "closed",
        ),
        same(
            "a PUBACK of nothing",
            V311,
            |s| all(s, &packet(0x40, b"\x12\x34")),
            "nothing",
        ),
        same(
            "a PUBACK of nothing",
            V5,
            |s| all(s, &packet(0x40, b"\x12\x34")),
            "nothing",
        ),
        same(
            "a PUBREL of nothing",
            V311,
            |s| all(s, &packet(0x62, b"\x12\x34")),
            "PUBCOMP 0x00",
        ),
        same(
            "a PUBREL of nothing",
            V5,
            |s| all(s, &packet(0x62, b"\x12\x34")),
            "PUBCOMP 0x00",
        ),
        differs(
            "a PINGREQ with flags",
            V311,
            |s| all(s, &[0xc1, 0]),
            &d::FAULTS,
            "closed",
            "nothing",
        ),
        differs(
            "a PINGREQ with flags",
            V5,
            |s| all(s, &[0xc1, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "nothing",
        ),
        same("a DISCONNECT with flags", V311, |s| all(s, &[0xe1, 0]), C),
        differs(
            "a DISCONNECT with flags",
            V5,
            |s| all(s, &[0xe1, 0]),
            &d::FAULTS,
            "DISCONNECT 0x81, closed",
            "closed",
        ),
        same(
            "properties longer than their packet",
            V5,
            |s| all(s, &packet(0x30, b"\0\x01a\x20x")),
            MALFORMED,
        ),
        same(
            "an unknown property",
            V5,
            |s| all(s, &packet(0x30, b"\0\x01a\x02\x7f\x01")),
            MALFORMED,
        ),
    ]
}

/// The answer after CONNECT, amid a subscription, amid a message of QoS 1 that is not acknowledged; before CONNECT
/// it has to be the end.
fn all(stage: &Stage, bytes: &[u8]) -> String {
    let before = stage.exchange(&mut stage.socket(), bytes);
    assert!(before == "closed", "before CONNECT: {before}");
    let connected = stage.exchange(&mut stage.client("a"), bytes);
    let subscribed = stage.exchange(&mut subscribed(stage), bytes);
    let mut amid = subscribed_with_message(stage);
    let amid = stage.exchange(&mut amid, bytes);
    match connected == subscribed && connected == amid {
        true => connected,
        false => format!("{connected} | {subscribed} | {amid}"),
    }
}

fn subscribed(stage: &Stage) -> Client {
    let mut client = stage.client("a");
    client.subscribe(&stage.topic("t"), 1);
    client
}

fn subscribed_with_message(stage: &Stage) -> Client {
    let mut client = subscribed(stage);
    stage
        .client("publisher")
        .publish(&stage.topic("t"), "x", 1, false);
    client.unacknowledged_message();
    client
}

//! Last wills.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::{Client, Connect};

/// The cases.
pub fn cases() -> Vec<Case> {
    vec![
        same("a lost connection", V311, lost, "will w q1"),
        same("a lost connection", V5, lost, "will w q1"),
        same("a goodbye", V311, |s| after(s, &[0xe0, 0]), "nothing"),
        same("a goodbye", V5, |s| after(s, &[0xe0, 0]), "nothing"),
        same(
            "a goodbye that asks for the will",
            V5,
            |s| after(s, &[0xe0, 1, 4]),
            "will w q1",
        ),
        differs(
            "a goodbye with an error",
            V5,
            |s| after(s, &[0xe0, 1, 0x80]),
            &d::WILL_ERROR,
            "will w q1",
            "nothing",
        ),
        same("a broken rule", V311, |s| after(s, &[0xf0, 0]), "will w q1"),
        same("a broken rule", V5, |s| after(s, &[0xf1, 0]), "will w q1"),
        same("silence", V311, silent, "will w q1"),
        same("silence", V5, silent, "will w q1"),
        same("a takeover", V311, takeover, "will w q1"),
        same("a takeover", V5, takeover, "will w q1"),
        same(
            "a retained will",
            V311,
            retained,
            "will w q1, will w q1 retained",
        ),
        same(
            "a retained will",
            V5,
            retained,
            "will w q1, will w q1 retained",
        ),
        same("a will of QoS 0", V311, |s| of_qos(s, 0), "will w q0"),
        same("a will of QoS 2", V311, |s| of_qos(s, 2), "will w q1"),
        differs(
            "a will of QoS 2",
            V5,
            |s| s.answer(&will_of_qos(s, 2)).1,
            &d::QOS_2_V5,
            "CONNACK 0 0x9b",
            "CONNACK 0 0x00",
        ),
        same(
            "a will of QoS 3",
            V311,
            |s| s.answer(&will_of_qos(s, 3)).1,
            "closed",
        ),
        differs(
            "a will of QoS 3",
            V5,
            |s| s.answer(&will_of_qos(s, 3)).1,
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x81",
            "closed",
        ),
        differs(
            "a will under a wildcard",
            V311,
            wildcard,
            &d::WILL_WILDCARD,
            "CONNACK 0 0x05",
            "closed",
        ),
        differs(
            "a will under a wildcard",
            V5,
            wildcard,
            &d::WILL_WILDCARD,
            "CONNACK 0 0x90",
            "closed",
        ),
        same("a delayed will", V5, |s| delayed(s, 1, 60), "will w q1"),
        same(
            "a will delayed beyond the session",
            V5,
            |s| delayed(s, 60, 1),
            "will w q1",
        ),
        differs(
            "a delayed will without a session",
            V5,
            without_session,
            &d::WILL_AT_ONCE,
            "will w q1",
            "nothing",
        ),
        same(
            "a client back before its delayed will",
            V5,
            back_in_time,
            "nothing",
        ),
        same(
            "properties of a will",
            V5,
            with_properties,
            "will w q1 03=text 26=a:b",
        ),
    ]
}

fn watcher(stage: &Stage) -> Client {
    let mut watcher = stage.client("watcher");
    watcher.subscribe(&stage.topic("will"), 1);
    watcher
}

fn with_will(stage: &Stage) -> Connect {
    stage.hello("a").will(&stage.topic("will"), "w", false)
}

fn lost(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    stage.connected(&with_will(stage)).reset();
    stage.message(&mut watcher)
}

fn after(stage: &Stage, bytes: &[u8]) -> String {
    let mut watcher = watcher(stage);
    let mut client = stage.connected(&with_will(stage));
    client.send(bytes);
    client.until_closed();
    stage.waiting(&mut watcher)
}

fn silent(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    let _client = stage.connected(&Connect {
        keep_alive: 1,
        ..with_will(stage)
    });
    stage.message(&mut watcher)
}

fn takeover(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    let _old = stage.connected(&with_will(stage));
    let _newcomer = stage.client("a");
    stage.message(&mut watcher)
}

fn retained(stage: &Stage) -> String {
    let mut live = watcher(stage);
    stage
        .connected(&stage.hello("a").will(&stage.topic("will"), "w", true))
        .reset();
    let first = stage.message(&mut live);
    let mut late = stage.client("late");
    late.subscribe(&stage.topic("will"), 1);
    format!("{first}, {}", stage.message(&mut late))
}

fn will_of_qos(stage: &Stage, qos: u8) -> Connect {
    let mut hello = with_will(stage);
    hello.flags = (hello.flags & !0x18) | (qos << 3);
    hello
}

fn of_qos(stage: &Stage, qos: u8) -> String {
    let mut watcher = watcher(stage);
    stage.connected(&will_of_qos(stage, qos)).reset();
    stage.message(&mut watcher)
}

fn wildcard(stage: &Stage) -> String {
    stage.answer(&stage.hello("a").will("a/+", "w", false)).1
}

fn with_delay(stage: &Stage, delay_s: u8, session_s: u8) -> Connect {
    let mut hello = with_will(stage);
    hello.flags &= !2;
    hello.properties = vec![0x11, 0, 0, 0, session_s];
    hello.will.as_mut().unwrap().2 = vec![0x18, 0, 0, 0, delay_s];
    hello
}

fn delayed(stage: &Stage, delay_s: u8, session_s: u8) -> String {
    let mut watcher = watcher(stage);
    stage
        .connected(&with_delay(stage, delay_s, session_s))
        .reset();
    stage.message(&mut watcher)
}

fn without_session(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    let mut client = stage.connected(&with_delay(stage, 60, 0));
    client.send(&[0xf1, 0]);
    client.until_closed();
    stage.waiting(&mut watcher)
}

fn back_in_time(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    stage.connected(&with_delay(stage, 60, 60)).reset();
    let mut back = stage.connected(&with_delay(stage, 60, 60));
    back.send(&[0xe0, 0]);
    back.until_closed();
    stage.waiting(&mut watcher)
}

fn with_properties(stage: &Stage) -> String {
    let mut watcher = watcher(stage);
    let mut hello = with_will(stage);
    hello.will.as_mut().unwrap().2 = b"\x03\0\x04text\x26\0\x01a\0\x01b".to_vec();
    stage.connected(&hello).reset();
    let said = stage.message(&mut watcher);
    // Different properties may come in any order.
    let mut words: Vec<_> = said.split(' ').collect();
    words[3..].sort();
    words.join(" ")
}

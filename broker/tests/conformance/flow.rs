//! Receive maximum and packet sizes.

use super::PACKET_BYTES;
use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::Connect;

/// The cases.
pub fn cases() -> Vec<Case> {
    vec![
        same(
            "the client's receive maximum",
            V5,
            receive_maximum,
            "3, then all",
        ),
        same(
            "a packet as large as allowed",
            V311,
            |s| of_size(s, PACKET_BYTES),
            "PUBACK 0x00",
        ),
        differs(
            "a packet as large as allowed",
            V5,
            |s| of_size(s, PACKET_BYTES),
            &d::NO_SUBSCRIBER,
            "PUBACK 0x00",
            "PUBACK 0x10",
        ),
        same(
            "a larger packet",
            V311,
            |s| of_size(s, PACKET_BYTES + 10),
            "closed",
        ),
        same(
            "a larger packet",
            V5,
            |s| of_size(s, PACKET_BYTES + 10),
            "DISCONNECT 0x95, closed",
        ),
        same(
            "a packet that the client does not take",
            V5,
            too_large_for_client,
            "t small q1",
        ),
    ]
}

fn receive_maximum(stage: &Stage) -> String {
    let mut client = stage.connected(&Connect {
        properties: vec![0x21, 0, 3],
        ..stage.hello("a")
    });
    client.subscribe(&stage.topic("t"), 1);
    let mut publisher = stage.client("publisher");
    for number in 0..10 {
        publisher.publish(&stage.topic("t"), number.to_string(), 1, false);
    }
    let first: Vec<_> = (0..3).map(|_| client.unacknowledged_message()).collect();
    let more = stage.exchange(&mut client, &[]);
    if more != "nothing" {
        return format!("more than 3: {more}");
    }
    first.iter().for_each(|message| client.acknowledge(message));
    let all = (3..10).all(|number| client.message().payload == number.to_string().as_bytes());
    if all {
        "3, then all".into()
    } else {
        "out of order".into()
    }
}

fn of_size(stage: &Stage, bytes: usize) -> String {
    let mut client = stage.client("a");
    let topic = stage.topic("t");
    let around = client
        .publish_packet(topic.as_bytes(), &[0; 40_000], 1, false, 7, &[])
        .len()
        - 40_000;
    let packet =
        client.publish_packet(topic.as_bytes(), &vec![0; bytes - around], 1, false, 7, &[]);
    assert_eq!(packet.len(), bytes);
    stage.exchange(&mut client, &packet)
}

fn too_large_for_client(stage: &Stage) -> String {
    let mut client = stage.connected(&Connect {
        properties: vec![0x27, 0, 0, 0, 200],
        ..stage.hello("a")
    });
    client.subscribe(&stage.topic("t"), 1);
    let mut publisher = stage.client("publisher");
    publisher.publish(&stage.topic("t"), [b'x'; 300], 1, false);
    publisher.publish(&stage.topic("t"), "small", 1, false);
    stage.waiting(&mut client)
}

//! CONNECT, its variants and refusals.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::{Connect, packet, read_variable};
use super::words;

/// The cases.
pub fn cases() -> Vec<Case> {
    vec![
        same(
            "a plain CONNECT",
            V311,
            |s| s.answer(&s.hello("a")).1,
            "CONNACK 0 0x00",
        ),
        same(
            "a plain CONNECT",
            V5,
            |s| s.answer(&s.hello("a")).1,
            "CONNACK 0 0x00",
        ),
        differs(
            "version 3.1",
            V311,
            version_31,
            &d::VERSION_31,
            "CONNACK 0 0x01",
            "CONNACK 0 0x00",
        ),
        same("version 6", V311, version_6, "CONNACK 0 0x01"),
        same("a protocol of another name", V311, other_name, "closed"),
        same("the reserved flag", V311, |s| with_flags(s, 3), "closed"),
        differs(
            "the reserved flag",
            V5,
            |s| with_flags(s, 3),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x81",
            "closed",
        ),
        same(
            "will flags without a will",
            V311,
            |s| with_flags(s, 0x0a),
            "closed",
        ),
        same(
            "a password without a user",
            V311,
            |s| with_flags(s, 0x42),
            "closed",
        ),
        same(
            "an empty client id",
            V311,
            |s| empty_id(s, 2),
            "CONNACK 0 0x00",
        ),
        same(
            "an empty client id",
            V5,
            |s| empty_id(s, 2),
            "CONNACK 0 0x00",
        ),
        same(
            "an empty client id for a session that stays",
            V311,
            |s| empty_id(s, 0),
            "CONNACK 0 0x02",
        ),
        same(
            "the id given to an empty client id is told",
            V5,
            assigned_id,
            "told",
        ),
        differs(
            "a client id of 600 bytes",
            V311,
            |s| with_id(s, &[b'x'; 600]),
            &d::LONG_ID,
            "CONNACK 0 0x02",
            "CONNACK 0 0x00",
        ),
        differs(
            "a client id of 600 bytes",
            V5,
            |s| with_id(s, &[b'x'; 600]),
            &d::LONG_ID,
            "CONNACK 0 0x85",
            "CONNACK 0 0x00",
        ),
        same(
            "a client id that is not UTF-8",
            V311,
            |s| with_id(s, &[0xff, 0xfe]),
            "closed",
        ),
        differs(
            "a client id that is not UTF-8",
            V5,
            |s| with_id(s, &[0xff, 0xfe]),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x81",
            "closed",
        ),
        same(
            "something else than a CONNECT first",
            V311,
            nothing_but_a_ping,
            "closed",
        ),
        same(
            "something else than a CONNECT first",
            V5,
            nothing_but_a_ping,
            "closed",
        ),
        same("a second CONNECT", V311, second, "closed"),
        differs(
            "a second CONNECT",
            V5,
            second,
            &d::FAULTS,
            "DISCONNECT 0x82, closed",
            "closed",
        ),
        same(
            "enhanced authentication",
            V5,
            enhanced_authentication,
            "CONNACK 0 0x8c",
        ),
        differs(
            "a receive maximum of 0",
            V5,
            |s| with_properties(s, &[0x21, 0, 0]),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x82",
            "closed",
        ),
        differs(
            "a packet size of 0",
            V5,
            |s| with_properties(s, &[0x27, 0, 0, 0, 0]),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x82",
            "closed",
        ),
        differs(
            "CONNECT: a property twice",
            V5,
            |s| with_properties(s, &[0x21, 0, 9, 0x21, 0, 9]),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x82",
            "closed",
        ),
        differs(
            "CONNECT: a property of another packet",
            V5,
            |s| with_properties(s, &[0x23, 0, 9]),
            &d::CONNECT_MALFORMED,
            "CONNACK 0 0x81",
            "closed",
        ),
        same(
            "CONNECT: user properties",
            V5,
            |s| with_properties(s, b"\x26\0\x01a\0\x01b\x26\0\x01a\0\x01c"),
            "CONNACK 0 0x00",
        ),
        same("bytes behind the end", V311, longer, "closed"),
        differs(
            "what is announced",
            V5,
            announced,
            &d::ANNOUNCED,
            "21=100 24=1 27=65536 22=0 2a=0",
            "22=10 13=65535 27=65536 21=100",
        ),
        same("keep-alive 0", V311, keep_alive_0, "nothing"),
        same("keep-alive 0", V5, keep_alive_0, "nothing"),
        same("silence beyond the keep-alive", V311, silence, "closed"),
        differs(
            "silence beyond the keep-alive",
            V5,
            silence,
            &d::ENDS,
            "DISCONNECT 0x8d, closed",
            "closed",
        ),
    ]
}

fn version_31(stage: &Stage) -> String {
    let mut client = stage.socket();
    let bytes = b"\0\x06MQIsdp\x03\x02\0\0\0\x0302a";
    client.send(&packet(0x10, bytes));
    client.packet_or_end().map_or("closed".into(), |packet| {
        words::of_packet(&client, &packet, "")
    })
}

fn version_6(stage: &Stage) -> String {
    let mut hello = stage.hello("a");
    hello.level = 6;
    stage.answer(&hello).1
}

fn other_name(stage: &Stage) -> String {
    let mut client = stage.socket();
    stage.exchange(&mut client, &packet(0x10, b"\0\x04MQTX\x04\x02\0\0\0\x01a"))
}

fn with_flags(stage: &Stage, flags: u8) -> String {
    let mut hello = stage.hello("a");
    hello.flags = flags;
    if flags & 0x40 != 0 {
        // A text where the password would be.
        hello.id.extend(b"\0\x02pw");
    }
    stage.answer(&hello).1
}

fn with_id(stage: &Stage, id: &[u8]) -> String {
    let hello = Connect {
        id: id.to_vec(),
        ..stage.hello("")
    };
    stage.answer(&hello).1
}

fn empty_id(stage: &Stage, flags: u8) -> String {
    let hello = Connect {
        id: vec![],
        flags,
        ..stage.hello("")
    };
    stage.answer(&hello).1
}

fn connack_properties(stage: &Stage, hello: &Connect) -> String {
    let mut client = stage.socket();
    client.send(&hello.packet());
    let connack = client.packet();
    let (length, rest) = read_variable(&connack.body[2..]);
    words::of_properties(&rest[..length])
}

fn assigned_id(stage: &Stage) -> String {
    let hello = Connect {
        id: vec![],
        ..stage.hello("")
    };
    let told = connack_properties(stage, &hello);
    if told.contains(" 12=") {
        "told".into()
    } else {
        told
    }
}

fn announced(stage: &Stage) -> String {
    connack_properties(stage, &stage.hello("a"))
        .trim()
        .to_owned()
}

fn nothing_but_a_ping(stage: &Stage) -> String {
    let mut client = stage.socket();
    stage.exchange(&mut client, &[])
}

fn second(stage: &Stage) -> String {
    let mut client = stage.client("a");
    stage.exchange(&mut client, &stage.hello("a").packet())
}

fn with_properties(stage: &Stage, properties: &[u8]) -> String {
    let hello = Connect {
        properties: properties.to_vec(),
        ..stage.hello("a")
    };
    stage.answer(&hello).1
}

fn enhanced_authentication(stage: &Stage) -> String {
    with_properties(stage, b"\x15\0\x05SCRAM")
}

fn longer(stage: &Stage) -> String {
    let mut bytes = stage.hello("a").packet();
    bytes.extend([0, 0]);
    bytes[1] += 2;
    let mut client = stage.socket();
    client.send(&bytes);
    client.packet_or_end().map_or("closed".into(), |packet| {
        words::of_packet(&client, &packet, "")
    })
}

fn keep_alive_0(stage: &Stage) -> String {
    let mut client = stage.connected(&Connect {
        keep_alive: 0,
        ..stage.hello("a")
    });
    stage.exchange(&mut client, &[])
}

fn silence(stage: &Stage) -> String {
    let mut client = stage.connected(&Connect {
        keep_alive: 1,
        ..stage.hello("a")
    });
    let mut said = Vec::new();
    while let Some(packet) = client.packet_or_end() {
        said.push(words::of_packet(&client, &packet, ""));
    }
    said.push("closed".to_owned());
    said.join(", ")
}

//! Packets in words, so that a case says in one line what has to come of it.

use super::support::{Client, Message, Packet, read_variable};

/// A packet; topics without the case's `prefix`.
pub fn of_packet(client: &Client, packet: &Packet, prefix: &str) -> String {
    let body = &packet.body;
    match packet.kind() {
        2 => format!("CONNACK {} {:#04x}", body[0], body[1]),
        3 => of_message(&client.parse_message(packet), prefix),
        4 => format!("PUBACK {:#04x}", body.get(2).copied().unwrap_or(0)),
        5 => format!("PUBREC {:#04x}", body.get(2).copied().unwrap_or(0)),
        7 => format!("PUBCOMP {:#04x}", body.get(2).copied().unwrap_or(0)),
        9 => format!("SUBACK{}", codes(client, body)),
        11 => format!("UNSUBACK{}", codes(client, body)),
        14 => format!("DISCONNECT {:#04x}", body.first().copied().unwrap_or(0)),
        _ => format!("{packet:?}"),
    }
}

/// Codes behind the packet id and, in MQTT 5, the properties.
fn codes(client: &Client, body: &[u8]) -> String {
    let mut rest = &body[2..];
    if client.v5 {
        let (length, after) = read_variable(rest);
        rest = &after[length..];
    }
    rest.iter().map(|code| format!(" {code:#04x}")).collect()
}

/// A message: topic, payload, and what is not plain about it.
pub fn of_message(message: &Message, prefix: &str) -> String {
    let text = message.text();
    let text = text.strip_prefix(&format!("{prefix}/")).unwrap_or(&text);
    let retained = if message.retain { " retained" } else { "" };
    let again = if message.duplicate { " again" } else { "" };
    let properties = of_properties(&message.properties);
    format!("{text} q{}{retained}{again}{properties}", message.qos)
}

/// Properties, in their order: identifier and value in hexadecimal digits, texts as they are.
pub fn of_properties(mut bytes: &[u8]) -> String {
    let mut said = String::new();
    while let Some((&identifier, rest)) = bytes.split_first() {
        let (value, after) = match identifier {
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => number(rest, 1),
            0x13 | 0x21 | 0x22 | 0x23 => number(rest, 2),
            0x02 | 0x11 | 0x18 | 0x27 => number(rest, 4),
            0x0b => {
                let (value, after) = read_variable(rest);
                (value.to_string(), after)
            }
            0x26 => {
                let (name, after) = text(rest);
                let (value, after) = text(after);
                (format!("{name}:{value}"), after)
            }
            _ => text(rest),
        };
        said += &format!(" {identifier:02x}={value}");
        bytes = after;
    }
    said
}

fn number(bytes: &[u8], length: usize) -> (String, &[u8]) {
    let value = (bytes[..length].iter()).fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    (value.to_string(), &bytes[length..])
}

fn text(bytes: &[u8]) -> (String, &[u8]) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let text = String::from_utf8_lossy(&bytes[2..2 + length]).into_owned();
    (text, &bytes[2 + length..])
}

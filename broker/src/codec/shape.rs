//! What the standard asks of a packet's form and the codecs do not check: reserved bits, properties that come twice,
//! values beyond their range, bytes behind the end of a CONNECT.

use rumqttd::protocol::Error;

use super::{DecodeFault, Version};
use crate::frame::{Frame, Kind};

/// Bytes of a CONNECT before its properties: the protocol's name and level, the flags, the keep-alive.
const CONNECT_HEAD_BYTES: usize = 10;
const CONNECT_FLAGS_AT: usize = 7;

const RESERVED: u8 = 0b0000_0001;
const WILL: u8 = 0b0000_0100;
const PASSWORD: u8 = 0b0100_0000;
const USER: u8 = 0b1000_0000;

/// Bits of a subscription's options without a meaning.
const RESERVED_OPTIONS_V311: u8 = 0b1111_1100;
const RESERVED_OPTIONS_V5: u8 = 0b1100_0000;

const USER_PROPERTY: u8 = 0x26;

/// Checks a packet before the codec reads it. What is cut short is left to the codec.
pub(crate) fn check(version: Version, frame: &Frame) -> Result<(), DecodeFault> {
    let kind = frame.kind;
    let body = frame.body();
    let mut rest = Rest(body);
    match kind {
        Kind::Connect => return check_connect(version, body),
        Kind::Subscribe => {
            rest.skip(2);
            if version == Version::V5 {
                check_properties(&mut rest)?;
            }
            return check_options(version, rest);
        }
        _ if version == Version::V311 => return Ok(()),
        Kind::Publish => {
            rest.skip_text();
            if frame.first_byte() & 0b0110 != 0 {
                rest.skip(2);
            }
        }
        Kind::PubAck | Kind::PubRec | Kind::PubRel | Kind::PubComp => rest.skip(3),
        Kind::Unsubscribe => rest.skip(2),
        Kind::Disconnect => rest.skip(1),
        Kind::PingReq => return Ok(()),
    }
    check_properties(&mut rest)
}

fn check_connect(version: Version, body: &[u8]) -> Result<(), DecodeFault> {
    let malformed = DecodeFault::Malformed {
        kind: Kind::Connect,
        error: Error::MalformedPacket,
    };
    let flags = body.get(CONNECT_FLAGS_AT).copied().unwrap_or(RESERVED);
    if flags & RESERVED != 0 {
        return Err(malformed);
    }
    let mut rest = Rest(body);
    rest.skip(CONNECT_HEAD_BYTES);
    if version == Version::V5 {
        check_properties(&mut rest)?;
    }
    rest.skip_text();
    if flags & WILL != 0 {
        if version == Version::V5 {
            check_properties(&mut rest)?;
        }
        rest.skip_text();
        rest.skip_text();
    }
    for flag in [USER, PASSWORD] {
        if flags & flag != 0 {
            rest.skip_text();
        }
    }
    if rest.0.is_empty() {
        Ok(())
    } else {
        Err(malformed)
    }
}

fn check_options(version: Version, mut rest: Rest) -> Result<(), DecodeFault> {
    let reserved = match version {
        Version::V311 => RESERVED_OPTIONS_V311,
        Version::V5 => RESERVED_OPTIONS_V5,
    };
    while !rest.0.is_empty() {
        rest.skip_text();
        if rest.byte().is_some_and(|options| options & reserved != 0) {
            return Err(DecodeFault::Malformed {
                kind: Kind::Subscribe,
                error: Error::MalformedPacket,
            });
        }
    }
    Ok(())
}

/// Takes a list of properties off.
fn check_properties(rest: &mut Rest) -> Result<(), DecodeFault> {
    let Some(length) = rest.variable() else {
        return Ok(());
    };
    let mut properties = Rest(rest.0.get(..length).unwrap_or_default());
    rest.skip(length);
    let mut seen = 0_u64;
    while let Some(identifier) = properties.byte() {
        let bit = 1_u64.checked_shl(identifier.into()).unwrap_or(0);
        if seen & bit != 0 && identifier != USER_PROPERTY {
            return Err(DecodeFault::PropertyTwice(identifier));
        }
        seen |= bit;
        match identifier {
            // Payload format, request for problem and for response information.
            0x01 | 0x17 | 0x19 => {
                if properties.byte().is_some_and(|value| value > 1) {
                    return Err(DecodeFault::PropertyValue(identifier));
                }
            }
            0x24 | 0x25 | 0x28 | 0x29 | 0x2a => properties.skip(1),
            0x13 | 0x21 | 0x22 | 0x23 => properties.skip(2),
            0x02 | 0x11 | 0x18 | 0x27 => properties.skip(4),
            0x0b => {
                properties.variable();
            }
            0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1a | 0x1c | 0x1f => properties.skip_text(),
            USER_PROPERTY => {
                properties.skip_text();
                properties.skip_text();
            }
            // The codec refuses it.
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// What was not looked at yet; empty once it is too short for what should come.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, bytes: usize) {
        self.0 = self.0.get(bytes..).unwrap_or_default();
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.0.first().copied();
        self.skip(1);
        byte
    }

    /// A text, or bytes, with their length before them.
    fn skip_text(&mut self) {
        let length = match *self.0 {
            [high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        self.skip(2 + length);
    }

    /// A variable byte integer.
    fn variable(&mut self) -> Option<usize> {
        let mut value = 0;
        for index in 0..4 {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

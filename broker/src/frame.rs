//! Cuts the byte stream into MQTT control packets and checks their fixed headers.
//!
//! The codecs would do it too, but they take "the packet is too short inside" for "wait for more
//! bytes", and panic on packets that only a server sends. They are given whole packets of the
//! right kind instead.

use bytes::BytesMut;

/// Kinds of control packets that clients send (MQTT 5, table 2-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    Unsubscribe,
    PingReq,
    Disconnect,
}

/// A whole packet.
#[derive(Debug)]
pub(crate) struct Frame {
    pub kind: Kind,
    /// The packet with its fixed header.
    pub bytes: BytesMut,
    /// Length of the fixed header.
    pub header_len: usize,
}

/// Why the stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameFault {
    #[error("a client does not send packets that start with {0:#04x}")]
    FirstByte(u8),
    #[error("the remaining length has more than four bytes")]
    Length,
    #[error("a packet of {size} bytes is larger than the {limit} allowed")]
    TooLarge { size: usize, limit: usize },
}

impl Frame {
    /// The first byte: kind and flags.
    pub fn first_byte(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    /// What follows the fixed header.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }
}

/// Takes the next whole packet off `buffer`; `None` while bytes are missing.
pub(crate) fn take(buffer: &mut BytesMut, limit: usize) -> Result<Option<Frame>, FrameFault> {
    let Some(&first_byte) = buffer.first() else {
        return Ok(None);
    };
    let kind = kind(first_byte)?;
    let Some((remaining, length_bytes)) = remaining_length(&buffer[1..])? else {
        return Ok(None);
    };
    let header_len = 1 + length_bytes;
    let size = header_len + remaining;
    if size > limit {
        return Err(FrameFault::TooLarge { size, limit });
    }
    if buffer.len() < size {
        buffer.reserve(size - buffer.len());
        return Ok(None);
    }
    Ok(Some(Frame {
        kind,
        bytes: buffer.split_to(size),
        header_len,
    }))
}

/// Kind of the packet, its reserved flags checked (MQTT 5, table 2-2).
fn kind(first_byte: u8) -> Result<Kind, FrameFault> {
    let kind = match (first_byte >> 4, first_byte & 0b1111) {
        (1, 0) => Kind::Connect,
        (3, _) => Kind::Publish,
        (4, 0) => Kind::PubAck,
        (5, 0) => Kind::PubRec,
        (6, 0b0010) => Kind::PubRel,
        (7, 0) => Kind::PubComp,
        (8, 0b0010) => Kind::Subscribe,
        (10, 0b0010) => Kind::Unsubscribe,
        (12, 0) => Kind::PingReq,
        (14, 0) => Kind::Disconnect,
        _ => return Err(FrameFault::FirstByte(first_byte)),
    };
    Ok(kind)
}

/// The variable byte integer at the start of `bytes`, and how many bytes it takes.
fn remaining_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, FrameFault> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() >= 4 {
        Err(FrameFault::Length)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(bytes: &[u8]) -> BytesMut {
        BytesMut::from(bytes)
    }

    #[test]
    fn packets_are_cut_one_by_one() {
        let mut stream = buffer(&[0xc0, 0, 0x40, 2, 0, 1, 0x40]);
        let ping = take(&mut stream, 100).unwrap().unwrap();
        assert_eq!((ping.kind, ping.body()), (Kind::PingReq, &[][..]));
        let ack = take(&mut stream, 100).unwrap().unwrap();
        assert_eq!((ack.kind, ack.body()), (Kind::PubAck, &[0, 1][..]));
        assert!(take(&mut stream, 100).unwrap().is_none());
    }

    #[test]
    fn bad_headers_are_refused_as_early_as_possible() {
        assert_eq!(
            take(&mut buffer(&[0x20]), 100).unwrap_err(),
            FrameFault::FirstByte(0x20)
        );
        assert_eq!(
            take(&mut buffer(&[0x80]), 100).unwrap_err(),
            FrameFault::FirstByte(0x80)
        );
        assert_eq!(
            take(&mut buffer(&[0xf0]), 100).unwrap_err(),
            FrameFault::FirstByte(0xf0)
        );
        let endless = [0x30, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            take(&mut buffer(&endless), 100).unwrap_err(),
            FrameFault::Length
        );
        let large = take(&mut buffer(&[0x30, 0xff, 0x01]), 100).unwrap_err();
        assert_eq!(
            large,
            FrameFault::TooLarge {
                size: 258,
                limit: 100
            }
        );
    }

    #[test]
    fn a_length_of_two_bytes_is_read() {
        let mut stream = buffer(&[0x30, 0x80, 0x01]);
        stream.extend_from_slice(&[7; 128]);
        let frame = take(&mut stream, 1000).unwrap().unwrap();
        assert_eq!((frame.header_len, frame.body().len()), (3, 128));
    }
}

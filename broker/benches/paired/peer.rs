//! A client that costs little: it reads what is there at once and answers all of it at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::support::{Connect, packet, string};

/// After so long without anything, what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connected client of MQTT 3.1.1.
pub struct Peer {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Peer {
    pub fn connect(addr: SocketAddr, id: &str) -> Self {
        let stream = TcpStream::connect(addr).expect("the broker is not there");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let mut peer = Self {
            stream,
            buffer: vec![0; 64 << 10],
            filled: 0,
        };
        peer.send(&Connect::v311(id).packet());
        peer.until(0x20);
        peer
    }

    pub fn subscribe(&mut self, filter: &str) {
        let body = [&[0, 1], &string(filter.as_bytes())[..], &[1]].concat();
        self.send(&packet(0x82, &body));
        self.until(0x90);
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .expect("the broker ended the connection");
    }

    /// Waits for packets and hands over all that are there: first byte and body. False when none came in time.
    pub fn packets(&mut self, mut each: impl FnMut(u8, &[u8])) -> bool {
        match self.stream.read(&mut self.buffer[self.filled..]) {
            Ok(0) => panic!("the broker ended the connection"),
            Ok(read) => self.filled += read,
            Err(_) => return false,
        }
        let mut taken = 0;
        while let Some((head, length)) = frame(&self.buffer[taken..self.filled]) {
            let body = taken + head..taken + head + length;
            each(self.buffer[taken], &self.buffer[body.clone()]);
            taken = body.end;
        }
        self.buffer.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        true
    }

    fn until(&mut self, first_byte: u8) {
        let mut came = false;
        while !came {
            let any = self.packets(|first, _| came |= first == first_byte);
            assert!(any, "{first_byte:#04x} did not come");
        }
    }
}

/// Lengths of header and body of the packet at the start, if it is whole. The bench's packets have short ones.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (head, length) = match *bytes {
        [_, low, ..] if low < 0x80 => (2, usize::from(low)),
        [_, low, high, ..] => (3, usize::from(low & 0x7f) | usize::from(high) << 7),
        _ => return None,
    };
    (bytes.len() >= head + length).then_some((head, length))
}

/// A publish of QoS 1 whose payload begins with a stamp.
pub fn publish(topic: &str, packet_id: u16, stamp_ns: u64, payload_bytes: usize) -> Vec<u8> {
    let mut body = string(topic.as_bytes());
    body.extend(packet_id.to_be_bytes());
    body.extend(stamp_ns.to_be_bytes());
    body.resize(body.len() + payload_bytes - 8, b'x');
    packet(0x32, &body)
}

/// Packet id and stamp of a delivered publish of QoS 1.
pub fn delivered(body: &[u8]) -> ([u8; 2], u64) {
    let at = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let mut stamp = [0; 8];
    stamp.copy_from_slice(&body[at + 2..at + 10]);
    ([body[at], body[at + 1]], u64::from_be_bytes(stamp))
}

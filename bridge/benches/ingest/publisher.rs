//! A client of MQTT 3.1.1 that publishes as fast as the broker acknowledges, and costs little.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Publishes that it has unacknowledged.
const WINDOW: usize = 100;

/// A connected publisher.
pub struct Publisher {
    stream: TcpStream,
    sent: usize,
    acknowledged: usize,
    out: Vec<u8>,
}

impl Publisher {
    /// Connects.
    ///
    /// # Errors
    /// If the broker is not there or does not let it in.
    pub fn connect(broker: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(broker)?;
        stream.set_nodelay(true)?;
        let id = b"bench-publisher";
        let mut body = b"\x00\x04MQTT\x04\x02\x00\x00".to_vec();
        body.extend(length_of(id)?);
        body.extend(id);
        stream.write_all(&packet(0x10, &body))?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        if answer != [0x20, 2, 0, 0] {
            return Err(io::Error::other("the broker does not let the publisher in"));
        }
        Ok(Self {
            stream,
            sent: 0,
            acknowledged: 0,
            out: Vec::new(),
        })
    }

    /// Publishes with QoS 1; waits while too many are unacknowledged.
    ///
    /// # Errors
    /// If the connection ends.
    pub fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) -> io::Result<()> {
        let mut body = length_of(topic.as_bytes())?.to_vec();
        body.extend(topic.as_bytes());
        // Never 0, and another one for each that is unacknowledged.
        body.extend(
            u16::try_from(self.sent % 60_000 + 1)
                .unwrap_or(1)
                .to_be_bytes(),
        );
        body.extend(payload);
        self.out.extend(packet(0x32 | u8::from(retain), &body));
        self.sent += 1;
        if self.sent - self.acknowledged >= WINDOW {
            self.wait_until(WINDOW / 2)?;
        }
        Ok(())
    }

    /// Waits until everything is acknowledged.
    ///
    /// # Errors
    /// If the connection ends.
    pub fn finish(&mut self) -> io::Result<()> {
        self.wait_until(0)
    }

    fn wait_until(&mut self, unacknowledged: usize) -> io::Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        // The broker sends it nothing but acknowledgements of four bytes.
        let mut answers = [0; 4 * WINDOW];
        let mut pending = 0;
        while self.sent - self.acknowledged > unacknowledged || pending > 0 {
            let read = self.stream.read(&mut answers[..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            pending += read;
            self.acknowledged += pending / 4;
            pending %= 4;
        }
        Ok(())
    }
}

fn length_of(bytes: &[u8]) -> io::Result<[u8; 2]> {
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok(length.to_be_bytes())
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = body.len();
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    bytes
}

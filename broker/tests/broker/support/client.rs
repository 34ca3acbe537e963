//! A client that sends and reads packets byte by byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use tokio::net::TcpSocket;

use super::DEADLINE;
use super::packets::{Message, Packet, packet, read_variable, string, variable};

/// How it shows that the other side ended the connection.
const ENDS: [ErrorKind; 2] = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];

/// A client that says exactly what it is told to.
pub struct Client {
    stream: TcpStream,
    pub v5: bool,
    last_id: u16,
}

impl Client {
    pub fn new(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        Self {
            stream,
            v5: false,
            last_id: 0,
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next packet.
    pub fn packet(&mut self) -> Packet {
        let mut first_byte = [0];
        self.stream
            .read_exact(&mut first_byte)
            .expect("a packet was expected");
        let mut length = 0;
        for shift in 0..4 {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            length |= usize::from(byte[0] & 0x7f) << (7 * shift);
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Packet {
            first_byte: first_byte[0],
            body,
        }
    }

    /// The next packet; `None` when the broker ended the connection.
    pub fn packet_or_end(&mut self) -> Option<Packet> {
        let mut first_byte = [0];
        match self.stream.peek(&mut first_byte) {
            Ok(0) => None,
            Ok(_) => Some(self.packet()),
            Err(error) if ENDS.contains(&error.kind()) => None,
            Err(error) => panic!("neither a packet nor an end came: {error}"),
        }
    }

    /// As [`send`](Self::send), to a broker that may have ended the connection.
    pub fn try_send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            assert!(ENDS.contains(&error.kind()), "nothing is read: {error}");
        }
    }

    /// The next packet, which must be a PUBLISH. It is acknowledged.
    pub fn message(&mut self) -> Message {
        let message = self.unacknowledged_message();
        self.acknowledge(&message);
        message
    }

    pub fn acknowledge(&mut self, message: &Message) {
        if message.qos == 1 {
            self.send(&packet(0x40, &message.packet_id.to_be_bytes()));
        }
    }

    /// The next packet, which must be a PUBLISH.
    pub fn unacknowledged_message(&mut self) -> Message {
        let packet = self.packet();
        assert_eq!(packet.kind(), 3, "a PUBLISH was expected: {packet:?}");
        self.parse_message(&packet)
    }

    pub fn parse_message(&self, packet: &Packet) -> Message {
        let body = &packet.body;
        let topic_len = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let topic = String::from_utf8(body[2..2 + topic_len].to_vec()).unwrap();
        let mut rest = &body[2 + topic_len..];
        let qos = (packet.first_byte >> 1) & 3;
        let mut packet_id = 0;
        if qos > 0 {
            packet_id = u16::from_be_bytes([rest[0], rest[1]]);
            rest = &rest[2..];
        }
        let mut properties = vec![];
        if self.v5 {
            let (length, after) = read_variable(rest);
            properties = after[..length].to_vec();
            rest = &after[length..];
        }
        Message {
            topic,
            payload: rest.to_vec(),
            properties,
            qos,
            retain: packet.first_byte & 1 == 1,
            duplicate: packet.first_byte & 8 != 0,
            packet_id,
        }
    }

    fn next_id(&mut self) -> u16 {
        self.last_id += 1;
        self.last_id
    }

    /// Subscribes, and returns the code granted.
    pub fn subscribe(&mut self, filter: &str, options: u8) -> u8 {
        let id = self.next_id();
        self.send(&self.subscribe_packet(id, filter, options, &[]));
        let suback = self.packet();
        assert_eq!(suback.first_byte, 0x90, "a SUBACK was expected: {suback:?}");
        assert_eq!(suback.body[..2], id.to_be_bytes());
        *suback.body.last().unwrap()
    }

    pub fn subscribe_packet(
        &self,
        id: u16,
        filter: &str,
        options: u8,
        properties: &[u8],
    ) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        if self.v5 {
            body.extend(variable(properties.len()));
            body.extend(properties);
        }
        body.extend(string(filter.as_bytes()));
        body.push(options);
        packet(0x82, &body)
    }

    /// Unsubscribes, and returns the codes of the UNSUBACK.
    pub fn unsubscribe(&mut self, filters: &[&str]) -> Vec<u8> {
        let id = self.next_id();
        let mut body = id.to_be_bytes().to_vec();
        if self.v5 {
            body.push(0);
        }
        for filter in filters {
            body.extend(string(filter.as_bytes()));
        }
        self.send(&packet(0xa2, &body));
        let unsuback = self.packet();
        assert_eq!(
            unsuback.first_byte, 0xb0,
            "an UNSUBACK was expected: {unsuback:?}"
        );
        assert_eq!(unsuback.body[..2], id.to_be_bytes());
        // The tests' UNSUBACKs have no properties.
        unsuback.body[2 + usize::from(self.v5)..].to_vec()
    }

    /// Publishes and, at QoS 1, returns the reason of the PUBACK.
    pub fn publish(&mut self, topic: &str, payload: impl AsRef<[u8]>, qos: u8, retain: bool) -> u8 {
        self.publish_with(topic, payload.as_ref(), qos, retain, &[])
    }

    pub fn publish_with(
        &mut self,
        topic: &str,
        payload: &[u8],
        qos: u8,
        retain: bool,
        properties: &[u8],
    ) -> u8 {
        let id = self.next_id();
        self.send(&self.publish_packet(topic.as_bytes(), payload, qos, retain, id, properties));
        if qos == 0 {
            return 0;
        }
        let puback = self.packet();
        assert_eq!(puback.first_byte, 0x40, "a PUBACK was expected: {puback:?}");
        assert_eq!(puback.body[..2], id.to_be_bytes());
        puback.body.get(2).copied().unwrap_or(0)
    }

    pub fn publish_packet(
        &self,
        topic: &[u8],
        payload: &[u8],
        qos: u8,
        retain: bool,
        id: u16,
        properties: &[u8],
    ) -> Vec<u8> {
        let mut body = string(topic);
        if qos > 0 {
            body.extend(id.to_be_bytes());
        }
        if self.v5 {
            body.extend(variable(properties.len()));
            body.extend(properties);
        }
        body.extend(payload);
        packet(0x30 | (qos << 1) | u8::from(retain), &body)
    }

    /// Asserts that nothing is on its way to this client: a message that it sends to itself now
    /// comes next.
    pub fn assert_nothing_comes(&mut self) {
        let marker = format!("marker/{:?}", self.stream.local_addr().unwrap());
        assert_eq!(self.subscribe(&marker, 0), 0);
        let packet = self.publish_packet(marker.as_bytes(), b"", 0, false, 0, &[]);
        self.send(&packet);
        let message = self.unacknowledged_message();
        assert_eq!(
            message.topic, marker,
            "nothing else was expected: {message:?}"
        );
        self.unsubscribe(&[&marker]);
    }

    pub fn ping(&mut self) {
        self.send(&[0xc0, 0]);
        assert_eq!(self.packet(), Packet::new(0xd0, &[]));
    }

    /// Waits until the broker says anything or closes the connection.
    pub fn until_answered(&mut self) {
        let mut byte = [0];
        let _ = self.stream.read(&mut byte).unwrap();
    }

    /// Waits until the broker closes the connection, and returns what it sent before.
    pub fn until_closed(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection was not closed: {error}"),
        }
        rest
    }

    /// Waits for a DISCONNECT (MQTT 5) and the end of the connection; returns its reason code.
    pub fn until_disconnected(&mut self) -> u8 {
        let disconnect = self.packet();
        assert_eq!(
            disconnect.first_byte, 0xe0,
            "a DISCONNECT was expected: {disconnect:?}"
        );
        assert!(self.until_closed().is_empty());
        disconnect.body[0]
    }

    /// Ends the connection with a TCP reset.
    pub fn reset(self) {
        // A socket that does not linger is reset when it is closed.
        let socket = TcpSocket::from_std_stream(self.stream);
        socket.set_zero_linger().unwrap();
    }
}

//! A case: a dialogue with a broker, and what has to come of it.

use std::net::SocketAddr;

use super::differences::Difference;
use super::support::{Client, Connect};
use super::words;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V311,
    V5,
}

pub use Version::{V5, V311};

/// A dialogue, in one version.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    pub version: Version,
    /// Leads the dialogue and puts what came of it into words.
    pub play: fn(&Stage) -> String,
    pub expected: Expected,
    /// The row of the documents, where the two brokers differ.
    pub difference: Option<&'static Difference>,
}

/// What has to come of it on each.
#[derive(Clone, Copy)]
pub struct Expected {
    pub embedded: &'static str,
    pub mosquitto: &'static str,
}

/// Both answer the same.
pub const fn same(
    name: &'static str,
    version: Version,
    play: fn(&Stage) -> String,
    expected: &'static str,
) -> Case {
    Case {
        name,
        version,
        play,
        expected: Expected {
            embedded: expected,
            mosquitto: expected,
        },
        difference: None,
    }
}

/// They differ.
pub const fn differs(
    name: &'static str,
    version: Version,
    play: fn(&Stage) -> String,
    difference: &'static Difference,
    embedded: &'static str,
    mosquitto: &'static str,
) -> Case {
    Case {
        name,
        version,
        play,
        expected: Expected {
            embedded,
            mosquitto,
        },
        difference: Some(difference),
    }
}

/// Where a case is played: a broker, with topics and client ids that no other case uses.
pub struct Stage {
    pub addr: SocketAddr,
    pub version: Version,
    pub prefix: String,
}

impl Stage {
    /// A topic of this case's own.
    pub fn topic(&self, rest: &str) -> String {
        format!("{}/{rest}", self.prefix)
    }

    /// A CONNECT with a clean start in the case's version.
    pub fn hello(&self, id: &str) -> Connect {
        self.hello_in(self.version, id)
    }

    /// The same in another version.
    pub fn hello_in(&self, version: Version, id: &str) -> Connect {
        let id = format!("{}-{id}", self.prefix);
        match version {
            V311 => Connect::v311(&id),
            V5 => Connect::v5(&id),
        }
    }

    /// A CONNECT that asks for a session that stays.
    pub fn staying(&self, id: &str) -> Connect {
        let mut hello = self.hello(id);
        hello.flags = 0;
        if self.version == V5 {
            hello.properties = vec![0x11, 0, 0, 0, 60];
        }
        hello
    }

    /// A connection on which nothing was said.
    pub fn socket(&self) -> Client {
        let mut client = Client::new(self.addr);
        client.v5 = self.version == V5;
        client
    }

    /// Connects, and gives the answer in words.
    pub fn answer(&self, connect: &Connect) -> (Client, String) {
        let mut client = Client::new(self.addr);
        client.v5 = connect.level == 5;
        client.send(&connect.packet());
        let answer = match client.packet_or_end() {
            Some(packet) => words::of_packet(&client, &packet, &self.prefix),
            None => "closed".to_owned(),
        };
        (client, answer)
    }

    /// A client that was let in.
    pub fn connected(&self, connect: &Connect) -> Client {
        let (client, answer) = self.answer(connect);
        assert!(answer.ends_with("0x00"), "not connected: {answer}");
        client
    }

    /// A client with a clean start.
    pub fn client(&self, id: &str) -> Client {
        self.connected(&self.hello(id))
    }

    /// The next message in words; it is acknowledged.
    pub fn message(&self, client: &mut Client) -> String {
        let message = client.message();
        words::of_message(&message, &self.prefix)
    }

    /// What the broker says to these bytes, until it has answered a ping behind them or ended the connection.
    pub fn exchange(&self, client: &mut Client, bytes: &[u8]) -> String {
        let mut all = bytes.to_vec();
        all.extend([0xc0, 0]);
        client.try_send(&all);
        let mut said = Vec::new();
        loop {
            match client.packet_or_end() {
                None => {
                    said.push("closed".to_owned());
                    break;
                }
                Some(packet) if packet.kind() == 13 => break,
                Some(packet) => said.push(words::of_packet(client, &packet, &self.prefix)),
            }
        }
        match said.is_empty() {
            true => "nothing".to_owned(),
            false => said.join(", "),
        }
    }

    /// Everything that was on its way to the client, in words. Each is acknowledged.
    pub fn waiting(&self, client: &mut Client) -> String {
        // Matched by no filter of any case.
        let marker = format!("marker/of/{}", self.prefix);
        let subscribe = client.subscribe_packet(u16::MAX, &marker, 0, &[]);
        let publish = client.publish_packet(marker.as_bytes(), b"", 0, false, 0, &[]);
        client.send(&[subscribe, publish].concat());
        let mut said = Vec::new();
        loop {
            let packet = client.packet();
            // Messages may come before the marker's subscription is confirmed.
            if packet.kind() != 3 {
                continue;
            }
            let message = client.parse_message(&packet);
            client.acknowledge(&message);
            if message.topic == marker {
                break;
            }
            said.push(words::of_message(&message, &self.prefix));
        }
        client.unsubscribe(&[&marker]);
        match said.is_empty() {
            true => "nothing".to_owned(),
            false => said.join(", "),
        }
    }
}

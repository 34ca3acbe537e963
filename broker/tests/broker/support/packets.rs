//! Packets, written and read byte by byte.

/// A CONNECT to be sent.
pub struct Connect {
    pub level: u8,
    pub id: Vec<u8>,
    pub flags: u8,
    pub keep_alive: u16,
    pub properties: Vec<u8>,
    /// Topic, payload and (MQTT 5) properties of the last will. Its flags go into `flags`.
    pub will: Option<(Vec<u8>, Vec<u8>, Vec<u8>)>,
    /// User and password.
    pub login: Option<(String, String)>,
}

impl Connect {
    pub fn v311(id: &str) -> Self {
        Self {
            level: 4,
            id: id.into(),
            flags: 2,
            keep_alive: 0,
            properties: vec![],
            will: None,
            login: None,
        }
    }

    pub fn v5(id: &str) -> Self {
        Self {
            level: 5,
            ..Self::v311(id)
        }
    }

    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.flags |= 0b1100_0000;
        self.login = Some((user.into(), password.into()));
        self
    }

    /// With a will of QoS 1.
    pub fn will(mut self, topic: &str, payload: &str, retain: bool) -> Self {
        self.flags |= 0b0000_1100 | (u8::from(retain) << 5);
        self.will = Some((topic.into(), payload.into(), vec![]));
        self
    }

    pub fn packet(&self) -> Vec<u8> {
        let mut body = string(b"MQTT");
        body.extend([self.level, self.flags]);
        body.extend(self.keep_alive.to_be_bytes());
        if self.level == 5 {
            body.extend(variable(self.properties.len()));
            body.extend(&self.properties);
        }
        body.extend(string(&self.id));
        if let Some((topic, payload, properties)) = &self.will {
            if self.level == 5 {
                body.extend(variable(properties.len()));
                body.extend(properties);
            }
            body.extend(string(topic));
            body.extend(string(payload));
        }
        if let Some((user, password)) = &self.login {
            body.extend(string(user.as_bytes()));
            body.extend(string(password.as_bytes()));
        }
        packet(0x10, &body)
    }
}

/// A packet with its fixed header.
pub fn packet(first_byte: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first_byte];
    bytes.extend(variable(body.len()));
    bytes.extend(body);
    bytes
}

/// A length-prefixed string.
pub fn string(text: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text);
    bytes
}

/// A variable byte integer.
pub fn variable(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value % 128).unwrap();
        value /= 128;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The variable byte integer at the start of `bytes`, and what follows it.
pub fn read_variable(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let value =
        (bytes[..=end].iter().rev()).fold(0, |value, byte| (value << 7) | usize::from(byte & 0x7f));
    (value, &bytes[end + 1..])
}

/// A packet as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub first_byte: u8,
    pub body: Vec<u8>,
}

impl Packet {
    pub fn new(first_byte: u8, body: &[u8]) -> Self {
        Self {
            first_byte,
            body: body.to_vec(),
        }
    }

    pub fn kind(&self) -> u8 {
        self.first_byte >> 4
    }

    /// Whether the body holds these bytes somewhere, for properties.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        self.body.windows(bytes.len()).any(|window| window == bytes)
    }
}

/// A PUBLISH as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
    pub properties: Vec<u8>,
    pub qos: u8,
    pub retain: bool,
    pub duplicate: bool,
    pub packet_id: u16,
}

impl Message {
    /// Topic and payload.
    pub fn text(&self) -> String {
        format!("{} {}", self.topic, String::from_utf8_lossy(&self.payload))
    }
}

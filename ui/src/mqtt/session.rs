//! One MQTT session from socket to socket, without I/O: bytes, timers and wishes go in, actions come out.

use std::collections::VecDeque;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait, MessageExpiryInterval, Packet, Property, Qos, SubEntry, SubOpts, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, MqttError, PubackReasonCode};
use mqtt_protocol_core::mqtt::{Connection, Version, role};

use super::{Login, Message, Outgoing};

/// Within what the brokers of Releve allow (10 to 60 s).
const KEEP_ALIVE_S: u16 = 20;
/// How long a PINGRESP may take before the connection counts as lost.
const PING_ANSWER_MS: u64 = 8_000;
/// The most published messages whose acknowledgement is waited for by name.
const UNACKNOWLEDGED_MAX: usize = 32;

/// A timer of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// Until a PINGREQ is due.
    Ping,
    /// Until its answer is overdue.
    PingAnswer,
}

/// What the shell must do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send(Vec<u8>),
    /// (Re)start a timer.
    StartTimer(Timer, u32),
    /// Stop a timer.
    StopTimer(Timer),
    /// The broker took us in and knows what we want to hear.
    Connected,
    /// A message arrived.
    Deliver(Message),
    /// The broker wants to know who we are, or does not believe it.
    AskForLogin,
    /// The broker did not take the message of that id: our user may not send it.
    NotAllowed(String),
    /// The connection is of no use any more.
    Close,
}

/// One MQTT session; made anew for each socket, since nothing of a broken one is worth keeping.
pub struct Session {
    connection: Connection<role::Client>,
    client_id: String,
    login: Option<Login>,
    filters: Vec<String>,
    /// The packet and the message of what was published last.
    unacknowledged: VecDeque<(u16, String)>,
}

impl Session {
    /// A session that will log in so, if the broker is to be told, and subscribe to these filters.
    pub fn new(client_id: String, login: Option<Login>, filters: Vec<String>) -> Self {
        let mut connection = Connection::new(Version::V5_0);
        // Without it nothing is acknowledged, and the broker stops after its send quota of messages.
        connection.set_auto_pub_response(true);
        connection.set_pingresp_recv_timeout(PING_ANSWER_MS);
        Self {
            connection,
            client_id,
            login,
            filters,
            unacknowledged: VecDeque::new(),
        }
    }

    /// The socket is open.
    pub fn opened(&mut self) -> Vec<Action> {
        match connect_packet(&self.client_id, self.login.as_ref()) {
            Ok(packet) => self.send(packet),
            Err(_) => vec![Action::Close],
        }
    }

    /// The socket brought bytes.
    pub fn received(&mut self, bytes: &[u8]) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut cursor = Cursor::new(bytes);
        // `recv` takes one packet a call; a frame may hold many.
        while (cursor.position() as usize) < bytes.len() {
            let events = self.connection.recv(&mut cursor);
            let is_unreadable = events
                .iter()
                .any(|event| matches!(event, Event::NotifyError(_)));
            self.translate(events, &mut actions);
            if is_unreadable {
                actions.push(Action::Close);
            }
            if actions.contains(&Action::Close) {
                break;
            }
        }
        actions
    }

    /// A timer ran out.
    pub fn timer_fired(&mut self, timer: Timer) -> Vec<Action> {
        let kind = match timer {
            Timer::Ping => TimerKind::PingreqSend,
            Timer::PingAnswer => TimerKind::PingrespRecv,
        };
        let events = self.connection.notify_timer_fired(kind);
        let mut actions = Vec::new();
        self.translate(events, &mut actions);
        if timer == Timer::PingAnswer {
            actions.push(Action::Close);
        }
        actions
    }

    /// Sends a message with QoS 1; no action where it cannot be sent.
    pub fn publish(&mut self, message: &Outgoing) -> Vec<Action> {
        let packet = self.connection.acquire_packet_id().and_then(|id| {
            let packet = publish_packet(id, message)?;
            Ok((id, packet))
        });
        let Ok((id, packet)) = packet else {
            return Vec::new();
        };
        if self.unacknowledged.len() >= UNACKNOWLEDGED_MAX {
            self.unacknowledged.pop_front();
        }
        self.unacknowledged.push_back((id, message.id.clone()));
        self.send(packet)
    }

    /// The message of an acknowledged packet.
    fn acknowledged(&mut self, id: u16) -> Option<String> {
        let position = self
            .unacknowledged
            .iter()
            .position(|(packet, _)| *packet == id)?;
        self.unacknowledged
            .remove(position)
            .map(|(_, message)| message)
    }

    fn send(&mut self, packet: Packet) -> Vec<Action> {
        let events = self.connection.send(packet);
        let mut actions = Vec::new();
        self.translate(events, &mut actions);
        actions
    }

    fn translate(&mut self, events: Vec<Event>, actions: &mut Vec<Action>) {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => {
                    actions.push(Action::Send(packet.to_continuous_buffer()));
                }
                Event::NotifyPacketReceived(packet) => self.packet_received(packet, actions),
                Event::RequestTimerReset { kind, duration_ms } => {
                    if let Some(timer) = timer_of(kind) {
                        let duration_ms = u32::try_from(duration_ms).unwrap_or(u32::MAX);
                        actions.push(Action::StartTimer(timer, duration_ms));
                    }
                }
                Event::RequestTimerCancel(kind) => {
                    actions.extend(timer_of(kind).map(Action::StopTimer));
                }
                Event::RequestClose => actions.push(Action::Close),
                Event::NotifyError(_) | Event::NotifyPacketIdReleased(_) => {}
            }
        }
    }

    fn packet_received(&mut self, packet: Packet, actions: &mut Vec<Action>) {
        match packet {
            Packet::V5_0Connack(answer) if answer.reason_code() == ConnectReasonCode::Success => {
                actions.push(Action::Connected);
                let subscribe = self
                    .connection
                    .acquire_packet_id()
                    .and_then(|id| subscribe_packet(id, &self.filters));
                match subscribe {
                    Ok(packet) => actions.extend(self.send(packet)),
                    Err(_) => actions.push(Action::Close),
                }
            }
            Packet::V5_0Connack(answer) if asks_for_login(answer.reason_code()) => {
                actions.push(Action::AskForLogin);
            }
            Packet::V5_0Connack(_) | Packet::V5_0Disconnect(_) => actions.push(Action::Close),
            Packet::V5_0Puback(answer) => {
                let message = self.acknowledged(answer.packet_id());
                let is_refused = answer.reason_code() == Some(PubackReasonCode::NotAuthorized);
                actions.extend(message.filter(|_| is_refused).map(Action::NotAllowed));
            }
            Packet::V5_0Publish(publish) => actions.push(Action::Deliver(Message {
                topic: publish.topic_name().to_owned(),
                payload: publish.payload().as_slice().to_vec(),
                retained: publish.retain(),
            })),
            _ => {}
        }
    }
}

const fn timer_of(kind: TimerKind) -> Option<Timer> {
    match kind {
        TimerKind::PingreqSend => Some(Timer::Ping),
        TimerKind::PingrespRecv => Some(Timer::PingAnswer),
        TimerKind::PingreqRecv => None,
    }
}

/// Whether a refusal may end with another user or password.
fn asks_for_login(code: ConnectReasonCode) -> bool {
    matches!(
        code,
        ConnectReasonCode::NotAuthorized | ConnectReasonCode::BadUserNameOrPassword
    )
}

fn connect_packet(client_id: &str, login: Option<&Login>) -> Result<Packet, MqttError> {
    let mut connect = v5_0::Connect::builder()
        .clean_start(true)
        .keep_alive(KEEP_ALIVE_S)
        .client_id(client_id)?;
    if let Some(Login { user, password }) = login {
        connect = connect.user_name(user)?.password(password.as_str())?;
    }
    Ok(connect.build()?.into())
}

fn subscribe_packet(id: u16, filters: &[String]) -> Result<Packet, MqttError> {
    let options = SubOpts::new().set_qos(Qos::AtLeastOnce);
    let entries = filters
        .iter()
        .map(|filter| SubEntry::new(filter.as_str(), options))
        .collect::<Result<Vec<_>, _>>()?;
    let subscribe = v5_0::Subscribe::builder()
        .packet_id(id)
        .entries(entries)
        .build()?;
    Ok(subscribe.into())
}

fn publish_packet(id: u16, message: &Outgoing) -> Result<Packet, MqttError> {
    let expiry = Property::MessageExpiryInterval(MessageExpiryInterval::new(message.expiry_s)?);
    let publish = v5_0::Publish::builder()
        .topic_name(message.topic.as_str())?
        .qos(Qos::AtLeastOnce)
        .packet_id(id)
        .payload(message.payload.as_slice())
        .props(vec![expiry])
        .build()?;
    Ok(publish.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A broker's end of the connection, by the same protocol library.
    struct Peer {
        connection: Connection<role::Server>,
        heard: Vec<Packet>,
    }

    impl Peer {
        fn new() -> Self {
            Self {
                connection: Connection::new(Version::V5_0),
                heard: Vec::new(),
            }
        }

        fn hear(&mut self, actions: &[Action]) {
            for action in actions {
                let Action::Send(bytes) = action else {
                    continue;
                };
                let mut cursor = Cursor::new(bytes.as_slice());
                while (cursor.position() as usize) < bytes.len() {
                    for event in self.connection.recv(&mut cursor) {
                        if let Event::NotifyPacketReceived(packet) = event {
                            self.heard.push(packet);
                        }
                    }
                }
            }
        }

        fn say(&mut self, packet: impl Into<Packet>) -> Vec<u8> {
            let mut bytes = Vec::new();
            for event in self.connection.send(packet.into()) {
                if let Event::RequestSendPacket { packet, .. } = event {
                    bytes.extend(packet.to_continuous_buffer());
                }
            }
            bytes
        }

        fn connack(&mut self, code: ConnectReasonCode) -> Vec<u8> {
            let packet = v5_0::Connack::builder()
                .session_present(false)
                .reason_code(code)
                .build()
                .unwrap();
            self.say(packet)
        }

        fn publish(&mut self, topic: &str, payload: &[u8]) -> Vec<u8> {
            let id = self.connection.acquire_packet_id().unwrap();
            let packet = v5_0::Publish::builder()
                .topic_name(topic)
                .unwrap()
                .qos(Qos::AtLeastOnce)
                .packet_id(id)
                .payload(payload)
                .build()
                .unwrap();
            self.say(packet)
        }
    }

    fn connected() -> (Session, Peer) {
        let login = Login {
            user: "anna".into(),
            password: "a good one".into(),
        };
        let filters = vec!["releve/+/state".into()];
        let mut session = Session::new("tab-1".into(), Some(login), filters);
        let mut peer = Peer::new();
        peer.hear(&session.opened());
        let connack = peer.connack(ConnectReasonCode::Success);
        let actions = session.received(&connack);
        assert!(actions.contains(&Action::Connected));
        peer.hear(&actions);
        (session, peer)
    }

    #[test]
    fn connects_cleanly_and_subscribes() {
        let (_, peer) = connected();
        assert!(
            matches!(&peer.heard[0], Packet::V5_0Connect(packet) if packet.clean_start() && packet.client_id() == "tab-1")
        );
        assert!(matches!(&peer.heard[1], Packet::V5_0Subscribe(packet)
            if packet.entries().len() == 1 && packet.entries()[0].topic_filter() == "releve/+/state"));
    }

    /// Forgotten acknowledgements freeze a browser after the broker's quota, without any error.
    #[test]
    fn acknowledges_every_message_of_a_long_run() {
        let (mut session, mut peer) = connected();
        for number in 0..250_u32 {
            let bytes = peer.publish("releve/a/state", number.to_string().as_bytes());
            let actions = session.received(&bytes);
            let delivered = actions.iter().any(|action| {
                matches!(action, Action::Deliver(message) if message.payload == number.to_string().as_bytes())
            });
            assert!(delivered, "message {number}");
            peer.hear(&actions);
        }
        let acknowledged = peer
            .heard
            .iter()
            .filter(|packet| matches!(packet, Packet::V5_0Puback(_)))
            .count();
        assert_eq!(acknowledged, 250);
    }

    #[test]
    fn reads_every_packet_of_a_frame_and_packets_cut_in_two() {
        let (mut session, mut peer) = connected();
        let mut bytes = peer.publish("releve/a/state", b"1");
        bytes.extend(peer.publish("releve/a/state", b"2"));
        let (head, tail) = bytes.split_at(7);
        let mut actions = session.received(head);
        actions.extend(session.received(tail));
        let payloads: Vec<_> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Deliver(message) => Some(message.payload.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(payloads, [b"1", b"2"]);
    }

    #[test]
    fn gives_up_when_refused_and_on_rubbish() {
        let mut session = Session::new("tab-1".into(), None, Vec::new());
        let mut peer = Peer::new();
        peer.hear(&session.opened());
        let refusal = peer.connack(ConnectReasonCode::ServerBusy);
        assert!(session.received(&refusal).contains(&Action::Close));

        let (mut session, _) = connected();
        assert!(session.received(&[0; 64]).contains(&Action::Close));
    }

    #[test]
    fn a_user_logs_in_and_is_asked_again_where_the_broker_does_not_believe_it() {
        let (_, peer) = connected();
        assert!(matches!(&peer.heard[0], Packet::V5_0Connect(packet)
            if packet.user_name() == Some("anna") && packet.password() == Some(b"a good one".as_slice())));

        for code in [
            ConnectReasonCode::NotAuthorized,
            ConnectReasonCode::BadUserNameOrPassword,
        ] {
            let mut session = Session::new("tab-1".into(), None, Vec::new());
            let mut peer = Peer::new();
            peer.hear(&session.opened());
            let refusal = peer.connack(code);
            let actions = session.received(&refusal);
            assert!(actions.contains(&Action::AskForLogin), "{actions:?}");
        }
    }

    fn command() -> Outgoing {
        Outgoing {
            id: "tab-1-7".into(),
            topic: "releve/a/set/mode".into(),
            payload: b"observer".to_vec(),
            expiry_s: 5,
        }
    }

    #[test]
    fn a_command_that_the_user_may_not_send_is_told_by_its_id() {
        let (mut session, mut peer) = connected();
        for (code, told) in [
            (PubackReasonCode::NoMatchingSubscribers, None),
            (PubackReasonCode::NotAuthorized, Some("tab-1-7".to_owned())),
        ] {
            peer.hear(&session.publish(&command()));
            let Some(Packet::V5_0Publish(publish)) = peer.heard.last() else {
                panic!("nothing was published");
            };
            let id = publish.packet_id().expect("quality of service 1");
            let answer = v5_0::Puback::builder()
                .packet_id(id)
                .reason_code(code)
                .build()
                .unwrap();
            let answer = peer.say(answer);
            let refused = session
                .received(&answer)
                .into_iter()
                .find_map(|action| match action {
                    Action::NotAllowed(id) => Some(id),
                    _ => None,
                });
            assert_eq!(refused, told);
        }
        assert!(session.unacknowledged.is_empty());
    }

    #[test]
    fn an_unanswered_ping_ends_the_session() {
        let (mut session, mut peer) = connected();
        let actions = session.timer_fired(Timer::Ping);
        peer.hear(&actions);
        assert!(matches!(peer.heard.last(), Some(Packet::V5_0Pingreq(_))));
        assert!(actions.contains(&Action::StartTimer(Timer::PingAnswer, 8_000)));
        let actions = session.timer_fired(Timer::PingAnswer);
        assert!(actions.contains(&Action::Close));
    }

    #[test]
    fn a_command_carries_its_expiry() {
        let (mut session, mut peer) = connected();
        let message = command();
        peer.hear(&session.publish(&message));
        let Some(Packet::V5_0Publish(publish)) = peer.heard.last() else {
            panic!("nothing was published");
        };
        assert_eq!(publish.qos(), Qos::AtLeastOnce);
        assert!(!publish.retain());
        assert!(publish.props().iter().any(|property| {
            matches!(property, Property::MessageExpiryInterval(expiry) if expiry.val() == 5)
        }));
    }
}

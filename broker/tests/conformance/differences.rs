//! Where the two brokers differ: the rows of the table in `docs/broker.md`.

use std::fmt;

/// One row.
#[derive(Debug)]
pub struct Difference {
    pub what: &'static str,
    pub embedded: &'static str,
    pub mosquitto: &'static str,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            what,
            embedded,
            mosquitto,
        } = self;
        writeln!(f, "| {what} | {embedded} | {mosquitto} |")
    }
}

macro_rules! differences {
    ($($name:ident: $what:literal, $embedded:literal, $mosquitto:literal;)*) => {
        $(pub static $name: Difference = Difference { what: $what, embedded: $embedded, mosquitto: $mosquitto };)*
        /// All of them, in the order of the page.
        pub static ALL: &[&Difference] = &[$(&$name),*];
    };
}

differences! {
    VERSION_31: "MQTT 3.1", "refused (CONNACK 1)", "spoken";
    LONG_ID: "a client id beyond 512 bytes", "refused (0x85; 3.1.1: 2)", "taken";
    ANNOUNCED: "announced in CONNACK, MQTT 5", "100 unacknowledged publishes, packet size, QoS 1, no topic aliases, no shared subscriptions", "100 unacknowledged publishes, packet size, ten topic aliases; a keep-alive of 0 becomes 65,535 s";
    CONNECT_MALFORMED: "a CONNECT that breaks the protocol, MQTT 5", "CONNACK 0x81, 0x82", "closed";
    FAULTS: "other packets that break it", "end the connection; MQTT 5: DISCONNECT with the reason", "end it, the reason is coarser or not told; a few are ignored or passed on";
    ENDS: "a takeover, a silence, MQTT 5", "DISCONNECT 0x8E, 0x8D", "closed without a word";
    QOS_2_V5: "QoS 2, MQTT 5", "a publish or will is refused (0x9B)", "offered";
    QOS_2_GRANTED: "a subscription of QoS 2", "granted at QoS 1", "granted";
    NO_SUBSCRIBER: "no subscriber for a message of QoS 1, MQTT 5", "0x00", "0x10";
    SHARED: "shared subscriptions", "refused (0x9E; 3.1.1: 0x80)", "offered";
    INVALID_FILTER: "a filter that is not valid", "refused in the SUBACK (0x8F; 3.1.1: 0x80)", "ends the connection";
    OVERLAPPING: "overlapping filters, 3.1.1", "the message comes for each of them", "it comes once, at the QoS of one of them";
    DOLLAR: "a publish to a topic that starts with `$`", "refused (0x87; 3.1.1: acknowledged and dropped)", "passed on";
    ALIAS: "topic aliases", "refused (0x94)", "ten";
    WILL_WILDCARD: "a will's topic with a wildcard", "CONNACK 0x90; 3.1.1: 5", "closed";
    WILL_ERROR: "a DISCONNECT that tells an error, MQTT 5", "the will is published", "it is not";
    WILL_AT_ONCE: "a delayed will of a session that ends with its connection", "published at once", "after the delay";
}

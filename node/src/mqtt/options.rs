//! How a node connects.

use std::time::Duration;

use releve_protocol::{Availability, NodeId};
use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::LastWill;

use crate::core::availability;
use releve_protocol::connection::BrokerAddress;

/// A broker notices a dead node after one and a half times this.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The longest that an attempt to connect may take, seconds.
const CONNECT_SECONDS: u64 = 5;
/// Messages sent and not acknowledged.
const IN_FLIGHT: u16 = 100;
/// The largest packet taken, bytes: the embedded broker's own bound, so that every command that it
/// lets through is answered, even one that is refused for its length.
const PACKET_MAX: u32 = 1 << 20;

/// The options of one connection.
pub fn options(node: &NodeId, broker: &BrokerAddress) -> MqttOptions {
    let mut options = MqttOptions::new(format!("releve-node-{node}"), &broker.host, broker.port);
    let offline = availability(node, Availability::Offline);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(true)
        .set_connection_timeout(CONNECT_SECONDS)
        .set_max_packet_size(Some(PACKET_MAX))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT)
        .set_last_will(LastWill::new(
            offline.topic,
            offline.payload,
            QoS::AtLeastOnce,
            offline.retain,
            None,
        ));
    options
}

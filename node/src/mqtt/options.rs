//! How a node connects.

use std::time::Duration;

use releve_protocol::{Availability, NodeId};
use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::LastWill;

use super::access::{Access, AccessError};
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
///
/// # Errors
/// What keeps the node from getting in before it has tried.
pub fn options(node: &NodeId, broker: &Access) -> Result<MqttOptions, AccessError> {
    let BrokerAddress { host, port } = &broker.address;
    let mut options = MqttOptions::new(format!("releve-node-{node}"), host, *port);
    options.set_transport(broker.transport()?);
    if let Some((user, password)) = broker.credentials()? {
        options.set_credentials(user, password);
    }
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
    Ok(options)
}

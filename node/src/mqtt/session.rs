//! One connection, from its beginning to its end.

use std::time::{Duration, SystemTime};

use releve_protocol::NodeId;
use releve_protocol::topic::{HOME_ASSISTANT_STATUS, commands_of};
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, SubAck, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::link::Link;
use super::options::{KEEP_ALIVE, options};
use super::{FromBroker, incoming};
use crate::config::BrokerAddress;

/// Messages that the control loop has handed over and the connection has not sent.
const OUTBOX: usize = 256;
/// Pings see to it that something happens every [`KEEP_ALIVE`]; without anything for this long, the
/// event loop hangs.
const SILENCE_MAX: Duration = KEEP_ALIVE.saturating_mul(3);
/// The longest that messages may wait for their acknowledgement while nothing is acknowledged.
const UNACKNOWLEDGED_MAX: Duration = KEEP_ALIVE.saturating_mul(2);
/// How long the broker may take to close a connection after our disconnect.
const FAREWELL: Duration = Duration::from_millis(500);

/// How a connection ended.
pub struct Ended {
    /// How long it had lasted; `None` where it was never made.
    pub lasted: Option<Duration>,
    /// What went wrong; `None` where it ended because it should.
    pub why: Option<String>,
}

/// Connects, subscribes and carries messages until the connection ends.
pub async fn serve(
    node: NodeId,
    broker: BrokerAddress,
    inbox: mpsc::Sender<FromBroker>,
    stop: CancellationToken,
) -> Ended {
    let (client, mut event_loop) = AsyncClient::new(options(&node, &broker), OUTBOX);
    // The only place where polling is cut off, and the event loop with it.
    let connected = tokio::select! {
        first = event_loop.poll() => first.map_err(|error| explained(&error)),
        () = stop.cancelled() => return Ended { lasted: None, why: None },
    };
    if let Err(why) = connected {
        return Ended {
            lasted: None,
            why: Some(why),
        };
    }
    info!("connected to broker {broker}");
    let began = Instant::now();
    let why = match subscribe(&node, &client) {
        Ok(()) => carry(&node, client, &mut event_loop, &inbox).await,
        Err(why) => Some(why),
    };
    Ended {
        lasted: Some(began.elapsed()),
        why,
    }
}

fn subscribe(node: &NodeId, client: &AsyncClient) -> Result<(), String> {
    let subscribed = client.try_subscribe_many([
        Filter::new(commands_of(node), QoS::AtLeastOnce),
        Filter::new(HOME_ASSISTANT_STATUS, QoS::AtMostOnce),
    ]);
    subscribed.map_err(|error| error.to_string())
}

/// Carries messages until the connection ends; gives what went wrong.
async fn carry(
    node: &NodeId,
    client: AsyncClient,
    event_loop: &mut EventLoop,
    inbox: &mpsc::Sender<FromBroker>,
) -> Option<String> {
    let mut last_acknowledged = Instant::now();
    loop {
        let event = match timeout(SILENCE_MAX, event_loop.poll()).await {
            Ok(Ok(event)) => event,
            Ok(Err(error)) => return Some(explained(&error)),
            Err(_) => return Some("nothing moves any more".to_owned()),
        };
        if event_loop.state.inflight() == 0 {
            last_acknowledged = Instant::now();
        }
        let news = match event {
            Event::Incoming(Packet::Publish(publish)) => {
                incoming::read(node, publish, SystemTime::now())
            }
            Event::Incoming(Packet::SubAck(answer)) => {
                report_denied(node, &answer);
                Some(FromBroker::Connected(Link::new(client.clone())))
            }
            Event::Incoming(Packet::PubAck(_)) => {
                last_acknowledged = Instant::now();
                None
            }
            Event::Outgoing(Outgoing::Disconnect) => {
                farewell(event_loop).await;
                info!("disconnected from the broker");
                return None;
            }
            _ => None,
        };
        if last_acknowledged.elapsed() > UNACKNOWLEDGED_MAX {
            return Some("the broker acknowledges nothing any more".to_owned());
        }
        if let Some(news) = news
            && inbox.send(news).await.is_err()
        {
            return None;
        }
    }
}

/// Reads on until the broker closes: closed with unread acknowledgements, the connection would be
/// reset, and the broker might lose what it has not read yet.
async fn farewell(event_loop: &mut EventLoop) {
    let closed = async { while event_loop.poll().await.is_ok() {} };
    // A broker that does not close is left alone.
    let _ = timeout(FAREWELL, closed).await;
}

fn report_denied(node: &NodeId, answer: &SubAck) {
    let filters = [commands_of(node), HOME_ASSISTANT_STATUS.to_owned()];
    for (filter, code) in filters.iter().zip(&answer.return_codes) {
        if !matches!(code, SubscribeReasonCode::Success(_)) {
            error!(
                "the broker denies {filter} to this node ({code:?}): allow it in the broker's access list"
            );
        }
    }
}

/// The error in words that say what to do, where that can be told.
fn explained(error: &ConnectionError) -> String {
    use rumqttc::v5::StateError;
    use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode};
    match error {
        ConnectionError::Io(error) => error.to_string(),
        ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code: DisconnectReasonCode::SessionTakenOver,
            ..
        }) => "another program connected as this node: give each node an id of its own".to_owned(),
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            "the broker closed the connection".to_owned()
        }
        ConnectionError::ConnectionRefused(
            code @ (ConnectReturnCode::NotAuthorized | ConnectReturnCode::BadUserNamePassword),
        ) => format!("the broker refuses this node ({code:?}): check its users and access list"),
        ConnectionError::Timeout(_) => "it does not answer".to_owned(),
        other => other.to_string(),
    }
}

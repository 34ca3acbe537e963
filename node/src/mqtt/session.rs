//! One connection, from its beginning to its end.

use std::time::Duration;

use releve_protocol::NodeId;
use releve_protocol::topic::{HOME_ASSISTANT_STATUS, commands_of};
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Filter;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::FromBroker;
use super::access::{Access, explained};
use super::conversation::Conversation;
use super::link::Link;
use super::options::{KEEP_ALIVE, options};

/// Messages that the control loop has handed over and the connection has not sent.
const OUTBOX: usize = 256;
/// Pings see to it that something happens every [`KEEP_ALIVE`]; without anything for this long, the
/// event loop hangs.
const SILENCE_MAX: Duration = KEEP_ALIVE.saturating_mul(3);
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
    broker: Access,
    inbox: mpsc::Sender<FromBroker>,
    stop: CancellationToken,
) -> Ended {
    let options = match read_options(&node, &broker).await {
        Ok(options) => options,
        Err(why) => {
            return Ended {
                lasted: None,
                why: Some(why),
            };
        }
    };
    let (client, mut event_loop) = AsyncClient::new(options, OUTBOX);
    // The only place where polling is cut off, and the event loop with it.
    let connected = tokio::select! {
        first = event_loop.poll() => first.map_err(|error| explained(&error, "node")),
        () = stop.cancelled() => return Ended { lasted: None, why: None },
    };
    if let Err(why) = connected {
        return Ended {
            lasted: None,
            why: Some(why),
        };
    }
    info!("connected to broker {}", broker.address);
    let began = Instant::now();
    let why = match subscribe(&node, &client) {
        Ok(()) => {
            let conversation = Conversation::new(&node, &inbox, Link::new(client));
            carry(conversation, &mut event_loop).await
        }
        Err(why) => Some(why),
    };
    Ended {
        lasted: Some(began.elapsed()),
        why,
    }
}

/// The options of this connection. Certificates may lie on a disk that does not answer, and nothing else waits
/// for it.
async fn read_options(node: &NodeId, broker: &Access) -> Result<MqttOptions, String> {
    let (node, broker) = (node.clone(), broker.clone());
    let reading =
        spawn_blocking(move || options(&node, &broker).map_err(|error| error.to_string()));
    reading
        .await
        .unwrap_or_else(|stopped| Err(stopped.to_string()))
}

fn subscribe(node: &NodeId, client: &AsyncClient) -> Result<(), String> {
    let subscribed = client.try_subscribe_many([
        Filter::new(commands_of(node), QoS::AtLeastOnce),
        Filter::new(HOME_ASSISTANT_STATUS, QoS::AtMostOnce),
    ]);
    subscribed.map_err(|error| error.to_string())
}

/// Carries messages until the connection ends; gives what went wrong.
async fn carry(mut conversation: Conversation<'_>, event_loop: &mut EventLoop) -> Option<String> {
    loop {
        let event = match timeout(SILENCE_MAX, event_loop.poll()).await {
            Ok(Ok(event)) => event,
            Ok(Err(error)) => return Some(explained(&error, "node")),
            Err(_) => return Some("nothing moves any more".to_owned()),
        };
        if event == Event::Outgoing(Outgoing::Disconnect) {
            farewell(event_loop).await;
            info!("disconnected from the broker");
            return None;
        }
        if conversation.take(event).await.is_err() {
            return None;
        }
        if conversation.is_stalled(event_loop.state.inflight()) {
            return Some("the broker acknowledges nothing any more".to_owned());
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

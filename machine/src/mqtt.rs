//! A broker on loopback, and a client that hears everything that a node says.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{Client, Event, MqttOptions};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::patience::PATIENCE;
use crate::timeline::Timeline;

/// Where the broker listens.
pub const BROKER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1883);
/// The longest packet, bytes: discovery is long.
const PACKET_MAX: u32 = 1 << 20;

/// How much of a payload is told, characters.
const SHOWN: usize = 600;

/// A message of a node.
#[derive(Debug, Clone)]
pub struct Message {
    /// The topic behind `releve/<node>/`.
    pub topic: String,
    /// The payload; a text where it is no JSON.
    pub payload: Value,
}

/// Broker and client.
pub struct Mqtt {
    node: &'static str,
    client: Client,
    /// Everything that was heard.
    pub messages: Arc<Timeline<Message>>,
    /// Serves as long as this lives.
    broker: releve_broker::Broker,
    runtime: Runtime,
}

impl Mqtt {
    /// Starts both, for the node of that name.
    ///
    /// # Errors
    /// If the broker cannot listen.
    pub fn start(node: &'static str) -> Result<Self> {
        let runtime = Runtime::new()?;
        let broker = runtime
            .block_on(releve_broker::start(releve_broker::Config::new(BROKER)))
            .context("the broker does not start")?;
        let mut options = MqttOptions::new("rig", BROKER.ip().to_string(), BROKER.port());
        options.set_max_packet_size(Some(PACKET_MAX));
        let (client, mut connection) = Client::new(options, 100);
        client.subscribe(format!("releve/{node}/#"), QoS::AtLeastOnce)?;
        let messages = Arc::new(Timeline::default());
        let heard = Arc::clone(&messages);
        let prefix = format!("releve/{node}/");
        thread::spawn(move || {
            for event in connection.iter() {
                let Ok(Event::Incoming(Packet::Publish(publish))) = event else {
                    continue;
                };
                let text = String::from_utf8_lossy(&publish.payload);
                let topic = String::from_utf8_lossy(&publish.topic);
                heard.push(Message {
                    topic: topic.trim_start_matches(&prefix).to_owned(),
                    payload: serde_json::from_str(&text)
                        .unwrap_or_else(|_| Value::from(text.as_ref())),
                });
            }
        });
        Ok(Self {
            node,
            client,
            messages,
            broker,
            runtime,
        })
    }

    /// Ends both, without waiting for anybody.
    pub fn stop(self) {
        drop(self.broker);
        self.runtime.shutdown_background();
    }

    /// Sends a command.
    ///
    /// # Errors
    /// If the client has no room.
    pub fn set(&self, thing: &str, value: &str) -> Result<()> {
        let topic = format!("releve/{}/set/{thing}", self.node);
        Ok(self
            .client
            .publish(topic, QoS::AtLeastOnce, false, value.to_owned())?)
    }

    /// Waits for a message on that topic that `find` takes.
    ///
    /// # Errors
    /// If none comes; says which came last.
    pub fn hear<U>(
        &self,
        mark: usize,
        topic: &str,
        patience: Duration,
        mut find: impl FnMut(&Value) -> Option<U>,
    ) -> Result<U> {
        let heard = self.messages.wait(mark, patience, |message| {
            (message.topic == topic)
                .then(|| find(&message.payload))
                .flatten()
        });
        heard.with_context(|| {
            let since = self.messages.since(mark);
            let last = since.iter().rfind(|message| message.topic == topic);
            match last {
                Some(last) => {
                    let payload: String = last.payload.to_string().chars().take(SHOWN).collect();
                    format!("the last {topic} was {payload} …")
                }
                None => format!("no {topic} was heard"),
            }
        })
    }

    /// Sends a command and waits until the node has accepted it.
    ///
    /// # Errors
    /// If it does not.
    pub fn command(&self, thing: &str, value: &str) -> Result<()> {
        let mark = self.messages.mark();
        self.set(thing, value)?;
        self.hear(mark, "result", PATIENCE, |result| {
            (result["set"] == thing && result["status"] == "accepted").then_some(())
        })
        .with_context(|| format!("{thing} {value} was not accepted"))
    }
}

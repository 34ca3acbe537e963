//! A client that remembers what it heard, so that a test can wait for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::until::until;

/// A message as it was heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it.
    pub retained: bool,
}

impl Heard {
    /// The payload as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap_or_default()
    }
}

/// A client that listens to everything.
pub struct Listener {
    client: AsyncClient,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    /// Connects and subscribes; returns once the subscription is acknowledged.
    pub async fn connect(address: SocketAddr, client_id: &str, filters: &[&str]) -> Self {
        Self::connect_as(None, address, client_id, filters).await
    }

    /// The same as a user, with a password.
    pub async fn connect_as(
        user: Option<(&str, &str)>,
        address: SocketAddr,
        client_id: &str,
        filters: &[&str],
    ) -> Self {
        let mut options = MqttOptions::new(client_id, address.ip().to_string(), address.port());
        options.set_max_packet_size(Some(1 << 20));
        if let Some((name, password)) = user {
            options.set_credentials(name, password);
        }
        let (client, mut eventloop) = AsyncClient::new(options, 100);
        let filters = filters
            .iter()
            .map(|path| Filter::new(*path, QoS::AtLeastOnce));
        client
            .subscribe_many(filters)
            .await
            .expect("room in the queue");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (ready, subscribed) = tokio::sync::oneshot::channel();
        let task = tokio::spawn({
            let heard = Arc::clone(&heard);
            let mut ready = Some(ready);
            async move {
                while let Ok(event) = eventloop.poll().await {
                    match event {
                        Event::Incoming(Packet::SubAck(_)) => {
                            if let Some(ready) = ready.take() {
                                let _ = ready.send(());
                            }
                        }
                        Event::Incoming(Packet::Publish(publish)) => {
                            heard.lock().expect("no panic while held").push(Heard {
                                topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                                payload: publish.payload.to_vec(),
                                retained: publish.retain,
                            });
                        }
                        _ => {}
                    }
                }
            }
        });
        tokio::time::timeout(super::until::DEADLINE, subscribed)
            .await
            .expect("a SUBACK in time")
            .expect("the connection to hold until the SUBACK");
        Self {
            client,
            heard,
            task,
        }
    }

    /// Publishes at QoS 1.
    pub async fn publish(&self, topic: &str, retain: bool, payload: impl Into<Vec<u8>>) {
        let payload = payload.into();
        self.client
            .publish(topic, QoS::AtLeastOnce, retain, payload)
            .await
            .expect("room in the queue");
    }

    /// How many messages were heard so far: a mark for [`Self::wait_after`].
    pub fn mark(&self) -> usize {
        self.heard.lock().expect("no panic while held").len()
    }

    /// Everything heard since the mark.
    pub fn since(&self, mark: usize) -> Vec<Heard> {
        self.heard.lock().expect("no panic while held")[mark..].to_vec()
    }

    /// Waits for the first message since the mark that is on the topic and satisfies the condition.
    pub async fn wait_after(
        &self,
        mark: usize,
        topic: &str,
        condition: impl Fn(&Heard) -> bool,
    ) -> Heard {
        until(&format!("a message on {topic}"), async || {
            self.since(mark)
                .into_iter()
                .find(|heard| heard.topic == topic && condition(heard))
        })
        .await
    }

    /// Sends a command and waits for its result of that status; gives the result's JSON.
    pub async fn command(&self, node: &str, thing: &str, value: Value, status: &str) -> Value {
        // Whoever is not there yet does not hear a command, which no broker keeps.
        self.wait_after(0, &format!("releve/{node}/availability"), |heard| {
            heard.payload == b"online"
        })
        .await;
        let mark = self.mark();
        let id = format!("t{mark}");
        let payload = serde_json::json!({"value": value, "id": id}).to_string();
        self.publish(&format!("releve/{node}/set/{thing}"), false, payload)
            .await;
        self.wait_after(mark, &format!("releve/{node}/result"), |heard| {
            let json = heard.json();
            json["id"] == id.as_str() && json["status"] == status
        })
        .await
        .json()
    }
}

//! Asks the broker whether a password is right: connects with it, and leaves.

use std::time::Duration;

use releve_access::{Access, explained};
use releve_protocol::NodeId;
use rumqttc::v5::mqttbytes::v5::ConnectReturnCode;
use rumqttc::v5::{AsyncClient, ConnectionError, EventLoop};
use tokio::time::timeout;

use super::options;

/// The longest time, in seconds, that the broker may take: it checks passwords slowly, and in turn.
const CONNECT_SECONDS: u64 = 10;
/// How long the broker may take to close the connection after the goodbye.
const FAREWELL: Duration = Duration::from_millis(500);

/// What the broker says.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It lets the user in.
    Right,
    /// It does not.
    Wrong,
    /// Too many have failed: it does not look at this one yet.
    TooSoon,
    /// It cannot be asked; why.
    NotAsked(String),
}

/// Whether the broker lets that user in, on behalf of the bridge `id`.
pub async fn check(id: &NodeId, broker: Access, user: String, password: String) -> Verdict {
    // A name that no other client has: one of the same name would be cut off.
    let client_id = format!("releve-bridge-{id}-check-{:016x}", rand::random::<u64>());
    let mut options = match options::read(client_id, broker).await {
        Ok(options) => options,
        Err(reason) => return Verdict::NotAsked(reason),
    };
    options
        .set_credentials(user, password)
        .set_connection_timeout(CONNECT_SECONDS);
    let (client, mut event_loop) = AsyncClient::new(options, 1);
    match event_loop.poll().await {
        Ok(_) => {
            leave(&client, &mut event_loop).await;
            Verdict::Right
        }
        Err(ConnectionError::ConnectionRefused(code)) => match code {
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
                Verdict::Wrong
            }
            ConnectReturnCode::ConnectionRateExceeded => Verdict::TooSoon,
            other => Verdict::NotAsked(format!("it answers {other:?}")),
        },
        Err(error) => Verdict::NotAsked(explained(&error, "bridge")),
    }
}

async fn leave(client: &AsyncClient, event_loop: &mut EventLoop) {
    if client.try_disconnect().is_ok() {
        let closed = async { while event_loop.poll().await.is_ok() {} };
        // A broker that does not close is left alone.
        let _ = timeout(FAREWELL, closed).await;
    }
}

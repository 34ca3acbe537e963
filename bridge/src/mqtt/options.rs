//! How the bridge connects.

use std::time::Duration;

use releve_access::{Access, AccessError};
use rumqttc::v5::MqttOptions;
use tokio::task::spawn_blocking;

/// How often the client and the broker show one another that they are there.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The options of one connection, with password and certificates as they are now. They may lie on a disk that
/// does not answer, and nothing else waits for it.
///
/// # Errors
/// Says what keeps the bridge from getting in before it has tried.
pub async fn read(client_id: String, broker: Access) -> Result<MqttOptions, String> {
    let reading =
        spawn_blocking(move || options(client_id, &broker).map_err(|error| error.to_string()));
    reading
        .await
        .unwrap_or_else(|stopped| Err(stopped.to_string()))
}

fn options(client_id: String, broker: &Access) -> Result<MqttOptions, AccessError> {
    let mut options = MqttOptions::new(client_id, &broker.address.host, broker.address.port);
    options.set_transport(broker.transport()?);
    if let Some((user, password)) = broker.credentials()? {
        options.set_credentials(user, password);
    }
    options
        .set_keep_alive(KEEP_ALIVE)
        // What is missed is asked for from the nodes, not kept by the broker.
        .set_clean_start(true);
    Ok(options)
}

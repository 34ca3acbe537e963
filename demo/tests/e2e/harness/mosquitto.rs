//! A real Mosquitto (Debian's), in place of the embedded broker.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use super::process::{Running, folder};

/// A running Mosquitto; dropping it kills it.
pub struct Mosquitto {
    _running: Running,
}

impl Mosquitto {
    /// Starts one at that address.
    pub async fn start(address: SocketAddr) -> Self {
        let folder = folder();
        let config = folder.path().join("mosquitto.conf");
        fs::write(
            &config,
            format!(
                "listener {} {}\nallow_anonymous true\npersistence false\nmax_queued_messages 100000\nmax_inflight_messages 100\n",
                address.port(),
                address.ip()
            ),
        )
        .expect("a configuration file");
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&config);
        let mut running = Running::start("mosquitto", "mosquitto", folder, &mut command);
        running.listening(address).await;
        Self { _running: running }
    }
}

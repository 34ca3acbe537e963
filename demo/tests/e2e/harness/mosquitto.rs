//! A real Mosquitto (Debian's), in place of the embedded broker.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
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
        fs::write(&config, configuration(address)).expect("a configuration file");
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&config);
        let mut running = Running::start("mosquitto", "mosquitto", folder, &mut command);
        running.listening(address).await;
        Self { _running: running }
    }
}

/// The product's own configuration, but for the address, the WebSocket, which no test speaks to,
/// and the folder on disk, which a broker that loses everything must not have.
fn configuration(address: SocketAddr) -> String {
    let product = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mosquitto/mosquitto.conf");
    let product = fs::read_to_string(product).expect("the product's configuration");
    assert!(
        product.contains("\nlistener 1883\n"),
        "the listener moved: {product}"
    );
    product
        .lines()
        .filter(|line| !line.starts_with("listener 9001") && !line.starts_with("protocol"))
        .map(|line| match line {
            "listener 1883" => format!("listener {} {}\n", address.port(), address.ip()),
            "persistence true" => "persistence false\n".to_owned(),
            other => format!("{other}\n"),
        })
        .collect()
}

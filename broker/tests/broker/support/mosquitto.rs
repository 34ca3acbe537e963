//! A real Mosquitto with the production configuration and the files that the program writes for it.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{eventually, reusable_addr};

/// Folders of system programs are not in everybody's path.
const PROGRAMS: [&str; 2] = ["mosquitto", "/usr/sbin/mosquitto"];

/// Entries of the product's configuration that are bounds of messages, and not of users or places.
const BOUNDS: [&str; 5] = [
    "persistent_client_expiration",
    "max_inflight_messages",
    "max_queued_messages",
    "max_queued_bytes",
    "max_packet_size",
];

/// A running Mosquitto, killed when dropped.
pub struct Mosquitto {
    child: Child,
    pub plain: SocketAddr,
    pub tls: SocketAddr,
    folder: TempDir,
}

impl Mosquitto {
    /// Starts one with the files in `folder`: password_file, acl_file, certificate.pem and key.pem.
    pub fn start(folder: TempDir) -> Self {
        let (plain, tls, websocket) = (reusable_addr(), reusable_addr(), reusable_addr());
        let config = configuration(folder.path(), tls, websocket)
            // The raw clients of the tests speak no TLS.
            + &format!("\nlistener {} {}\n", plain.port(), plain.ip())
            // Else, started by root, it could not read the test's files.
            + "user root\n";
        let file = folder.path().join("mosquitto.conf");
        fs::write(&file, config).unwrap();
        let child = spawn(folder.path(), &file);
        let mut mosquitto = Self {
            child,
            plain,
            tls,
            folder,
        };
        mosquitto.until_listening(&[plain, tls]);
        mosquitto
    }

    /// Starts one that serves everybody on one plain address, with the product's bounds but for `settings`, which
    /// come last.
    pub fn for_everybody(settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let plain = reusable_addr();
        let bounds: String = include_str!("../../../../mosquitto/production.conf")
            .lines()
            .filter(|line| {
                let entry = line.split(' ').next().unwrap_or_default();
                BOUNDS.contains(&entry) && !settings.contains(entry)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let (port, ip) = (plain.port(), plain.ip());
        let config = format!(
            "{bounds}{settings}\nlistener {port} {ip}\nallow_anonymous true\nuser root\nlog_type error\n"
        );
        let file = folder.path().join("mosquitto.conf");
        fs::write(&file, config).unwrap();
        let mut mosquitto = Self {
            child: spawn(folder.path(), &file),
            plain,
            tls: plain,
            folder,
        };
        mosquitto.until_listening(&[plain]);
        mosquitto
    }

    fn until_listening(&mut self, addrs: &[SocketAddr]) {
        for addr in addrs {
            eventually("Mosquitto listening", || {
                let ended = self.child.try_wait().unwrap();
                assert!(ended.is_none(), "Mosquitto ended: {}", self.log());
                TcpStream::connect(addr).is_ok()
            });
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets it read its files again.
    pub fn reload(&self) {
        let sent = Command::new("kill")
            .args(["-HUP", &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("output.log")).unwrap_or_default()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("---- Mosquitto said ----\n{}", self.log());
        }
    }
}

fn spawn(folder: &Path, config: &Path) -> Child {
    let log = fs::File::create(folder.join("output.log")).unwrap();
    let spawned = PROGRAMS.iter().find_map(|program| {
        Command::new(program)
            .arg("-c")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .ok()
    });
    spawned.expect("mosquitto cannot be run: install the Debian package mosquitto")
}

/// The product's own configuration, but for folders and ports.
fn configuration(folder: &Path, tls: SocketAddr, websocket: SocketAddr) -> String {
    let product = include_str!("../../../../mosquitto/production.conf");
    let folder = format!("{}/", folder.display());
    let mut config = product.to_owned();
    for (theirs, ours) in [
        ("/mosquitto/config/", folder.as_str()),
        ("/mosquitto/data/", &folder),
        (
            "listener 8883",
            &format!("listener {} {}", tls.port(), tls.ip()),
        ),
        ("listener 8884", &format!("listener {}", websocket.port())),
    ] {
        assert!(
            config.contains(theirs),
            "{theirs} is gone from production.conf"
        );
        config = config.replace(theirs, ours);
    }
    config
}

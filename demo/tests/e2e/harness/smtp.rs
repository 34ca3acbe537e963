//! A real SMTP server (Debian's aiosmtpd) that delivers into a maildir.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use releve_bridge::mail::{MailConfig, SmtpConfig};

use super::process::{Running, folder, free_address};

/// A running SMTP server.
pub struct Smtp {
    /// Where it listens.
    pub address: SocketAddr,
    running: Running,
}

impl Smtp {
    /// Starts one.
    pub async fn start() -> Self {
        let address = free_address();
        let folder = folder();
        let mut command = Command::new("/usr/bin/python3");
        command
            .args(["-m", "aiosmtpd", "--nosetuid", "--listen"])
            .arg(address.to_string())
            .args(["--class", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("mail"));
        let mut running = Running::start("aiosmtpd", "python3-aiosmtpd", folder, &mut command);
        running.listening(address).await;
        Self { address, running }
    }

    /// How the bridge sends mails to these recipients through it.
    pub fn config(&self, to: &[&str]) -> MailConfig {
        let to = to.iter().map(|to| to.parse().expect("a recipient"));
        MailConfig {
            smtp: SmtpConfig {
                url: format!("smtp://{}", self.address),
                login: None,
                ca: None,
            },
            from: "releve@example.org".parse().expect("an address"),
            to: to.collect(),
        }
    }

    /// The messages delivered so far, raw, in no order.
    pub fn messages(&self) -> Vec<String> {
        fs::read_dir(self.running.folder().join("mail/new"))
            .into_iter()
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())
            .collect()
    }
}

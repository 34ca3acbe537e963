//! A real SMTP server (Debian's aiosmtpd) with TLS and a login, which can be stopped and started again.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::harness::until;

/// The account that it knows.
pub const LOGIN: (&str, &str) = ("releve", "secret");

/// How connections are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// After STARTTLS.
    StartTls,
    /// From the first byte.
    Tls,
}

/// A mail as Python's parser reads it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// Its name: the same where it was sent twice.
    pub id: String,
    /// To whom.
    pub to: String,
    /// The decoded subject.
    pub subject: String,
    /// The first mail of the conversation, where it is not the first itself.
    pub references: Option<String>,
    /// The plain text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
    /// The PNG files, in base64.
    pub pictures: Vec<String>,
    /// What the parser did not like.
    pub defects: Vec<String>,
}

/// The server, running or not.
pub struct MailServer {
    address: SocketAddr,
    encryption: Encryption,
    folder: TempDir,
    running: Option<Child>,
}

impl MailServer {
    /// A running one.
    pub async fn start(encryption: Encryption) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut server = Self {
            address: free.local_addr().expect("an address"),
            encryption,
            folder: TempDir::with_prefix("releve-mail-").expect("a folder"),
            running: None,
        };
        drop(free);
        server.write_certificates();
        server.run().await;
        server
    }

    /// Starts it, with the mails that it has.
    pub async fn run(&mut self) {
        let output = File::create(self.file("output.log")).expect("a log");
        let encryption = match self.encryption {
            Encryption::StartTls => "starttls",
            Encryption::Tls => "tls",
        };
        let address = self.address;
        // The system's own: aiosmtpd is a package of Debian's.
        let child = Command::new("/usr/bin/python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/remote_write/mail_server.py"
            ))
            .args([address.ip().to_string(), address.port().to_string()])
            .args([self.file("server.pem"), self.file("server.key")])
            .arg(self.folder.path())
            .arg(encryption)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .expect("python3: install the Debian package python3-aiosmtpd, or run cargo xtask test, which does");
        let running = self.running.insert(child);
        let log = self.folder.path().join("output.log");
        until("a mail server that listens", async || {
            if let Ok(Some(status)) = running.try_wait() {
                let said = fs::read_to_string(&log).unwrap_or_default();
                panic!("the mail server ended ({status}); it needs the Debian package python3-aiosmtpd, which cargo xtask test installs:\n{said}");
            }
            TcpStream::connect(address).await.ok().map(drop)
        })
        .await;
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            // Already ended is fine: that is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file of the authority that signed its certificate.
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// From now on that command is answered so: `RCPT 450 4.2.0 later`; or none is refused any more.
    pub fn refuse(&self, answer: Option<&str>) {
        let file = self.file("refuse");
        match answer {
            Some(answer) => {
                // Whole once it is there.
                fs::write(self.file("refuse.part"), answer).expect("a file");
                fs::rename(self.file("refuse.part"), file).expect("a file");
            }
            None if file.exists() => fs::remove_file(file).expect("a file"),
            None => {}
        }
    }

    /// The mails that it has taken, in no order.
    pub fn mails(&self) -> Vec<Mail> {
        let files = fs::read_dir(self.folder.path()).expect("a folder");
        let files = files.map(|file| file.expect("a file").path());
        let mails = files.filter(|file| file.extension().is_some_and(|ending| ending == "json"));
        mails
            .map(|file| {
                let text = fs::read_to_string(file).expect("a mail");
                serde_json::from_str(&text).expect("a mail")
            })
            .collect()
    }

    fn write_certificates(&self) {
        let mut authority = CertificateParams::new(Vec::new()).expect("an authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let server = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let server = server.signed_by(&key, &authority).expect("a certificate");
        for (name, content) in [
            ("ca.pem", authority.pem()),
            ("server.pem", server.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            fs::write(self.file(name), content).expect("a file");
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
    }
}

//! The bridge as a process that can be killed.
//!
//! It is this very test program, started anew to do nothing else: so it can be told to wait for seconds where the
//! real program waits for minutes, which no option of it allows.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use releve_bridge::mail::{Login, MailConfig, SmtpConfig};
use releve_bridge::metrics_server::ServerConfig;
use serde::{Deserialize, Serialize};

use crate::harness::{config, until};
use crate::mail_server::LOGIN;

/// Holds the settings of the process that is to be a bridge.
const SETTINGS: &str = "RELEVE_TEST_BRIDGE";
/// The test that is the bridge.
const BRIDGE: &str = "program::this_process_is_the_bridge";

/// Who is told, in which language, and of what.
pub const READERS: [&str; 2] = ["anna@example.org", "brice@example.org=fr:critical"];

/// What the bridge is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// The broker.
    pub broker: SocketAddr,
    /// Where it keeps what it keeps.
    pub state: PathBuf,
    /// Where readings go.
    pub remote_write: String,
    /// The mail server's URL.
    pub smtp: String,
    /// Who signed its certificate.
    pub smtp_ca: PathBuf,
    /// How long an end must hold until it is told, in milliseconds.
    pub settle_ms: u64,
}

impl Settings {
    fn into_config(self, http: SocketAddr) -> releve_bridge::Config {
        let mut config = config(self.broker);
        config.http = http;
        config.state = Some(self.state);
        config.remote_write = Some(ServerConfig {
            url: self.remote_write,
            login: None,
            ca: None,
        });
        config.mail = Some(MailConfig {
            smtp: SmtpConfig {
                url: self.smtp,
                login: Some(Login {
                    user: LOGIN.0.to_owned(),
                    password: LOGIN.1.to_owned(),
                }),
                ca: Some(self.smtp_ca),
            },
            from: "releve@example.org".parse().expect("an address"),
            to: READERS.map(|to| to.parse().expect("a reader")).into(),
        });
        config.pace.settle = Duration::from_millis(self.settle_ms);
        config.pace.settle_flapping = config.pace.settle;
        config
    }
}

/// Never ends by itself. Without settings, as when all ignored tests are run, there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other tests start it, as the bridge"]
async fn this_process_is_the_bridge() {
    let Ok(settings) = std::env::var(SETTINGS) else {
        return;
    };
    let (settings, http): (Settings, SocketAddr) =
        serde_json::from_str(&settings).expect("settings");
    let bridge = releve_bridge::start(settings.into_config(http)).await;
    let _bridge = bridge.expect("a bridge");
    std::future::pending::<()>().await;
}

/// The bridge with its state and its address, running or not.
pub struct Program {
    http: SocketAddr,
    settings: Settings,
    running: Option<Child>,
}

impl Program {
    /// One that does not run yet.
    pub fn new(settings: Settings) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self {
            http: free.local_addr().expect("an address"),
            settings,
            running: None,
        }
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it.
    pub fn run(&mut self) {
        let settings = serde_json::to_string(&(&self.settings, self.http)).expect("JSON");
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args([BRIDGE, "--exact", "--ignored"])
            .env(SETTINGS, settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.running = Some(child.expect("the program is there"));
    }

    /// SIGKILL: nothing is tidied up.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        }
    }

    /// The value of the series, once it is that.
    pub async fn until_metric(&self, series: &str, expected: f64) {
        let url = format!("http://{}/metrics", self.http);
        until(&format!("{series} to be {expected}"), async || {
            let text = reqwest::get(&url).await.ok()?.text().await.ok()?;
            let value = text.lines().find_map(|line| line.strip_prefix(series));
            (value?.trim().parse() == Ok(expected)).then_some(())
        })
        .await;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.running {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

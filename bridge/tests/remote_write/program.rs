//! The bridge as a program that can be killed.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::harness::until;

/// The bridge with its state and its address, running or not.
pub struct Program {
    http: SocketAddr,
    arguments: Vec<String>,
    running: Option<Child>,
}

impl Program {
    /// One that does not run yet.
    pub fn new(broker: SocketAddr, state: &Path, remote_write: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let http = free.local_addr().expect("an address");
        let arguments = [
            ("--broker", broker.to_string()),
            ("--http", http.to_string()),
            ("--state", state.display().to_string()),
            ("--remote-write", remote_write.to_owned()),
        ];
        let arguments = arguments.into_iter();
        Self {
            http,
            arguments: arguments
                .flat_map(|(name, value)| [name.to_owned(), value])
                .collect(),
            running: None,
        }
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it.
    pub fn run(&mut self) {
        let child = Command::new(env!("CARGO_BIN_EXE_releve-bridge"))
            .args(&self.arguments)
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

//! A real VictoriaMetrics (Debian's).

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::until;

/// A VictoriaMetrics with a folder and an address of its own.
pub struct VictoriaMetrics {
    address: SocketAddr,
    running: Child,
    _folder: TempDir,
}

impl VictoriaMetrics {
    /// A running one.
    pub async fn start() -> Self {
        releve_access::encrypt_with_ring();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let folder = TempDir::with_prefix("releve-victoria-").expect("a folder");
        let output = File::create(folder.path().join("output.log")).expect("a log");
        let running = Command::new("victoria-metrics")
            .arg(format!("-httpListenAddr={address}"))
            .arg(format!("-storageDataPath={}", folder.path().join("data").display()))
            .args(["-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms"])
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .expect("victoria-metrics: install the Debian package victoria-metrics, or run cargo xtask test, which does");
        let started = Self {
            address,
            running,
            _folder: folder,
        };
        let ready = format!("{}/health", started.url());
        until("a VictoriaMetrics that is ready", async || {
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        started
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for VictoriaMetrics {
    fn drop(&mut self) {
        // Already ended is fine: that is what is wanted.
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

//! Programs of others, ended with the test that started them.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::until::until;

/// A running program with a folder of its own.
pub struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
    folder: TempDir,
}

impl Running {
    /// Starts `command`, its output going to a file that is printed when the test fails.
    ///
    /// # Panics
    /// If the program is missing: names the Debian package.
    pub fn start(
        name: &'static str,
        package: &str,
        folder: TempDir,
        command: &mut Command,
    ) -> Self {
        let log = folder.path().join("output.log");
        let output = File::create(&log).expect("a log file in the test's folder");
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{name} cannot be started ({error}): install the Debian package {package}, or run cargo xtask test, which does")
            });
        Self {
            name,
            child,
            log,
            folder,
        }
    }

    /// The program's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until something listens at the address.
    pub async fn listening(&mut self, address: SocketAddr) {
        let name = self.name;
        until(&format!("{name} to listen on {address}"), async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{name} ended ({status}) before it listened");
            }
            TcpStream::connect(address).await.ok()
        })
        .await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended is fine: that is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let from = log.len().saturating_sub(4000);
            let tail = log.get(from..).unwrap_or(&log);
            eprintln!("---- {} said ----\n{tail}", self.name);
        }
    }
}

/// A loopback address where nothing listens at this moment.
pub fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port on loopback")
}

/// A new folder for one program of one test.
pub fn folder() -> TempDir {
    TempDir::with_prefix("releve-e2e-").expect("a temporary folder")
}

/// Runs a program of others to its end and gives its standard output.
///
/// # Panics
/// If it is missing or fails.
pub async fn output(package: &str, program: &str, arguments: &[&str]) -> String {
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap_or_else(|error| {
            panic!("{program} cannot be run ({error}): install the Debian package {package}, or run cargo xtask test, which does")
        });
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(
        output.status.success(),
        "{program} {arguments:?} failed: {out}{err}"
    );
    out
}

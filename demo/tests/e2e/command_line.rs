//! The program `releve-demo` as a person starts it.

use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::harness::process::{free_address, output};
use crate::harness::until::{DEADLINE, until};

fn demo(http: SocketAddr, mqtt: SocketAddr) -> Child {
    Command::new(env!("CARGO_BIN_EXE_releve-demo"))
        .args(["--http", &http.to_string(), "--mqtt", &mqtt.to_string()])
        .args(["--nodes", "2", "--speed", "50", "--seed", "3"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the demo to start")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_prints_the_address_serves_it_and_stops_on_ctrl_c() {
    releve_access::encrypt_with_ring();
    let (http, mqtt) = (free_address(), free_address());
    let mut demo = demo(http, mqtt);
    let mut lines = BufReader::new(demo.stdout.take().expect("a pipe")).lines();
    let address = format!("http://{http}");
    tokio::time::timeout(DEADLINE, async {
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains(&address) {
                return;
            }
        }
        panic!("the demo ended before it printed {address}");
    })
    .await
    .expect("the address in time");
    until("two sites in the metrics", async || {
        let metrics = reqwest::get(format!("{address}/metrics"))
            .await
            .ok()?
            .text()
            .await
            .ok()?;
        let up = metrics
            .lines()
            .filter(|line| line.starts_with("releve_node_up{") && line.ends_with(" 1"));
        (up.count() == 2).then_some(())
    })
    .await;
    let pid = demo.id().expect("a running process").to_string();
    output("procps", "kill", &["-INT", &pid]).await;
    let status = tokio::time::timeout(DEADLINE, demo.wait())
        .await
        .expect("an end in time");
    assert!(status.expect("a status").success(), "Ctrl-C is no failure");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_named_with_what_to_do() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let taken = taken
        .local_addr()
        .map(|address| (address, taken))
        .expect("its address");
    for (http, mqtt, flag) in [
        (taken.0, free_address(), "--http"),
        (free_address(), taken.0, "--mqtt"),
    ] {
        let demo = demo(http, mqtt);
        let output = tokio::time::timeout(DEADLINE, demo.wait_with_output())
            .await
            .expect("an end in time")
            .expect("its output");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(
            said.contains(&taken.0.to_string()) && said.contains(flag),
            "{said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
}

//! Prometheus: Debian's own checks and scrapes.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::prometheus::Prometheus;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! {
    prometheus_holds_the_published_voltage,
}

async fn prometheus_holds_the_published_voltage(kind: BrokerKind) {
    // Slow enough that a scrape falls between two readings.
    let stack = Stack::start_with(kind, |config| config.speed = 10.0).await;
    let listener = stack.listen().await;
    let prometheus = Prometheus::start(stack.demo.http_addr()).await;
    let topic = format!("releve/{HEALTHY}/reading");
    until(
        "Prometheus to hold a voltage that was published",
        async || {
            let query = format!("releve_battery_voltage_volts{{node=\"{HEALTHY}\"}}");
            let value = prometheus.query(&query).await?;
            listener
                .since(0)
                .iter()
                .filter(|heard| heard.topic == topic)
                .any(|heard| heard.json()["battery"]["voltage"]["mean"].as_f64() == Some(value))
                .then_some(())
        },
    )
    .await;
    let up = prometheus
        .query(&format!("releve_node_up{{node=\"{HEALTHY}\"}}"))
        .await;
    assert_eq!(up, Some(1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promtool_finds_nothing_to_say_about_the_metrics() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    let series = format!("releve_battery_voltage_volts{{node=\"{HEALTHY}\"}}");
    until("a reading", async || stack.metric(&series).await).await;
    let metrics = stack.get("/metrics").await;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect(
            "promtool: install the Debian package prometheus, or run cargo xtask test, which does",
        );
    promtool
        .stdin
        .take()
        .expect("a pipe")
        .write_all(metrics.as_bytes())
        .expect("promtool to read");
    let output = promtool.wait_with_output().expect("promtool to end");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}

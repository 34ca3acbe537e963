//! Whatever is away for a while: every reading is in the database once, with its own moment, to the digit.

use std::path::Path;
use std::time::Duration;

use releve_bridge::metrics_server::ServerConfig;
use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_protocol::Reading;
use tempfile::TempDir;

use crate::database::{Database, Kind, Series};
use crate::harness::{config, get, metric, start_broker, until};
use crate::sites::Sites;

const NODES: [&str; 3] = ["north", "south", "west"];
/// Windows that each node has behind it at the beginning. With those of the test they are less than three hours: from
/// then on Prometheus writes a block at its start, and Debian's (2.42) once lacked samples of one series that came at
/// that moment, probably by prometheus/prometheus#9879.
const PAST: usize = 250;

fn sending(broker: &Broker, state: &Path, to: &Database) -> Config {
    let mut config = config(broker.tcp_addr());
    config.state = Some(state.to_owned());
    config.remote_write = Some(ServerConfig {
        url: to.write_url(),
        login: None,
        ca: None,
    });
    config
}

/// A bridge that is connected and subscribed.
async fn start(config: &Config) -> Bridge {
    let bridge = releve_bridge::start(config.clone())
        .await
        .expect("a bridge");
    until("a connected bridge", async || {
        (get(&bridge, "/healthz").await.0 == 200).then_some(())
    })
    .await;
    bridge
}

/// Waits until the bridge has taken in so many readings of each node.
async fn taken_in(bridge: &Bridge, windows: usize) {
    for node in NODES {
        let name = format!("releve_bridge_readings_total{{node=\"{node}\"}}");
        until(&format!("{windows} readings of {node}"), async || {
            (metric(bridge, &name).await? == windows as f64).then_some(())
        })
        .await;
    }
}

async fn nothing_waits(bridge: &Bridge) {
    let name = "releve_bridge_remote_write_pending_readings";
    until("nothing to be sent any more", async || {
        (metric(bridge, name).await? == 0.0).then_some(())
    })
    .await;
}

type Value = fn(&Reading) -> Option<f64>;

/// What the database should hold of a metric.
fn expected(sites: &Sites, value: Value) -> Series {
    let readings = sites.readings().into_iter();
    let of_node = readings.map(|(node, readings)| {
        let samples = readings.iter().filter_map(|reading| {
            let value = value(reading)?;
            Some((reading.at.as_unix_millis(), value))
        });
        (node.to_string(), samples.collect())
    });
    of_node.collect()
}

fn count(series: &Series) -> usize {
    series.values().map(Vec::len).sum()
}

/// Checks that the database holds each reading of the nodes once, at its moment, to the digit.
pub async fn check(sites: &Sites, database: &Database) {
    let metrics: [(&str, Value); 4] = [
        ("releve_battery_voltage_volts", |reading| {
            reading.battery.voltage.mean
        }),
        ("releve_battery_missing_charge_coulombs", |reading| {
            Some(reading.missing_ah? * 3600.0)
        }),
        ("releve_relay_closed{relay=\"mains\"}", |_| Some(1.0)),
        ("releve_alarm_active{alarm=\"mains_lost\"}", |_| Some(0.0)),
    ];
    for (metric, value) in metrics {
        let expected = expected(sites, value);
        let held = until(&format!("all samples of {metric}"), async || {
            let held = database.samples(metric, "node").await?;
            (count(&held) >= count(&expected)).then_some(held)
        })
        .await;
        let as_kept = |samples: &[(i64, f64)]| -> Vec<(i64, f64)> {
            let kept = samples.iter();
            kept.map(|(at, value)| (*at, database.kept(*value)))
                .collect()
        };
        for (node, samples) in &expected {
            let held = held.get(node).map(|held| as_kept(held));
            assert_eq!(held, Some(as_kept(samples)), "{metric} of {node}");
        }
        assert_eq!(held.len(), expected.len(), "{metric}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_is_in_prometheus_once_with_its_own_moment() {
    every_reading_is_there_once_with_its_own_moment(Kind::Prometheus).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_is_in_victoria_metrics_once_with_its_own_moment() {
    every_reading_is_there_once_with_its_own_moment(Kind::VictoriaMetrics).await;
}

async fn every_reading_is_there_once_with_its_own_moment(kind: Kind) {
    let folder = TempDir::new().expect("a folder");
    let broker = start_broker().await;
    let mut database = Database::start(kind).await;
    let sites = Sites::with_a_past(&broker, &NODES, PAST as u64).await;
    let config = sending(&broker, folder.path(), &database);
    let bridge = start(&config).await;

    // The newest readings come first; what was before them is asked for.
    sites.publish_last().await;
    sites.pass_window(true).await;
    taken_in(&bridge, PAST + 1).await;
    nothing_waits(&bridge).await;
    check(&sites, &database).await;

    // It is away, and readings that nobody heard come late.
    database.goes();
    for window in 0..30 {
        sites.pass_window(window % 5 == 0).await;
    }
    sites.pass_window(true).await;
    taken_in(&bridge, PAST + 32).await;
    until("the bridge to miss the database", async || {
        (metric(&bridge, "releve_bridge_remote_write_up").await? == 0.0).then_some(())
    })
    .await;
    let waiting = metric(&bridge, "releve_bridge_remote_write_pending_readings").await;
    assert!(waiting >= Some(1.0), "{waiting:?}");

    // The bridge is restarted meanwhile, and hears more.
    bridge.stop().await;
    sites.pass_window(false).await;
    let bridge = start(&config).await;
    sites.pass_window(true).await;
    taken_in(&bridge, PAST + 34).await;
    database.run().await;
    nothing_waits(&bridge).await;
    check(&sites, &database).await;

    let total = "releve_bridge_remote_write_samples_total";
    let samples = metric(&bridge, total).await.expect("a count");
    // Each of these knows everything but the temperature, and each third not the missing charge.
    let readings = 3.0 * (PAST + 34) as f64;
    assert!(samples >= readings * 60.0, "{samples}");
    let dropped = "releve_bridge_remote_write_dropped_samples_total{reason=\"refused\"}";
    assert_eq!(metric(&bridge, dropped).await, Some(0.0));
    let up = metric(&bridge, "releve_bridge_remote_write_up").await;
    assert_eq!(up, Some(1.0));
    let stopped = tokio::time::Instant::now();
    bridge.stop().await;
    assert!(stopped.elapsed() < Duration::from_secs(5));

    // A bridge that has lost its store asks for everything, and sends it again.
    let another = TempDir::new().expect("a folder");
    let bridge = start(&sending(&broker, another.path(), &database)).await;
    sites.pass_window(true).await;
    taken_in(&bridge, PAST + 35).await;
    nothing_waits(&bridge).await;
    check(&sites, &database).await;
    bridge.stop().await;
}

//! A node that is killed again and again, and a broker that comes and goes: the bridge ends up with every
//! reading that was written, once.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;
use releve_bridge::Bridge;
use releve_broker::Broker;
use releve_node::config::JOURNAL_BYTES;
use releve_node::journal::Capacity;
use releve_node::journal::store::{Boot, Bounds, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const KILLS: u32 = 200;
/// Seconds of site time in a second.
const SPEED: &str = "2000";
/// How long a node may live, ms.
const LIFE_MILLIS: std::ops::Range<u64> = 20..250;
/// Far longer than anything here takes; only a hang meets it.
const DEADLINE: Duration = Duration::from_mins(3);
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Ends the program with the test, whatever ends the test.
struct Node(Child);

impl Node {
    fn start(broker: SocketAddr, directory: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_releve-node"))
            .args(["simulate", "--node", "site-1", "--speed", SPEED])
            .args(["--broker", &broker.to_string()])
            .arg("--state-dir")
            .arg(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("the program is there"))
    }

    /// SIGKILL: nothing is tidied up.
    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }

    async fn stop_in_order(mut self) {
        let pid = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
        let end = Instant::now() + DEADLINE;
        while self.0.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < end, "it does not end");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn broker(address: SocketAddr) -> Broker {
    let end = Instant::now() + DEADLINE;
    loop {
        match releve_broker::start(releve_broker::Config::new(address)).await {
            Ok(broker) => return broker,
            // The port may be held for a moment by what just ended there.
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// What the bridge counts of the node under that name.
async fn counted(bridge: &Bridge, name: &str) -> Option<f64> {
    let address = bridge.http_addr();
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the bridge listens");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let series = format!("{name}{{node=\"site-1\"}} ");
    answer
        .lines()
        .find_map(|line| line.strip_prefix(&series)?.trim().parse().ok())
}

/// How many readings were ever written, of all journals; opens what no node has open.
fn written(directory: &Path) -> u64 {
    let path = directory.join("site-1.journal");
    let bounds = Bounds {
        records: Capacity::days(365),
        bytes: JOURNAL_BYTES,
    };
    let fresh = "unused".parse().expect("an epoch");
    let store = Store::open(&path, Boot::current(), fresh, bounds).expect("a sound journal");
    let standing = store.standing();
    let all = standing.earlier.iter().chain([&standing.current]);
    all.map(|journal| {
        assert_eq!(journal.reading.first, 1, "nothing made room");
        journal.reading.next - 1
    })
    .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_two_hundred_kills_and_many_outages_the_bridge_holds_every_reading_once() {
    let seed = std::env::var("RELEVE_SEED").map_or_else(
        |_| rand::random(),
        |seed| seed.parse().expect("RELEVE_SEED is a number"),
    );
    println!("RELEVE_SEED={seed}");
    let mut random = Pcg32::seed_from_u64(seed);
    let directory = tempfile::tempdir().expect("a directory");
    let mut running = Some(broker(LOOPBACK).await);
    let address = running.as_ref().expect("it runs").tcp_addr();
    let id = "bridge-1".parse().expect("an id");
    let bridge = releve_bridge::start(releve_bridge::Config::new(id, address, LOOPBACK))
        .await
        .expect("a bridge on loopback");

    let mut outages = 0;
    // Kills until the broker goes or comes back.
    let mut until_change = 10_u32;
    for _ in 0..KILLS {
        until_change = until_change.saturating_sub(1);
        if until_change == 0 {
            until_change = random.random_range(3..15);
            running = match running.take() {
                Some(broker) => {
                    broker.stop().await;
                    outages += 1;
                    None
                }
                None => Some(broker(address).await),
            };
        }
        let node = Node::start(address, directory.path());
        sleep(Duration::from_millis(random.random_range(LIFE_MILLIS))).await;
        node.kill();
    }
    let _running = match running {
        Some(running) => running,
        None => broker(address).await,
    };

    // Its last run, until the bridge has asked for everything that it missed.
    let node = Node::start(address, directory.path());
    let end = Instant::now() + DEADLINE;
    loop {
        let held = counted(&bridge, "releve_bridge_readings_total").await;
        let missing = counted(&bridge, "releve_bridge_missing_readings").await;
        if held.is_some_and(|held| held > 0.0) && missing == Some(0.0) {
            break;
        }
        assert!(Instant::now() < end, "{held:?} held, {missing:?} missing");
        sleep(Duration::from_millis(100)).await;
    }
    node.stop_in_order().await;
    let written = written(directory.path());
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let wanted = written as f64;
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let held = counted(&bridge, "releve_bridge_readings_total").await;
        assert!(
            held <= Some(wanted),
            "{held:?} held, {wanted} written: one twice"
        );
        if held == Some(wanted) {
            break;
        }
        assert!(Instant::now() < end, "{held:?} held, {wanted} written");
        sleep(Duration::from_millis(50)).await;
    }
    let lost = counted(&bridge, "releve_bridge_lost_readings_total").await;
    assert_eq!(lost, Some(0.0));
    println!("{KILLS} kills, {outages} outages, {written} readings");
    assert!(written > 1_000, "{written} readings alone");
    bridge.stop().await;
}

//! Many clients at once, and many one after another, on the program as a site runs it: its memory can be read.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::metrics::figure;
use super::support::program::Program;
use super::support::{Client, Connect, eventually, reusable_addr};

/// Clients of a large fleet.
const FLEET: usize = 1_000;

/// Connections of a site's churn, a quarter of them before its memory is first read.
const CHURN: usize = 6_000;

/// What memory may grow by over the other three quarters: pages of the allocator, not something for each connection,
/// which would be a kilobyte at the least.
const CHURN_GROWTH_BYTES: usize = 4 << 20;

/// The program, with metrics.
struct Site {
    program: Program,
    mqtt: SocketAddr,
    metrics: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("releve-broker.toml");
        let (mqtt, metrics) = (reusable_addr(), reusable_addr());
        let text = format!("[listen]\nmqtt = \"{mqtt}\"\nmetrics = \"{metrics}\"\n");
        fs::write(&file, text).unwrap();
        let mut program = Program::start(&["--config", file.to_str().unwrap()]);
        // Its log is not read from here on: nothing that these clients do may fill it, for that would stop the
        // router.
        program.until_it_says("the broker listens");
        Self {
            program,
            mqtt,
            metrics,
            _folder: folder,
        }
    }

    fn connected(&self, connect: &Connect) -> Client {
        let mut client = Client::new(self.mqtt);
        client.v5 = connect.level == 5;
        client.send(&connect.packet());
        let connack = client.packet();
        assert_eq!(
            (connack.first_byte, connack.body[1]),
            (0x20, 0),
            "{connack:?}"
        );
        client
    }

    fn until(&self, series: &str, wanted: u64) {
        eventually(&format!("{series} {wanted}"), || {
            figure(self.metrics, series) == Some(wanted)
        });
    }

    /// The program's memory that is in use and not a file's.
    fn memory_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap();
        let kilobytes = line.trim().trim_end_matches(" kB");
        kilobytes.parse::<usize>().unwrap() * 1024
    }
}

/// Lets this process, and what it starts, have enough open files. Where it may not, connecting says so.
fn allow_open_files() {
    let id = std::process::id().to_string();
    let _ = Command::new("prlimit")
        .args(["--pid", &id, "--nofile=8192:"])
        .output();
}

#[test]
fn a_thousand_clients_each_get_their_messages() {
    allow_open_files();
    let site = Site::start();
    let mut fleet: Vec<_> = (0..FLEET)
        .map(|number| {
            let hello = match number % 2 {
                0 => Connect::v311(&format!("fleet-{number}")),
                _ => Connect::v5(&format!("fleet-{number}")),
            };
            let mut client = site.connected(&hello);
            client.subscribe(&format!("fleet/{number}/#"), 1);
            client.subscribe("all", 1);
            client
        })
        .collect();
    site.until("releve_broker_clients", FLEET as u64);
    let mut publisher = site.connected(&Connect::v311("publisher"));
    for number in 0..FLEET {
        publisher.publish(&format!("fleet/{number}/x"), number.to_string(), 1, false);
    }
    publisher.publish("all", "to everybody", 1, false);
    for (number, client) in fleet.iter_mut().enumerate() {
        // Two filters: either may come first.
        let mut came = [client.message().text(), client.message().text()];
        came.sort();
        assert_eq!(
            came,
            [
                "all to everybody".to_owned(),
                format!("fleet/{number}/x {number}")
            ]
        );
    }
    drop(fleet);
    site.until("releve_broker_clients", 1);
}

/// Systems allow 1,024 at first, which is fewer than the clients that the broker takes.
#[test]
fn those_who_wait_for_want_of_open_files_are_served_when_others_leave() {
    let mut site = Site::start();
    let mut subscriber = site.connected(&Connect::v311("bystander"));
    subscriber.subscribe("bystander", 1);
    let mut publisher = site.connected(&Connect::v5("bystander too"));
    let id = site.program.id().to_string();
    let limited = Command::new("prlimit")
        .args(["--pid", &id, "--nofile=64:"])
        .output();
    assert!(limited.unwrap().status.success());
    // The system takes these on the broker's behalf.
    let mut crowd: Vec<_> = (0..100)
        .map(|number| {
            let mut client = Client::new(site.mqtt);
            client.send(&Connect::v311(&format!("crowd-{number}")).packet());
            client
        })
        .collect();
    site.program.until_it_says("could not be accepted");
    for number in 0..20 {
        publisher.publish("bystander", number.to_string(), 1, false);
        assert_eq!(subscriber.message().text(), format!("bystander {number}"));
    }
    let late = crowd.split_off(60);
    drop(crowd);
    for mut client in late {
        assert_eq!(client.packet().first_byte, 0x20);
    }
}

#[test]
fn a_storm_of_takeovers_disturbs_nobody() {
    let site = Site::start();
    let mut subscriber = site.connected(&Connect::v311("bystander"));
    subscriber.subscribe("bystander", 1);
    let mut publisher = site.connected(&Connect::v5("bystander too"));
    let ends = AtomicUsize::new(0);
    const THREADS: usize = 6;
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..60 {
                    let mut client = Client::new(site.mqtt);
                    // With sessions that stay, so that these are handed on in the storm, too.
                    let hello = Connect {
                        flags: 0,
                        ..Connect::v311(&format!("contested-{}", round % 3))
                    };
                    client.send(&hello.packet());
                    client.try_send(&client.subscribe_packet(1, "storm/#", 1, &[]));
                    // Either it was connected, or another had come before that.
                    client.packet_or_end();
                }
                ends.fetch_add(1, Ordering::Relaxed);
            });
        }
        let mut sent = 0;
        while ends.load(Ordering::Relaxed) < THREADS || sent < 100 {
            publisher.publish("bystander", sent.to_string(), 1, false);
            assert_eq!(subscriber.message().text(), format!("bystander {sent}"));
            sent += 1;
        }
    });
    site.until("releve_broker_clients", 2);
    site.until("releve_broker_sessions_absent", 3);
}

#[test]
fn a_flood_of_which_everybody_leaves_disturbs_nobody() {
    let site = Site::start();
    let mut subscriber = site.connected(&Connect::v311("bystander"));
    subscriber.subscribe("bystander", 1);
    let mut publisher = site.connected(&Connect::v5("bystander too"));
    let ends = AtomicUsize::new(0);
    const THREADS: usize = 3;
    let (site, ends) = (&site, &ends);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for round in 0..15 {
                    let mut readers: Vec<_> = (0..4)
                        .map(|reader| {
                            let mut client = site
                                .connected(&Connect::v311(&format!("leaver-{thread}-{reader}")));
                            client.subscribe(&format!("flood/{thread}"), reader % 2);
                            client
                        })
                        .collect();
                    let mut flooder = site.connected(&Connect::v311(&format!("flooder-{thread}")));
                    let qos = round % 2;
                    let topic = format!("flood/{thread}");
                    let publish =
                        flooder.publish_packet(topic.as_bytes(), &[7; 500], qos, false, 9, &[]);
                    flooder.try_send(&publish.repeat(90));
                    readers[0].unacknowledged_message();
                    // Everybody leaves amid it, some without a word.
                    flooder.reset();
                    for (index, mut reader) in readers.into_iter().enumerate() {
                        match index % 2 {
                            0 => reader.reset(),
                            _ => reader.try_send(&[0xe0, 0]),
                        }
                    }
                }
                ends.fetch_add(1, Ordering::Relaxed);
            });
        }
        let mut sent = 0;
        while ends.load(Ordering::Relaxed) < THREADS || sent < 100 {
            publisher.publish("bystander", sent.to_string(), 1, false);
            assert_eq!(subscriber.message().text(), format!("bystander {sent}"));
            sent += 1;
        }
    });
    site.until("releve_broker_clients", 2);
}

/// What a fleet of fifty that comes back every ten minutes does in a day, nearly: sessions that stay and others, wills,
/// retained messages, names that are never used again. `RELEVE_CHURN_CONNECTIONS` makes it longer.
#[test]
fn churn_leaves_nothing_behind() {
    let site = Site::start();
    let connections = std::env::var("RELEVE_CHURN_CONNECTIONS").ok();
    let connections = connections.map_or(CHURN, |number| number.parse().unwrap());
    churn(&site, 0..connections / 4);
    let before = site.memory_bytes();
    churn(&site, connections / 4..connections);
    let after = site.memory_bytes();
    println!("{connections} connections: {before} bytes, then {after}");
    assert!(
        after < before + CHURN_GROWTH_BYTES,
        "memory grew from {before} to {after} bytes over {connections} connections"
    );
}

fn churn(site: &Site, numbers: std::ops::Range<usize>) {
    let next = AtomicUsize::new(numbers.start);
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end || failed.load(Ordering::Relaxed) {
                        return;
                    }
                    come_and_go(site, number);
                }
            });
        }
    });
    site.until("releve_broker_clients", 0);
}

fn come_and_go(site: &Site, number: usize) {
    let member = number % 50;
    let mut hello = match number % 4 {
        // A name that was never there.
        0 => Connect::v5(&format!("passer-by-{number}")),
        1 => Connect::v5(&format!("member-{member}")),
        _ => Connect::v311(&format!("member-{member}")),
    }
    .will(&format!("site/{member}/availability"), "offline", true);
    if number.is_multiple_of(3) && !number.is_multiple_of(4) {
        hello.flags &= !2;
    }
    let mut client = site.connected(&hello);
    client.try_send(&client.subscribe_packet(1, &format!("site/{member}/set/#"), 1, &[]));
    let topic = format!("site/{member}/state");
    client.try_send(&client.publish_packet(topic.as_bytes(), &[b'x'; 300], 1, true, 2, &[]));
    // Its two answers, unless its next connection came already; messages of an old session may come between.
    let mut answers = 0;
    while answers < 2 {
        match client.packet_or_end() {
            Some(packet) if [4, 9].contains(&packet.kind()) => answers += 1,
            Some(_) => {}
            None => break,
        }
    }
    match number % 3 {
        0 => client.reset(),
        1 => client.try_send(&[0xe0, 0]),
        _ => {}
    }
}

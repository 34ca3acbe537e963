//! Many to one and one to many: as fast as it goes, and at a calm pace for the delays.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::peer::{Peer, delivered, publish};
use super::process::Process;

const PAYLOAD_BYTES: usize = 200;

/// Publishes that a publisher has unacknowledged when it goes as fast as it can.
const WINDOW: usize = 20;

const TOPIC: &str = "bench/of/both";

/// Who publishes to whom, each message with QoS 1.
pub struct Scenario {
    pub name: &'static str,
    publishers: usize,
    subscribers: usize,
    /// Messages of each publisher, as fast as it goes.
    flood_messages: usize,
    /// At a calm pace: messages of each publisher, and the time between them.
    paced_messages: usize,
    paced_every: Duration,
}

pub const FAN_IN: Scenario = Scenario {
    name: "fan-in, 50 publishers to 1 subscriber, 200 bytes, QoS 1",
    publishers: 50,
    subscribers: 1,
    flood_messages: 1_000,
    paced_messages: 100,
    paced_every: Duration::from_millis(50),
};

pub const FAN_OUT: Scenario = Scenario {
    name: "fan-out, 1 publisher to 50 subscribers, 200 bytes, QoS 1",
    publishers: 1,
    subscribers: 50,
    flood_messages: 1_000,
    paced_messages: 100,
    paced_every: Duration::from_millis(50),
};

/// What came of going as fast as it goes.
pub struct Flooded {
    delivered: usize,
    lost: usize,
    took: Duration,
    processor_seconds: f64,
}

impl Scenario {
    /// Publishes as fast as acknowledgements come.
    pub fn flood(&self, addr: SocketAddr, process: &Process) -> Flooded {
        let before = process.processor_seconds();
        let wanted = self.publishers * self.flood_messages;
        let (delays, took) = self.play(addr, wanted, |peer, _| flood(peer, self.flood_messages));
        let all = wanted * self.subscribers;
        Flooded {
            delivered: delays.len(),
            lost: all - delays.len(),
            took,
            processor_seconds: process.processor_seconds() - before,
        }
    }

    /// Publishes at a calm pace, and gives the delay of each delivery in nanoseconds.
    pub fn pace(&self, addr: SocketAddr) -> Vec<u64> {
        let wanted = self.publishers * self.paced_messages;
        self.play(addr, wanted, |peer, begun| {
            for number in 0..self.paced_messages {
                let due = self.paced_every * u32::try_from(number).unwrap_or(u32::MAX);
                thread::sleep(due.saturating_sub(begun.elapsed()));
                flood(peer, 1);
            }
        })
        .0
    }

    /// Lets the publishers do theirs until the subscribers have `wanted` messages each. Gives the delays of all
    /// deliveries, and the time until the last.
    fn play(
        &self,
        addr: SocketAddr,
        wanted: usize,
        publishing: impl Fn(&mut Peer, Instant) + Sync,
    ) -> (Vec<u64>, Duration) {
        let all_there = Barrier::new(self.publishers + self.subscribers);
        let (all_there, publishing) = (&all_there, &publishing);
        thread::scope(|scope| {
            let subscribers: Vec<_> = (0..self.subscribers)
                .map(|number| {
                    scope.spawn(move || {
                        let mut peer = Peer::connect(addr, &format!("subscriber-{number}"));
                        peer.subscribe("bench/#");
                        all_there.wait();
                        let begun = Instant::now();
                        receive(&mut peer, wanted, begun)
                    })
                })
                .collect();
            for number in 0..self.publishers {
                scope.spawn(move || {
                    let mut peer = Peer::connect(addr, &format!("publisher-{number}"));
                    all_there.wait();
                    publishing(&mut peer, Instant::now());
                });
            }
            let mut delays = Vec::new();
            let mut took = Duration::ZERO;
            for subscriber in subscribers {
                let (its, time) = subscriber.join().expect("a subscriber failed");
                delays.extend(its);
                took = took.max(time);
            }
            (delays, took)
        })
    }
}

/// Nanoseconds since this process first asked.
fn now_ns() -> u64 {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let elapsed = BEGUN.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

fn flood(peer: &mut Peer, messages: usize) {
    let (mut sent, mut acknowledged) = (0_usize, 0);
    while acknowledged < messages {
        let mut out = Vec::new();
        while sent < messages && sent - acknowledged < WINDOW {
            sent += 1;
            let packet_id = u16::try_from(sent % 60_000 + 1).unwrap_or(1);
            out.extend(publish(TOPIC, packet_id, now_ns(), PAYLOAD_BYTES));
        }
        peer.send(&out);
        let any = peer.packets(|first, _| acknowledged += usize::from(first == 0x40));
        assert!(any, "publishes are not acknowledged");
    }
}

/// Takes and acknowledges messages until `wanted` came, or none any more. Gives their delays, and the time until the
/// last.
fn receive(peer: &mut Peer, wanted: usize, begun: Instant) -> (Vec<u64>, Duration) {
    let mut delays = Vec::with_capacity(wanted);
    let mut took = Duration::ZERO;
    while delays.len() < wanted {
        let mut out = Vec::new();
        let any = peer.packets(|first, body| {
            if first >> 4 == 3 {
                let (packet_id, stamp_ns) = delivered(body);
                delays.push(now_ns().saturating_sub(stamp_ns));
                out.extend([0x40, 2, packet_id[0], packet_id[1]]);
            }
        });
        if !any {
            break;
        }
        took = begun.elapsed();
        peer.send(&out);
    }
    (delays, took)
}

/// The figures of a scenario.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    delivered_per_second: f64,
    lost: usize,
    processor_seconds_per_100k: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Figures {
    /// From a flood, and the sorted delays at a calm pace.
    pub fn new(flooded: Flooded, delays_ns: &[u64]) -> Self {
        let delivered = flooded.delivered as f64;
        let percentile = |percent: usize| {
            let index = delays_ns.len().saturating_sub(1) * percent / 100;
            delays_ns.get(index).map_or(f64::NAN, |ns| *ns as f64 / 1e6)
        };
        Self {
            delivered_per_second: delivered / flooded.took.as_secs_f64(),
            lost: flooded.lost,
            processor_seconds_per_100k: flooded.processor_seconds * 1e5 / delivered,
            p50_ms: percentile(50),
            p99_ms: percentile(99),
        }
    }

    /// Of each figure the median; the most that was lost.
    pub fn median(rounds: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> f64| {
            let mut all: Vec<_> = rounds.iter().map(figure).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            delivered_per_second: median(|round| round.delivered_per_second),
            lost: rounds.iter().map(|round| round.lost).max().unwrap_or(0),
            processor_seconds_per_100k: median(|round| round.processor_seconds_per_100k),
            p50_ms: median(|round| round.p50_ms),
            p99_ms: median(|round| round.p99_ms),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{:>7.0} delivered/s, {} lost, {:.2} s of processor for 100,000; at 1,000 delivered/s p50 {:.2} ms, p99 {:.2} ms",
            self.delivered_per_second,
            self.lost,
            self.processor_seconds_per_100k,
            self.p50_ms,
            self.p99_ms
        )
    }
}

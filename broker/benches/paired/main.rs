//! The embedded broker and Mosquitto under the same load, one after the other in one run: what is delivered in a
//! second, how late, for how much processor time; and the memory for idle clients.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-broker --bench paired`. The load comes from this
//! process, on the same processors: figures compare the two, and say little of what a broker can do alone. They are
//! printed, never asserted.

#[path = "../../tests/broker/support/mod.rs"]
mod support;

mod peer;
mod process;
mod scenario;

use std::net::SocketAddr;
use std::time::Duration;

use self::peer::Peer;
use self::process::Process;
use self::scenario::{FAN_IN, FAN_OUT, Figures, Scenario};
use self::support::mosquitto::Mosquitto;
use self::support::program::Program;
use self::support::reusable_addr;

/// Each scenario is played so often; the median is told.
const ROUNDS: usize = 3;

/// Clients that only stay connected.
const IDLE: usize = 1_000;

/// A broker, started anew for each measurement.
#[derive(Clone, Copy)]
struct Rival {
    name: &'static str,
    start: fn() -> Running,
}

/// A broker that runs until dropped.
struct Running {
    addr: SocketAddr,
    process: Process,
    _alive: Alive,
}

/// What keeps it alive.
enum Alive {
    Embedded { _program: Program },
    Mosquitto { _mosquitto: Mosquitto },
}

const RIVALS: [Rival; 2] = [
    Rival {
        name: "embedded",
        start: start_embedded,
    },
    Rival {
        name: "Mosquitto",
        start: start_mosquitto,
    },
];

fn start_embedded() -> Running {
    let addr = reusable_addr();
    let mut program = Program::start(&["--mqtt", &addr.to_string()]);
    program.until_it_says("the broker listens");
    Running {
        addr,
        process: Process(program.id()),
        _alive: Alive::Embedded { _program: program },
    }
}

fn start_mosquitto() -> Running {
    // With the product's bound it would drop most of the flood that one subscriber is too slow for, where the
    // embedded broker slows the publishers down: time per message could not be compared.
    let mosquitto = Mosquitto::for_everybody("max_queued_messages 0\nmax_queued_bytes 0");
    Running {
        addr: mosquitto.plain,
        process: Process(mosquitto.id()),
        _alive: Alive::Mosquitto {
            _mosquitto: mosquitto,
        },
    }
}

fn main() {
    for scenario in [FAN_IN, FAN_OUT] {
        println!("{}", scenario.name);
        let mut rounds = RIVALS.map(|_| Vec::new());
        // In turns, so that what else the machine does meets both.
        for _ in 0..ROUNDS {
            for (rival, figures) in RIVALS.iter().zip(&mut rounds) {
                figures.push(measure(rival, &scenario));
            }
        }
        for (rival, figures) in RIVALS.iter().zip(&rounds) {
            println!("  {:<10} {}", rival.name, Figures::median(figures));
        }
    }
    println!("{IDLE} idle clients, each with a subscription");
    for rival in RIVALS {
        let running = (rival.start)();
        let before = running.process.memory_bytes();
        let clients: Vec<_> = (0..IDLE)
            .map(|number| {
                let mut peer = Peer::connect(running.addr, &format!("idle-{number}"));
                peer.subscribe(&format!("site/{}/state", number % 50));
                peer
            })
            .collect();
        // What it still does for the last of them.
        std::thread::sleep(Duration::from_secs(1));
        let taken = running.process.memory_bytes();
        println!(
            "  {:<10} {:.1} MB in all, {:.1} kB for each",
            rival.name,
            taken as f64 / 1e6,
            taken.saturating_sub(before) as f64 / 1e3 / IDLE as f64
        );
        drop(clients);
    }
}

fn measure(rival: &Rival, scenario: &Scenario) -> Figures {
    let running = (rival.start)();
    let flooded = scenario.flood(running.addr, &running.process);
    let mut delays = scenario.pace(running.addr);
    delays.sort_unstable();
    Figures::new(flooded, &delays)
}

//! The bridge and mqtt2prometheus on the same readings, one after the other in one run: processor time for
//! 100,000 readings of 1,000 nodes over QoS 1, memory, and the time of a scrape.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-bridge --bench ingest`. Figures are printed,
//! never asserted.

mod process;
mod publisher;
mod readings;
mod rivals;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use process::Process;
use publisher::Publisher;
use rivals::{Outcome, Rival, Running};

const NODES: u64 = 1_000;
const READINGS_OF_EACH: u64 = 100;
/// A broker drops what a subscriber is too slow for: 4,000 readings a second, a hundred times what so many nodes
/// send.
const READING_OF_ALL_EVERY: Duration = Duration::from_millis(250);
/// In turns, so that what else the machine does meets all of them.
const ROUNDS: usize = 3;
/// Prometheus asks so often, as in `deploy/prometheus/`.
const SCRAPE_EVERY: Duration = Duration::from_secs(15);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a round has shown.
#[derive(Debug, Clone, Copy)]
struct Figures {
    processor_seconds: f64,
    took: Duration,
    memory_bytes: u64,
    scrape: Duration,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    releve_access::encrypt_with_ring();
    println!(
        "{} readings of {NODES} nodes, QoS 1",
        NODES * READINGS_OF_EACH
    );
    let mut rounds = Rival::ALL.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (rival, figures) in Rival::ALL.into_iter().zip(&mut rounds) {
            figures.push(measure(rival).await?);
        }
    }
    for (rival, figures) in Rival::ALL.into_iter().zip(&mut rounds) {
        figures.sort_by(|a, b| a.processor_seconds.total_cmp(&b.processor_seconds));
        let median = figures[ROUNDS / 2];
        println!(
            "  {:<28} {:.2} s of processor in {:.1} s, {:.0} MB, a scrape takes {:.0} ms",
            rival.name(),
            median.processor_seconds,
            median.took.as_secs_f64(),
            median.memory_bytes as f64 / 1e6,
            median.scrape.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

async fn measure(rival: Rival) -> Outcome<Figures> {
    let folder = tempfile::tempdir()?;
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let broker = releve_broker::start(releve_broker::Config::new(address)).await?;
    let running = rival.start(broker.tcp_addr(), folder.path())?;
    until(&running, |page| running.is_ready(page)).await?;
    // The exporter does not tell whether it has subscribed.
    tokio::time::sleep(Duration::from_secs(1)).await;

    let process = Process(running.process());
    let (before, began) = (process.processor_seconds()?, Instant::now());
    let at = broker.tcp_addr();
    let publishing =
        tokio::task::spawn_blocking(move || publish(rival, at).map_err(|error| error.to_string()));
    let mut scrapes = tokio::time::interval(SCRAPE_EVERY);
    let mut publishing = std::pin::pin!(publishing);
    loop {
        tokio::select! {
            published = &mut publishing => break published??,
            _ = scrapes.tick() => drop(running.scrape().await?),
        }
    }
    until(&running, |page| {
        running.taken(page) >= NODES * READINGS_OF_EACH
    })
    .await?;
    let took = began.elapsed();
    let processor_seconds = process.processor_seconds()? - before;
    let asked = Instant::now();
    running.scrape().await?;
    let figures = Figures {
        processor_seconds,
        took,
        memory_bytes: process.memory_bytes()?,
        scrape: asked.elapsed(),
    };
    drop(running);
    broker.stop().await;
    Ok(figures)
}

fn publish(rival: Rival, broker: SocketAddr) -> Outcome<()> {
    let mut publisher = Publisher::connect(broker)?;
    if rival != Rival::Mqtt2Prometheus {
        for node in 0..NODES {
            publisher.publish(&format!("releve/n{node}/availability"), b"online", true)?;
        }
    }
    let began = Instant::now();
    for seq in 1..=READINGS_OF_EACH {
        let due = READING_OF_ALL_EVERY * u32::try_from(seq)?;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let reading = readings::reading(seq)?;
        let payload = rival.payload(&reading)?;
        for node in 0..NODES {
            publisher.publish(&rival.topic(node), &payload, false)?;
        }
    }
    Ok(publisher.finish()?)
}

/// Asks for the page until it is as it should be.
async fn until(running: &Running, is_so: impl Fn(&str) -> bool) -> Outcome<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Ok(page) = running.scrape().await
            && is_so(&page)
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let taken = running.taken(&running.scrape().await?);
    Err(format!("it takes too long: it has {taken} readings").into())
}

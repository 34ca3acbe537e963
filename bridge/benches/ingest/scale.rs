//! The bridge with few and with many nodes: memory, and what a scrape takes.

use std::time::{Duration, Instant};

use super::publisher::Publisher;
use super::readings::{reading, retained};
use super::rivals::{Outcome, Rival};
use super::stage::Stage;

/// So many nodes, at most what a bridge takes.
const SIZES: [u64; 2] = [1_000, 10_000];
const RIVALS: [Rival; 2] = [Rival::Scraped, Rival::Everything];
const READINGS_OF_EACH: u64 = 10;
/// As in the paired part: what a broker hands on without dropping any.
const READINGS_A_SECOND: u32 = 4_000;
/// Of which the median is told.
const SCRAPES: usize = 5;

/// Measures and prints.
///
/// # Errors
/// If something does not run, or takes too long.
pub async fn run() -> Outcome<()> {
    println!("{READINGS_OF_EACH} readings of each node, and what it keeps at the broker");
    for nodes in SIZES {
        for rival in RIVALS {
            measure(rival, nodes).await?;
        }
    }
    Ok(())
}

async fn measure(rival: Rival, nodes: u64) -> Outcome<()> {
    let stage = Stage::set(rival).await?;
    let empty = stage.process.memory_bytes()?;
    stage
        .publish(move |publisher| publish(publisher, nodes))
        .await?;
    let running = &stage.running;
    stage
        .until("end of the readings", |page| {
            running.taken(page) >= nodes * READINGS_OF_EACH && running.has_sent(page, 0)
        })
        .await?;
    let mut scrapes = Vec::new();
    for _ in 0..SCRAPES {
        let asked = Instant::now();
        let page = running.scrape().await?;
        scrapes.push((asked.elapsed(), page.len()));
    }
    scrapes.sort_unstable();
    let (took, bytes) = scrapes[SCRAPES / 2];
    println!(
        "  {:>6} nodes, {:<54} {:.0} MB (before: {:.0} MB), a scrape of {:.1} MB takes {:.0} ms",
        nodes,
        rival.name(),
        stage.process.memory_bytes()? as f64 / 1e6,
        empty as f64 / 1e6,
        bytes as f64 / 1e6,
        took.as_secs_f64() * 1e3,
    );
    stage.clear().await;
    Ok(())
}

fn publish(publisher: &mut Publisher, nodes: u64) -> Outcome<()> {
    let began = Instant::now();
    let mut sent = 0;
    let mut pace = || {
        std::thread::sleep(
            (Duration::from_secs(1) * sent / READINGS_A_SECOND).saturating_sub(began.elapsed()),
        );
        sent += 1;
    };
    for node in 0..nodes {
        pace();
        let name = format!("n{node}");
        let (info, state) = retained(&name)?;
        let topic = |kind| format!("releve/{name}/{kind}");
        publisher.publish(&topic("availability"), b"online", true)?;
        publisher.publish(&topic("info"), &serde_json::to_vec(&info)?, true)?;
        publisher.publish(&topic("state"), &serde_json::to_vec(&state)?, true)?;
    }
    for seq in 1..=READINGS_OF_EACH {
        let payload = serde_json::to_vec(&reading(seq)?)?;
        for node in 0..nodes {
            pace();
            publisher.publish(&format!("releve/n{node}/reading"), &payload, false)?;
        }
    }
    Ok(())
}

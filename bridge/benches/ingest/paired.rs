//! Every rival on the same readings, in turns.

use std::time::{Duration, Instant};

use super::publisher::Publisher;
use super::readings::{alarm_raised, reading};
use super::rivals::{Outcome, Rival};
use super::stage::Stage;

const NODES: u64 = 1_000;
const READINGS_OF_EACH: u64 = 100;
/// A broker drops what a subscriber is too slow for: 4,000 readings a second, a hundred times what so many nodes
/// send.
const READING_OF_ALL_EVERY: Duration = Duration::from_millis(250);
/// Each node has an alarm a day; these readings are those of fifty minutes.
const ALARMS: u64 = 35;
/// In turns, so that what else the machine does meets all of them.
const ROUNDS: usize = 3;

/// What a round has shown.
#[derive(Debug, Clone, Copy)]
struct Figures {
    processor_seconds: f64,
    took: Duration,
    memory_bytes: u64,
    scrape: Duration,
}

/// Measures and prints.
///
/// # Errors
/// If something does not run, or takes too long.
pub async fn run() -> Outcome<()> {
    println!(
        "{} readings of {NODES} nodes, QoS 1; {ALARMS} alarms",
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
        let (least, most) = (figures[0], figures[ROUNDS - 1]);
        println!(
            "  {:<54} {:.2} s of processor ({:.2} to {:.2}) in {:.1} s, {:.0} MB, a scrape takes {:.0} ms",
            rival.name(),
            median.processor_seconds,
            least.processor_seconds,
            most.processor_seconds,
            median.took.as_secs_f64(),
            median.memory_bytes as f64 / 1e6,
            median.scrape.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

async fn measure(rival: Rival) -> Outcome<Figures> {
    let stage = Stage::set(rival).await?;
    let (before, began) = (stage.process.processor_seconds()?, Instant::now());
    stage
        .publish(move |publisher| publish(rival, publisher))
        .await?;
    let running = &stage.running;
    stage
        .until("end of the readings", |page| {
            running.taken(page) >= NODES * READINGS_OF_EACH && running.has_sent(page, ALARMS)
        })
        .await?;
    let took = began.elapsed();
    let processor_seconds = stage.process.processor_seconds()? - before;
    let asked = Instant::now();
    running.scrape().await?;
    let figures = Figures {
        processor_seconds,
        took,
        memory_bytes: stage.process.memory_bytes()?,
        scrape: asked.elapsed(),
    };
    stage.clear().await;
    Ok(figures)
}

fn publish(rival: Rival, publisher: &mut Publisher) -> Outcome<()> {
    if rival.is_the_bridge() {
        for node in 0..NODES {
            publisher.publish(&format!("releve/n{node}/availability"), b"online", true)?;
        }
    }
    let began = Instant::now();
    for seq in 1..=READINGS_OF_EACH {
        let due = READING_OF_ALL_EVERY * u32::try_from(seq)?;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let payload = rival.payload(&reading(seq)?)?;
        for node in 0..NODES {
            publisher.publish(&rival.topic(node), &payload, false)?;
        }
        // Spread over the run.
        let alarms = seq * ALARMS / READINGS_OF_EACH;
        for node in (seq - 1) * ALARMS / READINGS_OF_EACH..alarms {
            if rival.is_the_bridge() {
                let event = serde_json::to_vec(&alarm_raised(seq)?)?;
                publisher.publish(&format!("releve/n{node}/event"), &event, false)?;
            }
        }
    }
    Ok(())
}

//! What a day of the journal writes to its disk.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-node --bench journal_day`. A card wears by what
//! is written; the file system's own journal comes on top of it with each sync.

use std::error::Error;
use std::fs;

use releve_node::journal::store::{Boot, Bounds, Store};
use releve_node::journal::{Capacity, Record};
use releve_protocol::Reading;

/// Readings of a day, at 30 s a window.
const READINGS: u64 = 2_880;
/// Ten windows are five minutes: so often is it synced where nothing presses.
const SYNC_EVERY: u64 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let sample: Reading = serde_json::from_str(include_str!("../../protocol/golden/reading.json"))?;
    // Beside the programs, for `/tmp` may be in memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bounds = Bounds {
        // The second day makes room for itself.
        records: Capacity::days(1),
        bytes: 256 << 20,
    };
    let epoch: releve_protocol::Epoch = "bench".parse()?;
    let path = directory.path().join("site-1.journal");
    let mut store = Store::open(&path, Boot::current(), epoch.clone(), bounds)?;
    for (day, what) in [(0, "a day"), (1, "a day at the end of its room")] {
        let before = written()?;
        for seq in day * READINGS + 1..=(day + 1) * READINGS {
            let reading = Reading {
                epoch: epoch.clone(),
                seq,
                ..sample.clone()
            };
            store.append(&[Record::Reading(reading)], seq % SYNC_EVERY == 0)?;
        }
        let bytes = written()? - before;
        println!(
            "{what}: {:.1} MB written, {} syncs; {:.0} bytes a reading",
            bytes as f64 / 1e6,
            READINGS / SYNC_EVERY,
            bytes as f64 / READINGS as f64
        );
    }
    println!(
        "the file: {:.1} MB",
        fs::metadata(&path)?.len() as f64 / 1e6
    );
    Ok(())
}

/// Bytes that this program has had written to the disk, as the kernel counts them.
fn written() -> Result<u64, Box<dyn Error>> {
    let counted = fs::read_to_string("/proc/self/io")?;
    let line = counted
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "))
        .ok_or("the kernel does not count what is written")?;
    Ok(line.trim().parse()?)
}

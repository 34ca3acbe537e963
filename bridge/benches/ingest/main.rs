//! The bridge and mqtt2prometheus on the same readings, one after the other in one run: processor time for
//! 100,000 readings of 1,000 nodes over QoS 1, memory, and the time of a scrape. Then the bridge alone with
//! 1,000 and 10,000 nodes.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-bridge --bench ingest`. Figures are printed,
//! never asserted.

mod exporter;
mod paired;
mod process;
mod publisher;
mod readings;
mod rivals;
mod scale;
mod sinks;
mod stage;

use rivals::Outcome;

#[tokio::main]
async fn main() -> Outcome<()> {
    releve_access::encrypt_with_ring();
    paired::run().await?;
    scale::run().await
}

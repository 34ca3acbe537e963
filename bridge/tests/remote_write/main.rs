//! Readings on their way from the broker through the bridge into a real Prometheus, and back as charts.

mod charts;
#[expect(dead_code, reason = "the other tests over a broker use the rest")]
#[path = "../over_a_broker/harness.rs"]
mod harness;
mod nothing_lost;
mod program;
mod prometheus;
mod random_outages;
mod sites;
mod victoria_metrics;

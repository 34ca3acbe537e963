//! From MQTT to Prometheus metrics and alert e-mails; serves the web app and carries its WebSocket
//! to the broker.
//!
//! Data flows one way: `mqtt` → `ingest` → the pure cores `fleet` (what is known of all nodes, what
//! is missing) and `mail` (which alarms to tell of) → `store` (what was, from which `http` draws charts),
//! `metrics`, mails. `docs/http.md` describes what is served.

mod batch;
mod bridge;
mod broker_stream;
mod config;
mod fleet;
mod http;
mod ingest;
pub mod mail;
mod metrics;
mod moment;
mod mqtt;
#[cfg(test)]
mod samples;
pub mod store;

pub use bridge::{Bridge, StartError, start};
pub use config::{Config, ConfigError};

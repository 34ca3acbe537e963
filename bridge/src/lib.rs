//! From MQTT to Prometheus metrics and alert e-mails; serves the web app and carries its WebSocket
//! to the broker.
//!
//! Data flows one way: `mqtt` → `ingest` → the pure cores `fleet` (what is known of all nodes, what
//! is missing) and `alerts` (what people are told; `commands` are about them) → `store`, `metrics`, `http`, `mail`.
//! Beside that flow `remote_write` takes what was stored to Prometheus, and `http` may have the history from there;
//! both go through `metrics_server`. `docs/http.md` describes what is served.

pub mod alerts;
mod batch;
mod bridge;
mod broker_stream;
mod commands;
mod config;
mod fleet;
mod http;
mod ingest;
pub mod mail;
mod metrics;
pub mod metrics_server;
mod moment;
mod mqtt;
mod parts;
pub mod remote_write;
#[cfg(test)]
mod samples;
mod spans;
pub mod store;
mod watch;

pub use bridge::{Bridge, StartError, start};
pub use config::{Config, ConfigError};

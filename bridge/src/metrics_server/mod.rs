//! A server of metrics, such as Prometheus or VictoriaMetrics, at the other end of a connection: to send readings
//! there, or to ask for what it holds of them.
//!
//! Pure: `config`, `words`. Shell: `connection`.

mod config;
mod connection;
mod words;

pub use config::{Purpose, ServerConfig, ServerConfigError, ServerLogin, Target};
pub(crate) use connection::{Connection, Unread};
pub(crate) use words::words;

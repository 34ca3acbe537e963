//! The embedded MQTT broker: rumqttd's router behind a network front of its own.
//!
//! [`start`] binds the addresses of a [`Config`] and serves MQTT 3.1.1 and 5, over TCP and over
//! WebSocket, until the [`Broker`] is stopped or dropped. Why the front is ours, what it offers and
//! what it leaves out is written in `docs/decisions/0001-rumqttd-behind-our-own-front.md`.
//!
//! Who comes in: `listeners` and `doors` take connections, `tls` encrypts them, `front` reads what they are, and
//! `access` decides who may come in and what they may do.
//!
//! The way of a message: `connection` reads it, `policy` says whether it may be published, `inlet` puts it into
//! the `retained` store, which may be on disk, and, inside an `envelope`, into the `router`; each subscriber's
//! `session` takes it out and decides what to send, and its `outgoing` queue gives it a packet id.

pub mod users;

mod access;
mod changed_file;
mod codec;
mod config;
mod connect;
mod connection;
mod doors;
mod envelope;
mod frame;
mod front;
mod inlet;
mod listeners;
mod log_throttle;
mod message;
mod metrics;
mod origin;
mod outgoing;
mod places;
mod policy;
mod registry;
mod retained;
mod router;
mod server;
mod session;
pub mod settings;
mod shares;
mod source;
mod start_error;
mod subscriptions;
mod tls;
mod topics;
mod watchdog;
mod websocket;
mod will;

pub use config::{Config, Limits, Tls};
pub use server::{Broker, Checked, check, start};
pub use start_error::StartError;

//! A whole node against a real broker.

mod clock;
mod connection;
mod harness;
mod login;
mod memory;
mod service;

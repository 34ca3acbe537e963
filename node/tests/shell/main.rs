//! A whole node against a real broker.

mod connection;
mod harness;
mod memory;
mod service;

//! What the end-to-end tests stand on: the product's own composition beside real programs of
//! others, each started on loopback with a free port and ended with the test.

pub mod browser;
pub mod mosquitto;
pub mod mqtt;
pub mod process;
pub mod prometheus;
pub mod smtp;
pub mod stack;
pub mod until;

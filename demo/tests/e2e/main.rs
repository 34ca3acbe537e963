//! The whole chain, end to end: composed as the demo composes it, seen only through MQTT, HTTP,
//! SMTP and a browser, beside real programs of others, on the embedded broker and on Mosquitto.

#[macro_use]
mod both_brokers;
mod harness;

mod access;
mod bad_input;
mod bridge_login;
mod browser;
mod chain;
mod command_line;
mod first_visit;
mod login;
mod mail;
mod metrics;
mod nothing_lost;
mod plans;
mod readme;
mod silence;

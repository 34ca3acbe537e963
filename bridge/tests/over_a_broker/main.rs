//! The bridge over the embedded broker, seen from outside: MQTT on one side, HTTP on the other.

mod chain;
mod harness;
mod http;

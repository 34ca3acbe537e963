//! The bridge over the embedded broker, seen from outside: MQTT on one side, HTTP on the other.

mod api_login;
mod browsers;
mod chain;
mod check_config;
mod commands;
mod elsewhere;
mod guarded;
mod harness;
mod history;
mod http;
mod login;
mod mail;
mod openapi;
mod smtp;
mod stored;

//! Readings on their way from the broker through the bridge into real databases, and back as charts; and alerts to a
//! real mail server.

mod charts;
mod database;
mod faults;
#[expect(dead_code, reason = "the other tests over a broker use the rest")]
#[path = "../over_a_broker/harness.rs"]
mod harness;
mod journal;
mod mail_server;
mod mails;
mod nothing_lost;
mod program;
mod random_outages;
mod sites;
mod wire;

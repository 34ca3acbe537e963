//! The whole chain in one process: broker, simulated sites, bridge with the web app.
//!
//! The program `releve-demo` shows it to a person; the end-to-end tests compose it the same way.

mod demo;
mod site;

pub use demo::{BrokerChoice, Config, Demo, StartError};
pub use site::{Site, site_configs};

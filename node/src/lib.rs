//! The program on a site: the shell around the controller.
//!
//! [`core`] is the whole behaviour without I/O: what a sample, a command or a new connection leads
//! to. [`run`] is the shell: one loop that samples, lets the core decide, switches the relays and
//! hands publications to the connection in [`mqtt`]; it never waits for the network. Sensors and
//! relays stand behind the traits of [`sensors`] and [`relays`]; [`hardware`] puts the real ones
//! behind them, as [`settings`] describe them, [`simulated`] one simulated installation. [`setup`] is
//! what a new site needs before. [`snapshot`] keeps what must outlive a restart.

pub mod clock;
pub mod config;
pub mod core;
pub mod hardware;
pub mod journal;
mod log_throttle;
pub mod mqtt;
pub mod relays;
mod restarts;
mod run;
pub mod sensors;
pub mod settings;
pub mod setup;
pub mod simulated;
pub mod snapshot;
mod supervisor;
mod wake;

pub use clock::SiteClock;
pub use config::NodeConfig;
pub use run::{RunError, run};
pub use supervisor::Supervisor;

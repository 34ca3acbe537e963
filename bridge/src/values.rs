//! Values of options of which the environment may hold an empty one, which is as good as none: compose files
//! write it so.

use std::net::SocketAddr;

pub use releve_access::options::{file, flag};

/// Where HTTP is served unless told otherwise.
pub const HTTP: &str = "127.0.0.1:8080";

/// An address of this machine, with the port; empty is the usual one.
pub fn http(text: &str) -> Result<SocketAddr, String> {
    let text = if text.is_empty() { HTTP } else { text };
    text.parse()
        .map_err(|_| format!("write an address with a port, as {HTTP}"))
}

/// A whole number between these; empty is the usual one.
pub fn number(text: &str, least: u64, greatest: u64, usual: u64) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(usual);
    }
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=greatest).contains(number));
    number.ok_or_else(|| format!("give a whole number from {least} to {greatest}"))
}

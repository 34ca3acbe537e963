//! Values of options of which the environment may hold an empty one, which is as good as none: compose files
//! write it so.

pub use releve_access::options::{file, flag};

/// A whole number between these; empty is the usual one.
pub fn number(text: &str, least: u64, greatest: u64, usual: u64) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(usual);
    }
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=greatest).contains(number));
    number.ok_or_else(|| format!("give a whole number from {least} to {greatest}"))
}

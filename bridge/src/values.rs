//! Values of options of which the environment may hold an empty one, which is as good as none: compose files
//! write it so.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};

/// A file's name, perhaps empty, which clap's own parser refuses.
pub fn file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Yes or no; empty is no.
pub fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "y" | "t" => Ok(true),
        "" | "0" | "false" | "no" | "off" | "n" | "f" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
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

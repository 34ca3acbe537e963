//! GPIO chips of the kernel, by their labels: their numbers change from boot to boot.

use std::path::PathBuf;

use gpiocdev::chip::Chip;

use crate::relays::BoardError;

/// Where the chip of that label is.
///
/// # Errors
/// If there is none; says which there are.
pub fn find_chip(label: &str) -> Result<PathBuf, BoardError> {
    let failed = |error: gpiocdev::Error| {
        BoardError(format!(
            "the GPIO chips cannot be listed ({error}): is there a /dev/gpiochip0, and may this user open it?"
        ))
    };
    let mut labels = Vec::new();
    for path in gpiocdev::chip::chips().map_err(failed)? {
        let info = Chip::from_path(&path)
            .and_then(|chip| chip.info())
            .map_err(failed)?;
        if info.label == label {
            return Ok(path);
        }
        labels.push(info.label);
    }
    Err(BoardError(format!(
        "there is no GPIO chip {label:?}; there are: {}",
        if labels.is_empty() {
            "none".to_owned()
        } else {
            labels.join(", ")
        }
    )))
}

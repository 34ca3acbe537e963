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
    Err(no_such_chip(label, &labels))
}

fn no_such_chip(label: &str, labels: &[String]) -> BoardError {
    BoardError(if labels.is_empty() {
        format!("there is no GPIO chip {label:?}, nor any other: has its driver been loaded?")
    } else {
        format!(
            "there is no GPIO chip {label:?}; there are: {}",
            labels.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::no_such_chip;

    #[test]
    fn whoever_looks_for_a_chip_is_told_which_there_are() {
        assert_eq!(
            no_such_chip("a", &["b".to_owned(), "c".to_owned()]).to_string(),
            "there is no GPIO chip \"a\"; there are: b, c"
        );
        assert_eq!(
            no_such_chip("a", &[]).to_string(),
            "there is no GPIO chip \"a\", nor any other: has its driver been loaded?"
        );
    }
}

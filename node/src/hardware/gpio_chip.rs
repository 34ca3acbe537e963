//! GPIO chips of the kernel, by their labels: their numbers change from boot to boot.

use std::path::PathBuf;

use gpiocdev::chip::Chip;

use crate::relays::BoardError;

/// Where the chip of that label is.
///
/// # Errors
/// If there is none; says which there are.
pub fn find_chip(label: &str) -> Result<PathBuf, BoardError> {
    let mut chips = chips()?;
    match chips.iter().position(|(_, other)| other == label) {
        Some(index) => Ok(chips.swap_remove(index).0),
        None => {
            let labels: Vec<_> = chips.into_iter().map(|(_, label)| label).collect();
            Err(no_such_chip(label, &labels))
        }
    }
}

/// The labels of all chips.
///
/// # Errors
/// If they cannot be listed.
pub fn labels() -> Result<Vec<String>, BoardError> {
    Ok(chips()?.into_iter().map(|(_, label)| label).collect())
}

fn chips() -> Result<Vec<(PathBuf, String)>, BoardError> {
    let failed = |error: gpiocdev::Error| {
        BoardError(format!(
            "the GPIO chips cannot be listed ({error}): is there a /dev/gpiochip0, and may this user open it?"
        ))
    };
    let mut chips = Vec::new();
    for path in gpiocdev::chip::chips().map_err(failed)? {
        let info = Chip::from_path(&path)
            .and_then(|chip| chip.info())
            .map_err(failed)?;
        chips.push((path, info.label));
    }
    Ok(chips)
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

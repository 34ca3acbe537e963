//! Who speaks for the computer's wall clock: looked for in the files by which the system says so.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::trust::Witness;
use super::unix_millis;

/// systemd-timesyncd makes this file when the time has come from the network, and no run of the machine finds
/// that of another one.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";
/// The clock chips, each of which says in `since_epoch` what it shows.
const CHIPS: &str = "/sys/class/rtc";
/// How far a chip, which counts in seconds, may be from the wall clock that was set by it.
const CHIP_WITHIN_MILLIS: u64 = 5000;
/// How often a witness is looked for.
const EVERY: Duration = Duration::from_secs(5);
/// How long the first look may take: a chip may hang on a bus.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks for witnesses beside the control loop, until it is dropped or the best one was found.
#[derive(Debug)]
pub struct Lookout {
    found: watch::Receiver<Witness>,
    _looking: AbortOnDropHandle<()>,
}

impl Lookout {
    /// Has looked once.
    pub async fn start() -> Self {
        let first = timeout(PATIENCE, spawn_blocking(look)).await;
        let first = first.ok().and_then(Result::ok).unwrap_or_default();
        let (sender, found) = watch::channel(first);
        let looking = tokio::spawn(look_on(sender).in_current_span());
        Self {
            found,
            _looking: AbortOnDropHandle::new(looking),
        }
    }

    /// Who speaks for the wall clock by now.
    pub fn found(&self) -> Witness {
        *self.found.borrow()
    }
}

async fn look_on(found: watch::Sender<Witness>) {
    while *found.borrow() < Witness::Network {
        sleep(EVERY).await;
        let Ok(witness) = spawn_blocking(look).await else {
            return;
        };
        found.send_replace(witness);
    }
}

fn look() -> Witness {
    look_at(Path::new(SYNCHRONIZED), Path::new(CHIPS), SystemTime::now())
}

fn look_at(synchronized: &Path, chips: &Path, shown: SystemTime) -> Witness {
    if synchronized.exists() {
        Witness::Network
    } else if any_chip_shows(chips, unix_millis(shown)) {
        Witness::ClockChip
    } else {
        Witness::Nobody
    }
}

fn any_chip_shows(chips: &Path, shown_millis: i64) -> bool {
    let Ok(chips) = fs::read_dir(chips) else {
        return false;
    };
    chips
        .flatten()
        .filter_map(|chip| fs::read_to_string(chip.path().join("since_epoch")).ok())
        .filter_map(|text| text.trim().parse::<i64>().ok())
        .any(|seconds| shown_millis.abs_diff(seconds.saturating_mul(1000)) <= CHIP_WITHIN_MILLIS)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const NOON: u64 = 1_790_000_000;

    fn noon() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOON)
    }

    /// A directory of chips that show these texts.
    fn chips(shown: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for (number, text) in shown.iter().enumerate() {
            let chip = directory.path().join(format!("rtc{number}"));
            fs::create_dir(&chip).expect("made");
            fs::write(chip.join("since_epoch"), text).expect("written");
        }
        directory
    }

    #[test]
    fn a_chip_speaks_for_a_clock_that_shows_the_same() {
        let nowhere = Path::new("/nonexistent");
        for (shown, witness) in [
            (vec![], Witness::Nobody),
            (vec!["1790000004\n"], Witness::ClockChip),
            (vec!["1789999995\n"], Witness::ClockChip),
            (vec!["1789999994\n"], Witness::Nobody),
            // Without a battery it began at 1970.
            (vec!["35\n"], Witness::Nobody),
            (vec!["35\n", "1790000000\n"], Witness::ClockChip),
            (
                vec!["", "noon\n", "-9223372036854775808\n"],
                Witness::Nobody,
            ),
        ] {
            let chips = chips(&shown);
            assert_eq!(look_at(nowhere, chips.path(), noon()), witness, "{shown:?}");
        }
        assert_eq!(look_at(nowhere, nowhere, noon()), Witness::Nobody);
    }

    #[test]
    fn the_file_of_the_time_service_speaks_for_any_clock() {
        let chips = chips(&["35\n"]);
        let file = chips.path().join("synchronized");
        assert_eq!(look_at(&file, chips.path(), noon()), Witness::Nobody);
        fs::write(&file, "").expect("written");
        assert_eq!(look_at(&file, chips.path(), noon()), Witness::Network);
    }
}

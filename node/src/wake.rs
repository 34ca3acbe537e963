//! How a node comes to its core: from what an earlier run has left, or as its configuration says.

use releve_control::snapshot::Snapshot;
use releve_protocol::Epoch;
use tracing::info;

use crate::clock::SiteClock;
use crate::config::NodeConfig;
use crate::core::Core;
use crate::run::RunError;
use crate::snapshot::{self, Recorder, SnapshotFile};

/// A core that goes on from where an earlier run ended, if anything is known of one, and what records
/// where this run stands.
pub async fn wake(
    config: &NodeConfig,
    clock: SiteClock,
) -> Result<(Core, Option<Recorder<Snapshot>>), RunError> {
    let plain = || Core::new(config.clone(), new_epoch(), clock.speed(), clock.now());
    let Some(directory) = &config.state_directory else {
        info!(
            "without a state directory: an operator's mode, limits and schedule are lost when this program ends"
        );
        return Ok((plain()?, None));
    };
    let file = SnapshotFile::of(directory, &config.node);
    let core = match snapshot::recall(&file).await {
        None => plain()?,
        Some(snapshot) => {
            let (core, left_out) = Core::restored(
                config.clone(),
                &snapshot,
                new_epoch(),
                clock.speed(),
                clock.now(),
            )?;
            snapshot::report_left_out(&file, &left_out).await;
            info!(
                "goes on in mode {}, as {} has it",
                snapshot.mode,
                file.path().display()
            );
            core
        }
    };
    Ok((core, Some(Recorder::start(file))))
}

/// An epoch that no other journal has: 8 random letters and digits.
fn new_epoch() -> Epoch {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let text: String = (0..8)
        .map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]))
        .collect();
    match text.parse() {
        Ok(epoch) => epoch,
        Err(_) => unreachable!("lower-case letters and digits name an epoch"),
    }
}

//! The relay board on the bus: what it does as the one on the lines does, and what a bus that fails takes
//! away.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{measures, state, succeeds};
use crate::board::RELAY_HAT;
use crate::patience::PATIENCE;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{Inputs, ORDINARY, Rig};
use crate::site::{self, AUX1_CHANNEL, CHARGER_CHANNEL, Place, Relays};

/// Longer than two samples, shorter than what the node takes for lost data.
const STALL: Duration = Duration::from_secs(5);
/// 50 °C.
const HOT: Inputs = Inputs {
    celsius: 400,
    charger_shunt: 0,
    ..ORDINARY
};

/// At work, on a board and a bus that fail, and with a hot battery.
pub fn relay_hat(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    rig.apply(ORDINARY);
    let lines = rig.changes.mark();
    let mut node = rig.beginning("relays on the bus, at the start", |rig| {
        let config = site::configure_with(Relays::Hat, place, "hat")?;
        let (moved, heard) = (coils(rig), rig.mqtt.messages.mark());
        let node = rig.start("run", &config)?;
        measures(rig, heard)?;
        charger_is(rig, heard, "closed")?;
        moved_only(rig, moved, &[(AUX1_CHANNEL, true)])?;
        let second = refused_beside(&config)?;
        moved_only(rig, moved, &[(AUX1_CHANNEL, true)])?;
        Ok((node, format!("no coil moved but that of a normally-open contact; relays-safe beside it: {second:?}")))
    })?;
    rig.scenario("relays on the bus, a hand opens the charger", |rig| {
        let (moved, heard) = (coils(rig), rig.mqtt.messages.mark());
        rig.mqtt.command("authority", "manual")?;
        rig.mqtt.command("relay/charger", "open")?;
        wait_coil(rig, moved, CHARGER_CHANNEL, true)?;
        rig.board().charger.shunt_steps = 0;
        charger_is(rig, heard, "open")?;
        moved_only(rig, moved, &[(CHARGER_CHANNEL, true)])?;
        Ok("its coil has current, no other moved, the state says open".to_owned())
    })?;
    rig.scenario("relays on the bus, another program closes it", |rig| {
        let (moved, said) = (coils(rig), node.lines.mark());
        rig.board().hat.set(CHARGER_CHANNEL, 0);
        node.says(said, &["reads back other positions than it took"])?;
        wait_coil(rig, moved, CHARGER_CHANNEL, true)?;
        Ok("it says so, and opens it again".to_owned())
    })?;
    rig.scenario("relays on the bus, the board falls silent", |rig| {
        silent(
            rig,
            &node,
            &site::configure_with(Relays::Hat, place, "hat")?,
        )
    })?;
    rig.scenario("relays on the bus, which hangs for 5 s", |rig| {
        hang(rig, &node)
    })?;
    rig.scenario("relays on the bus, SIGTERM while it hangs", |rig| {
        let moved = coils(rig);
        rig.board().hang(Duration::from_secs(1));
        node.stop()?;
        moved_only(rig, moved, &[(CHARGER_CHANNEL, false)])?;
        Ok("exit code 0, and the charger's coil is without current".to_owned())
    })?;
    rig.scenario("relays on the bus, a hot battery", hot(place))?;
    rig.scenario("relays on the bus, probe --toggle", |rig| {
        let config = site::configure_with(Relays::Hat, place, "hat-plain")?;
        let moved = coils(rig);
        let probe = rig.start("probe --yes --toggle charger", &config)?;
        wait_coil(rig, moved, CHARGER_CHANNEL, true)?;
        rig.board().charger.shunt_steps = 0;
        let said = probe.says(0, &["as it must"])?;
        succeeds(probe)?;
        moved_only(
            rig,
            moved,
            &[(CHARGER_CHANNEL, true), (CHARGER_CHANNEL, false)],
        )?;
        Ok(format!("{said:?}; its coil got current and lost it"))
    })?;
    rig.scenario("relays on the bus touch no line", |rig| {
        rig.moved_only(lines, &[])?;
        Ok("no line moved".to_owned())
    })
}

fn silent(rig: &Rig, node: &Program, config: &Path) -> Result<String> {
    let (said, heard) = (node.lines.mark(), rig.mqtt.messages.mark());
    let moved = coils(rig);
    rig.board().silent = Some(RELAY_HAT);
    let refuses = node.says(said, &["the relay board refused", "cannot be reached"])?;
    state(rig, heard, |state| {
        state["relays"]["charger"]["actual"].is_null().then_some(())
    })
    .context("its state shows a position that nobody knows")?;
    state(rig, heard, |state| {
        let alarms = state["alarms"].as_array()?;
        let refuses = |alarm: &Value| alarm["cause"] == "board_refuses";
        alarms.iter().any(refuses).then_some(())
    })
    .context("no alarm says that the board refuses")?;
    // Every transfer fails, and the board is still this node's.
    refused_beside(config)?;
    rig.board().silent = None;
    node.says(said, &["the relay board takes commands again"])?;
    charger_is(rig, rig.mqtt.messages.mark(), "open")?;
    moved_only(rig, moved, &[])?;
    Ok(format!(
        "{refuses:?}; no coil moved; relays-safe is refused meanwhile, too"
    ))
}

fn hang(rig: &Rig, node: &Program) -> Result<String> {
    let (said, moved) = (node.lines.mark(), coils(rig));
    rig.board().hang(STALL);
    node.says(said, &["the sensors have not answered within 300 ms"])?;
    node.says(said, &["the relay board refused", "the I2C bus hangs"])?;
    node.says(said, &["the relay board takes commands again"])?;
    ensure!(!rig.board().hangs(), "it said so while the bus hung");
    node.says(said, &["battery (INA219 at 0x40) measures"])?;
    moved_only(rig, moved, &[])?;
    Ok("it says so of sensors and relays, and both come back; no coil moved".to_owned())
}

/// Heat opens the charger; SIGTERM leaves it so, `relays-safe` too, and once it is cool closes it.
fn hot(place: &Place) -> impl FnOnce(&mut Rig) -> Result<String> {
    move |rig| {
        let config = site::configure_with(Relays::Hat, place, "hat-heat")?;
        let (moved, heard) = (coils(rig), rig.mqtt.messages.mark());
        rig.apply(HOT);
        let mut node = rig.start("run", &config)?;
        charger_is(rig, heard, "open")?;
        node.stop()?;
        let safe = Program::start("relays-safe", &config)?;
        safe.says(0, &["charger: open"])?;
        succeeds(safe)?;
        let opened = [(CHARGER_CHANNEL, true)];
        moved_only(rig, moved, &opened)?;
        rig.apply(ORDINARY);
        let plain = site::configure_with(Relays::Hat, place, "hat-plain")?;
        let safe = Program::start("relays-safe", &plain)?;
        safe.says(0, &["charger: closed"])?;
        succeeds(safe)?;
        moved_only(rig, moved, &[opened[0], (CHARGER_CHANNEL, false)])?;
        Ok("open through SIGTERM and relays-safe; closed by the relays-safe of a node that remembers no heat".to_owned())
    }
}

fn refused_beside(config: &Path) -> Result<String> {
    let mut second = Program::start("relays-safe", config)?;
    let status = second.end()?;
    ensure!(!status.success(), "relays-safe was let in");
    second.says(0, &["another Releve program holds the relays"])
}

fn charger_is(rig: &Rig, heard: usize, position: &str) -> Result<()> {
    state(rig, heard, |state| {
        (state["relays"]["charger"]["actual"] == position).then_some(())
    })
    .with_context(|| format!("the charger's relay does not read back as {position}"))
}

fn coils(rig: &Rig) -> usize {
    rig.board().hat.changes.mark()
}

fn wait_coil(rig: &Rig, mark: usize, channel: u8, energised: bool) -> Result<()> {
    let changes = std::sync::Arc::clone(&rig.board().hat.changes);
    let found = changes.wait(mark, PATIENCE, |coil| {
        (coil.channel == channel && coil.energised == energised).then_some(())
    });
    found
        .with_context(|| format!("the coil of channel {channel} was never energised = {energised}"))
}

fn moved_only(rig: &Rig, mark: usize, wanted: &[(u8, bool)]) -> Result<()> {
    let changes = rig.board().hat.changes.since(mark);
    let moved: Vec<_> = (changes.iter())
        .map(|coil| (coil.channel, coil.energised))
        .collect();
    ensure!(
        moved == wanted,
        "the coils moved like this: {moved:?}; wanted: {wanted:?}"
    );
    Ok(())
}

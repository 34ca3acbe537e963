//! A node at work: what it publishes, a hand on its relays, chips and a bus that fail.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{measures, open_charger_by_hand, state};
use crate::patience::PATIENCE;
use crate::program::Program;
use crate::report::Failed;
use crate::rig::{ORDINARY, Rig};
use crate::site::{self, CHARGER_LINE, Place};

/// A window lasts half a minute.
const A_WINDOW: Duration = Duration::from_secs(50);
const SAMPLES: u64 = 10;
/// So long that one or two samples are lost, and not so long that the node lets go of what a hand holds open.
const STALL: Duration = Duration::from_secs(5);
/// More samples than a minute of ordinary ones.
const FASTER_THAN_ORDINARY: usize = 100;
/// What a mean may differ from its figure: floating-point noise.
const NOISE: f64 = 1e-9;

/// One window in order, one with everything that can go wrong on a bus, and the end.
pub fn work(rig: &mut Rig, place: &Place) -> Result<(), Failed> {
    let heard = rig.mqtt.messages.mark();
    rig.apply(ORDINARY);
    let mut node = rig.beginning("a second owner of the lines", |rig| {
        let config = site::configure(place, "work")?;
        let node = rig.start("run", &config)?;
        measures(rig, heard)?;
        let moved = rig.changes.mark();
        let mut second = Program::start("relays-safe", &config)?;
        let status = second.end()?;
        ensure!(!status.success(), "relays-safe was let in");
        let said = second.says(0, &["cannot be taken", "no other program holds them"])?;
        rig.moved_only(moved, &[])?;
        node.says(0, &["started"])?;
        Ok((node, format!("{status}, {said:?}")))
    })?;
    rig.scenario("a window in order", |rig| {
        let reading = (rig.mqtt).hear(heard, "reading", A_WINDOW, |reading| {
            let in_order = |(path, _): (&str, f64)| {
                let statistics = at(reading, path);
                statistics["n"] == SAMPLES && statistics["quality"] == "good"
            };
            FIGURES.into_iter().all(in_order).then(|| reading.clone())
        })?;
        exact(&reading, &FIGURES)
    })?;
    let opened = rig.mqtt.messages.mark();
    rig.scenario("a hand opens the charger", |rig| {
        let (moved, heard) = (rig.changes.mark(), rig.mqtt.messages.mark());
        open_charger_by_hand(rig)?;
        rig.moved_only(moved, &[(CHARGER_LINE, false)])?;
        state(rig, heard, |state| {
            (state["relays"]["charger"]["actual"] == "open").then_some(())
        })?;
        rig.mqtt.hear(heard, "result", PATIENCE, |result| {
            (result["set"] == "relay/charger" && result["status"] == "verified").then_some(())
        })?;
        Ok(format!(
            "line {CHARGER_LINE} went low and no other moved; the state says open, the current's end verifies it"
        ))
    })?;
    let heard = rig.mqtt.messages.mark();
    rig.scenario("a chip falls silent, another is reset", |rig| {
        silent_and_reset(rig, &node)
    })?;
    rig.scenario("the bus hangs for 5 s", |rig| hang(rig, &node))?;
    rig.scenario("the window of all that", |rig| {
        let reading = (rig.mqtt).hear(heard, "reading", A_WINDOW, |reading| Some(reading.clone()))?;
        let n = |path: &str| at(&reading, path)["n"].as_u64().unwrap_or_default();
        let (battery, load) = (n("battery.voltage"), n("load.voltage"));
        ensure!(
            0 < load && load < battery && battery < SAMPLES,
            "{battery} samples of the battery, {load} of the load"
        );
        ensure!(n("temperature") == battery, "{reading}");
        // The charger's current ended in this window.
        let figures = FIGURES.into_iter().filter(|(path, _)| *path != "charger.current");
        let seen = exact(&reading, &figures.collect::<Vec<_>>())?;
        Ok(format!(
            "{battery} samples of the battery, {load} of the load, and their means are right: {seen}"
        ))
    })?;
    rig.scenario("SIGTERM while a hand holds the charger open", |rig| {
        let moved = rig.changes.mark();
        node.stop()?;
        rig.moved_only(moved, &[(CHARGER_LINE, true)])?;
        Ok(format!("exit code 0, line {CHARGER_LINE} went high"))
    })?;
    rig.scenario("the samples around that edge", |rig| {
        let transient = (rig.mqtt).hear(opened, "event", PATIENCE, |event| {
            (event["event"] == "transient").then(|| event.clone())
        })?;
        around_the_edge(&transient, &node)
    })
}

/// Whether the samples were fast, show the charger's current end, and kept no ordinary sample from its chip.
fn around_the_edge(transient: &Value, node: &Program) -> Result<String> {
    let series = |path: &str| -> Vec<Option<f64>> {
        let samples = at(transient, path)["samples"].as_array();
        samples.map_or_else(Vec::new, |samples| {
            samples.iter().map(Value::as_f64).collect()
        })
    };
    let offsets = transient["offset_ms"].as_array().context("no offsets")?;
    let current = series("charger.current");
    ensure!(current.len() == offsets.len(), "{transient}");
    ensure!(
        offsets.len() > FASTER_THAN_ORDINARY,
        "{} samples",
        offsets.len()
    );
    let flowing = ORDINARY.charger_shunt as f64 * 1e-5 / site::CHARGER_OHMS;
    let first = current
        .first()
        .copied()
        .flatten()
        .context("nothing before the edge")?;
    ensure!(
        (first - flowing).abs() < 1e-4,
        "{first} A before the edge, wanted {flowing}"
    );
    let last = current
        .last()
        .copied()
        .flatten()
        .context("nothing at the end")?;
    ensure!(last.abs() < 1e-4, "{last} A at the end");
    let disturbed = node
        .lines
        .since(0)
        .into_iter()
        .find(|line| line.contains("measures nothing new"));
    ensure!(disturbed.is_none(), "asked too fast: {disturbed:?}");
    let last = offsets.last().and_then(Value::as_i64).unwrap_or_default();
    Ok(format!(
        "{} samples up to {last} ms after it, the charger's current went from {first} A to 0",
        offsets.len()
    ))
}

fn silent_and_reset(rig: &Rig, node: &Program) -> Result<String> {
    const LOST: &str = "load (INA219 at 0x42) does not answer";
    const RESET: &str = "charger (INA219 at 0x41) was reset and is configured anew";
    let (said, heard) = (node.lines.mark(), rig.mqtt.messages.mark());
    rig.board().silent = Some(crate::board::LOAD);
    rig.board().charger.reset(std::time::Instant::now());
    node.says(said, &[LOST])?;
    node.says(said, &[RESET])?;
    // Until a sample is lost that counts.
    state(rig, heard, |state| {
        (state["inputs"]["load"] == "no_answer").then_some(())
    })?;
    rig.board().silent = None;
    node.says(said, &["load (INA219 at 0x42) measures"])?;
    node.says(said, &["charger (INA219 at 0x41) measures"])?;
    let others = ["battery (", "thermometer ("];
    let since = node.lines.since(said);
    let disturbed = since
        .iter()
        .find(|line| others.iter().any(|other| line.contains(other)));
    ensure!(disturbed.is_none(), "it says {disturbed:?} of another chip");
    Ok(format!(
        "it says {LOST:?} and {RESET:?}, and the state names the input; both measure again, the others went on"
    ))
}

fn hang(rig: &Rig, node: &Program) -> Result<String> {
    const HANGS: &str = "the sensors have not answered within 300 ms: the I2C bus hangs";
    const ANSWERS: &str = "the sensors answer again";
    let (said, moved) = (node.lines.mark(), rig.changes.mark());
    rig.board().hang(STALL);
    node.says(said, &[HANGS])?;
    node.says(said, &[ANSWERS])?;
    ensure!(
        !rig.board().hangs(),
        "it says {ANSWERS:?} while the bus hangs"
    );
    node.says(said, &["battery (INA219 at 0x40) measures"])?;
    rig.moved_only(moved, &[])?;
    Ok(format!(
        "it says {HANGS:?}, then {ANSWERS:?} and measures; no line moved"
    ))
}

/// Every figure of a reading, and what it must be, as [`ORDINARY`] has it.
const FIGURES: [(&str, f64); 6] = [
    ("battery.voltage", ORDINARY.battery_volts as f64 * 0.004),
    ("charger.voltage", ORDINARY.charger_volts as f64 * 0.004),
    (
        "charger.current",
        ORDINARY.charger_shunt as f64 * 1e-5 / site::CHARGER_OHMS,
    ),
    ("load.voltage", ORDINARY.load_volts as f64 * 0.004),
    (
        "load.current",
        ORDINARY.load_shunt as f64 * 1e-5 / site::LOAD_OHMS,
    ),
    ("temperature", ORDINARY.celsius as f64 * 0.125),
];

fn at<'reading>(reading: &'reading Value, path: &str) -> &'reading Value {
    path.split('.').fold(reading, |value, field| &value[field])
}

/// Makes sure that those means are right.
fn exact(reading: &Value, figures: &[(&str, f64)]) -> Result<String> {
    let mut seen = Vec::new();
    for (path, wanted) in figures {
        let statistics = at(reading, path);
        let mean = statistics["mean"].as_f64();
        let mean = mean.with_context(|| format!("{path}: {statistics}"))?;
        ensure!(
            (mean - wanted).abs() < NOISE,
            "{path}: {statistics}, wanted {wanted}"
        );
        seen.push(format!("{path} {mean}"));
    }
    Ok(seen.join(", "))
}

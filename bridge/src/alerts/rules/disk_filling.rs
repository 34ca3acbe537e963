//! The store's disk is nearly full.

use std::time::Duration;

use super::{Finding, Judge, Rule, RuleName, Severity, Verdict, Words};
use crate::alerts::view::View;

/// Fewer free bytes are too few: half a year of four sites' readings.
pub const LEAST_FREE_BYTES: u64 = 256 << 20;
/// Bytes of a megabyte.
const MEGABYTE: f64 = 1e6;

/// The rule.
pub static RULE: Rule = Rule {
    name: RuleName::DiskFilling,
    severity: Severity::Warning,
    hold: Duration::from_mins(5),
    measure: Some(("MB", 0)),
    english: Words {
        title: "The bridge’s disk is filling",
        meaning: "Little room is left on the disk on which readings are kept.",
        advice: "Make room on it before it is full: then nothing more can be stored.",
    },
    french: Words {
        title: "Le disque de la passerelle se remplit",
        meaning: "Il reste peu de place sur le disque où les relevés sont gardés.",
        advice: "Faites de la place avant qu’il soit plein : plus rien ne pourrait alors être enregistré.",
    },
    judge: Judge::Bridge(judge),
};

fn judge(view: &View) -> Verdict {
    let Some(free) = view.free_bytes else {
        return Verdict::Unknown;
    };
    Verdict::of((free < LEAST_FREE_BYTES).then(|| Finding {
        since: None,
        value: Some(free as f64 / MEGABYTE),
        threshold: Some(LEAST_FREE_BYTES as f64 / MEGABYTE),
    }))
}

//! Words of the battery's charge.

use releve_protocol::control::{ChargeState, FullBy};
use releve_protocol::{Language, Timestamp};

use super::{Both, Speaker};
use crate::format;

/// `0.61 Ah of 18 Ah missing`; what is not known is left out.
pub fn missing(charge: &ChargeState<Timestamp>, language: Language) -> String {
    let amount = |ah, decimals| format!("{}\u{a0}Ah", format::number(ah, decimals, language));
    match (charge.missing_ah, charge.capacity_ah, language) {
        (Some(missing), Some(capacity), Language::English) => {
            format!("{} of {} missing", amount(missing, 2), amount(capacity, 0))
        }
        (Some(missing), Some(capacity), Language::French) => {
            format!(
                "{} sur {} manquent",
                amount(missing, 2),
                amount(capacity, 0)
            )
        }
        (_, None, _) => Both(
            "The battery’s capacity is not configured, so nothing is counted.",
            "La capacité de la batterie n’est pas configurée, rien n’est compté.",
        )
        .text(language)
        .to_owned(),
        (None, Some(_), _) => Both(
            "Counted from the next time that the battery is seen full.",
            "Compté dès que la batterie aura été vue pleine.",
        )
        .text(language)
        .to_owned(),
    }
}

/// When the battery was last seen full, and how.
pub fn last_full(charge: &ChargeState<Timestamp>, speaker: Speaker) -> Option<String> {
    let at = speaker.at(charge.full_at?);
    let how = match charge.full_by {
        Some(FullBy::TailCurrent) => Both("by its small current", "constatée à son faible courant"),
        Some(FullBy::Time) => Both(
            "by time: its current stayed high",
            "constatée par la durée\u{a0}: son courant restait élevé",
        ),
        None => return Some(at),
    };
    Some(format!("{at}, {}", how.text(speaker.language)))
}

/// When a full charge is forced.
pub fn due(due: Option<Timestamp>, speaker: Speaker) -> String {
    match due {
        Some(due) if (due.as_unix_millis() as f64) > speaker.site_now_ms => speaker.at(due),
        Some(_) => Both("due now", "due maintenant")
            .text(speaker.language)
            .to_owned(),
        None => Both("not planned", "non prévue")
            .text(speaker.language)
            .to_owned(),
    }
}

/// `as of 14:02`: the moment of what is no longer the present.
pub fn as_of(at: Timestamp, speaker: Speaker) -> String {
    let as_of = Both("as of", "à").text(speaker.language);
    format!("{as_of} {}", speaker.at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> ChargeState<Timestamp> {
        let text = include_str!("../../../protocol/golden/state-cycle.json");
        let state: releve_protocol::State = releve_protocol::decode(text.as_bytes()).unwrap();
        state.charge
    }

    #[test]
    fn what_is_missing_and_what_is_not_known() {
        let mut charge = golden();
        let said = |charge: &_| missing(charge, Language::French);
        assert_eq!(said(&charge), "0,61\u{a0}Ah sur 18\u{a0}Ah manquent");
        charge.missing_ah = None;
        assert!(said(&charge).contains("vue pleine"));
        charge.capacity_ah = None;
        assert!(said(&charge).contains("capacité"));
    }

    #[test]
    fn a_full_charge_says_how_it_was_seen() {
        let speaker = Speaker::for_tests(Language::English);
        assert_eq!(
            last_full(&golden(), speaker).unwrap(),
            "22:10, by time: its current stayed high"
        );
    }
}

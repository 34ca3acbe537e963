//! Commands: what they are called, and what they lead to.

use releve_protocol::control::{Contact, CycleRequest, LimitName, Mode, RelayName, Unit, Wiring};
use releve_protocol::{Info, Language, State};

use super::pick;
use crate::commands::Request;
use crate::format;

/// A command's title: `Open relay 2`.
pub fn title(request: &Request, language: Language) -> String {
    match *request {
        Request::Mode(mode) => with_name(
            pick(language, "Mode: ", "Mode\u{a0}: "),
            language.mode(mode),
        ),
        Request::Hold { .. } => {
            pick(language, "Take manual control", "Passer en manuel").to_owned()
        }
        Request::HandBack => pick(
            language,
            "Hand back to automatic",
            "Rendre la main à l’automatique",
        )
        .to_owned(),
        Request::Switch(relay, contact) => switch(relay, contact, language),
        Request::Limit(limit, value) => {
            let name = language.limit(limit);
            let value = format::measure(value, limit.unit(), language);
            format!("{name} {value}")
        }
        Request::Schedule(Some(_)) => {
            pick(language, "Set the schedule", "Régler le programme").to_owned()
        }
        Request::Schedule(None) => {
            pick(language, "Remove the schedule", "Supprimer le programme").to_owned()
        }
        Request::Cycle(CycleRequest::Start) => {
            pick(language, "Start a cycle", "Commencer un cycle").to_owned()
        }
        Request::Cycle(CycleRequest::Abort) => {
            pick(language, "Abort the cycle", "Interrompre le cycle").to_owned()
        }
        Request::Silence { length_s: 0, .. } => pick(
            language,
            "Send alerts again",
            "Envoyer de nouveau les alertes",
        )
        .to_owned(),
        Request::Silence { length_s, .. } => with_name(
            pick(language, "No alerts for ", "Pas d’alertes pendant "),
            &format::duration(f64::from(length_s), language),
        ),
        Request::Acknowledge(alarm) => with_name(
            pick(language, "Acknowledge: ", "Acquitter\u{a0}: "),
            language.alarm(alarm),
        ),
    }
}

fn with_name(verb: &str, name: &str) -> String {
    format!("{verb}{name}")
}

/// `Open relay 2`.
pub fn switch(relay: RelayName, contact: Contact, language: Language) -> String {
    let verb = match contact {
        Contact::Open => pick(language, "Open", "Ouvrir"),
        Contact::Closed => pick(language, "Close", "Fermer"),
    };
    let name = pick(language, "relay", "le relais");
    format!("{verb} {name} {}", relay_number(relay))
}

/// A title as a question: `Open relay 2?`
pub fn question(title: &str, language: Language) -> String {
    match language {
        Language::English => format!("{title}?"),
        Language::French => format!("{title}\u{a0}?"),
    }
}

/// The relay's number on its board.
pub const fn relay_number(relay: RelayName) -> u8 {
    match relay {
        RelayName::Mains => 1,
        RelayName::Charger => 2,
        RelayName::Aux1 => 3,
        RelayName::Aux2 => 4,
    }
}

/// What switching a relay leads to, with the load's present current where it is known.
pub fn consequence(
    relay: RelayName,
    to: Contact,
    info: Option<&Info>,
    load_amperes: Option<f64>,
    state: Option<&State>,
    language: Language,
) -> String {
    let battery_carries_load = match (relay, to) {
        (RelayName::Mains, Contact::Open) => true,
        (RelayName::Charger, Contact::Open) => {
            info.is_none_or(|info| info.wiring == Wiring::CommonBus)
        }
        _ => false,
    };
    let mut text = effect(relay, to, battery_carries_load, language).to_owned();
    if battery_carries_load {
        if let Some(amperes) = load_amperes {
            let current = format::quantity(amperes, Unit::Ampere, language);
            text.push_str(&match language {
                Language::English => format!(" The load takes {current} now."),
                Language::French => format!(" L’équipement tire {current} en ce moment."),
            });
        }
        let floor = state.and_then(|state| {
            let setting = state.limits.get(&LimitName::DischargeFloor)?;
            Some(format::quantity(setting.value, Unit::Volt, language))
        });
        let end = match (floor, language) {
            (Some(floor), Language::English) => format!(
                " It closes again when you hand back control, when the hold ends, or at the floor of {floor}."
            ),
            (Some(floor), Language::French) => format!(
                " Il se referme quand vous rendez la main, à la fin du mode manuel, ou au plancher de {floor}."
            ),
            (None, Language::English) => {
                " It closes again when you hand back control or the hold ends.".to_owned()
            }
            (None, Language::French) => {
                " Il se referme quand vous rendez la main ou à la fin du mode manuel.".to_owned()
            }
        };
        text.push_str(&end);
    }
    text
}

const fn effect(
    relay: RelayName,
    to: Contact,
    battery_carries_load: bool,
    language: Language,
) -> &'static str {
    match (relay, to) {
        (RelayName::Mains, Contact::Open) => pick(
            language,
            "The whole installation loses its 230 V supply, the charger included: the battery alone feeds the load.",
            "Toute l’installation perd le 230 V, chargeur compris\u{a0}: la batterie alimente seule l’équipement.",
        ),
        (RelayName::Mains, Contact::Closed) => pick(
            language,
            "The installation gets its 230 V supply back.",
            "L’installation retrouve le 230 V.",
        ),
        (RelayName::Charger, Contact::Open) if battery_carries_load => pick(
            language,
            "The battery is no longer charged and feeds the load alone.",
            "La batterie n’est plus chargée et alimente seule l’équipement.",
        ),
        (RelayName::Charger, Contact::Open) => pick(
            language,
            "The battery is no longer charged; the load stays on mains. It closes again when you hand back control or the hold ends.",
            "La batterie n’est plus chargée\u{a0}; l’équipement reste sur le réseau. Il se referme quand vous rendez la main ou à la fin du mode manuel.",
        ),
        (RelayName::Charger, Contact::Closed) => pick(
            language,
            "The battery is charged again. Heat or a voltage that is too high still opens it.",
            "La batterie est de nouveau chargée. La chaleur ou une tension trop élevée l’ouvrent toujours.",
        ),
        (_, Contact::Open) => pick(
            language,
            "Whatever is wired to it is cut off, until somebody closes it again.",
            "Ce qui y est câblé est coupé, jusqu’à ce que quelqu’un le referme.",
        ),
        (_, Contact::Closed) => pick(
            language,
            "Whatever is wired to it is connected, until somebody opens it again.",
            "Ce qui y est câblé est raccordé, jusqu’à ce que quelqu’un l’ouvre.",
        ),
    }
}

/// What a mode does, with the site's own limits.
pub fn mode_meaning(
    mode: Mode,
    cut: Option<f64>,
    resume: Option<f64>,
    language: Language,
) -> String {
    use super::Word;
    let volts = |value: f64| format::quantity(value, Unit::Volt, language);
    match mode {
        Mode::Observer => Word::ObserverDoes.text(language).to_owned(),
        Mode::OverchargeProtection => match (cut, resume, language) {
            (Some(cut), Some(resume), Language::English) => format!(
                "Opens the charger above {}, closes it again below {}.",
                volts(cut),
                volts(resume)
            ),
            (Some(cut), Some(resume), Language::French) => format!(
                "Ouvre le chargeur au-dessus de {}, le referme au-dessous de {}.",
                volts(cut),
                volts(resume)
            ),
            (_, _, Language::English) => {
                "Opens the charger when the battery is full, closes it again later.".to_owned()
            }
            (_, _, Language::French) => {
                "Ouvre le chargeur quand la batterie est pleine, le referme plus tard.".to_owned()
            }
        },
        Mode::ConsumptionCycle => Word::CycleDoes.text(language).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::English;

    fn golden_info() -> Info {
        let text = include_str!("../../../protocol/golden/info.json");
        releve_protocol::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_open_charger_leaves_the_load_on_the_battery_only_on_a_common_bus() {
        let mut info = golden_info();
        let open = |info: &Info| {
            consequence(
                RelayName::Charger,
                Contact::Open,
                Some(info),
                Some(0.53),
                None,
                English,
            )
        };
        assert!(open(&info).contains("alone") && open(&info).contains("0.53\u{a0}A"));
        info.wiring = Wiring::BatteryLead;
        assert!(open(&info).contains("stays on mains"));
    }
}

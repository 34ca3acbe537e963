//! Commands: what they are called, what they lead to, why they were refused.

use releve_protocol::control::{Contact, Mode, RejectCode, RelayName, Wiring};
use releve_protocol::{Info, Language, State};

use super::pick;
use crate::commands::Request;
use crate::format;

/// A command's title: `Open relay 2`.
pub fn title(request: Request, language: Language) -> String {
    match request {
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
            let value = format::quantity(value, limit.unit(), language);
            format!("{name} {value}")
        }
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
            let current =
                format::quantity(amperes, releve_protocol::control::Unit::Ampere, language);
            text.push_str(&match language {
                Language::English => format!(" The load takes {current} now."),
                Language::French => format!(" L’équipement tire {current} en ce moment."),
            });
        }
        let floor = state.and_then(|state| {
            let setting = state
                .limits
                .get(&releve_protocol::control::LimitName::DischargeFloor)?;
            Some(format::quantity(
                setting.value,
                releve_protocol::control::Unit::Volt,
                language,
            ))
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
    let volts =
        |value: f64| format::quantity(value, releve_protocol::control::Unit::Volt, language);
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

/// A refusal: in English the site's own words, in French those of its code.
pub fn refusal(code: Option<RejectCode>, reason: Option<&str>, language: Language) -> String {
    match (language, reason, code) {
        (Language::English, Some(reason), _) => reason.to_owned(),
        (_, _, Some(code)) => refusal_of_code(code, language).to_owned(),
        (Language::French, Some(reason), None) => reason.to_owned(),
        (_, None, None) => pick(
            language,
            "The site refused without saying why.",
            "Le site a refusé sans dire pourquoi.",
        )
        .to_owned(),
    }
}

const fn refusal_of_code(code: RejectCode, language: Language) -> &'static str {
    match code {
        RejectCode::Malformed => pick(
            language,
            "The site could not read the command: this page and the node are of different versions.",
            "Le site n’a pas pu lire la commande\u{a0}: cette page et le nœud sont de versions différentes.",
        ),
        RejectCode::UnknownThing => pick(
            language,
            "The site does not know what was to be set.",
            "Le site ne connaît pas ce réglage.",
        ),
        RejectCode::WrongValue => pick(
            language,
            "The value is not allowed; mind the bounds.",
            "Cette valeur n’est pas admise\u{a0}; respectez les bornes.",
        ),
        RejectCode::Contradiction => pick(
            language,
            "The limit comes too close to another one; change that one first.",
            "Cette limite est trop proche d’une autre\u{a0}; changez d’abord l’autre.",
        ),
        RejectCode::AuthorityAutomatic => pick(
            language,
            "Relays 1 and 2 obey only under manual authority: take manual control first.",
            "Les relais 1 et 2 n’obéissent qu’en manuel\u{a0}: passez d’abord en manuel.",
        ),
        RejectCode::Interlock => pick(
            language,
            "An interlock stands against it.",
            "Une sécurité s’y oppose.",
        ),
        RejectCode::NotConfigured => pick(
            language,
            "It needs something that the site’s configuration does not have.",
            "Il y manque quelque chose dans la configuration du site.",
        ),
        RejectCode::TooSoon => pick(
            language,
            "The relay was switched too short a time ago; wait a moment.",
            "Le relais a été commuté il y a trop peu de temps\u{a0}; patientez.",
        ),
        RejectCode::SwitchingBudget => pick(
            language,
            "The relay was opened too often today.",
            "Le relais a été ouvert trop souvent aujourd’hui.",
        ),
        RejectCode::CycleBlocked => pick(
            language,
            "A cycle cannot start now; see what stands against it.",
            "Un cycle ne peut pas commencer maintenant\u{a0}; voyez ce qui s’y oppose.",
        ),
        RejectCode::NotActive => pick(
            language,
            "The alarm is no longer active.",
            "L’alarme n’est plus active.",
        ),
        RejectCode::Expired => pick(
            language,
            "The command came too late. Check the clock of this device, then try again.",
            "La commande est arrivée trop tard. Vérifiez l’heure de cet appareil, puis réessayez.",
        ),
        RejectCode::Retained => pick(
            language,
            "The broker had kept the command, so nobody can tell how old it is.",
            "Le broker avait gardé la commande\u{a0}: son âge est inconnu.",
        ),
        RejectCode::UnknownEpoch => pick(
            language,
            "The site’s journal is another one.",
            "Le journal du site a changé.",
        ),
        RejectCode::RelayBoard => pick(
            language,
            "The relay board did not take the command: check its wiring.",
            "La carte relais n’a pas pris la commande\u{a0}: vérifiez son câblage.",
        ),
        RejectCode::Busy => pick(
            language,
            "Too many commands at once; try again in a moment.",
            "Trop de commandes à la fois\u{a0}; réessayez dans un instant.",
        ),
    }
}

/// What silence means.
pub const fn no_answer(language: Language) -> &'static str {
    pick(
        language,
        "No answer from the site. The command has expired and will not be carried out.",
        "Pas de réponse du site. La commande a expiré et ne sera pas exécutée.",
    )
}

/// What the measurements said against it.
pub const fn contradicted(language: Language) -> &'static str {
    pick(
        language,
        "The measurements contradict it: the relay may not have moved.",
        "Les mesures le contredisent\u{a0}: le relais n’a peut-être pas bougé.",
    )
}

/// What no measurement could tell.
pub const fn inconclusive(language: Language) -> &'static str {
    pick(
        language,
        "carried out; no measurement could tell",
        "exécutée\u{a0}; aucune mesure ne peut le confirmer",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, French};

    fn golden_info() -> Info {
        let text = include_str!("../../../protocol/golden/info.json");
        releve_protocol::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn refusals_are_the_sites_words_in_english_and_ours_in_french() {
        let code = Some(RejectCode::AuthorityAutomatic);
        assert_eq!(refusal(code, Some("Because."), English), "Because.");
        assert!(refusal(code, Some("Because."), French).contains("manuel"));
        for code in RejectCode::ALL {
            assert_ne!(
                refusal_of_code(*code, English),
                refusal_of_code(*code, French)
            );
        }
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

//! Why the relays stand as they do, and what happens next.

use releve_protocol::control::{
    Condition, Contact, LimitName, Next, Quantity, Reason, RelayName, RelayState, Rule, Unit,
};
use releve_protocol::{Language, State, Timestamp};

use super::{Speaker, pick};
use crate::format;

const fn unit(quantity: Quantity) -> Unit {
    match quantity {
        Quantity::BatteryVoltage => Unit::Volt,
        Quantity::Temperature => Unit::DegreeCelsius,
        Quantity::BatteryCurrent => Unit::Ampere,
        Quantity::Depth => Unit::Percent,
        Quantity::Runtime => Unit::Minute,
    }
}

/// Whether an interlock decides, so that no command can change it.
pub const fn is_interlock(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::Heat
            | Rule::Cold
            | Rule::ThermalRunaway
            | Rule::VoltageHardLimit
            | Rule::DataLost
            | Rule::Floor
            | Rule::Reserve
            | Rule::DischargeDepth
            | Rule::LongestDischarge
            | Rule::CriticalPeriod
            | Rule::MainsLost
    )
}

/// The relay of the two whose reason explains the site: the charger's, unless an interlock or the
/// operator holds mains and nothing higher holds the charger.
fn deciding(state: &State) -> (RelayName, &RelayState<Timestamp>) {
    let (mains, charger) = (&state.relays.mains, &state.relays.charger);
    if mains.reason.rule < charger.reason.rule && mains.reason.rule <= Rule::Manual {
        (RelayName::Mains, mains)
    } else {
        (RelayName::Charger, charger)
    }
}

/// What rules and where it leads: `Heat protection: charger disconnected.`
pub fn headline(state: &State, language: Language) -> String {
    let (_, relay) = deciding(state);
    let positions = positions(
        state.relays.mains.wanted,
        state.relays.charger.wanted,
        language,
    );
    let colon = pick(language, ": ", "\u{a0}: ");
    format!("{}{colon}{positions}.", rule(relay.reason.rule, language))
}

/// The same of a site that is silent since: `At 14:02 · Heat protection: charger disconnected.`
pub fn as_of(headline: &str, moment: Timestamp, speaker: Speaker) -> String {
    let moment = speaker.at(moment);
    match speaker.language {
        Language::English => format!("At {moment} · {headline}"),
        Language::French => format!("À {moment} · {headline}"),
    }
}

const fn positions(mains: Contact, charger: Contact, language: Language) -> &'static str {
    match (mains, charger) {
        (Contact::Closed, Contact::Closed) => pick(
            language,
            "mains and charger connected",
            "réseau et chargeur connectés",
        ),
        (Contact::Closed, Contact::Open) => {
            pick(language, "charger disconnected", "chargeur déconnecté")
        }
        (Contact::Open, _) => pick(
            language,
            "mains cut, the battery feeds the load",
            "réseau coupé, la batterie alimente l’équipement",
        ),
    }
}

/// The name of what decides.
pub const fn rule(rule: Rule, language: Language) -> &'static str {
    match rule {
        Rule::Heat => pick(language, "Heat protection", "Protection contre la chaleur"),
        Rule::Cold => pick(language, "Cold protection", "Protection contre le froid"),
        Rule::ThermalRunaway => pick(language, "Thermal runaway", "Emballement thermique"),
        Rule::VoltageHardLimit => pick(
            language,
            "Voltage protection",
            "Protection contre la surtension",
        ),
        Rule::DataLost => pick(language, "Measurements lost", "Mesures perdues"),
        Rule::Floor => pick(language, "Battery at its floor", "Batterie au plancher"),
        Rule::Reserve => pick(language, "Reserve reached", "Réserve atteinte"),
        Rule::DischargeDepth => pick(
            language,
            "Depth of discharge reached",
            "Profondeur de décharge atteinte",
        ),
        Rule::LongestDischarge => pick(
            language,
            "Longest discharge reached",
            "Durée maximale de décharge atteinte",
        ),
        Rule::CriticalPeriod => pick(language, "Critical period", "Période critique"),
        Rule::MainsLost => pick(language, "Mains lost", "Réseau perdu"),
        Rule::Manual => pick(language, "Held by hand", "Tenu à la main"),
        Rule::LeastTime => pick(language, "Switched just before", "Commuté il y a peu"),
        Rule::SwitchingBudget => pick(
            language,
            "Switching budget spent",
            "Quota de manœuvres épuisé",
        ),
        Rule::FullCharge => pick(language, "Forced full charge", "Charge complète forcée"),
        Rule::Observer => pick(language, "Observer", "Observateur"),
        Rule::CycleWaiting
        | Rule::CycleFilling
        | Rule::CycleDischarging
        | Rule::CycleCharging
        | Rule::CycleResting => pick(language, "Consumption cycle", "Cycle de consommation"),
        Rule::ChargerOnly | Rule::OverchargeCut | Rule::BelowOverchargeCut => pick(
            language,
            "Overcharge protection",
            "Protection contre la surcharge",
        ),
        Rule::HandOnly => pick(language, "By hand only", "À la main seulement"),
    }
}

/// The reason behind the headline: `The battery reached 46.1 °C at 23:02; the limit is 45.0 °C.`
pub fn cause(state: &State, speaker: Speaker) -> Option<String> {
    reason(&deciding(state).1.reason, speaker)
}

/// A reason in a sentence, where it says more than the name of its rule.
pub fn reason(reason: &Reason<Timestamp>, speaker: Speaker) -> Option<String> {
    let language = speaker.language;
    let since = speaker.at(reason.since);
    let (name_en, name_fr, limit_en, limit_fr, unit) = match reason.rule {
        Rule::Heat => (
            "The battery reached",
            "La batterie a atteint",
            "the limit is",
            "la limite est",
            Unit::DegreeCelsius,
        ),
        Rule::Cold => (
            "The battery fell to",
            "La batterie est tombée à",
            "it must not be charged below",
            "elle ne doit pas être chargée au-dessous de",
            Unit::DegreeCelsius,
        ),
        Rule::VoltageHardLimit => (
            "The battery reached",
            "La batterie a atteint",
            "the hard limit is",
            "la limite absolue est",
            Unit::Volt,
        ),
        Rule::Floor => (
            "The battery fell to",
            "La batterie est tombée à",
            "the floor is",
            "le plancher est",
            Unit::Volt,
        ),
        Rule::OverchargeCut => (
            "The mean voltage reached",
            "La tension moyenne a atteint",
            "the cut is",
            "la coupure est",
            Unit::Volt,
        ),
        Rule::Reserve => (
            "The battery could carry the load for",
            "La batterie pouvait alimenter l’équipement pendant",
            "the reserve is",
            "la réserve est",
            Unit::Minute,
        ),
        Rule::DischargeDepth => (
            "Taken out of the battery:",
            "Décharge de la batterie\u{a0}:",
            "the greatest depth is",
            "la profondeur maximale est",
            Unit::Percent,
        ),
        Rule::LongestDischarge => (
            "The battery had carried the load for",
            "La batterie avait alimenté l’équipement pendant",
            "the longest time is",
            "la durée maximale est",
            Unit::Minute,
        ),
        Rule::ThermalRunaway
        | Rule::CriticalPeriod
        | Rule::LeastTime
        | Rule::SwitchingBudget
        | Rule::FullCharge
        | Rule::CycleFilling
        | Rule::CycleDischarging
        | Rule::CycleCharging
        | Rule::CycleResting => return Some(since_then(reason.rule, &since, language)),
        Rule::DataLost => {
            return Some(match language {
                Language::English => {
                    format!("Voltage or temperature cannot be trusted since {since}.")
                }
                Language::French => format!("Tension ou température non fiables depuis {since}."),
            });
        }
        Rule::MainsLost => {
            return Some(match language {
                Language::English => format!(
                    "The 230 V supply has been gone since {since}; relay 1 stays closed for its return."
                ),
                Language::French => format!(
                    "Le réseau 230 V manque depuis {since}\u{a0}; le relais 1 reste fermé pour son retour."
                ),
            });
        }
        Rule::Manual => {
            return Some(match language {
                Language::English => format!("An operator decides since {since}."),
                Language::French => format!("Un opérateur décide depuis {since}."),
            });
        }
        Rule::Observer
        | Rule::ChargerOnly
        | Rule::BelowOverchargeCut
        | Rule::CycleWaiting
        | Rule::HandOnly => return None,
    };
    let (name, limit) = match language {
        Language::English => (name_en, limit_en),
        Language::French => (name_fr, limit_fr),
    };
    let (Some(value), Some(threshold)) = (reason.value, reason.threshold) else {
        return Some(match language {
            Language::English => format!("Since {since}."),
            Language::French => format!("Depuis {since}."),
        });
    };
    let value = format::quantity(value, unit, language);
    let threshold = format::quantity(threshold, unit, language);
    Some(match language {
        Language::English => format!("{name} {value} at {since}; {limit} {threshold}."),
        Language::French => format!("{name} {value} à {since}\u{a0}; {limit} {threshold}."),
    })
}

/// What holds since then, for the rules that have no values.
fn since_then(rule: Rule, since: &str, language: Language) -> String {
    let what = match rule {
        Rule::ThermalRunaway => pick(
            language,
            "Current and temperature fed each other at constant voltage",
            "Courant et température s’entretenaient à tension constante",
        ),
        Rule::CriticalPeriod => pick(
            language,
            "A critical period, or none that can be excluded without a set clock",
            "Période critique, ou impossible à exclure sans horloge réglée",
        ),
        Rule::LeastTime => pick(
            language,
            "Switched too short a time ago to be opened again",
            "Commuté il y a trop peu de temps pour être rouvert",
        ),
        Rule::SwitchingBudget => pick(
            language,
            "Opened as often as it may be in a day",
            "Ouvert aussi souvent qu’il est permis en un jour",
        ),
        Rule::FullCharge => pick(
            language,
            "Not seen full for too long, so it is charged until it is",
            "Plus vue pleine depuis trop longtemps, donc chargée jusque-là",
        ),
        Rule::CycleFilling => pick(
            language,
            "Charged fully before its discharge",
            "Charge complète avant la décharge",
        ),
        Rule::CycleDischarging => pick(
            language,
            "The battery carries the load",
            "La batterie alimente l’équipement",
        ),
        Rule::CycleCharging => pick(
            language,
            "The battery is charged",
            "La batterie est rechargée",
        ),
        _ => pick(language, "The battery rests", "La batterie est au repos"),
    };
    match language {
        Language::English => format!("{what}, since {since}."),
        Language::French => format!("{what}, depuis {since}."),
    }
}

/// What must happen for the next change: `Next change: charger closes below 42.0 °C.`
pub fn next(state: &State, speaker: Speaker) -> Option<String> {
    let (relay, relay_state) = deciding(state);
    let Some(next) = relay_state.reason.next.as_ref() else {
        return only_interlocks(state, relay_state.reason.rule, speaker.language);
    };
    let change = change(relay, next.to, speaker.language);
    let condition = condition(next, speaker)?;
    Some(match speaker.language {
        Language::English => format!("Next change: {change} {condition}."),
        Language::French => format!("Prochain changement\u{a0}: {change} {condition}."),
    })
}

/// What can still open the charger of a site that only observes.
fn only_interlocks(state: &State, rule: Rule, language: Language) -> Option<String> {
    if rule != Rule::Observer {
        return None;
    }
    let limit = |name: LimitName| {
        let value = state.limits.get(&name)?.value;
        Some(format::quantity(value, name.unit(), language))
    };
    let volts = limit(LimitName::HardVoltage)?;
    let celsius = limit(LimitName::TemperatureLimit)?;
    Some(match language {
        Language::English => {
            format!("Only an interlock opens the charger: from {volts}, or above {celsius}.")
        }
        Language::French => format!(
            "Seule une sécurité ouvre le chargeur\u{a0}: dès {volts}, ou au-dessus de {celsius}."
        ),
    })
}

const fn change(relay: RelayName, to: Option<Contact>, language: Language) -> &'static str {
    match (relay, to) {
        (RelayName::Mains, Some(Contact::Closed)) => {
            pick(language, "mains closes", "le réseau se ferme")
        }
        (RelayName::Mains, Some(Contact::Open)) => {
            pick(language, "mains opens", "le réseau s’ouvre")
        }
        (_, Some(Contact::Closed)) => pick(language, "charger closes", "le chargeur se ferme"),
        (_, Some(Contact::Open)) => pick(language, "charger opens", "le chargeur s’ouvre"),
        (_, None) => pick(
            language,
            "the mode decides again",
            "le mode décide à nouveau",
        ),
    }
}

fn condition(next: &Next<Timestamp>, speaker: Speaker) -> Option<String> {
    let language = speaker.language;
    let threshold = || {
        let quantity = next.quantity?;
        Some(format::quantity(next.threshold?, unit(quantity), language))
    };
    let text = match next.condition {
        Condition::Above => format!(
            "{} {}",
            pick(language, "above", "au-dessus de"),
            threshold()?
        ),
        Condition::Below => format!(
            "{} {}",
            pick(language, "below", "au-dessous de"),
            threshold()?
        ),
        Condition::GoodReadings => {
            let count = format::number(next.threshold?, 0, language);
            match language {
                Language::English => format!("after {count} good readings in a row"),
                Language::French => format!("après {count} bonnes mesures de suite"),
            }
        }
        Condition::MainsReturn => {
            pick(language, "when the supply returns", "au retour du réseau").to_owned()
        }
        Condition::FullCharge => pick(
            language,
            "when the battery is verified full",
            "quand la batterie est vérifiée pleine",
        )
        .to_owned(),
        Condition::CycleDue => pick(
            language,
            "when the next cycle is due",
            "quand le prochain cycle est dû",
        )
        .to_owned(),
        Condition::Acknowledgement => pick(
            language,
            "once its alarm is acknowledged and its cause is over",
            "une fois son alarme acquittée et sa cause passée",
        )
        .to_owned(),
        Condition::Time => {
            let moment = speaker.at(next.not_before?);
            return Some(match language {
                Language::English => format!("at {moment}"),
                Language::French => format!("à {moment}"),
            });
        }
        Condition::LeaseEnd => {
            let hand_back = pick(
                language,
                "when the hold ends or is handed back",
                "à la fin du mode manuel ou si vous rendez la main",
            );
            return Some(match next.not_before {
                Some(end) => match language {
                    Language::English => format!("at {}, or when handed back", speaker.at(end)),
                    Language::French => {
                        format!("à {}, ou si vous rendez la main", speaker.at(end))
                    }
                },
                None => hand_back.to_owned(),
            });
        }
    };
    Some(match next.not_before {
        Some(moment) if moment.as_unix_millis() as f64 > speaker.site_now_ms => {
            let moment = speaker.at(moment);
            match language {
                Language::English => format!("{text}, not before {moment}"),
                Language::French => format!("{text}, pas avant {moment}"),
            }
        }
        _ => text,
    })
}

/// Under a relay's name: `open for 17 min · Heat protection`.
pub fn relay_line(relay: &RelayState<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let contact = language.contact(relay.wanted);
    let duration = format::duration(speaker.seconds_since(relay.since), language);
    let rule = rule(relay.reason.rule, language);
    match language {
        Language::English => format!("{contact} for {duration} · {rule}"),
        Language::French => format!("{contact} depuis {duration} · {rule}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> State {
        let text = include_str!("../../../protocol/golden/state.json");
        releve_protocol::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn heat_outranks_the_operator_and_says_its_values() {
        let state = golden();
        let english = Speaker::for_tests(Language::English);
        assert_eq!(
            headline(&state, Language::English),
            "Heat protection: charger disconnected."
        );
        assert_eq!(
            cause(&state, english).unwrap(),
            "The battery reached 46.1\u{a0}°C at 23:02; the limit is 45.0\u{a0}°C."
        );
        assert_eq!(
            next(&state, english).unwrap(),
            "Next change: charger closes below 42.0\u{a0}°C."
        );
    }

    #[test]
    fn in_overcharge_protection_the_chargers_rule_explains_the_site() {
        let mut state = golden();
        state.relays.mains.reason.rule = Rule::Observer;
        state.relays.charger.reason.rule = Rule::BelowOverchargeCut;
        let headline_of = |state: &State| headline(state, Language::English);
        assert!(headline_of(&state).starts_with("Overcharge protection"));
        state.relays.mains.reason.rule = Rule::MainsLost;
        assert!(headline_of(&state).starts_with("Mains lost"));
    }

    #[test]
    fn the_lease_says_when_it_ends() {
        let mut state = golden();
        state.relays.charger.reason = state.relays.mains.reason;
        let french = Speaker::for_tests(Language::French);
        assert_eq!(
            next(&state, french).unwrap(),
            "Prochain changement\u{a0}: le mode décide à nouveau à 23:45, ou si vous rendez la main."
        );
    }

    #[test]
    fn an_observer_names_what_could_still_switch() {
        let mut state = golden();
        state.relays.charger.reason.rule = Rule::Observer;
        state.relays.charger.reason.next = None;
        state.relays.mains.reason = state.relays.charger.reason;
        let sentence = next(&state, Speaker::for_tests(Language::English)).unwrap();
        assert!(sentence.contains("15.00\u{a0}V") && sentence.contains("45.0\u{a0}°C"));
        let english = Speaker::for_tests(Language::English);
        assert_eq!(
            as_of(&headline(&state, Language::English), state.at, english),
            "At 23:19 · Observer: charger disconnected."
        );
    }

    #[test]
    fn least_times_are_named_only_while_they_last() {
        let mut state = golden();
        let reason = &mut state.relays.charger.reason;
        if let Some(next) = &mut reason.next {
            next.not_before = "2026-11-22T23:32:00.000Z".parse().ok();
        }
        let mut speaker = Speaker::for_tests(Language::English);
        assert!(
            next(&state, speaker)
                .unwrap()
                .ends_with("not before 23:32.")
        );
        speaker.site_now_ms = 1e15;
        assert!(next(&state, speaker).unwrap().ends_with("42.0\u{a0}°C."));
    }

    #[test]
    fn every_rule_has_words_without_values_too() {
        let mut state = golden();
        for language in [Language::English, Language::French] {
            for rule in Rule::ALL {
                state.relays.charger.reason.rule = *rule;
                state.relays.charger.reason.value = None;
                assert!(headline(&state, language).len() > 10);
                let line = relay_line(&state.relays.charger, Speaker::for_tests(language));
                assert!(line.contains(language.contact(Contact::Open)), "{line}");
            }
        }
    }
}

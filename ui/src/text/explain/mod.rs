//! Why the relays stand as they do, and what happens next, in sentences made from data alone.

mod next;
mod rules;

use releve_protocol::control::{Contact, LimitName, RelayName, RelayState, Rule};
use releve_protocol::{Language, State, Timestamp};

use super::{Both, Speaker};
use crate::format;

pub use rules::{is_interlock, name};

/// A rule that began to hold that much later than the relay moved is said to.
const BEGAN_LATER_S: i64 = 60;

/// The relay of the two whose reason explains the site: the charger's, unless an interlock or the
/// operator holds mains and nothing higher holds the charger.
fn deciding(state: &State) -> RelayName {
    let (mains, charger) = (
        state.relays.mains.reason.rule,
        state.relays.charger.reason.rule,
    );
    if mains < charger && mains <= Rule::Manual {
        RelayName::Mains
    } else {
        RelayName::Charger
    }
}

/// What rules and where it leads: `Heat protection: charger disconnected.`
pub fn headline(state: &State, language: Language) -> String {
    let rule = state.relays[deciding(state)].reason.rule;
    let positions = positions(
        state.relays.mains.wanted,
        state.relays.charger.wanted,
        language,
    );
    format!("{}{}{positions}.", name(rule, language), colon(language))
}

/// The same of a site that is silent since: `At 14:02 · Heat protection: charger disconnected.`
pub fn as_of(headline: &str, moment: Timestamp, speaker: Speaker) -> String {
    let moment = speaker.at(moment);
    let at = Both("At", "À").text(speaker.language);
    format!("{at} {moment} · {headline}")
}

const fn positions(mains: Contact, charger: Contact, language: Language) -> &'static str {
    match (mains, charger) {
        (Contact::Closed, Contact::Closed) => Both(
            "mains and charger connected",
            "réseau et chargeur connectés",
        )
        .text(language),
        (Contact::Closed, Contact::Open) => {
            Both("charger disconnected", "chargeur déconnecté").text(language)
        }
        (Contact::Open, _) => Both(
            "mains cut, the battery feeds the load",
            "réseau coupé, la batterie alimente l’équipement",
        )
        .text(language),
    }
}

/// The sentence of the relay that explains the site.
pub fn decision(state: &State, speaker: Speaker) -> String {
    relay(state, deciding(state), speaker)
}

/// Why a relay stands as it does and what changes it:
/// `Charger open since 14:02: 14.52 V above 14.50 V; closes below 13.00 V, not before 14:32.`
pub fn relay(state: &State, name: RelayName, speaker: Speaker) -> String {
    let language = speaker.language;
    let relay = &state.relays[name];
    let next = match &relay.reason.next {
        Some(next) => Some(next::sentence(next, speaker)),
        None => only_interlocks(state, name, language),
    };
    let semicolon = Both("; ", "\u{a0}; ").text(language);
    format!(
        "{} {} {} {}{}{}{}.",
        subject(name).text(language),
        language.contact(relay.wanted),
        since().text(language),
        speaker.at(relay.since),
        colon(language),
        because(relay, speaker),
        next.map_or_else(String::new, |next| format!("{semicolon}{next}")),
    )
}

const fn since() -> Both {
    Both("since", "depuis")
}

const fn colon(language: Language) -> &'static str {
    Both(": ", "\u{a0}: ").text(language)
}

const fn subject(relay: RelayName) -> Both {
    match relay {
        RelayName::Mains => Both("Mains", "Réseau"),
        RelayName::Charger => Both("Charger", "Chargeur"),
        RelayName::Aux1 => Both("Relay 3", "Relais 3"),
        RelayName::Aux2 => Both("Relay 4", "Relais 4"),
    }
}

/// What its rule saw, and since when where that is not since the relay moved.
fn because(relay: &RelayState<Timestamp>, speaker: Speaker) -> String {
    let seen = rules::because(&relay.reason, speaker.language);
    let later_ms = relay.reason.since.as_unix_millis() - relay.since.as_unix_millis();
    if later_ms < BEGAN_LATER_S * 1000 {
        return seen;
    }
    let moment = speaker.at(relay.reason.since);
    format!("{seen} ({} {moment})", since().text(speaker.language))
}

/// What can still open the charger of a site that only observes.
fn only_interlocks(state: &State, relay: RelayName, language: Language) -> Option<String> {
    if relay != RelayName::Charger || state.relays.charger.reason.rule != Rule::Observer {
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
            format!("only an interlock opens it: from {volts}, or above {celsius}")
        }
        Language::French => {
            format!("seule une sécurité l’ouvre\u{a0}: dès {volts}, ou au-dessus de {celsius}")
        }
    })
}

#[cfg(test)]
mod tests;

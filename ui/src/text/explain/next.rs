//! What must happen for a relay's next change.

use releve_protocol::control::{Condition, Contact, Next, Quantity, Unit};
use releve_protocol::{Language, Timestamp};

use crate::format;
use crate::text::{Both, Speaker};

/// `closes below 13.00 V, not before 14:32`.
pub fn sentence(next: &Next<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let change = match next.to {
        Some(Contact::Open) => Both("opens", "s’ouvre"),
        Some(Contact::Closed) => Both("closes", "se ferme"),
        // Another rule then decides.
        None => Both("decided anew", "nouvelle décision"),
    };
    let condition = condition(next, speaker);
    let change = change.text(language);
    let is_ahead = |moment: &Timestamp| moment.as_unix_millis() as f64 > speaker.site_now_ms;
    let is_said = matches!(next.condition, Condition::Time | Condition::LeaseEnd);
    match next.not_before.filter(is_ahead) {
        Some(moment) if !is_said => {
            let not_before = Both("not before", "pas avant").text(language);
            format!("{change} {condition}, {not_before} {}", speaker.at(moment))
        }
        _ => format!("{change} {condition}"),
    }
}

fn condition(next: &Next<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let moment = next.not_before.map(|moment| speaker.at(moment));
    let fixed = match next.condition {
        Condition::Above => {
            return level(next, Both("above", "au-dessus de"), language);
        }
        Condition::Below => {
            return level(next, Both("below", "au-dessous de"), language);
        }
        Condition::GoodReadings => {
            let count = format::number(next.threshold.unwrap_or(1.0), 0, language);
            return match language {
                Language::English => format!("after {count} good readings in a row"),
                Language::French => format!("après {count} bonnes mesures de suite"),
            };
        }
        Condition::Time => match moment {
            Some(moment) => {
                let at = Both("at", "à").text(language);
                return format!("{at} {moment}");
            }
            None => Both("once the clock is set", "une fois l’horloge réglée"),
        },
        Condition::LeaseEnd => match moment {
            Some(moment) => {
                return match language {
                    Language::English => format!("at {moment}, or when handed back"),
                    Language::French => format!("à {moment}, ou si vous rendez la main"),
                };
            }
            None => Both(
                "when the hold ends or is handed back",
                "à la fin du mode manuel ou si vous rendez la main",
            ),
        },
        Condition::MainsReturn => Both("when the supply returns", "au retour du réseau"),
        Condition::FullCharge => Both(
            "when the battery is verified full",
            "quand la batterie est vérifiée pleine",
        ),
        Condition::CycleDue => Both(
            "when the next cycle begins its discharge",
            "quand le prochain cycle commence sa décharge",
        ),
        Condition::Acknowledgement => Both(
            "once its alarm is acknowledged and its cause is over",
            "une fois son alarme acquittée et sa cause passée",
        ),
    };
    fixed.text(language).to_owned()
}

/// `below 13.00 V`, `with a runtime above 2 h 24 min`.
fn level(next: &Next<Timestamp>, side: Both, language: Language) -> String {
    let side = side.text(language);
    let (Some(quantity), Some(threshold)) = (next.quantity, next.threshold) else {
        let unknown = Both("its threshold", "son seuil").text(language);
        return format!("{side} {unknown}");
    };
    let (with, unit) = of_quantity(quantity);
    let threshold = format::measure(threshold, unit, language);
    format!("{}{side} {threshold}", with.text(language))
}

/// What stands before `above` and `below`, where the unit does not say it, and the unit.
const fn of_quantity(quantity: Quantity) -> (Both, Unit) {
    match quantity {
        Quantity::BatteryVoltage => (Both("", ""), Unit::Volt),
        Quantity::Temperature => (Both("", ""), Unit::DegreeCelsius),
        Quantity::BatteryCurrent => (
            Both("with a battery current ", "avec un courant de batterie "),
            Unit::Ampere,
        ),
        Quantity::Depth => (
            Both(
                "with a depth of discharge ",
                "avec une profondeur de décharge ",
            ),
            Unit::Percent,
        ),
        Quantity::Runtime => (Both("with a runtime ", "avec une autonomie "), Unit::Minute),
    }
}

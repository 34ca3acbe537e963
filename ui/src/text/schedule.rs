//! Words of the weekly plan.

use releve_protocol::Language;
use releve_protocol::control::{Period, Weekday};

use super::Both;
use crate::weekly_plan::{Field, Kind, Part};

/// The short name of a day.
pub const fn day(day: Weekday, language: Language) -> &'static str {
    let name = match day {
        Weekday::Monday => Both("Mon", "lun"),
        Weekday::Tuesday => Both("Tue", "mar"),
        Weekday::Wednesday => Both("Wed", "mer"),
        Weekday::Thursday => Both("Thu", "jeu"),
        Weekday::Friday => Both("Fri", "ven"),
        Weekday::Saturday => Both("Sat", "sam"),
        Weekday::Sunday => Both("Sun", "dim"),
    };
    name.text(language)
}

/// What a list of periods is called.
pub const fn kind(kind: Kind) -> Both {
    match kind {
        Kind::Allowed => Both("Cycles allowed", "Cycles permis"),
        Kind::Critical => Both("Critical, stays on mains", "Critique, reste sur le réseau"),
    }
}

/// What a list of periods is for.
pub const fn meaning(kind: Kind) -> Both {
    match kind {
        Kind::Allowed => Both(
            "A cycle begins by itself only in one of these windows; without any, never.",
            "Un cycle ne commence de lui-même que dans l’une de ces plages\u{a0}; sans aucune, jamais.",
        ),
        Kind::Critical => Both(
            "Mains stays connected, whatever the mode; a running cycle ends.",
            "Le réseau reste connecté, quel que soit le mode\u{a0}; un cycle en cours prend fin.",
        ),
    }
}

/// What is wrong with a field, and what it takes.
pub fn problem(field: Field, language: Language) -> String {
    let text = match field {
        Field::TimeZone => Both(
            "Give a time zone by its IANA name, for example Europe/Paris.",
            "Donnez un fuseau par son nom IANA, par exemple Europe/Paris.",
        ),
        Field::EveryDays => Both(
            "Give a whole number of days from 1 to 365.",
            "Donnez un nombre entier de jours de 1 à 365.",
        ),
        Field::Period(_, _, Part::Days) => {
            Both("Choose at least one day.", "Choisissez au moins un jour.")
        }
        Field::Period(_, _, Part::From) => Both(
            "Give the time at which it begins, 00:00 to 23:59.",
            "Donnez l’heure de début, de 00:00 à 23:59.",
        ),
        Field::Period(_, _, Part::To) => Both(
            "Give the time at which it ends, 00:00 to 24:00.",
            "Donnez l’heure de fin, de 00:00 à 24:00.",
        ),
        Field::Count(_) => Both(
            "There are too many of these: at most 32.",
            "Il y en a trop\u{a0}: 32 au plus.",
        ),
        Field::Together => Both(
            "Every allowed window lies within critical periods, so no cycle could ever begin: move a window, or shorten a critical period.",
            "Toutes les plages permises tombent en période critique, aucun cycle ne pourrait commencer\u{a0}: déplacez une plage, ou raccourcissez une période critique.",
        ),
    };
    text.text(language).to_owned()
}

/// A list in words: `Cycles allowed: Sat, Sun 22:00–05:00`.
pub fn list(of: Kind, periods: &[Period], language: Language) -> String {
    let period = |period: &Period| {
        let days: Vec<_> = period.days.iter().map(|d| day(*d, language)).collect();
        let days = match days.len() {
            7 => Both("daily", "tous les jours").text(language).to_owned(),
            _ => days.join(", "),
        };
        format!("{days} {}–{}", period.from, period.to)
    };
    let colon = Both(": ", "\u{a0}: ").text(language);
    let periods: Vec<_> = periods.iter().map(period).collect();
    format!("{}{colon}{}", kind(of).text(language), periods.join(" · "))
}

/// `every 30 days, times of Europe/Paris`.
pub fn summary(every_days: u32, time_zone: &str, language: Language) -> String {
    match (language, every_days) {
        (Language::English, 1) => format!("A cycle every day · times of {time_zone}"),
        (Language::English, _) => {
            format!("A cycle every {every_days}\u{a0}days · times of {time_zone}")
        }
        (Language::French, 1) => format!("Un cycle par jour · heures de {time_zone}"),
        (Language::French, _) => {
            format!("Un cycle tous les {every_days}\u{a0}jours · heures de {time_zone}")
        }
    }
}

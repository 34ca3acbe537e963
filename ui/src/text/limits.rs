//! Limits: where a value came from, and what is wrong with a new one.

use releve_protocol::control::{LimitName, LimitSource, Unit};
use releve_protocol::info::LimitInfo;
use releve_protocol::{Language, Timestamp};

use super::{Both, pick};
use crate::contradiction::{Contradiction, Side};
use crate::fleet::Site;
use crate::format;

/// `default 14.50 V, set by an operator on 3 Nov`.
pub fn source(
    set_by: LimitSource,
    set_at: Option<Timestamp>,
    info: Option<&LimitInfo>,
    name_day: impl Fn(Timestamp) -> String,
    language: Language,
) -> String {
    if set_by == LimitSource::Default {
        return pick(language, "default value", "valeur par défaut").to_owned();
    }
    let by = match set_by {
        LimitSource::Operator => pick(language, "set by an operator", "réglé par un opérateur"),
        LimitSource::Configuration | LimitSource::Default => pick(
            language,
            "set by the configuration",
            "réglé par la configuration",
        ),
    };
    let by = match set_at.filter(|_| set_by == LimitSource::Operator) {
        Some(at) => {
            let day = name_day(at);
            match language {
                Language::English => format!("{by} on {day}"),
                Language::French => format!("{by} le {day}"),
            }
        }
        None => by.to_owned(),
    };
    match info {
        Some(info) => {
            let default = format::measure(info.default, info.unit, language);
            match language {
                Language::English => format!("default {default}, {by}"),
                Language::French => format!("défaut {default}, {by}"),
            }
        }
        None => by,
    }
}

/// What is wrong with what somebody typed.
pub fn out_of_bounds(info: &LimitInfo, language: Language) -> String {
    let bound = |value| format::quantity(value, info.unit, language);
    let (min, max) = (bound(info.min), bound(info.max));
    match language {
        Language::English => format!("Give a number from {min} to {max}."),
        Language::French => format!("Donnez un nombre de {min} à {max}."),
    }
}

/// Which other limit a limit of that value does not fit at that site, and what would.
pub fn contradiction(
    limit: LimitName,
    value: f64,
    site: &Site,
    language: Language,
) -> Option<String> {
    let set = &site.state.as_ref()?.limits;
    let found = Contradiction::of(limit, value, set)?;
    let measure = |value| format::quantity(value, limit.unit(), language);
    let (least, bound) = (measure(found.least), measure(found.bound()));
    let (other, other_value) = (language.limit(found.other), measure(found.other_value));
    let (side, or_further) = match found.side {
        Side::Below => (Both("below", "au-dessous"), Both("or less", "au plus")),
        Side::Above => (Both("above", "au-dessus"), Both("or more", "au moins")),
    };
    let (side, or_further) = (side.text(language), or_further.text(language));
    let info = site.info.as_ref().and_then(|info| info.limits.get(&limit));
    let is_allowed = info.is_none_or(|info| (info.min..=info.max).contains(&found.bound()));
    let own_way = match language {
        _ if !is_allowed => String::new(),
        Language::English => format!("give {bound} {or_further}, or "),
        Language::French => format!("donnez {bound} {or_further}, ou "),
    };
    Some(match language {
        Language::English => format!(
            "It must stay at least {least} {side} “{other}”, which is at {other_value}: {own_way}change that one first."
        ),
        Language::French => format!(
            "Elle doit rester au moins {least} {side} de «\u{a0}{other}\u{a0}», réglée à {other_value}\u{a0}: {own_way}changez d’abord l’autre."
        ),
    })
}

/// The input's name for those who do not see its place.
pub fn input_label(name: &str, unit: Unit, language: Language) -> String {
    match language {
        Language::English => format!("{name}, in {unit}"),
        Language::French => format!("{name}, en {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_set_it_and_when() {
        let info = LimitInfo {
            unit: Unit::Volt,
            min: 13.0,
            max: 15.5,
            default: 14.5,
            configured: None,
            set_by: None,
        };
        let at = "2026-11-03T08:00:00.000Z".parse().ok();
        let day = |_| "3 Nov".to_owned();
        let source = |by, at| source(by, at, Some(&info), day, Language::English);
        assert_eq!(
            source(LimitSource::Operator, at),
            "default 14.50\u{a0}V, set by an operator on 3 Nov"
        );
        assert_eq!(source(LimitSource::Default, None), "default value");
        assert_eq!(
            out_of_bounds(&info, Language::French),
            "Donnez un nombre de 13,00\u{a0}V à 15,50\u{a0}V."
        );
    }
}

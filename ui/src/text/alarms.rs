//! Alarms in sentences.

use releve_protocol::control::{Alarm, Severity};
use releve_protocol::{AlarmMeasure, Language, Side, Timestamp, alarm_measure};

use super::{Speaker, pick};
use crate::format;

/// The name of a severity.
pub const fn severity(severity: Severity, language: Language) -> &'static str {
    match severity {
        Severity::Info => pick(language, "Information", "Information"),
        Severity::Warning => pick(language, "Warning", "Avertissement"),
        Severity::Critical => pick(language, "Critical", "Critique"),
    }
}

/// The first of some alarms and how many more there are: `Battery too hot · +2 more`. Without the figures
/// that raised it, which would read like present ones beside the present ones.
pub fn in_short(alarms: &[&Alarm<Timestamp>], language: Language) -> Option<String> {
    let (first, others) = alarms.split_first()?;
    let mut text = language.alarm(first.alarm).to_owned();
    if let Some(cause) = first.cause {
        text += &format!(" ({})", language.cause(cause));
    }
    let more = match (others.len(), language) {
        (0, _) => return Some(text),
        (count, Language::English) => format!("+{count}\u{a0}more"),
        (1, Language::French) => "+1\u{a0}autre".to_owned(),
        (count, Language::French) => format!("+{count}\u{a0}autres"),
    };
    Some(format!("{text} · {more}"))
}

/// `46.1 °C above 45.0 °C when raised`, or what exactly is wrong: why the alarm was raised, where that
/// is known.
fn cause(alarm: &Alarm<Timestamp>, language: Language) -> Option<String> {
    let cause = alarm.cause.map(|cause| language.cause(cause).to_owned());
    match (cause, figures(alarm, language)) {
        (Some(cause), Some(figures)) => Some(format!("{cause} ({figures})")),
        (cause, figures) => cause.or(figures),
    }
}

/// `46.1 °C above 45.0 °C when raised`: the values that raised the alarm, where it has any.
fn figures(alarm: &Alarm<Timestamp>, language: Language) -> Option<String> {
    let measure = alarm_measure(alarm.alarm)?;
    let value = figure(alarm.value?, measure, language);
    let when = pick(language, "when raised", "au déclenchement");
    let Some(threshold) = alarm.threshold else {
        return Some(format!("{value} {when}"));
    };
    let threshold = figure(threshold, measure, language);
    let relation = match measure.side {
        Side::Above => pick(language, "above", "au-dessus de"),
        Side::Below => pick(language, "at or below", "au plus"),
    };
    Some(format!("{value} {relation} {threshold} {when}"))
}

fn figure(value: f64, measure: AlarmMeasure, language: Language) -> String {
    let number = format::number(value, measure.decimals, language);
    format!("{number}{}{}", format::NO_BREAK_SPACE, measure.unit)
}

/// `Critical, since 23:02: 46.1 °C above 45.0 °C when raised. Acknowledged at 23:05.`
pub fn detail(alarm: &Alarm<Timestamp>, speaker: Speaker) -> String {
    let language = speaker.language;
    let severity = severity(alarm.severity, language);
    let since = speaker.at(alarm.since);
    let mut text = match language {
        Language::English => format!("{severity}, since {since}"),
        Language::French => format!("{severity}, depuis {since}"),
    };
    if let Some(cause) = cause(alarm, language) {
        text.push_str(pick(language, ": ", "\u{a0}: "));
        text.push_str(&cause);
    }
    text.push('.');
    if alarm.latched && alarm.acknowledged_at.is_none() {
        text.push_str(pick(
            language,
            " It stays until it is acknowledged.",
            " Elle reste jusqu’à son acquittement.",
        ));
    }
    if let Some(at) = alarm.acknowledged_at {
        let at = speaker.at(at);
        text.push_str(&match language {
            Language::English => format!(" Acknowledged at {at}."),
            Language::French => format!(" Acquittée à {at}."),
        });
    }
    text
}

/// The banner of a site of which nobody is told: until when.
pub fn silenced(until: &str, language: Language) -> String {
    match language {
        Language::English => format!("No alerts are sent until {until}"),
        Language::French => format!("Aucune alerte n’est envoyée jusqu’à {until}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::State;

    fn golden() -> Vec<Alarm<Timestamp>> {
        let text = include_str!("../../../protocol/golden/state.json");
        releve_protocol::decode::<State>(text.as_bytes())
            .unwrap()
            .alarms
    }

    #[test]
    fn a_latched_alarm_says_that_it_waits_for_a_person() {
        let mut alarm = golden().remove(1);
        alarm.latched = true;
        let french = Speaker::for_tests(Language::French);
        assert!(detail(&alarm, french).ends_with("jusqu’à son acquittement."));
        alarm.acknowledged_at = Some(alarm.since);
        assert!(detail(&alarm, french).ends_with("Acquittée à 23:02."));
    }

    #[test]
    fn the_first_alarm_in_short_leaves_out_its_figures_and_counts_the_others() {
        let alarms = golden();
        let (warning, critical) = (&alarms[0], &alarms[1]);
        let said = |alarms: &[_], language| in_short(alarms, language).unwrap();
        assert_eq!(
            said(&[critical, warning, warning], Language::English),
            "Battery too hot: charger disconnected · +2\u{a0}more"
        );
        assert!(said(&[critical, warning], Language::French).ends_with(" · +1\u{a0}autre"));
        assert_eq!(
            said(&[warning], Language::French),
            Language::French.alarm(warning.alarm)
        );
        assert_eq!(in_short(&[], Language::English), None);
    }

    #[test]
    fn an_alarm_names_its_cause_and_its_moment() {
        let alarms = golden();
        assert_eq!(
            detail(&alarms[0], Speaker::for_tests(Language::French)),
            "Avertissement, depuis 21:40\u{a0}: 35,2\u{a0}°C au-dessus de 35,0\u{a0}°C au déclenchement. Acquittée à 21:55."
        );
        assert_eq!(
            detail(&alarms[1], Speaker::for_tests(Language::English)),
            "Critical, since 23:02: 46.1\u{a0}°C above 45.0\u{a0}°C when raised."
        );
    }
}
